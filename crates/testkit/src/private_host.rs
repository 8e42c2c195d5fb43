//! A host of its own for a script: process ids, network, `/etc`, `/run` and the places of an engine.

use crate::process::{find_program, skip};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What a script must end with to say that the machine lacks something.
const SKIPPED: i32 = 77;
const PRELUDE: &str = include_str!("private_host.sh");

/// Namespaces of processes, mounts, network and host name, in which a script may start an engine at the usual places,
/// with a bridge and a packet filter, and change files below `/etc`. All of it ends with the script.
pub struct PrivateHost {
    directory: TempDir,
}

/// Makes one. `None`, and a line on stderr, without root, without `unshare`, `dockerd` and `docker`, or where namespaces and
/// overlays cannot be made.
#[must_use]
pub fn private_host() -> Option<PrivateHost> {
    if !rustix::process::geteuid().is_root() {
        skip("no private host: not root");
        return None;
    }
    for program in ["unshare", "dockerd", "docker", "ip", "ldd"] {
        if find_program(program).is_none() {
            skip(&format!("no private host: {program} is not installed"));
            return None;
        }
    }
    let host = PrivateHost { directory: tempfile::Builder::new().prefix("host").tempdir().unwrap() };
    let output = host.command("true").output().unwrap();
    if !output.status.success() {
        skip(&format!("no private host: {}", String::from_utf8_lossy(&output.stderr).trim()));
        return None;
    }
    Some(host)
}

impl PrivateHost {
    /// A shell script inside. It knows `start_engine ARGUMENTS…`, `stop_engine`, and `root_of PROGRAMS…`, which prints the tar of
    /// a root directory for `docker import`. What it writes outside `/etc`, `/run` and `/var/lib` stays.
    #[must_use]
    pub fn command(&self, script: &str) -> Command {
        // By its name: docker-bench takes every process whose words hold "dockerd" for the engine.
        let file = self.directory.path().join("script");
        std::fs::write(&file, format!("{PRELUDE}\n{script}\n")).unwrap();
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--pid", "--net", "--uts", "--fork", "--kill-child", "--mount-proc"])
            .arg("/bin/sh")
            .arg(file)
            .env("WORK", self.directory.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a script that must end well; `None`, and a line on stderr, when it says that the machine lacks something.
    #[must_use]
    pub fn run(&self, mut command: Command) -> Option<Output> {
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(SKIPPED) {
            skip(&format!("private host: {}", stderr.lines().last().unwrap_or_default()));
            return None;
        }
        assert!(output.status.success(), "{}: {stderr}", output.status);
        Some(output)
    }
}
