//! Promise: the engine's other clients work through the guard as well: compose, web-sockets, programs in containers, TLS; and each is
//! held to what the policy says of it. Against a private Docker Engine.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support_guard;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use support_guard::{Guarded, normalised};

fn policy(text: &str) -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("policy.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (place, path)
}

#[test]
fn compose_brings_a_project_up_and_down() {
    let text =
        "version: 1\nprofile: guarded\nclients:\n  - {name: compose, match: {uid: 0}, profile: compose}\n";
    let (place, file) = policy(text);
    let Some(program) = testkit::find_program("docker-compose") else {
        eprintln!("skipped: docker-compose is not installed");
        return;
    };
    let Some(guarded) = Guarded::start(&file) else { return };
    let Some(_image) = guarded.image() else { return };
    let project = "version: '3.7'\nservices:\n  web:\n    image: root:1\n    command: sleep 300\n    network_mode: none\n    \
                   volumes: ['data:/data']\n    labels: {tier: web}\n  job:\n    image: root:1\n    command: echo done\n    \
                   network_mode: none\n    depends_on: [web]\nvolumes: {data: {}}\n";
    std::fs::write(place.path().join("docker-compose.yml"), project).unwrap();
    let compose = |host: &str, words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--no-ansi", "--project-name", "shop"]).args(words);
        command.current_dir(place.path()).env("DOCKER_HOST", host).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| normalised(&String::from_utf8_lossy(bytes));
        let code = output.status.code().unwrap_or(-1);
        format!("{words:?} [{code}]\n{}\n{}", text(&output.stdout), text(&output.stderr))
    };
    let commands: [&[&str]; 9] = [
        &["config", "--quiet"],
        &["up", "-d"],
        &["ps"],
        &["exec", "-T", "web", "echo", "hello"],
        &["run", "--rm", "-T", "job", "echo", "once"],
        &["logs", "--no-color", "job"],
        &["restart", "-t", "1", "web"],
        &["top", "web"],
        &["down", "--volumes", "-t", "1"],
    ];
    let run = |host: &str| {
        commands.map(|words| {
            let said = compose(host, words);
            if words[0] == "up" {
                guarded.dockerd.docker(&["wait", "shop_job_1"]);
            }
            said
        })
    };
    let (direct, through) = (run(&guarded.dockerd.host()), run(&guarded.host()));
    assert!(direct[3].contains("\nhello\n"), "compose works here: {}", direct.join("\n"));
    for (direct, through) in direct.iter().zip(&through) {
        assert_eq!(through, direct, "{}", guarded.stderr());
    }
    assert!(guarded.log().contains("\"client\":\"compose\""), "each call is known to be of compose");
    assert_eq!(guarded.dockerd.docker(&["ps", "--all", "--quiet"]), "");
}

/// A frame of text as clients send it (RFC 6455, section 5.2): masked, at most 125 bytes.
fn frame(text: &str) -> Vec<u8> {
    let mask = [7, 77, 177, 17];
    let mut bytes = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
    bytes.extend(mask);
    bytes.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

#[test]
fn web_sockets_are_attached() {
    let Some(guarded) = Guarded::start("observe") else { return };
    let Some(_image) = guarded.image() else { return };
    guarded.docker(&guarded.host(), "run -d -i --name in --network none % cat", "");
    let mut stream = UnixStream::connect(guarded.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "GET /v1.41/containers/in/attach/ws?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nOrigin: http://docker\r\n\
                Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut until = |wanted: &str, stream: &mut UnixStream| {
        let mut bytes = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains(wanted) {
            let size = stream.read(&mut bytes).unwrap();
            assert!(size > 0, "it ended before {wanted:?}: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&bytes[..size]);
        }
    };
    until("HTTP/1.1 101", &mut stream);
    // RFC 6455, section 1.3: what answers that key.
    until("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", &mut stream);
    for word in ["what goes in", "comes out"] {
        stream.write_all(&frame(&format!("{word}\n"))).unwrap();
        until(word, &mut stream);
    }
}

/// An engine's socket in the place of another, so that it can go and come back while what was connected stays.
struct Relay {
    socket: PathBuf,
    engine: PathBuf,
    ends: Arc<AtomicBool>,
}

impl Relay {
    fn begin(&mut self) {
        self.ends = Arc::default();
        let _ = std::fs::remove_file(&self.socket);
        let listener = UnixListener::bind(&self.socket).unwrap();
        let (engine, ends) = (self.engine.clone(), Arc::clone(&self.ends));
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                if ends.load(Ordering::Acquire) {
                    return;
                }
                let engine = UnixStream::connect(&engine).unwrap();
                for (from, to) in [(client.try_clone(), engine.try_clone()), (Ok(engine), Ok(client))] {
                    let (mut from, mut to) = (from.unwrap(), to.unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Write);
                    });
                }
            }
        });
    }

    fn end(&self) {
        self.ends.store(true, Ordering::Release);
        let _ = UnixStream::connect(&self.socket);
        std::fs::remove_file(&self.socket).unwrap();
    }
}

