//! `seawall scan`.

use crate::arguments::{Kind, LockFileChoice, ReadArguments, ScanArguments};
use crate::content;
use crate::exit::Outcome;
use crate::gate::Gate;
use crate::inventory::{Look, Wanted, inventories};
use crate::judge::{Advisories, Judge};
use crate::progress::Progress;
use crate::target::read_bounded;
use crate::{output, places};
use anyhow::Result;
use model::{Gap, GapReason, Report};
use report::Format;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a Dockerfile.
const DOCKERFILE_BYTES_MAX: u64 = 4 << 20;

pub(crate) fn run(arguments: &ScanArguments) -> Result<Outcome> {
    let plan = output::plan(&arguments.output.words, Format::Table)?;
    let progress = Progress::new(arguments.target.read.quiet);
    let gate = Gate::new(&arguments.gate, &arguments.target.read.registry, &progress)?;
    let wants_vulnerabilities = content::kinds(&arguments.content).contains(&Kind::Vulnerabilities);
    let advisories = if wants_vulnerabilities { Advisories::Ask } else { Advisories::Leave };
    let judge = Judge::new(&arguments.judge, &arguments.database, advisories)?;
    let prepare = || {
        let rules = places::compiled_rules(&arguments.target.read);
        let engines = content::engines(&arguments.content, rules.as_deref())?;
        let (content, mut gaps) =
            engines.map_or((None, Vec::new()), |engines| (Some(engines.options), engines.gaps));
        let dockerfile =
            arguments.dockerfile.as_deref().map(|path| read_dockerfile(path, &mut gaps)).transpose()?;
        Ok(Wanted { content, dockerfile: dockerfile.map(Arc::new), gaps })
    };
    let is_packages_alone =
        content::kinds(&arguments.content) == [Kind::Vulnerabilities] && arguments.dockerfile.is_none();
    let look = if is_packages_alone { Look::Packages } else { Look::Inside(Box::new(prepare)) };
    let inventories = inventories(&arguments.target.target, &arguments.target.read, look, &progress)?;
    let mut reports: Vec<Report> = Vec::new();
    let mut signatures = Vec::new();
    for inventory in inventories {
        let mut report = judge.judge(inventory);
        signatures.push(gate.add_findings(&mut report)?);
        judge.filter(&mut report);
        reports.push(report);
    }
    output::write(&plan, &reports, &arguments.output)?;
    gate.decide(&reports, &signatures, &progress)
}

fn read_dockerfile(path: &Path, gaps: &mut Vec<Gap>) -> Result<dockerfile::Dockerfile> {
    let bytes = read_bounded(path, DOCKERFILE_BYTES_MAX)?;
    let parsed = dockerfile::parse(&String::from_utf8_lossy(&bytes));
    for problem in &parsed.problems {
        let what = format!("{}:{}", path.display(), problem.line);
        gaps.push(Gap::new(what, GapReason::Malformed, problem.message.clone()));
    }
    Ok(parsed)
}

/// Whether lock files count, for a target that is a directory or not.
pub(crate) fn lock_files(arguments: &ReadArguments, holds_source_tree: bool) -> scan::LockFiles {
    let is_read = match arguments.lock_files {
        LockFileChoice::Always => true,
        LockFileChoice::Never => false,
        LockFileChoice::Auto => holds_source_tree,
    };
    if is_read { scan::LockFiles::Read } else { scan::LockFiles::Skip }
}
