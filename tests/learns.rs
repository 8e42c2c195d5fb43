//! Promise: what the containers of an image do is learned; what was learned makes profiles under which they still work; what departs from it
//! is told.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use support::seawall;
use testkit::{Dockerd, Tar};

const PATIENCE: Duration = Duration::from_secs(60);
const WORK: &str = "cat /etc/motd; echo x > /tmp/file; cat /tmp/file";

/// A running `seawall watch …`, ended as a service manager does.
struct Running(Child);

impl Running {
    /// `None` where the sensor cannot run.
    fn start(dockerd: &Dockerd, arguments: &[&str], ready: &str) -> Option<Self> {
        let mut child = seawall(&[&["watch"], arguments].concat())
            .env("DOCKER_HOST", dockerd.host())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), stderr, ready).map(|_| Self(child))
    }

    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(dockerd: &Dockerd, image: &str, more: &[&str], script: &str) -> Output {
    let mut command = dockerd.command();
    command.args(["run", "--rm", "--network", "none"]).args(more);
    command.args([image, "/bin/sh", "-c", script]).output().unwrap()
}

fn profile(directory: &Path, id: &str) -> (PathBuf, Value) {
    let path = directory.join(format!("{}.json", id.trim_start_matches("sha256:")));
    let document = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (path, document)
}

fn has(list: &Value, word: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|entry| entry == word))
}

#[test]
fn what_was_learned_is_allowed_and_what_departs_from_it_is_told() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_lowercase();
    let image = format!("learned-{name}:1");
    let tar = Tar::new().directory("tmp").file("etc/motd", b"hello\n");
    let Some(id) = dockerd.import_programs(&image, &["sh", "bash", "cat", "mkdir", "ls"], tar) else {
        return;
    };
    let at = |name: &str| directory.path().join(name).display().to_string();
    let profiles = at("profiles");

    let Some(learning) = Running::start(&dockerd, &["learn", "--profiles", &profiles], "learning:") else {
        return;
    };
    for _ in 0..2 {
        assert!(run(&dockerd, &image, &[], WORK).status.success());
    }
    learning.stop();
    let (path, learned) = profile(Path::new(&profiles), &id);
    assert_eq!(learned["containers"], 2, "{learned}");
    assert!(has(&learned["programs"], "/bin/sh") && has(&learned["programs"], "/bin/cat"), "{learned}");
    assert!(!has(&learned["programs"], "/bin/ls") && has(&learned["reads"], "/etc/motd"), "{learned}");
    assert!(has(&learned["writes"], "/tmp/file"), "{learned}");
    assert!(has(&learned["calls"], "openat") || has(&learned["calls"], "open"), "{learned}");
    // What the run time does before the program is not the container's.
    assert!(!has(&learned["calls"], "pivot_root") && !has(&learned["calls"], "mount"), "{learned}");

    // A container holds no CAP_SYS_ADMIN; what the run time used to start it is not the container's.
    assert!(!has(&learned["capabilities"], "SYS_ADMIN"), "{learned}");

    // Configuration of it: the same work works, another does not.
    let made =
        seawall(&["harden", "learned", path.to_str().unwrap(), "--output", &at("made")]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let arguments = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(arguments.contains("--cap-drop ALL") || learned["capabilities"].is_null(), "{arguments}");
    assert!(arguments.contains("--read-only") && arguments.contains("--tmpfs /tmp"), "{arguments}");
    assert!(arguments.contains("--network none"), "{arguments}");
    assert!(at("made").len() < 4096 && Path::new(&at("made")).join("apparmor").exists());
    let seccomp = format!("seccomp={}/seccomp.json", at("made"));
    let narrow = ["--security-opt", &seccomp, "--cap-drop", "ALL", "--read-only", "--tmpfs", "/tmp"];
    let same = run(&dockerd, &image, &narrow, WORK);
    assert_eq!(
        String::from_utf8_lossy(&same.stdout),
        "hello\nx\n",
        "{}",
        String::from_utf8_lossy(&same.stderr)
    );
    let other = run(&dockerd, &image, &narrow, "mkdir /tmp/directory");
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success() && said.contains("not permitted"), "{said}");

    // Watched with the profile: the same work is silent, another program is told.
    let alerts = at("alerts");
    let to = format!("file:{alerts}");
    let watch = ["--profile", &profiles, "--json", "--no-integrity", "--disable", "*", "--to", &to];
    let Some(watching) = Running::start(&dockerd, &watch, "watching:") else { return };
    assert!(run(&dockerd, &image, &[], WORK).status.success());
    // Nobody listens there, and it is known whom it wanted to reach all the same.
    let reaches = "bash -c '> /dev/tcp/127.0.0.1/9'; ls /";
    assert!(run(&dockerd, &image, &[], reaches).status.success());
    let departures = || -> Vec<Value> {
        let text = std::fs::read_to_string(&alerts).unwrap_or_default();
        let alerts = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        alerts
            .filter(|alert| alert["rule"].as_str().is_some_and(|rule| rule.contains("learned profile")))
            .collect()
    };
    let end = Instant::now() + PATIENCE;
    let told = loop {
        let all = departures();
        if let Some(told) = all.iter().find(|alert| alert["output_fields"]["departure.what"] == "/bin/ls") {
            break told.clone();
        }
        assert!(Instant::now() < end, "{all:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    };
    let told_all = departures();
    let reached = told_all.iter().find(|alert| alert["output_fields"]["departure.kind"] == "destination");
    assert_eq!(reached.unwrap()["output_fields"]["departure.what"], "127.0.0.1:9/tcp", "{told_all:?}");
    assert_eq!(told["rule"], "Program that is not in the learned profile", "{told}");
    assert_eq!(told["priority"], "Error");
    assert!(
        told["output_fields"]["container.name"].is_string() && told["output_fields"]["proc.pid"].is_u64(),
        "{told}"
    );
    let of_the_same_work =
        departures().into_iter().filter(|alert| alert["output_fields"]["departure.what"] == "/bin/cat");
    assert_eq!(of_the_same_work.count(), 0);
    watching.stop();
}
