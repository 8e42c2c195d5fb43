//! `seawall scan`.

use crate::arguments::{Kind, LockFileChoice, ReadArguments, ScanArguments};
use crate::content;
use crate::exit::Outcome;
use crate::inventory::inventories;
use crate::judge::{Advisories, Judge};
use crate::output;
use crate::progress::Progress;
use anyhow::Result;
use model::{Report, Severity};
use report::Format;

pub(crate) fn run(arguments: &ScanArguments) -> Result<Outcome> {
    let plan = output::plan(&arguments.output.words, Format::Table)?;
    let progress = Progress::new(arguments.target.read.quiet);
    let wants_vulnerabilities = content::kinds(&arguments.content).contains(&Kind::Vulnerabilities);
    let advisories = if wants_vulnerabilities { Advisories::Ask } else { Advisories::Leave };
    let judge = Judge::new(&arguments.judge, &arguments.database, advisories)?;
    let engines = content::engines(&arguments.content)?;
    let (options, gaps) = engines.map_or((None, Vec::new()), |engines| (Some(engines.options), engines.gaps));
    let inventories = inventories(&arguments.target.target, &arguments.target.read, options, &progress)?;
    let mut reports: Vec<Report> = inventories.into_iter().map(|inventory| judge.judge(inventory)).collect();
    for report in &mut reports {
        report.gaps.extend(gaps.iter().cloned());
        report.sort();
    }
    output::write(&plan, &reports, &arguments.output)?;
    Ok(outcome(&reports, arguments.fail_on))
}

/// Whether any report has a finding that counts. Without a threshold every finding counts, also one that nobody
/// has rated; with one, a finding that nobody rated counts as medium, so that it is not passed over silently.
pub(crate) fn outcome(reports: &[Report], fail_on: Option<Severity>) -> Outcome {
    let counts = |severity: Severity| match fail_on {
        None => true,
        Some(threshold) if severity == Severity::Unknown => threshold <= Severity::Medium,
        Some(threshold) => severity >= threshold,
    };
    let has_finding =
        reports.iter().flat_map(|report| &report.findings).any(|finding| counts(finding.severity));
    if has_finding { Outcome::Findings } else { Outcome::Clean }
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