#[test]
fn sessions_outlive_a_new_policy_and_a_new_engine_socket() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("policy.yaml");
    std::fs::write(&file, "version: 1\nprofile: observe\n").unwrap();
    let socket = place.path().join("relay.sock");
    let mut relay = Relay { socket: socket.clone(), engine: PathBuf::new(), ends: Arc::default() };
    let guarded = Guarded::start_with(file.to_str().unwrap(), |command, dockerd| {
        relay.engine = dockerd.socket();
        relay.begin();
        command.arg("--upstream").arg(format!("unix://{}", socket.display()));
    });
    let Some(guarded) = guarded else { return };
    let Some(_image) = guarded.image() else { return };
    let ps = || guarded.docker(&guarded.host(), "ps --format {{.Names}}", "");
    guarded.docker(&guarded.host(), "run -d --name web --network none % sleep 300", "");
    assert_eq!(ps().0, "web\n");
    let mut session = guarded.command(&guarded.host(), "exec -i web cat");
    let mut session = session.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = session.stdin.take().unwrap();
    let mut output = BufReader::new(session.stdout.take().unwrap());
    let mut echoes = |text: &str| {
        writeln!(input, "{text}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), text, "{}", guarded.stderr());
    };
    echoes("before");
    std::fs::write(&file, "version: 1\nclients:\n  - {name: none, match: {uid: 4711}, allow: [R1]}\n")
        .unwrap();
    guarded.signal(rustix::process::Signal::HUP);
    assert!(guarded.wait_for(|| ps().1.contains("no client of the policy fits")), "{:?}", ps());
    echoes("under another policy");
    std::fs::write(&file, "version: 1\nprofile: observe\n").unwrap();
    guarded.signal(rustix::process::Signal::HUP);
    assert!(guarded.wait_for(|| ps().0 == "web\n"));
    relay.end();
    // Sessions need connections of their own, and there is nothing to connect to.
    let (said, error) = guarded.docker(&guarded.host(), "exec web echo hello", "");
    assert!(said.is_empty() && error.contains("received 502"), "{error}");
    echoes("while the engine's socket is gone");
    relay.begin();
    assert!(guarded.wait_for(|| ps().0 == "web\n"), "{:?}", ps());
    assert_eq!(guarded.docker(&guarded.host(), "exec web echo hello", "").0, "hello\n");
    echoes("after");
    drop(input);
    session.wait().unwrap();
}

