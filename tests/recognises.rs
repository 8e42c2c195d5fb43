//! Promise: a container is known by name, image and users, whoever made it: Docker, Podman or containerd alone.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const PROGRAMS: &[&str] = &["sh", "true", "sleep"];
/// Tells every program that begins in a container with the marked argument.
const RULE: &str = "- rule: Marked\n  desc: d\n  condition: evt.type = execve and evt.arg.res = 0 and container.id != host and proc.args contains marked-MARK\n  output: \"user=%user.name group=%group.name home=%user.homedir engine=%container.type name=%container.name image=%container.image.repository tag=%container.image.tag digest=%container.image.digest mounts=%container.mounts privileged=%container.privileged tier=%container.label[tier] check=%container.healthcheck is_check=%proc.is_container_healthcheck\"\n  priority: NOTICE\n";

struct Watch {
    child: Child,
    alerts: PathBuf,
}

impl Watch {
    fn start(directory: &Path, mark: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let rules = directory.join("rules.yaml");
        std::fs::write(&rules, RULE.replace("MARK", mark)).unwrap();
        let alerts = directory.join("alerts");
        let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
        command.args(["watch", "--json", "--no-integrity", "--rules"]).arg(&rules);
        command.arg("--to").arg(format!("file:{}", alerts.display())).env("DOCKER_HOST", "unix:///nowhere");
        let mut child = command.envs(environment.iter().copied()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let watch = Self { child, alerts };
        let mut stderr = testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), stderr, "watching:")?;
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Some(watch)
    }

    /// The fields of the first alert that fits.
    #[track_caller]
    fn fields(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&self.alerts).unwrap_or_default();
            let alerts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if let Some(alert) = alerts.iter().find(|alert| fits(&alert["output_fields"])) {
                return alert["output_fields"].clone();
            }
            assert!(Instant::now() < end, "no such alert in {text}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An image with a user of its own.
fn import(dockerd: &testkit::Dockerd, name: &str) -> Option<()> {
    let tar = testkit::Tar::new()
        .directory("tmp")
        .directory("etc")
        .file("etc/passwd", b"boss:x:0:0::/boss:/bin/sh\nshop:x:1234:1235::/home/shop:/bin/sh\n")
        .file("etc/group", b"root:x:0:\nclerks:x:1235:\n");
    dockerd.import_programs(name, PROGRAMS, tar).map(drop)
}

fn is(program: &str) -> bool {
    let is_there = testkit::find_program(program).is_some();
    if !is_there {
        println!("skipped: {program} is not installed");
    }
    is_there
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out}{err}");
    out.trim().to_owned()
}

#[test]
fn docker_gives_users_mounts_labels_and_the_health_check() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    let Some(()) = import(&dockerd, "known:1") else { return };
    let Some(watch) = Watch::start(directory.path(), "docker", &[("DOCKER_HOST", &dockerd.host())]) else {
        return;
    };
    let data = directory.path().to_str().unwrap();
    dockerd.docker(&[
        "run",
        "--detach",
        "--name",
        "shop",
        "--network",
        "none",
        "--user",
        "1234",
        "--label",
        "tier=front",
        "--volume",
        &format!("{data}:/data:ro"),
        "--health-interval",
        "1s",
        "--health-cmd",
        "true marked-docker check",
        "known:1",
        "/bin/sh",
        "-c",
        "sh -c 'true' marked-docker work; exec sleep 60",
    ]);
    let fields = watch.fields(|fields| fields["proc.is_container_healthcheck"] == false);
    for (name, value) in [
        ("user.name", "shop"),
        ("group.name", "clerks"),
        ("user.homedir", "/home/shop"),
        ("container.type", "docker"),
        ("container.name", "shop"),
        ("container.image.repository", "known"),
        ("container.image.tag", "1"),
        ("container.label[tier]", "front"),
        ("container.healthcheck", "/bin/sh -c true marked-docker check"),
    ] {
        assert_eq!(fields[name], value, "{name}: {fields}");
    }
    assert_eq!(fields["container.privileged"], false);
    assert_eq!(fields["container.mounts"], format!("{data}:/data:ro:false:rprivate"));
    watch.fields(|fields| fields["proc.is_container_healthcheck"] == true);
}

