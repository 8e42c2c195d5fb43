//! Promise: what happens in containers is told with the container's name and image from its first program on, and what did not
//! come with the image does not run when that is asked for.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use serde_json::Value;
use std::io::BufReader;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAMS: &[&str] = &["sh", "cat", "cp", "echo", "ls", "true"];
const PATIENCE: Duration = Duration::from_secs(60);

struct Watch {
    child: Child,
    directory: tempfile::TempDir,
    /// Kept open: who writes into it later must not die of it.
    _stderr: BufReader<ChildStderr>,
    image: String,
    dockerd: testkit::Dockerd,
}

impl Watch {
    /// Watches a private engine with an image; `None` where that cannot be.
    fn start(arguments: &[&str]) -> Option<Self> {
        let dockerd = testkit::private_dockerd()?;
        let directory = tempfile::tempdir().unwrap();
        // The sensor sees the containers of all tests; the image tells them apart.
        let name =
            directory.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_lowercase();
        let image = format!("programs-{name}");
        let tar =
            testkit::Tar::new().directory("tmp").directory("etc").file("etc/shadow", b"root:*:1::::::\n");
        dockerd.import_programs(&format!("{image}:1"), PROGRAMS, tar)?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["watch", "--json", "--no-integrity", "--rule-matching", "all", "--to"])
            .arg(format!("file:{}", directory.path().join("alerts").display()))
            .args(arguments)
            .env("DOCKER_HOST", dockerd.host())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let Some(stderr) = testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), stderr, "watching:") else {
            child.wait().unwrap();
            return None;
        };
        Some(Self { child, directory, _stderr: stderr, image, dockerd })
    }

    fn alerts(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.directory.path().join("alerts")).unwrap_or_default();
        let alerts = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        alerts
            .filter(|alert| alert["output_fields"]["container.image.repository"] == self.image.as_str())
            .collect()
    }

    /// The first alert of a rule.
    #[track_caller]
    fn alert(&self, rule: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let alerts = self.alerts();
            if let Some(alert) = alerts.iter().find(|alert| alert["rule"] == rule) {
                return alert.clone();
            }
            assert!(Instant::now() < end, "no alert '{rule}' in {alerts:?}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    fn run(&self, script: &str) -> std::process::Output {
        self.dockerd
            .command()
            .args(["run", "--rm", "--network", "none", &format!("{}:1", self.image), "/bin/sh", "-c", script])
            .output()
            .unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn alerts_of_a_container_name_it_and_its_image() {
    let Some(watch) = Watch::start(&[]) else { return };
    assert!(watch.run("cat /etc/shadow; cp /bin/echo /tmp/dropped; /tmp/dropped hello").status.success());
    let read = watch.alert("Password file read in a container");
    let fields = &read["output_fields"];
    assert_eq!((&fields["fd.name"], &fields["proc.name"]), (&"/etc/shadow".into(), &"cat".into()));
    assert_eq!(
        (&fields["container.image.repository"], &fields["container.image.tag"]),
        (&watch.image.as_str().into(), &"1".into())
    );
    assert!(fields["container.name"].as_str().is_some_and(|name| !name.is_empty()), "{read}");
    let dropped = watch.alert("Program of no image run in a container");
    assert_eq!(dropped["output_fields"]["proc.exepath"], "/tmp/dropped");
    assert_eq!(dropped["output_fields"]["proc.pname"], "sh");
}

#[test]
fn a_first_program_is_told_with_its_image_every_time() {
    let rules = tempfile::tempdir().unwrap();
    let rule = "- rule: first program\n  desc: d\n  condition: evt.type = execve and evt.arg.res = 0 and container.id != host and proc.vpid = 1 and proc.name = true\n  output: \"%proc.name\"\n  priority: NOTICE\n";
    std::fs::write(rules.path().join("first.yaml"), rule).unwrap();
    let Some(watch) = Watch::start(&["--rules", rules.path().join("first.yaml").to_str().unwrap()]) else {
        return;
    };
    for _ in 0..5 {
        assert!(
            watch
                .dockerd
                .command()
                .args(["run", "--rm", "--network", "none", &format!("{}:1", watch.image), "/bin/true"])
                .status()
                .unwrap()
                .success()
        );
    }
    let end = Instant::now() + PATIENCE;
    while watch.alerts().len() < 5 {
        assert!(Instant::now() < end, "{:?}", watch.alerts());
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn ordinary_work_in_a_container_is_silent() {
    let Some(watch) = Watch::start(&[]) else { return };
    for _ in 0..3 {
        assert!(
            watch.run("ls /; echo work > /tmp/file; cat /tmp/file; cp /tmp/file /tmp/other").status.success()
        );
    }
    assert!(watch.run("cat /etc/shadow").status.success());
    watch.alert("Password file read in a container");
    let others: Vec<Value> = watch
        .alerts()
        .into_iter()
        .filter(|alert| alert["rule"] != "Password file read in a container")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn what_did_not_come_with_the_image_is_killed_before_it_runs() {
    let Some(watch) = Watch::start(&["--drift", "kill"]) else { return };
    let output = watch.run("cp /bin/echo /tmp/dropped; /tmp/dropped never; echo after $?");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "after 137\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let killed = watch.alert("Drift prevented");
    assert_eq!(
        (&killed["output_fields"]["fd.name"], &killed["output_fields"]["killed"]),
        (&"/tmp/dropped".into(), &true.into())
    );
}
