//! What the tests that use other people's cases share.
#![allow(dead_code, reason = "each test uses a part")]

use kubernetes::{Options, judge, read_objects};
use std::collections::BTreeSet;
use std::path::PathBuf;
use workload::DocumentLimits;

/// A part of a repository in a temporary directory: of the directory that the variable names, else of `SEAWALL_MIRROR`.
pub(crate) fn checkout(repository: &str, variable: &str, part: &str) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from);
    let git = std::env::var_os(variable)
        .map(PathBuf::from)
        .into_iter()
        .chain(mirror.map(|mirror| mirror.join(repository).join("repo")))
        .find(|path| path.exists());
    let Some(git) = git else {
        println!("skipped: no copy of {repository} (hint: {variable}=<git directory>)");
        return None;
    };
    let archive = folder.path().join("archive.tar");
    let made = std::process::Command::new("git")
        .arg("-C")
        .arg(&git)
        .args(["archive", "-o"])
        .arg(&archive)
        .args(["HEAD", part])
        .status();
    let unpacked =
        std::process::Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder.path()).status();
    if !(made.is_ok_and(|status| status.success()) && unpacked.is_ok_and(|status| status.success())) {
        println!("skipped: {} cannot be unpacked", git.display());
        return None;
    }
    Some(folder)
}

/// Kinds and names of the objects of which one of the rules says that something is wrong.
pub(crate) fn flagged(texts: &[String], rules: &[&str]) -> BTreeSet<String> {
    let mut objects = Vec::new();
    for text in texts {
        objects.extend(read_objects(text, Some("input"), &DocumentLimits::default()).objects);
    }
    let judged = judge(&objects, &Options { is_whole_cluster: true, ..Options::default() });
    let named = judged.findings.iter().filter(|finding| rules.contains(&finding.rule.as_str()));
    named
        .filter_map(|finding| {
            let object = finding.location.object.as_deref()?.split(", ").next()?;
            let (kind, name) = object.split_once(' ')?;
            Some(format!("{kind} {}", name.rsplit('/').next()?))
        })
        .collect()
}

/// How many cases agree.
#[derive(Default)]
pub(crate) struct Tally {
    all: usize,
    different: Vec<String>,
}

impl Tally {
    /// Notes a case.
    pub(crate) fn add(&mut self, name: &str, agrees: bool, why: impl FnOnce() -> String) {
        self.all += 1;
        if !agrees {
            self.different.push(format!("{name}: {}", why()));
        }
    }

    /// Prints the differences, and fails when they are too many.
    pub(crate) fn report(&self, judge: &str, least_percent: f64) {
        for line in &self.different {
            println!("{line}");
        }
        let agree = self.all - self.different.len();
        let percent = 100.0 * agree as f64 / self.all.max(1) as f64;
        println!("{judge}: {agree} of {} cases agree ({percent:.1} %)", self.all);
        assert!(self.all > 0 && percent >= least_percent, "{judge}: {percent:.1} % of {} cases", self.all);
    }
}
