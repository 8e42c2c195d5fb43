//! A place in which the binary runs with bounded memory and time, and which tells what it left behind.

use model::{Gap, GapReason, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use testkit::{LayerEncoding, Layout};

/// Data (heap, stacks, private mappings) that the binary may have, enforced by the kernel (`RLIMIT_DATA`): an
/// allocation beyond it aborts the process. Of an unoptimized build.
const DATA_KIB_MAX: u32 = 400 << 10;
/// Seconds after which a run is a hang.
const RUN_SECS_MAX: u32 = 120;

/// Directories for the input, and for everything that the binary takes for its own.
pub(crate) struct Sandbox {
    directory: TempDir,
}

/// What a run left.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["in", "home", "tmp", "cwd"] {
            std::fs::create_dir(directory.path().join(name)).unwrap();
        }
        Self { directory }
    }

    /// A path for input.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("in").join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A layout with one image; returns the target.
    pub(crate) fn image(&self, layers: &[Vec<u8>]) -> String {
        let mut layout = Layout::new(&self.path("layout"));
        let image = layout.image("amd64", layers, LayerEncoding::Gzip);
        layout.tag("it", &image);
        format!("oci:{}", layout.finish().display())
    }

    /// Runs the binary, and asserts what holds for every run.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    #[track_caller]
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let before = self.tree();
        let place = |name: &str| self.directory.path().join(name);
        let mut command = Command::new("sh");
        let script = "ulimit -d \"$0\"; secs=$1; shift; exec timeout -s KILL \"$secs\" \"$@\"";
        command.args(["-c", script, &DATA_KIB_MAX.to_string(), &RUN_SECS_MAX.to_string()]);
        command.arg(env!("CARGO_BIN_EXE_seawall")).args(arguments).current_dir(place("cwd"));
        command.env("HOME", place("home")).env("TMPDIR", place("tmp"));
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SEAWALL_CACHE", "DOCKER_CONTEXT"]
        {
            command.env_remove(name);
        }
        command.env("SEAWALL_DB", place("home").join("db")).env("SEAWALL_KEYS", place("home").join("keys"));
        command.env("DOCKER_HOST", format!("unix://{}", place("no.sock").display()));
        command.envs(environment.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let run =
            Run { status: status.code(), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() };
        let tail = run.stderr.chars().rev().take(2_000).collect::<Vec<_>>().into_iter().rev();
        let tail: String = tail.collect();
        assert!(!run.stderr.contains("panicked at"), "{arguments:?}: {tail}");
        assert!(matches!(run.status, Some(0..=2)), "{arguments:?}: {status}: {tail}");
        assert_eq!(self.tree(), before, "{arguments:?} left something behind");
        run
    }

    /// Scans, and reads the report.
    #[track_caller]
    pub(crate) fn scan(&self, target: &str, more: &[&str]) -> Report {
        let mut arguments = vec!["scan", target, "--no-cache", "--format", "json"];
        arguments.extend(more);
        self.run(&arguments).report()
    }

    /// Everything outside the input by path, with sizes.
    fn tree(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut waiting: Vec<PathBuf> =
            ["home", "tmp", "cwd"].iter().map(|name| self.directory.path().join(name)).collect();
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                let metadata = entry.path().symlink_metadata().unwrap();
                if metadata.is_dir() {
                    waiting.push(entry.path());
                }
                found.insert(entry.path(), metadata.len());
            }
        }
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            found.insert(entry.unwrap().path(), 0);
        }
        found
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        assert!(matches!(self.status, Some(0 | 1)), "{:?}: {}", self.status, self.stderr);
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stderr))
    }

    /// Asserts that nothing could be done, and why.
    #[track_caller]
    pub(crate) fn assert_refused(&self, words: &str) {
        assert_eq!(self.status, Some(2), "{}", self.stderr);
        let error = self.stderr.lines().find(|line| line.starts_with("error: "));
        assert!(error.is_some_and(|error| error.contains(words)), "{words} is not in {}", self.stderr);
        let is_talk = |c: char| !c.is_control() || c == '\n';
        assert!(self.stderr.chars().all(is_talk), "{:?}", self.stderr);
    }
}

/// Asserts that a gap says this.
#[track_caller]
pub(crate) fn assert_gap(report: &Report, what: &str, reason: GapReason, detail: &str) {
    let is_it = |gap: &&Gap| gap.what.contains(what) && gap.reason == reason && gap.detail.contains(detail);
    if report.gaps.iter().find(is_it).is_none() {
        let mut list = String::new();
        for gap in report.gaps.iter().take(30) {
            writeln!(list, "{} {}: {}", gap.reason.as_str(), gap.what, gap.detail).unwrap();
        }
        panic!("no gap {} {what:?}: {detail:?} in\n{list}", reason.as_str());
    }
}

pub(crate) fn has_package(report: &Report, name: &str) -> bool {
    report.packages.iter().any(|package| package.name == name)
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
