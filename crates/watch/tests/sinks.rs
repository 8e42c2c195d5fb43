//! Where alerts go: files, sockets, a web hook that is not always there.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and looks at files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use detect::Alert;
use serde_json::{Value, json};
use watch::{HttpOptions, Shape, SinkError, SinkOptions, Sinks};

fn alert(rule: &str) -> Alert {
    Alert {
        hostname: "host".to_owned(),
        output: format!("10:00:00.000000000: Warning {rule} happened"),
        output_fields: BTreeMap::from([
            ("evt.time".to_owned(), json!(1_000_000_000_000_000_000_u64)),
            ("container.id".to_owned(), json!("3ad7b26ded6d")),
            ("container.name".to_owned(), json!("web")),
        ]),
        priority: "Warning",
        rule: rule.to_owned(),
        source: "syscall".to_owned(),
        tags: BTreeSet::from(["T1059.004".to_owned(), "container".to_owned()]),
        time: "2001-09-09T01:46:40.000000000Z".to_owned(),
    }
}

fn hook(url: String, buffer: &Path) -> SinkOptions {
    let headers = vec![("Authorization".to_owned(), "Bearer of-the-test".to_owned())];
    SinkOptions::Http(HttpOptions {
        url,
        shape: Shape::Json,
        headers,
        buffer: buffer.to_owned(),
        buffer_bytes_max: 1 << 20,
    })
}

/// Reads one request and answers with a status; returns its head and the rule in its body.
fn answer(stream: TcpStream, status: &str) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    write!(reader.get_mut(), "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    (head, body["rule"].as_str().unwrap().to_owned())
}

#[test]
fn a_web_hook_gets_every_alert_in_order_though_it_fails_at_first() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alerts", listener.local_addr().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let mut sinks = Sinks::open(&[hook(url, directory.path())]).unwrap();
    sinks.send(&alert("first"));
    sinks.send(&alert("second"));
    let next = |status| answer(listener.accept().unwrap().0, status);
    let (head, rule) = next("503 Service Unavailable");
    assert_eq!(rule, "first");
    assert!(
        head.starts_with("POST /alerts HTTP/1.1\r\n")
            && head.to_ascii_lowercase().contains("authorization: bearer of-the-test")
    );
    assert_eq!(next("429 Too Many Requests").1, "first");
    assert_eq!(next("200 OK").1, "first");
    assert_eq!(next("200 OK").1, "second");
    sinks.finish();
    assert_eq!(sinks.failures(), 0);
}

#[test]
fn what_a_web_hook_did_not_take_is_sent_by_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    // Nobody listens; the run ends as if it had been killed, without waiting.
    let mut sinks = Sinks::open(&[hook(format!("http://{address}/"), directory.path())]).unwrap();
    sinks.send(&alert("kept"));
    std::mem::forget(sinks);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let _sinks = Sinks::open(&[hook(url, directory.path())]).unwrap();
    assert_eq!(answer(listener.accept().unwrap().0, "200 OK").1, "kept");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(
        Sinks::open(&[hook("ftp://example.com".to_owned(), directory.path())]),
        Err(SinkError::Address { .. })
    ));
}

#[test]
fn a_file_is_begun_anew_when_it_is_full_and_when_it_was_moved() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alerts.jsonl");
    let one = serde_json::to_string(&alert("a")).unwrap().len() as u64 + 1;
    let options =
        SinkOptions::File { path: path.clone(), shape: Shape::Json, bytes_max: 2 * one, files_max: 2 };
    let mut sinks = Sinks::open(&[options]).unwrap();
    let rules = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(directory.path().join(name)).unwrap_or_default();
        let rule =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["rule"].as_str().unwrap().to_owned();
        text.lines().map(rule).collect()
    };
    for rule in ["a", "b", "c", "d", "e", "f", "g"] {
        sinks.send(&alert(rule));
    }
    assert_eq!(rules("alerts.jsonl"), ["g"]);
    assert_eq!(
        (rules("alerts.jsonl.1"), rules("alerts.jsonl.2")),
        (vec!["e".into(), "f".into()], vec!["c".into(), "d".into()])
    );
    std::fs::rename(&path, directory.path().join("moved")).unwrap();
    sinks.send(&alert("h"));
    assert_eq!((rules("moved"), rules("alerts.jsonl")), (vec!["g".into()], vec!["h".into()]));
    assert_eq!(sinks.failures(), 0);
}

#[test]
fn local_logs_get_alerts_with_their_severity_and_a_missing_one_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let (syslog, journal) = (directory.path().join("log"), directory.path().join("journal"));
    let (logs, entries) = (UnixDatagram::bind(&syslog).unwrap(), UnixDatagram::bind(&journal).unwrap());
    let mut sinks =
        Sinks::open(&[SinkOptions::Syslog(syslog, Shape::Json), SinkOptions::Journald(journal, Shape::Text)])
            .unwrap();
    sinks.send(&alert("told"));
    let mut bytes = vec![0; 1 << 16];
    let length = logs.recv(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    assert!(text.starts_with("<84>seawall[") && text.contains("\"rule\":\"told\""), "{text}");
    let length = entries.recv(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    assert!(text.contains("\nPRIORITY=4\n") && text.contains("\nSEAWALL_RULE=told\n"), "{text}");
    let mut missing =
        Sinks::open(&[SinkOptions::Syslog(directory.path().join("nobody"), Shape::Text)]).unwrap();
    missing.send(&alert("lost"));
    assert_eq!(missing.failures(), 1);
}

#[test]
fn an_alert_is_a_detection_finding() {
    let finding = watch::ocsf(&alert("shell in container"));
    assert_eq!(
        (&finding["class_uid"], &finding["type_uid"], &finding["severity_id"]),
        (&json!(2004), &json!(200_401), &json!(3))
    );
    assert_eq!(finding["time"], json!(1_000_000_000_000_u64));
    let attack = json!({ "technique": { "uid": "T1059" }, "sub_technique": { "uid": "T1059.004" } });
    assert_eq!(finding["finding_info"]["attacks"], json!([attack]));
    assert_eq!(finding["resources"][0]["name"], json!("web"));
}
