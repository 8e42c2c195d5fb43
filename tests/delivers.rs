//! Promise: an alert reaches its receiver, also when that one is away for a while and the watch is killed meanwhile.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use testkit::server::{Reply, Server};

const PATIENCE: Duration = Duration::from_secs(60);

/// Ends with the value, by SIGKILL.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A watch that tells programs with a marked argument; `None` where the kernel does not let it.
fn watch(directory: &Path, mark: &str, url: &str) -> Option<Killed> {
    let rules = directory.join("rules.yaml");
    let rule = format!(
        "- rule: Marked\n  desc: d\n  condition: evt.type = execve and evt.arg.res = 0 and proc.args contains {mark}\n  output: \"%proc.cmdline\"\n  priority: WARNING\n  tags: [T1059]\n"
    );
    std::fs::write(&rules, rule).unwrap();
    let mut child = Killed(
        Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["watch", "--no-integrity", "--to", url, "--rules"])
            .arg(&rules)
            .arg("--buffer")
            .arg(directory.join("buffer"))
            .env("DOCKER_HOST", "unix:///nowhere")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut stderr =
        testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), child.0.stderr.take().unwrap(), "watching:")?;
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    Some(child)
}

fn run_marked(mark: &str) {
    assert!(Command::new("sh").args(["-c", "exec true \"$1\"", "sh", mark]).status().unwrap().success());
}

#[track_caller]
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Alerts that were taken, by their messages.
fn taken(server: &Server, mark: &str) -> Vec<Value> {
    let bodies = server.requests().into_iter().map(|request| serde_json::from_str(&request.body).unwrap());
    bodies.filter(|alert: &Value| alert["output"].as_str().unwrap().contains(mark)).collect()
}

#[test]
fn what_waits_survives_kill_and_goes_out_after_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let status = Arc::new(AtomicU16::new(503));
    let answering = Arc::clone(&status);
    let server = Server::start(move |_| Reply::new(answering.load(Ordering::Acquire), ""));
    let Some(first) = watch(directory.path(), "delivers-kill", &format!("http://{}", server.address)) else {
        return;
    };
    run_marked("delivers-kill-one");
    wait_for("the alert is not tried", || !taken(&server, "delivers-kill-one").is_empty());
    drop(first);
    let tries = taken(&server, "delivers-kill-one").len();
    status.store(200, Ordering::Release);
    let Some(_second) = watch(directory.path(), "delivers-kill", &format!("http://{}", server.address))
    else {
        return;
    };
    wait_for("the alert is not sent again", || taken(&server, "delivers-kill-one").len() > tries);
    run_marked("delivers-kill-two");
    wait_for("the next alert is not sent", || !taken(&server, "delivers-kill-two").is_empty());
}

#[test]
fn falcosidekick_takes_alerts_as_those_of_falco() {
    let Some(program) = std::env::var_os("SEAWALL_FALCOSIDEKICK") else {
        println!("skipped: SEAWALL_FALCOSIDEKICK names no program");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let behind = Server::start(|_| Reply::ok(""));
    // It cannot choose a free port itself.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sidekick = Command::new(program)
        .env("LISTENADDRESS", "127.0.0.1")
        .env("LISTENPORT", port.to_string())
        .env("WEBHOOK_ADDRESS", format!("http://{}", behind.address))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _sidekick = Killed(sidekick);
    wait_for("falcosidekick does not start", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let url = format!("http://127.0.0.1:{port}/");
    let Some(_watch) = watch(directory.path(), "delivers-sidekick", &url) else { return };
    run_marked("delivers-sidekick");
    wait_for("nothing comes through", || !taken(&behind, "delivers-sidekick").is_empty());
    let alert = taken(&behind, "delivers-sidekick").remove(0);
    assert_eq!((&alert["rule"], &alert["priority"]), (&"Marked".into(), &"Warning".into()));
    assert!(alert["uuid"].is_string() && alert["output_fields"]["proc.cmdline"].is_string(), "{alert}");
    assert_eq!(alert["tags"], serde_json::json!(["T1059"]));
}
