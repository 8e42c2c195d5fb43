//! `seawall lint` of 133 Dockerfiles of others, beside hadolint.

use super::goals::{self, Goal, Limit};
use super::measure::{self, Case};
use super::report::rows;
use super::{Setting, cases, machine, peers};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const OURS: &str = "lint by Seawall";
const ONE: &str = "lint by Seawall, one file";
const THEIRS: &str = "hadolint";
/// Dockerfiles.
const FILES: usize = 133;

/// The section of the page; `None`, and a line on stderr, without files to judge.
pub(crate) fn measure(setting: &Setting, runs: usize) -> Result<Option<String>> {
    let directory = setting.directory.join("dockerfiles");
    let files = files(&directory)?;
    if files.len() < FILES {
        eprintln!("SEAWALL_MIRROR has {} of {FILES} Dockerfiles", files.len());
        return Ok(None);
    }
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let arguments = |command: &[&str], files: &[String]| -> Vec<String> {
        command.iter().map(|word| (*word).to_owned()).chain(files.iter().cloned()).collect()
    };
    let case = |name: &str, arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        cases::seawall(setting, name, &arguments)
    };
    let lint = ["lint", "--no-fail", "--format", "json"];
    let mut all = vec![case(OURS, &arguments(&lint, &names)), case(ONE, &arguments(&lint, &names[..1]))];
    let hadolint = peers::locate("hadolint");
    if let Some(hadolint) = &hadolint {
        let words = arguments(&["--no-fail", "--format", "json"], &names);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        all.push(Case::new(THEIRS, hadolint, &words).against(OURS).peer());
    }
    let measured = measure::in_turns(all, runs, &setting.directory)?;
    let ours = measured.iter().find(|measured| measured.case.name == OURS);
    let goals = [Goal {
        what: format!("lint of {FILES} Dockerfiles, CPU time"),
        limit: Limit::AtMost(0.1),
        unit: "s",
        measured: ours.and_then(|ours| ours.cpu_secs()).map(|spread| spread.median),
    }];
    let mut page = format!("{}. {runs} runs in turns; median (least to greatest).\n\n", machine::describe());
    page.push_str(&goals::table(&goals));
    page.push('\n');
    page.push_str(&rows(&measured.iter().collect::<Vec<_>>(), &measured));
    if hadolint.is_none() {
        page.push_str("\nNot measured: hadolint, neither in SEAWALL_PEERS nor on the path.\n");
    }
    Ok(Some(page))
}

/// The first different Dockerfiles of the repositories that `SEAWALL_MIRROR` names, one a directory.
fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let Some(mirror) = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from) else { return Ok(Vec::new()) };
    let mut repositories: Vec<PathBuf> = std::fs::read_dir(&mirror)
        .with_context(|| format!("cannot read {}", mirror.display()))?
        .flatten()
        .map(|entry| entry.path().join("repo"))
        .filter(|repository| repository.is_dir())
        .collect();
    repositories.sort();
    if directory.exists() {
        std::fs::remove_dir_all(directory)
            .with_context(|| format!("cannot empty {}", directory.display()))?;
    }
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    for repository in repositories {
        let listed = git(&repository, &["ls-tree", "-r", "HEAD"])?;
        for line in String::from_utf8_lossy(&listed).lines() {
            let Some((description, path)) = line.split_once('\t') else { continue };
            let Some(blob) = description.split(' ').nth(2) else { continue };
            let is_dockerfile = path.rsplit('/').next() == Some("Dockerfile");
            if !is_dockerfile || files.len() >= FILES || !seen.insert(blob.to_owned()) {
                continue;
            }
            let own = directory.join(files.len().to_string());
            std::fs::create_dir_all(&own).with_context(|| format!("cannot create {}", own.display()))?;
            let file = own.join("Dockerfile");
            std::fs::write(&file, git(&repository, &["cat-file", "blob", blob])?)
                .with_context(|| format!("cannot write {}", file.display()))?;
            files.push(file);
        }
    }
    Ok(files)
}

fn git(repository: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output =
        Command::new("git").arg("-C").arg(repository).args(arguments).output().context("cannot run git")?;
    Ok(output.stdout)
}