#[test]
fn podman_needs_no_daemon_to_be_known() {
    if !is("podman") {
        return;
    }
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let Some(()) = import(&dockerd, "known:2") else { return };
    let directory = tempfile::Builder::new().prefix("pod").tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let podman = || {
        let mut command = Command::new("podman");
        command.arg("--root").arg(at("root")).arg("--runroot").arg(at("run")).arg("--tmpdir").arg(at("tmp"));
        command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none"]);
        command
    };
    let archive = at("image.tar");
    dockerd.docker(&["save", "--output", archive.to_str().unwrap(), "known:2"]);
    succeed(podman().args(["load", "--quiet", "--input"]).arg(&archive));
    let Some(watch) = Watch::start(directory.path(), "podman", &[]) else { return };
    let run = podman()
        .args([
            "run",
            "--rm",
            "--name",
            "pod-shop",
            "--network",
            "none",
            "--user",
            "1234",
            "--security-opt",
            "seccomp=unconfined",
            "--ulimit",
            "nofile=1024:1024",
            "--ulimit",
            "nproc=1024:1024",
        ])
        .args(["known:2", "/bin/sh", "-c", "sh -c true marked-podman; sleep 1"])
        .output()
        .unwrap();
    if !run.status.success() {
        println!("skipped: podman does not run containers here: {}", String::from_utf8_lossy(&run.stderr));
        return;
    }
    let fields = watch.fields(|fields| fields["user.name"].is_string());
    for (name, value) in [
        ("user.name", "shop"),
        ("container.type", "podman"),
        ("container.name", "pod-shop"),
        ("container.image.repository", "localhost/known"),
        ("container.image.tag", "2"),
    ] {
        assert_eq!(fields[name], value, "{name}: {fields}");
    }
    assert!(
        fields["container.image.digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")),
        "{fields}"
    );
}

/// A private containerd.
struct Containerd {
    child: Child,
    directory: tempfile::TempDir,
}

impl Containerd {
    fn start() -> Option<Self> {
        if !is("containerd") || !is("ctr") {
            return None;
        }
        let directory = tempfile::Builder::new().prefix("ctd").tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let config = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = {:?}\n",
            at("root"),
            at("state"),
            at("socket"),
        );
        std::fs::write(at("config.toml"), config).unwrap();
        let log = std::fs::File::create(at("log")).unwrap();
        let child = Command::new("containerd")
            .arg("--config")
            .arg(at("config.toml"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let containerd = Self { child, directory };
        let end = Instant::now() + PATIENCE;
        while !containerd.ctr().arg("version").output().unwrap().status.success() {
            if Instant::now() > end {
                println!("skipped: containerd does not start here");
                return None;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Some(containerd)
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    fn ctr(&self) -> Command {
        let mut command = Command::new("ctr");
        command.arg("--address").arg(self.socket()).args(["--namespace", "shops"]);
        command
    }
}

impl Drop for Containerd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Told by events when `is_followed`, otherwise found by the shim that holds the container.
#[track_caller]
fn containerd_alone_is_asked(mark: &str, is_followed: bool) {
    let Some(containerd) = Containerd::start() else { return };
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let Some(()) = import(&dockerd, "known:3") else { return };
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("image.tar");
    dockerd.docker(&["save", "--output", archive.to_str().unwrap(), "known:3"]);
    succeed(containerd.ctr().args(["images", "import", "--snapshotter", "native"]).arg(&archive));
    let socket = containerd.socket();
    let environment = [("CONTAINERD_ADDRESS", socket.to_str().unwrap())];
    let environment: &[_] = if is_followed { &environment } else { &[] };
    let Some(watch) = Watch::start(directory.path(), mark, environment) else { return };
    // Runtimes share a directory of ids.
    let id = format!("{:0>64x}", std::process::id() * 2 + u32::from(is_followed));
    succeed(
        containerd
            .ctr()
            .args([
                "run",
                "--rm",
                "--snapshotter",
                "native",
                "--label",
                "tier=front",
                "docker.io/library/known:3",
                &id,
            ])
            .args(["/bin/sh", "-c", &format!("sh -c true marked-{mark}; sleep 1")]),
    );
    let fields = watch.fields(|fields| fields["user.name"].is_string());
    for (name, value) in [
        ("user.name", "boss"),
        ("container.type", "containerd"),
        ("container.name", id.as_str()),
        ("container.image.repository", "docker.io/library/known"),
        ("container.image.tag", "3"),
        ("container.label[tier]", "front"),
    ] {
        assert_eq!(fields[name], value, "{name}: {fields}");
    }
    assert!(
        fields["container.image.digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")),
        "{fields}"
    );
}

#[test]
fn containerd_tells_of_containers_when_they_are_made() {
    containerd_alone_is_asked("followed", true);
}

#[test]
fn containerd_is_asked_for_a_container_that_nobody_told_of() {
    containerd_alone_is_asked("found", false);
}
