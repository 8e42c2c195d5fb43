//! Promise: what runs is joined with what the image holds: an alert names the package, layer and vulnerabilities of the executable, and
//! a scan tells which vulnerable packages are in use, which were not seen, and when nobody knows.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

mod support;

use model::{Report, UseState};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::seawall;
use testkit::{Dockerd, Tar};

const PATIENCE: Duration = Duration::from_secs(90);
const RULE: &str = "- rule: server started\n  desc: d\n  condition: evt.type in (execve, execveat) and evt.rawres = 0 and proc.exepath = /usr/bin/server\n  output: \"%proc.name\"\n  priority: NOTICE\n";

/// An image of two layers, whose upper one brings two vulnerable packages: one owns `/usr/bin/server`, recorded through a link below
/// the root, the other `/usr/bin/idle`.
fn image(dockerd: &Dockerd, directory: &Path) -> Option<String> {
    let name = format!("joined-{}", directory.file_name()?.to_str()?.trim_start_matches('.').to_lowercase());
    let release = b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
    let tar = Tar::new().directory("usr").directory("usr/bin").directory("tmp").symlink("sbin", "usr/bin");
    dockerd.import_programs(&format!("{name}:base"), &["sh", "cat"], tar.file("etc/os-release", release))?;
    let context = directory.join("context");
    let file = |path: &str, content: &[u8]| {
        let path = context.join("root").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let program = std::fs::read(testkit::find_program("sleep")?).unwrap();
    file("usr/bin/server", &program);
    file("usr/bin/idle", &program);
    let package = |name: &str, source: &str, version: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\nVersion: {version}\n\n"
        )
    };
    let status =
        package("libssl3", "openssl", "3.0.11-1~deb12u1") + &package("libc6", "glibc", "2.36-9+deb12u1");
    file("var/lib/dpkg/status", status.as_bytes());
    file("var/lib/dpkg/info/libssl3:amd64.list", b"/.\n/sbin/server\n");
    file("var/lib/dpkg/info/libc6:amd64.list", b"/.\n/usr/bin/idle\n");
    let dockerfile = format!("FROM {name}:base\nCOPY root /\n");
    std::fs::write(context.join("Dockerfile"), dockerfile).unwrap();
    dockerd.build(&format!("{name}:1"), &context);
    Some(format!("{name}:1"))
}

struct Watch {
    child: Child,
    alerts: PathBuf,
    image: String,
}

impl Watch {
    /// Watches with a record of use and lists of packages; `None` where that cannot be.
    fn start(dockerd: &Dockerd, directory: &Path, image: &str) -> Option<Self> {
        let rules = directory.join("rules.yaml");
        std::fs::write(&rules, RULE).unwrap();
        let alerts = directory.join("alerts");
        let mut child = seawall(&["watch", "--json", "--no-integrity"])
            .arg(format!("--used={}", directory.join("used").display()))
            .arg(format!("--scans={}", directory.join("scans").display()))
            .args(["--rules", rules.to_str().unwrap(), "--to"])
            .arg(format!("file:{}", alerts.display()))
            .env("DOCKER_HOST", dockerd.host())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        testkit::watch_begins(env!("CARGO_BIN_EXE_seawall"), child.stderr.take().unwrap(), "watching:")
            .map(|_| Self { child, alerts, image: image.split(':').next().unwrap().to_owned() })
    }

    fn alerts(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.alerts).unwrap_or_default();
        let alerts = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        alerts
            .filter(|alert| alert["output_fields"]["container.image.repository"] == self.image.as_str())
            .collect()
    }

    /// Ends it as a service manager does, so that it writes what it knows.
    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(dockerd: &Dockerd, image: &str, command: &[&str]) {
    let status =
        dockerd.command().args(["run", "--rm", "--network", "none", image]).args(command).status().unwrap();
    assert!(status.success());
}

#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "no {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn scan(dockerd: &Dockerd, image: &str, record: &Path, more: &[&str]) -> Command {
    let mut command =
        seawall(&["scan", &format!("docker:{image}"), "--no-cache", "--quiet", "--only", "vulnerabilities"]);
    command.arg(format!("--in-use={}", record.display())).args(more).env("DOCKER_HOST", dockerd.host());
    command
}

/// Packages of findings with what is known of their use, each once, in the order of the report.
fn uses(report: &Report) -> Vec<(String, UseState)> {
    let rows = report.findings.iter().filter_map(|finding| {
        let vulnerability = finding.vulnerability.as_ref()?;
        Some((vulnerability.package.clone(), vulnerability.in_use.as_ref()?.state))
    });
    let mut rows: Vec<_> = rows.collect();
    rows.dedup();
    rows
}

