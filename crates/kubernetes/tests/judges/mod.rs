//! What the tests that use other people's cases share.
#![allow(dead_code, reason = "each test uses a part")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kubernetes::{Arguments, KubeletConfig, Object, Options, judge, judge_kubelet, read_objects};
use std::collections::BTreeSet;
use std::path::PathBuf;
use workload::{DocumentLimits, Node, parse_documents};

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
    let mut judged = judge(&objects, &Options { is_whole_cluster: true, ..Options::default() });
    for object in objects.iter().filter(|object| object.kind == "KubeletInfo") {
        judged.findings.extend(judge_kubelet("KubeletInfo x", &kubelet(object)).findings);
    }
    let named = judged.findings.iter().filter(|finding| rules.contains(&finding.rule.as_str()));
    named
        .filter_map(|finding| {
            let object = finding.location.object.as_deref()?.split(", ").next()?;
            let (kind, name) = object.split_once(' ')?;
            Some(format!("{kind} {}", name.rsplit('/').next()?))
        })
        .collect()
}

/// What kubescape's sensor tells of a kubelet: its command line, and its configuration in base64.
fn kubelet(object: &Object) -> KubeletConfig {
    let text = |path: &[&str]| object.node.at(path).and_then(Node::text).unwrap_or_default();
    let mut words: Vec<String> = text(&["data", "cmdLine"]).split_whitespace().map(str::to_owned).collect();
    // Some leave the program out.
    if words.first().is_some_and(|word| word.starts_with('-')) {
        words.insert(0, "kubelet".to_owned());
    }
    let reads_config = words.iter().any(|word| word.starts_with("--config"));
    let config = STANDARD.decode(text(&["data", "configFile", "content"])).unwrap_or_default();
    let config = String::from_utf8_lossy(&config).into_owned();
    let documents = parse_documents(&config, &DocumentLimits::default());
    let files = documents.into_iter().filter_map(|document| document.root).filter(|_| reads_config);
    KubeletConfig { arguments: Arguments::of_component(&words).unwrap_or_default(), files: files.collect() }
}

/// How many cases agree.
#[derive(Default)]
pub(crate) struct Tally {
    all: usize,
    different: Vec<(String, String)>,
}

impl Tally {
    /// Notes a case.
    pub(crate) fn add(&mut self, name: &str, agrees: bool, why: impl FnOnce() -> String) {
        self.all += 1;
        if !agrees {
            self.different.push((name.to_owned(), why()));
        }
    }

    /// Prints the differences, and fails when they are too many, or one is not explained: by the name of its case.
    pub(crate) fn report(&self, judge: &str, least_percent: f64, explained: &[(&str, &str)]) {
        let mut without = Vec::new();
        for (name, seen) in &self.different {
            match explained.iter().find(|(case, _)| case == name) {
                Some((_, why)) => println!("{name}: {why} ({seen})"),
                None => without.push(format!("{name}: {seen}")),
            }
        }
        let agree = self.all - self.different.len();
        let percent = 100.0 * agree as f64 / self.all.max(1) as f64;
        println!("{judge}: {agree} of {} cases agree ({percent:.1} %)", self.all);
        assert!(without.is_empty(), "differences without an explanation: {without:#?}");
        assert!(self.all > 0 && percent >= least_percent, "{judge}: {percent:.1} % of {} cases", self.all);
    }
}
