//! Promise: the front reads, answers and passes on as HTTP says, before an engine that a test plays.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};
use support::{Running, raw};

/// An engine that answers each request on each connection by `answer`, and tells what it read.
fn engine(socket: &Path, answer: impl Fn(&str, &mut UnixStream) + Send + Sync + 'static) -> Receiver<String> {
    let listener = UnixListener::bind(socket).unwrap();
    let (sender, requests) = channel();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (sender, answer) = (sender.clone(), std::sync::Arc::clone(&answer));
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let length =
                        head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
                    let mut body = vec![0; length.unwrap_or(0)];
                    reader.read_exact(&mut body).unwrap();
                    let request = head + &String::from_utf8_lossy(&body);
                    sender.send(request.clone()).unwrap();
                    answer(&request, &mut stream);
                }
            });
        }
    });
    requests
}

fn ok(_: &str, stream: &mut UnixStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nApi-Version: 1.41\r\n\r\nOK").unwrap();
}

fn with_engine(
    answer: impl Fn(&str, &mut UnixStream) + Send + Sync + 'static,
) -> (Running, Receiver<String>, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let requests = engine(&place.path().join("engine"), answer);
    let running = Running::open(&place.path().join("engine"));
    (running, requests, place)
}

#[test]
fn requests_are_written_anew() {
    let (running, requests, _place) = with_engine(ok);
    let answer = raw(&running.socket(), b"POST /v1.41/containers/create?name=web HTTP/1.1\r\nhost: evil\r\ncontent-TYPE: application/json; charset=utf-8\r\nX-Forwarded-For: x\r\nX-HTTP-Method-Override: GET\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"image\":\"a\" }  \r\n0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Api-Version: 1.41"), "{answer}");
    let request = requests.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(
        request,
        "POST /v1.41/containers/create?name=web HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"Image\":\"a\"}"
    );
}

#[test]
fn two_requests_at_once_are_two_requests() {
    let (running, requests, _place) = with_engine(ok);
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    let one = b"GET /_ping HTTP/1.1\r\nHost: a\r\n\r\n";
    stream
        .write_all(
            &[one.as_slice(), one, b"GET /info HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"].concat(),
        )
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3, "{text}");
    let read: Vec<String> =
        requests.try_iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(read, ["GET /_ping HTTP/1.1", "GET /_ping HTTP/1.1", "GET /info HTTP/1.1"]);
}

#[test]
fn malformed_requests_end_the_connection_and_are_recorded() {
    let (running, requests, _place) = with_engine(ok);
    let answer = raw(&running.socket(), b"GET /_ping HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /info HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"message\":\"seawall: guard/malformed-http"),
        "{answer}"
    );
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    assert!(requests.try_recv().is_err(), "the engine heard nothing");
    assert!(running.log().contains("guard/malformed-http"));
}

#[test]
fn http2_and_buildkit_are_refused_with_a_way_out() {
    let (running, requests, _place) = with_engine(ok);
    for request in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /session HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "POST /v1.41/grpc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "POST /v1.41/build?version=2 HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-tar\r\nContent-Length: 1\r\n\r\nx",
    ] {
        let answer = raw(&running.socket(), request.as_bytes());
        assert!(
            answer.contains("guard/buildkit") && answer.contains("DOCKER_BUILDKIT=0"),
            "{request}: {answer}"
        );
    }
    assert!(requests.try_recv().is_err(), "the engine heard nothing");
}

#[test]
fn warnings_stand_where_tools_show_them() {
    let (running, _requests, _place) = with_engine(|request, stream| {
        let body =
            if request.contains("create") { "{\"Id\":\"x\",\"Warnings\":[\"its own\"]}" } else { "[]" };
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).unwrap();
    });
    let created = raw(&running.socket(), b"POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"Image\":\"a\"}");
    assert!(created.contains("[\"its own\",\"a warning of the guard\"]"), "{created}");
    let listed = raw(&running.socket(), b"GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(listed.contains("X-Seawall-Warning: a warning of the guard"), "{listed}");
}

#[test]
fn hijacked_streams_keep_the_half_that_is_open() {
    for (upgrade, status) in [("Connection: Upgrade\r\nUpgrade: tcp\r\n", "101 UPGRADED"), ("", "200 OK")] {
        let (running, requests, _place) = with_engine(|request, stream| {
            let head = if request.contains("Upgrade: tcp") {
                "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
            };
            stream.write_all(head.as_bytes()).unwrap();
            let mut said = String::new();
            // Returns when the client's half is closed; the other one is still open.
            stream.read_to_string(&mut said).unwrap();
            stream.write_all(format!("echo: {said}").as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Both).unwrap();
        });
        let mut stream = UnixStream::connect(running.socket()).unwrap();
        let request = format!(
            "POST /v1.41/exec/abc/start HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{upgrade}Content-Length: 16\r\n\r\n{{\"Detach\":false}}standard "
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, format!("HTTP/1.1 {status}\r\n"));
        stream.write_all(b"input").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert!(rest.ends_with("\r\n\r\necho: standard input"), "{rest}");
        assert!(requests.recv().unwrap().contains("{\"Detach\":false}"));
    }
}

#[test]
fn uploads_pass_while_the_answer_comes() {
    let (running, _requests, _place) = with_engine(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nstart\n\r\n").unwrap();
        let mut bytes = vec![0; 1 << 16];
        let mut total = 0;
        let mut tail = Vec::new();
        while !tail.ends_with(b"0\r\n\r\n") {
            let size = stream.read(&mut bytes).unwrap();
            total += size;
            tail.extend_from_slice(&bytes[..size]);
            let keep = tail.len().saturating_sub(16);
            tail.drain(..keep);
        }
        let done = format!("{} or more\n", total / 1_000_000 * 1_000_000);
        stream.write_all(format!("{:x}\r\n{done}\r\n0\r\n\r\n", done.len()).as_bytes()).unwrap();
    });
    let mut stream = UnixStream::connect(running.socket()).unwrap();
    stream.write_all(b"POST /build HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("start\n") {
        reader.read_line(&mut head).unwrap();
    }
    assert!(head.contains("Transfer-Encoding: chunked"), "the answer began before the upload: {head}");
    for _ in 0..5 {
        stream.write_all(b"f4240\r\n").unwrap();
        stream.write_all(&vec![b'x'; 1_000_000]).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut rest = String::new();
    while !rest.ends_with("0\r\n\r\n") {
        let size = reader.read_line(&mut rest).unwrap();
        assert_ne!(size, 0, "{rest}");
    }
    assert!(rest.contains("5000000 or more"), "{rest}");
}

#[test]
fn engine_that_is_gone_is_told_and_a_policy_that_is_gone_refuses() {
    let place = tempfile::tempdir().unwrap();
    let running = Running::open(&place.path().join("nobody"));
    let answer = raw(&running.socket(), b"GET /_ping HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("guard/engine-unreachable"), "{answer}");
    let _requests = engine(&place.path().join("engine"), ok);
    let missing = guard::PolicySource::File(place.path().join("policy.yaml"));
    let running = Running::with(&place.path().join("engine"), missing);
    let refused = raw(&running.socket(), b"GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("guard/no-policy"), "{refused}");
    let ping = raw(&running.socket(), b"GET /_ping HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(ping.starts_with("HTTP/1.1 200 OK"), "life is always answered: {ping}");
}