#[test]
fn program_in_a_container_is_known_by_its_container() {
    let Some(docker) = testkit::find_program("docker") else { return };
    let text = "version: 1\nclients:\n\
                \x20 - {name: watcher, match: {container_labels: {role: watcher}}, allow: [R0, containers.list]}\n\
                \x20 - {name: reader, match: {container_image: \"reader:*\"}, allow: [R0, R1]}\n\
                \x20 - {name: host, match: {uid: 0}, allow: [R0, R1], rate: {calls_per_second: 1, burst: 3}}\n";
    let (_place, file) = policy(text);
    let Some(guarded) = Guarded::start(&file) else { return };
    let listed = Command::new("ldd").arg(&docker).output();
    if listed.is_ok_and(|listed| listed.status.success()) {
        eprintln!("skipped: docker needs libraries, which the image would need too");
        return;
    }
    let tar = testkit::Tar::new().executable("docker", &std::fs::read(docker).unwrap()).finish();
    guarded.dockerd.import("tool:1", &tar);
    guarded.dockerd.docker(&["tag", "tool:1", "reader:1"]);
    let mount = format!("{}:/var/run/docker.sock", guarded.socket().display());
    let from_container = |more: &[&str], words: &[&str]| {
        let mut command = guarded.dockerd.command();
        command.args(["run", "--rm", "--network=none", "--volume", &mount]).args(more);
        let output = command.args(words).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let ps: [&str; 4] = ["/docker", "ps", "--format", "{{.Names}}"];
    let (is_well, told) = from_container(&["--label", "role=watcher", "tool:1"], &ps);
    assert!(is_well, "{told}");
    let (is_well, told) = from_container(&["--label", "role=watcher", "tool:1"], &["/docker", "images"]);
    assert!(!is_well && told.contains("guard/access-denied"), "{told}");
    let (is_well, told) = from_container(&["reader:1"], &["/docker", "images"]);
    assert!(is_well, "the image of the container counts: {told}");
    let (is_well, told) = from_container(&["--name", "stranger", "tool:1"], &ps);
    assert!(!is_well && told.contains("guard/access-denied"), "root in a container is not root: {told}");
    let log = guarded.log();
    assert!(log.contains("\"name\":\"stranger\"") && log.contains("\"client\":\"watcher\""), "{log}");
    // The host has its own rate, and used it up; who lives in a container is counted apart.
    let ask = || guarded.head_of(b"GET /v1.41/containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    let answers: Vec<String> = (0..20).map(|_| ask()).collect();
    let limited = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 429 ")).count();
    assert!(answers[0].starts_with("HTTP/1.1 200 ") && (10..20).contains(&limited), "{limited} of 20");
    let ping = guarded.head_of(b"GET /_ping HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(ping.starts_with("HTTP/1.1 200 "), "{ping}");
    let (is_well, told) = from_container(&["--label", "role=watcher", "tool:1"], &ps);
    assert!(is_well, "{told}");
}

/// A certificate of the authority that `harden tls` made, with a name that it gives to nobody.
fn sign(place: &Path, stem: &str, name: &str) -> bool {
    let script = format!(
        "set -e; cd '{}'; mkdir -p {stem}; openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
         -subj /CN=deploy -keyout {stem}/key.pem -out {stem}/request; printf 'subjectAltName={name}\\nextendedKeyUsage=clientAuth\\n' \
         > {stem}/extensions; openssl x509 -req -in {stem}/request -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
         -extfile {stem}/extensions -out {stem}/cert.pem; cp ca.pem {stem}/ca.pem",
        place.display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn certificates_log_clients_in_by_their_names() {
    if testkit::find_program("openssl").is_none() {
        eprintln!("skipped: openssl is not installed");
        return;
    }
    let text = "version: 1\nclients:\n\
                \x20 - {name: deploy, match: {certificate: deploy}, allow: [R0, R1]}\n\
                \x20 - {name: farm, match: {certificate: \"*.ci.example.com\"}, allow: [R0, containers.list]}\n\
                \x20 - {name: build, match: {spiffe: \"spiffe://example.com/build/*\"}, allow: [R0, images.list]}\n";
    let (place, file) = policy(text);
    let place = place.path().canonicalize().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["harden", "tls", "--client", "deploy", "--directory"])
        .arg(place.join("tls"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let tls = place.join("tls");
    sign(&tls, "farm", "DNS:runner-7.ci.example.com");
    sign(&tls, "build", "URI:spiffe://example.com/build/7");
    sign(&tls, "stranger", "URI:spiffe://example.com/other");
    let guarded = Guarded::start_with(&file, |command, dockerd| {
        command.arg("--upstream").arg(dockerd.host()).args(["--listen", "tcp://127.0.0.1:0"]);
        for (option, name) in [
            ("--tls-cert", "server-cert.pem"),
            ("--tls-key", "server-key.pem"),
            ("--tls-client-ca", "ca.pem"),
        ] {
            command.arg(option).arg(tls.join(name));
        }
    });
    let Some(guarded) = guarded else { return };
    let told = guarded.stderr();
    let port = told.split("tcp://127.0.0.1:").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let docker = |files: &str, words: &str| {
        let mut command = guarded.command(&format!("tcp://127.0.0.1:{port}"), words);
        command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", tls.join(files));
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (files, words, is_allowed) in [
        ("client-deploy", "ps", true),
        ("client-deploy", "images", true),
        ("client-deploy", "volume create x", false),
        ("farm", "ps", true),
        ("farm", "images", false),
        ("build", "images", true),
        ("build", "ps", false),
        ("stranger", "ps", false),
    ] {
        let (is_well, told) = docker(files, words);
        assert_eq!(is_well, is_allowed, "{files}: docker {words}: {told}");
        assert!(is_allowed || told.contains("guard/access-denied"), "{told}");
    }
    let log = guarded.log();
    for known in ["\"client\":\"build\"", "spiffe://example.com/build/7", "runner-7.ci.example.com"] {
        assert!(log.contains(known), "{known}");
    }
    // TLS 1.2 gets nobody in.
    let port = format!("127.0.0.1:{port}");
    let mut old = Command::new("openssl");
    old.args(["s_client", "-tls1_2", "-connect", &port]).stdin(Stdio::null());
    assert!(!old.output().unwrap().status.success());
}
