//! Promise: the database is kept, moved and guarded by `seawall db`, and scans say which one they asked.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write files, and end by panicking")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::{report_of, rules, seawall};

/// A machine: keys, database and files of its own.
struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = seawall(arguments);
        command.env("SEAWALL_KEYS", self.path("keys")).env("SEAWALL_DB", self.path("db"));
        command.current_dir(self.directory.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must end with this status; what it printed.
    #[track_caller]
    fn check(&self, arguments: &[&str], expected: i32) -> (String, String) {
        let output = self.run(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {stdout}{stderr}");
        (stdout, stderr)
    }

    /// Refused: status 2, and a message that says why.
    #[track_caller]
    fn check_refused(&self, arguments: &[&str], why: &str) {
        let (_, stderr) = self.check(arguments, 2);
        assert!(stderr.starts_with("error: ") && stderr.contains(why), "{stderr}");
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// A source tree that locks one crate, as a target.
    fn source_tree(&self) -> String {
        self.write(
            "src/Cargo.lock",
            b"version = 3\n\n[[package]]\nname = \"breakwater\"\nversion = \"1.0.0\"\n\
              source = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        );
        format!("rootfs:{}", self.path("src").display())
    }

    /// Ids found by a scan that uses the database alone, and the origins of the advisories it asked.
    fn scan(&self) -> (Vec<String>, Vec<(String, String)>) {
        let target = self.source_tree();
        let report =
            report_of(self.run(&["scan", &target, "--no-cache", "--no-embedded", "--format", "json"]));
        let asked = report.advisories.iter().map(|shard| (shard.shard.clone(), shard.origin.clone()));
        (rules(&report).into_iter().map(str::to_owned).collect(), asked.collect())
    }

    fn public_key(&self) -> String {
        std::fs::read_to_string(self.path("keys/local.key.pub")).unwrap().trim().to_owned()
    }

    /// A database of the advisories of one generation, exported under a name.
    fn export(&self, generation: u32, name: &str) -> Vec<u8> {
        let archive = self.write("all.zip", &osv_archive(generation, 3));
        self.check(&["db", "import", &archive], 0);
        self.check(&["db", "export", name], 0);
        std::fs::read(self.path(name)).unwrap()
    }
}

/// An `all.zip` of OSV. The crate `breakwater` is affected by `SEA-<generation>-<n>`.
fn osv_archive(generation: u32, records: u32) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..records {
        let id = format!("SEA-{generation}-{number}");
        let record = format!(
            r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "summary": "waves",
                "affected": [{{"package": {{"ecosystem": "crates.io", "name": "breakwater"}},
                "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "2.0.0"}}]}}]}}]}}"#
        );
        writer.start_file(format!("{id}.json"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(record.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn only_shard_file(database: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(database.join("shards")).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().unwrap();
    assert!(files.next().is_none());
    file
}

#[test]
fn imported_files_are_what_scans_ask_and_name() {
    let machine = Machine::new();
    let archive = machine.write("all.zip", &osv_archive(1, 3));
    assert!(machine.scan().0.is_empty());
    machine.check(&["db", "import", &archive], 0);
    let (ids, asked) = machine.scan();
    assert_eq!(ids, ["SEA-1-0", "SEA-1-1", "SEA-1-2"]);
    assert_eq!(asked, [("cargo".to_owned(), machine.path("db").display().to_string())]);
    let (status, _) = machine.check(&["db", "status", "--no-embedded", "--json"], 0);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status[0]["shard"], &status[0]["advisories"]), (&"cargo".into(), &3.into()));
    assert!(machine.check(&["db", "search", "breakwater", "--no-embedded"], 0).0.contains("SEA-1-2"));
    assert!(machine.check(&["explain", "SEA-1-2"], 0).0.contains("< 2.0.0"));
}

#[test]
fn an_exported_database_is_imported_by_its_key_on_a_machine_without_network() {
    let (online, offline) = (Machine::new(), Machine::new());
    let bundle = offline.write("advisories.seawall", &online.export(1, "out.seawall"));
    offline.check_refused(&["db", "import", &bundle], "no trusted key signed the manifest");
    assert!(offline.scan().0.is_empty());
    offline.check(&["db", "import", &bundle, "--key", &online.public_key()], 0);
    assert_eq!(offline.scan().0.len(), 3);
    let key_file = offline.write("publisher.pub", online.public_key().as_bytes());
    offline.check(&["db", "import", &bundle, "--key", &key_file], 0);
    // A key among the machine's own keys needs no option.
    offline.write("keys/publisher.pub", online.public_key().as_bytes());
    offline.check(&["db", "import", &bundle], 0);
    let stranger = Machine::new();
    stranger.export(1, "out.seawall");
    offline.check_refused(
        &["db", "import", &stranger.path("out.seawall").display().to_string(), "--key", &online.public_key()],
        "no trusted key signed the manifest",
    );
}

#[test]
fn a_damaged_or_changed_bundle_is_refused_and_changes_nothing() {
    let (online, offline) = (Machine::new(), Machine::new());
    let bytes = online.export(1, "out.seawall");
    let key = online.public_key();
    let good = offline.write("good.seawall", &bytes);
    offline.check(&["db", "import", &good, "--key", &key], 0);
    let last = bytes.len() - 1;
    let newer = online.export(2, "newer.seawall");
    for (name, at) in [("manifest", 60), ("shard", newer.len() - 40)] {
        let mut changed = newer.clone();
        changed[at] ^= 1;
        let file = offline.write(name, &changed);
        let (_, stderr) = offline.check(&["db", "import", &file, "--key", &key], 2);
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let cut = offline.write("cut.seawall", &newer[..last / 2]);
    offline.check_refused(&["db", "import", &cut, "--key", &key], "cut.seawall");
    assert_eq!(offline.scan().0, ["SEA-1-0", "SEA-1-1", "SEA-1-2"]);
}

#[test]
fn a_shard_that_was_changed_on_disk_is_not_believed() {
    let machine = Machine::new();
    machine.export(1, "out.seawall");
    let path = only_shard_file(&machine.path("db"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let target = machine.source_tree();
    let report =
        report_of(machine.run(&["scan", &target, "--no-cache", "--no-embedded", "--format", "json"]));
    assert!(report.findings.is_empty());
    assert!(report.gaps.iter().any(|gap| gap.detail.contains("cargo")), "{:?}", report.gaps);
    machine.check_refused(&["db", "export", "again.seawall"], "cargo");
    std::fs::write(&path, &bytes[..middle]).unwrap();
    machine.check_refused(&["scan", &target, "--no-cache"], "cargo");
}

#[test]
fn an_older_database_is_refused_as_a_rollback() {
    let (online, offline) = (Machine::new(), Machine::new());
    let old = offline.write("old.seawall", &online.export(1, "old.seawall"));
    let new = offline.write("new.seawall", &online.export(2, "new.seawall"));
    let key = online.public_key();
    offline.check(&["db", "import", &new, "--key", &key], 0);
    offline.check_refused(&["db", "import", &old, "--key", &key], "rollback");
    assert_eq!(offline.scan().0, ["SEA-2-0", "SEA-2-1", "SEA-2-2"]);
    // The whole directory replaced by an older copy of itself.
    let (manifest, target) = (offline.path("db/manifest.json"), offline.source_tree());
    let kept = std::fs::read(&manifest).unwrap();
    offline.check(&["db", "import", &offline.write("all.zip", &osv_archive(3, 1))], 0);
    std::fs::write(&manifest, kept).unwrap();
    offline.check_refused(&["scan", &target, "--no-cache"], "rollback");
}

#[test]
fn databases_of_one_machine_do_not_disturb_each_other() {
    let machine = Machine::new();
    for generation in 1..4 {
        machine.export(generation, "out.seawall");
    }
    let (archive, other) =
        (machine.path("all.zip").display().to_string(), machine.path("other").display().to_string());
    machine.check(&["db", "import", "--db", &other, &archive], 0);
    let target = machine.source_tree();
    machine.check(&["scan", &target, "--no-cache", "--no-embedded", "--db", &other], 1);
    machine.check(&["scan", &target, "--no-cache", "--no-embedded"], 1);
}

#[test]
fn a_directory_laid_out_like_a_publisher_is_a_mirror() {
    let machine = Machine::new();
    machine.write("osv/crates.io/all.zip", &osv_archive(1, 3));
    let update = ["db", "update", "--mirror", "osv=osv", "--only", "crates.io"];
    assert!(machine.check(&update, 0).0.contains("3 advisories"));
    assert_eq!(machine.scan().0.len(), 3);
    assert!(machine.check(&update, 0).0.contains("unchanged"));
    machine.write("osv/crates.io/all.zip", &osv_archive(2, 5));
    machine.check(&update, 0);
    assert_eq!(machine.scan().0.len(), 5);
    let config = format!(
        "feeds = ['crates.io', 'npm']\nretries = 0\n[mirrors]\nosv = ['{}']\n",
        machine.path("osv").display()
    );
    let config = machine.write("sources.toml", config.as_bytes());
    // One feed is there, one is not.
    let (_, stderr) = machine.check(&["db", "update", "--config", &config], 1);
    assert!(stderr.contains("npm: not updated"), "{stderr}");
    machine
        .check_refused(&["db", "update", "--mirror", "osw=osv", "--only", "crates.io"], "no publisher 'osw'");
    machine.check_refused(&["db", "update", "--mirror", "osv=osv", "--only", "crate"], "no feed 'crate'");
}

#[test]
fn a_database_of_a_publisher_comes_by_update_from_a_file() {
    let (publisher, machine) = (Machine::new(), Machine::new());
    let archive = publisher.write("all.zip", &osv_archive(1, 3));
    let build = ["db", "build", "--directory", "site", "--signing-key", "site.key"];
    let (stdout, _) = publisher.check(&[&build[..], &[&archive]].concat(), 0);
    let key = stdout.lines().find_map(|line| line.strip_prefix("public key ")).unwrap().to_owned();
    // A database of another key is exported by whoever trusts that key.
    publisher.write("keys/site.pub", key.as_bytes());
    let (told, _) = publisher.check(&["db", "export", "--db", "site", "site.seawall"], 0);
    assert!(told.contains(&format!("--key {key}")), "{told}");
    let bundle = publisher.path("site.seawall").display().to_string();
    let update = ["db", "update", "--quiet", "--from", &bundle];
    machine.check_refused(&update, "no trusted key");
    machine.check(&[&update[..], &["--key", &key]].concat(), 0);
    assert_eq!(machine.scan().0.len(), 3);
}

#[test]
fn the_difference_of_two_databases_is_told_by_advisory() {
    let machine = Machine::new();
    machine.export(1, "old.seawall");
    machine.export(2, "new.seawall");
    let (text, _) = machine.check(&["db", "diff", "old.seawall", "new.seawall"], 1);
    assert!(text.contains("cargo: 3 new, 3 gone, 0 changed") && text.contains("+ SEA-2-1"), "{text}");
    assert_eq!(machine.check(&["db", "diff", "new.seawall", "db"], 0).0, "");
    Machine::new().check_refused(&["db", "export", "out.seawall"], "there is no database");
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_or_the_new_database() {
    let machine = Machine::new();
    let archives =
        [1, 2].map(|generation| machine.write(&format!("{generation}.zip"), &osv_archive(generation, 400)));
    machine.check(&["db", "import", &archives[0]], 0);
    let began = std::time::Instant::now();
    machine.check(&["db", "import", &archives[1]], 0);
    let whole_us = u64::try_from(began.elapsed().as_micros()).unwrap();
    let mut killed = 0;
    for round in 0..40u64 {
        let archive = &archives[usize::try_from(round % 2).unwrap()];
        let mut child = machine.command(&["db", "import", archive]).stdout(Stdio::null()).spawn().unwrap();
        // Spread over the run by the golden ratio; what the process did until then differs anyway.
        let wait_us = whole_us * (round * 618 % 1000) / 1000;
        let deadline = std::time::Instant::now() + std::time::Duration::from_micros(wait_us);
        while std::time::Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let ids = machine.scan().0;
        let generation = if ids[0].starts_with("SEA-1-") { "SEA-1-" } else { "SEA-2-" };
        assert_eq!(ids.len(), 400);
        assert!(ids.iter().all(|id| id.starts_with(generation)));
    }
    assert!(killed >= 20, "{killed} of 40 were killed in time");
    machine.check(&["db", "import", &archives[0]], 0);
    assert_eq!(machine.scan().0[0], "SEA-1-0");
}
