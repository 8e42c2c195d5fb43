//! Files of an engine in a root made for the test.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use watch::{Change, ChangeKind, Integrity, PackageRecord, WatchedFiles};

const LATER: Duration = Duration::from_secs(400);

struct Host {
    root: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let host = Self { root: tempfile::tempdir().unwrap() };
        for directory in ["usr/bin", "usr/local/bin", "etc/docker", "var/lib/dpkg/info"] {
            fs::create_dir_all(host.path(directory)).unwrap();
        }
        host.write("usr/bin/dockerd", "version 1");
        host.write("usr/bin/runc", "runs");
        host.write("var/lib/dpkg/status", "");
        host.own("docker.io", "usr/bin/dockerd", "version 1");
        host
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        // As package managers do: a new file takes the place of the old one.
        let fresh = self.path(&format!("{path}.dpkg-new"));
        fs::write(&fresh, text).unwrap();
        fs::rename(fresh, self.path(path)).unwrap();
    }

    fn own(&self, package: &str, path: &str, text: &str) {
        use md5::Digest as _;
        let digest: String = md5::Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(self.path(&format!("var/lib/dpkg/info/{package}.md5sums")), format!("{digest}  {path}\n"))
            .unwrap();
    }

    fn watch(&self) -> Integrity {
        let files = WatchedFiles::of_engines(self.root.path());
        Integrity::open(files, PackageRecord::below(self.root.path())).unwrap()
    }
}

fn names(changes: &[Change], root: &Path) -> Vec<(String, bool, bool)> {
    let name = |change: &Change| change.path.strip_prefix(root).unwrap().display().to_string();
    changes.iter().map(|change| (name(change), change.package.is_some(), change.after.is_some())).collect()
}

#[test]
fn a_change_that_no_package_accounts_for_is_told_once() {
    let host = Host::new();
    let mut integrity = host.watch();
    let start = Instant::now();
    assert!(integrity.changes(start).is_empty());
    fs::write(host.path("usr/bin/dockerd"), "version 1 and more").unwrap();
    assert!(integrity.changes(start).is_empty(), "it waits for the record");
    let changes = integrity.changes(start + LATER);
    assert_eq!(names(&changes, host.root.path()), [("usr/bin/dockerd".to_owned(), false, true)]);
    assert_ne!(changes[0].before, changes[0].after);
    assert!(integrity.changes(start + 2 * LATER).is_empty());
}

#[test]
fn an_upgrade_is_told_with_its_package() {
    let host = Host::new();
    let mut integrity = host.watch();
    host.write("usr/bin/dockerd", "version 2");
    let start = Instant::now();
    assert!(integrity.changes(start).is_empty());
    host.own("docker.io", "usr/bin/dockerd", "version 2");
    let changes = integrity.changes(start + LATER);
    assert_eq!(names(&changes, host.root.path()), [("usr/bin/dockerd".to_owned(), true, true)]);
    assert_eq!(changes[0].package.as_deref(), Some("docker.io"));
}

/// Held for writing while a package manager runs: every process of the host sees it.
static MANAGERS: RwLock<()> = RwLock::new(());

/// A process that is named as dpkg is, until it is dropped.
struct Manager(std::process::Child);