#[test]
fn what_runs_is_joined_with_what_the_image_holds() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    let Some(image) = image(&dockerd, directory.path()) else { return };
    let Some(watch) = Watch::start(&dockerd, directory.path(), &image) else { return };
    let id = dockerd.docker(&["image", "inspect", "--format", "{{.Id}}", &image]);
    let list = directory.path().join("scans").join(format!("{}.json", id.trim_start_matches("sha256:")));

    // The image is scanned when a container of it appears; until then it is said that nothing is known.
    run(&dockerd, &image, &["/usr/bin/server", "2"]);
    let first = wait_for("alert", || watch.alerts().first().cloned());
    let package = first["output_fields"]["package"].as_str().unwrap().to_owned();
    assert!(package.starts_with("unknown:") || package.starts_with("libssl3 "), "{first}");
    wait_for("list of packages", || list.exists().then_some(()));
    let joined = wait_for("alert that names the package", || {
        run(&dockerd, &image, &["/usr/bin/server", "0.1"]);
        watch
            .alerts()
            .into_iter()
            .find(|alert| alert["output_fields"]["package"] == "libssl3 3.0.11-1~deb12u1")
    });
    let fields = &joined["output_fields"];
    assert!(fields["layer"].as_str().unwrap().starts_with("1 sha256:"), "{joined}");
    assert!(fields["cves"].as_str().unwrap().contains("CVE-"), "{joined}");
    assert!(fields["cves.count"].as_u64().unwrap() > 0 && fields["cves.severity"].is_string());
    assert!(
        joined["output"].as_str().unwrap().contains("package=libssl3 3.0.11-1~deb12u1 layer=1 "),
        "{joined}"
    );
    watch.stop();

    let record = directory.path().join("used");
    let report = support::report_of(scan(&dockerd, &image, &record, &["--format", "json"]).output().unwrap());
    assert_eq!(
        uses(&report),
        [("libssl3".to_owned(), UseState::InUse), ("libc6".to_owned(), UseState::NotSeen)],
        "{:?}",
        report.gaps
    );
    let detail = |name: &str| {
        let package = report.packages.iter().find(|package| package.name == name).unwrap();
        package.in_use.as_ref().unwrap().detail.clone()
    };
    assert!(
        detail("libssl3").contains("executed") && detail("libssl3").contains("(/usr/bin/server)"),
        "{}",
        detail("libssl3")
    );
    assert!(detail("libc6").starts_with("nothing of it was seen to be executed, mapped or loaded in "));

    let table = scan(&dockerd, &image, &record, &["--width", "120"]).output().unwrap();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    let (used, unseen) = (table.find("In use\n").unwrap(), table.find("Not seen in use\n").unwrap());
    assert!(
        used < table.find("openssl 3.0.11").unwrap() && unseen < table.find("glibc 2.36").unwrap(),
        "{table}"
    );

    // A gate that blocks what is in use alone.
    let policy = directory.path().join("policy.toml");
    std::fs::write(&policy, "version = 1\n[vulnerability]\nblock = \"low\"\nwarn = \"low\"\nknown-exploited = \"warn\"\nnot-seen = \"allow\"\n").unwrap();
    let verdict = directory.path().join("verdict.json");
    let gate = ["--policy", policy.to_str().unwrap(), "--verdict", verdict.to_str().unwrap()];
    assert_eq!(scan(&dockerd, &image, &record, &gate).status().unwrap().code(), Some(1));
    let verdict: Value = serde_json::from_slice(&std::fs::read(&verdict).unwrap()).unwrap();
    let blocked = verdict["blocks"].as_array().unwrap();
    assert!(
        blocked
            .iter()
            .all(|reason| reason["package"].as_str().is_some_and(|name| name.starts_with("libssl3 "))),
        "{verdict}"
    );

    // Without a record nobody knows, and that is a gap.
    let empty = directory.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let unknown = support::report_of(scan(&dockerd, &image, &empty, &["--format", "json"]).output().unwrap());
    assert!(uses(&unknown).iter().all(|(_, state)| *state == UseState::Unknown));
    assert!(unknown.gaps.iter().any(|gap| gap.what == "record of use"), "{:?}", unknown.gaps);
}

#[test]
fn a_record_goes_on_over_a_restart_and_knows_what_ran_before_it() {
    let Some(dockerd) = testkit::private_dockerd() else { return };
    let directory = tempfile::tempdir().unwrap();
    let Some(image) = image(&dockerd, directory.path()) else { return };
    let container = dockerd.docker(&["run", "--detach", "--network", "none", &image, "/usr/bin/idle", "300"]);
    let Some(watch) = Watch::start(&dockerd, directory.path(), &image) else { return };
    run(&dockerd, &image, &["/usr/bin/server", "1.5"]);
    wait_for("alert", || watch.alerts().first().cloned());
    watch.stop();
    let record = directory.path().join("used");
    let files = || {
        let path = std::fs::read_dir(&record).unwrap().map(|entry| entry.unwrap().path());
        let path =
            path.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
        serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap()
    };
    let first = files();
    assert!(
        first["files"]["/usr/bin/idle"]["executed"].as_u64() >= Some(1),
        "it ran before the watch: {first}"
    );
    assert_eq!(first["files"]["/usr/bin/server"]["executed"], 1, "{first}");
    let library =
        |path: &str| path.contains("libc.so.6") || path.contains("ld-linux") || path.contains("ld-musl");
    assert!(first["files"].as_object().unwrap().keys().any(|path| library(path)), "{first}");
    let Some(watch) = Watch::start(&dockerd, directory.path(), &image) else { return };
    // Two watches would write over each other.
    let used = format!("--used={}", record.display());
    let second = seawall(&["watch", "--no-integrity", "--seconds", "1", &used]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another seawall watch keeps its record"));
    run(&dockerd, &image, &["/usr/bin/server", "1.5"]);
    wait_for("alert", || (watch.alerts().len() > 1).then_some(()));
    watch.stop();
    dockerd.docker(&["rm", "--force", &container]);
    let both = files();
    assert_eq!(both["files"]["/usr/bin/server"]["executed"], 2, "{both}");
    assert!(both["watched_secs"].as_u64() > first["watched_secs"].as_u64(), "{both}");
}
