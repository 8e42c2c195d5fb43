//! A `seawall watch` of this host beside a private engine, with an image of its own.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use serde_json::Value;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub const PROGRAMS: &[&str] = &["sh", "cat", "cp", "echo", "ls", "true"];
const PATIENCE: Duration = Duration::from_secs(60);

/// The watch, the engine and the image.
pub struct Watch {
    child: Option<Child>,
    _stderr: Option<BufReader<ChildStderr>>,
    directory: tempfile::TempDir,
    arguments: Vec<String>,
    pub image: String,
    pub dockerd: testkit::Dockerd,
    /// Whether it also watches files when it begins again.
    pub has_integrity: bool,
}

impl Watch {
    /// `None`, and a line that says why, where that cannot be.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        Self::start_with(
            &|_| arguments.iter().map(|word| (*word).to_owned()).collect(),
            PROGRAMS,
            testkit::Tar::new(),
        )
    }

    /// As [`Self::start`], with programs and files of the test, and arguments that may name a directory of its own.
    pub fn start_with(
        arguments: &dyn Fn(&Path) -> Vec<String>,
        programs: &[&str],
        tar: testkit::Tar,
    ) -> Option<Self> {
        let dockerd = testkit::private_dockerd()?;
        let directory = tempfile::tempdir().unwrap();
        // The sensor sees the containers of all tests; the image tells them apart.
        let name =
            directory.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_lowercase();
        let image = format!("programs-{name}");
        let tar = tar.directory("tmp").directory("etc").file("etc/shadow", b"root:*:1::::::\n");
        dockerd.import_programs(&format!("{image}:1"), programs, tar)?;
        let arguments = arguments(directory.path());
        let mut watch =
            Self { child: None, _stderr: None, directory, arguments, image, dockerd, has_integrity: false };
        watch.begin().then_some(watch)
    }

    /// Starts it, again after it ended; whether it watches.
    pub fn begin(&mut self) -> bool {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args(["watch", "--json", "--rule-matching", "all", "--to"])
            .arg(format!("file:{}", self.file().display()))
            .arg("--buffer")
            .arg(self.directory.path().join("state"))
            .args(&self.arguments)
            .args((!self.has_integrity).then_some("--no-integrity"))
            .env("DOCKER_HOST", self.dockerd.host())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Kept open: who writes into it later must not die of it.
        self._stderr =
            testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), child.stderr.take().unwrap(), "watching:");
        self.child = Some(child);
        self._stderr.is_some()
    }

    pub fn process(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Kill -9.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// As its user ends it: what waits is written.
    pub fn stop(&mut self) {
        let process = rustix::process::Pid::from_raw(self.process().try_into().unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        self.child.take().unwrap().wait().unwrap();
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("alerts")
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Every alert so far, of other tests' containers too.
    pub fn all_alerts(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Alerts of this image's containers.
    pub fn alerts(&self) -> Vec<Value> {
        let mut alerts = self.all_alerts();
        alerts.retain(|alert| alert["output_fields"]["container.image.repository"] == self.image.as_str());
        alerts
    }

    /// The first alert for which that is true.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(alert) = self.all_alerts().iter().find(|alert| is_it(alert)) {
                return alert.clone();
            }
            assert!(Instant::now() < end, "no alert '{what}' in {:?}", self.alerts());
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// The first alert of a rule for this image.
    #[track_caller]
    pub fn alert(&self, rule: &str) -> Value {
        let image = self.image.as_str();
        self.wait_for(rule, |alert| {
            alert["rule"] == rule && alert["output_fields"]["container.image.repository"] == image
        })
    }

    pub fn run(&self, script: &str) -> Output {
        let image = format!("{}:1", self.image);
        let words = ["run", "--rm", "--network", "none", &image, "/bin/sh", "-c", script];
        self.dockerd.command().args(words).output().unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
