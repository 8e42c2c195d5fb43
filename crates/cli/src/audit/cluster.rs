//! `seawall audit kubernetes:FILE`: objects of a cluster, from files.

use anyhow::{Context, Result, bail};
use model::{Finding, Gap, Outcome};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of one file, and files of one directory.
const FILE_BYTES_MAX: u64 = 256 << 20;
const FILES_MAX: usize = 20_000;

/// What was found in the objects.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) gaps: Vec<Gap>,
}

/// The files that targets name; an error for a target of another kind.
pub(super) fn paths(targets: &[String]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for target in targets {
        let Some(path) = target.strip_prefix("kubernetes:") else {
            bail!("unknown target '{target}' (hint: kubernetes:FILE, or nothing for this host)");
        };
        paths.extend(files(Path::new(path))?);
    }
    Ok(paths)
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let context = || format!("cannot read {}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(context)?.take(FILES_MAX) {
        let file = entry.with_context(context)?.path();
        if file.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Judges the objects of all files together.
pub(super) fn judge(paths: &[PathBuf], is_whole_cluster: bool) -> Result<Found> {
    let mut found = Found::default();
    let mut objects = Vec::new();
    for path in paths {
        let mut bytes = Vec::new();
        let context = || format!("cannot read {}", path.display());
        if path == Path::new("-") {
            std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes).with_context(context)?;
        } else {
            std::fs::File::open(path)
                .with_context(context)?
                .take(FILE_BYTES_MAX)
                .read_to_end(&mut bytes)
                .with_context(context)?;
        }
        let text = String::from_utf8_lossy(&bytes);
        let name = path.display().to_string();
        let read = kubernetes::read_objects(&text, Some(&name), &workload::DocumentLimits::default());
        objects.extend(read.objects);
        found.gaps.extend(read.gaps);
    }
    let options = kubernetes::Options { is_whole_cluster, ..kubernetes::Options::default() };
    let judged = kubernetes::judge(&objects, &options);
    found.findings = judged.findings;
    found.outcomes = judged.outcomes;
    found.gaps.extend(judged.gaps);
    Ok(found)
}