impl Manager {
    fn run(directory: &Path) -> Self {
        let program = directory.join("dpkg");
        fs::copy("/bin/sleep", &program).unwrap();
        let process = std::process::Command::new(program).arg("600").spawn().unwrap();
        // The kernel wakes the parent before it names the child.
        while fs::read_to_string(format!("/proc/{}/comm", process.id())).unwrap() != "dpkg\n" {
            std::thread::yield_now();
        }
        Self(process)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn while_the_package_manager_runs_a_change_waits_and_it_is_remembered() {
    let host = Host::new();
    let mut integrity = host.watch();
    let start = Instant::now();
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can be a package manager");
        return;
    }
    let alone = MANAGERS.write().unwrap();
    let manager = Manager::run(host.root.path());
    host.write("usr/bin/dockerd", "version 2");
    assert!(integrity.changes(start).is_empty());
    assert!(integrity.changes(start + Duration::from_secs(200)).is_empty(), "its work is not done");
    drop(manager);
    host.own("docker.io", "usr/bin/dockerd", "version 2");
    let changes = integrity.changes(start + Duration::from_secs(250));
    assert_eq!(names(&changes, host.root.path()), [("usr/bin/dockerd".to_owned(), true, true)]);
    assert_eq!(changes[0].kind, ChangeKind::ByPackageManager);
    drop(alone);
}

#[test]
fn records_of_apk_are_understood() {
    use base64::Engine as _;
    use sha1::Digest as _;
    let host = Host::new();
    let digest = base64::engine::general_purpose::STANDARD.encode(sha1::Sha1::digest("runs"));
    fs::create_dir_all(host.path("lib/apk/db")).unwrap();
    let record = format!("P:runc\nV:1.1\nF:usr/bin\nR:runc\nZ:Q1{digest}\n\n");
    fs::write(host.path("lib/apk/db/installed"), record).unwrap();
    let integrity = host.watch();
    let runc = integrity.baseline().iter().find(|file| file.path == host.path("usr/bin/runc")).unwrap();
    assert_eq!(runc.package.as_deref(), Some("runc"));
}

#[test]
fn a_drop_in_appears_where_there_was_no_directory() {
    let host = Host::new();
    fs::create_dir_all(host.path("etc/systemd/system")).unwrap();
    let mut integrity = host.watch();
    let start = Instant::now();
    fs::create_dir_all(host.path("etc/systemd/system/docker.service.d")).unwrap();
    integrity.changes(start);
    fs::write(host.path("etc/systemd/system/docker.service.d/more.conf"), "[Service]\n").unwrap();
    integrity.changes(start);
    let changes = integrity.changes(start + LATER);
    let told = names(&changes, host.root.path());
    assert_eq!(told, [("etc/systemd/system/docker.service.d/more.conf".to_owned(), false, true)]);
}

#[test]
fn removals_new_programs_and_modes_are_changes_and_touching_is_none() {
    let host = Host::new();
    let mut integrity = host.watch();
    fs::remove_file(host.path("usr/bin/runc")).unwrap();
    fs::write(host.path("usr/local/bin/docker"), "takes the place").unwrap();
    fs::write(host.path("etc/docker/daemon.json"), "{}").unwrap();
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(host.path("usr/bin/dockerd"), mode).unwrap();
    let start = Instant::now();
    integrity.changes(start);
    let mut changes = integrity.changes(start + LATER);
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    let told = names(&changes, host.root.path());
    let expected = [
        ("etc/docker/daemon.json", true),
        ("usr/bin/dockerd", true),
        ("usr/bin/runc", false),
        ("usr/local/bin/docker", true),
    ];
    assert_eq!(told.iter().map(|(name, _, exists)| (name.as_str(), *exists)).collect::<Vec<_>>(), expected);
    assert_eq!([changes[0].kind, changes[1].kind], [ChangeKind::Content, ChangeKind::Attributes]);
    assert_eq!(changes[1].attributes_before.as_deref().map(|told| &told[..7]), Some("100644 "));
    assert_eq!(changes[1].attributes_after.as_deref().map(|told| &told[..7]), Some("104755 "));

    fs::write(host.path("etc/docker/daemon.json"), "{}").unwrap();
    integrity.changes(start + LATER);
    assert!(integrity.changes(start + 2 * LATER).is_empty(), "the same bytes written again");
}

#[test]
fn the_baseline_names_files_that_differ_from_their_package() {
    let host = Host::new();
    host.own("runc", "usr/bin/runc", "other bytes");
    let integrity = host.watch();
    let baseline = integrity.baseline();
    let of = |name: &str| baseline.iter().find(|file| file.path == host.path(name)).unwrap();
    assert_eq!(
        (of("usr/bin/dockerd").package.as_deref(), of("usr/bin/dockerd").is_against_record),
        (Some("docker.io"), false)
    );
    assert_eq!((of("usr/bin/runc").package.as_deref(), of("usr/bin/runc").is_against_record), (None, true));
}

#[test]
fn what_was_put_back_is_told_and_what_is_restored_is_told_apart() {
    let _no_manager = MANAGERS.read().unwrap();
    let host = Host::new();
    let mut integrity = host.watch();
    let start = Instant::now();
    assert!(integrity.changes(start).is_empty());
    let program = host.path("usr/bin/dockerd");
    let kept = host.path("usr/bin/dockerd.kept");
    fs::rename(&program, &kept).unwrap();
    fs::write(&program, "another").unwrap();
    assert!(integrity.changes(start).is_empty());
    fs::rename(&kept, &program).unwrap();
    integrity.changes(start);
    let changes = integrity.changes(start + LATER);
    assert_eq!(
        changes.iter().map(|one| (one.kind, &one.path)).collect::<Vec<_>>(),
        [(ChangeKind::PutBack, &program)]
    );
    assert!(changes[0].meanwhile.is_some() && changes[0].meanwhile != changes[0].before);

    let start = start + 2 * LATER;
    fs::write(&program, "another").unwrap();
    integrity.changes(start);
    assert_eq!(integrity.changes(start + LATER)[0].kind, ChangeKind::Content);
    fs::write(&program, "version 1").unwrap();
    integrity.changes(start + LATER);
    let changes = integrity.changes(start + 2 * LATER);
    assert_eq!((changes[0].kind, changes[0].package.as_deref()), (ChangeKind::AsRecorded, Some("docker.io")));
}

#[test]
fn links_are_what_they_lead_to_and_settings_in_directories_count() {
    let host = Host::new();
    host.write("usr/bin/tini-static", "init 1");
    host.own("tini", "usr/bin/tini-static", "init 1");
    std::os::unix::fs::symlink("tini-static", host.path("usr/bin/docker-init")).unwrap();
    fs::create_dir_all(host.path("etc/docker/certs.d/registry.example.com")).unwrap();
    let mut integrity = host.watch();
    let init =
        integrity.baseline().iter().find(|file| file.path == host.path("usr/bin/docker-init")).unwrap();
    assert_eq!((init.package.as_deref(), init.is_against_record), (Some("tini"), false));
    let start = Instant::now();
    integrity.changes(start);
    fs::write(host.path("etc/docker/certs.d/registry.example.com/ca.crt"), "trusted").unwrap();
    fs::write(host.path("usr/bin/tini-static"), "init 2").unwrap();
    host.own("tini", "usr/bin/tini-static", "init 2");
    integrity.changes(start);
    let changes = integrity.changes(start + LATER);
    let packages: Vec<_> = changes.iter().map(|one| one.package.as_deref()).collect();
    assert_eq!(packages, [None, Some("tini"), Some("tini")], "{changes:?}");
}

/// What another watch with the same place tells of the time since the one before.
fn unwatched(host: &Host) -> Vec<(String, ChangeKind)> {
    let mut integrity = host.watch();
    let changes = integrity.compare(host.path("kept.json")).unwrap();
    integrity.keep().unwrap();
    assert!(changes.iter().all(|change| change.is_unwatched));
    let name = |change: &Change| change.path.strip_prefix(host.root.path()).unwrap().display().to_string();
    changes.iter().map(|change| (name(change), change.kind)).collect()
}

#[test]
fn what_changed_while_nobody_watched_is_told_once() {
    let host = Host::new();
    assert_eq!(unwatched(&host), [], "nothing was known before");
    assert_eq!(unwatched(&host), []);
    host.write("usr/bin/runc", "runs something else");
    host.write("usr/local/bin/docker", "comes first");
    host.write("etc/docker/daemon.json", "{}");
    fs::set_permissions(host.path("usr/bin/dockerd"), fs::Permissions::from_mode(0o4755)).unwrap();
    let told = [
        ("etc/docker/daemon.json".to_owned(), ChangeKind::Content),
        ("usr/bin/dockerd".to_owned(), ChangeKind::Attributes),
        ("usr/bin/runc".to_owned(), ChangeKind::Content),
        ("usr/local/bin/docker".to_owned(), ChangeKind::Content),
    ];
    assert_eq!(unwatched(&host), told);
    assert_eq!(unwatched(&host), []);
    fs::remove_file(host.path("etc/docker/daemon.json")).unwrap();
    host.write("usr/bin/dockerd", "version 2");
    host.own("docker.io", "usr/bin/dockerd", "version 2");
    let told = [
        ("etc/docker/daemon.json".to_owned(), ChangeKind::Content),
        ("usr/bin/dockerd".to_owned(), ChangeKind::RecordToo),
    ];
    assert_eq!(unwatched(&host), told);
}

#[test]
fn what_a_watch_has_told_the_next_one_does_not_tell_again() {
    let host = Host::new();
    let mut integrity = host.watch();
    assert_eq!(integrity.compare(host.path("kept.json")).unwrap(), []);
    integrity.keep().unwrap();
    host.write("usr/bin/runc", "runs something else");
    let start = Instant::now();
    let _ = integrity.changes(start);
    assert_eq!(integrity.changes(start + LATER).len(), 1);
    integrity.keep().unwrap();
    // This one is not settled when the watch ends.
    host.write("usr/bin/runc", "runs yet another");
    drop(integrity);
    assert_eq!(unwatched(&host), [("usr/bin/runc".to_owned(), ChangeKind::Content)]);
}

#[test]
fn files_that_the_last_watch_did_not_watch_are_not_compared() {
    let host = Host::new();
    assert_eq!(unwatched(&host), []);
    let policy = host.path("responses.yaml");
    fs::write(&policy, "new").unwrap();
    let mut files = WatchedFiles::of_engines(host.root.path());
    files.add(&policy);
    let mut integrity = Integrity::open(files, PackageRecord::below(host.root.path())).unwrap();
    assert_eq!(integrity.compare(host.path("kept.json")).unwrap(), []);
    integrity.keep().unwrap();
    // Nor are those that are watched no more.
    fs::write(&policy, "newer").unwrap();
    assert_eq!(unwatched(&host), []);
    fs::write(host.path("kept.json"), "{").unwrap();
    assert!(host.watch().compare(host.path("kept.json")).is_err());
}

#[test]
fn who_changed_a_file_is_told() {
    // CAP_SYS_ADMIN: capabilities(7).
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
    if u64::from_str_radix(effective, 16).unwrap() & 1 << 21 == 0 {
        println!("skipped: only root is told by the kernel who does something to files");
        return;
    }
    let host = Host::new();
    let mut integrity = host.watch();
    let start = Instant::now();
    // It lives until its standard input ends, so that it can be looked at.
    let script = "echo other > \"$0/usr/bin/runc\"; echo done; read -r end";
    let mut shell = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(host.root.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = [0; 5];
    std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut told).unwrap();
    assert!(integrity.changes(start).is_empty());
    let process = i64::from(shell.id());
    drop(shell.stdin.take());
    shell.wait().unwrap();
    fs::remove_file(host.path("usr/bin/dockerd")).unwrap();
    fs::remove_dir_all(host.path("etc/docker")).unwrap();
    fs::create_dir(host.path("etc/docker")).unwrap();
    let changes = integrity.changes(start + LATER);
    let actor = changes.iter().find(|change| change.path.ends_with("runc")).unwrap().actor.clone().unwrap();
    assert_eq!((actor.process, actor.name.as_deref()), (process, Some("sh")));
    assert!(actor.executable.unwrap().starts_with('/'));
    let _ = integrity.changes(start + LATER);
    let changes = integrity.changes(start + 2 * LATER);
    assert_eq!(changes[0].actor.as_ref().unwrap().process, i64::from(std::process::id()), "{changes:?}");
    // In a directory that has taken the place of another, too.
    host.write("etc/docker/daemon.json", "{}");
    let _ = integrity.changes(start + 2 * LATER);
    let changes = integrity.changes(start + 3 * LATER);
    assert!(changes[0].path.ends_with("daemon.json") && changes[0].actor.is_some(), "{changes:?}");
}
