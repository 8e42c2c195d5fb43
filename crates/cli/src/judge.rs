//! From an inventory to a report that the user's decisions were applied to.

use crate::arguments::{DatabaseArguments, JudgeArguments};
use crate::target::read_bounded;
use crate::{clock, database};
use advisories::{Database, MatchOptions};
use anyhow::{Context, Result};
use model::{Gap, GapReason, Report};
use scan::{Decision, Filters, IgnoreFile, Inventory, JudgeOptions};
use std::path::{Path, PathBuf};

/// Bytes of a baseline or VEX document.
const DECISION_BYTES_MAX: u64 = 256 << 20;
/// Bytes of an ignore file; the parser of TOML needs fifty times the memory.
const IGNORE_BYTES_MAX: u64 = 4 << 20;
/// The ignore file that is used without being named.
const IGNORE_FILE: &str = ".seawall-ignore.toml";

/// Whether packages are looked up in the advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advisories {
    /// They are.
    Ask,
    /// Vulnerabilities were not asked for.
    Leave,
}

/// Everything that decides which findings count, read once.
pub(crate) struct Judge {
    database: Option<Database>,
    missing_database: Option<Gap>,
    options: JudgeOptions,
    only_fixable: bool,
    baseline: Option<Report>,
    ignore: Option<(PathBuf, IgnoreFile)>,
    vex: Vec<(PathBuf, feeds::vex::VexDocument)>,
}

impl Judge {
    /// Opens the advisories and reads the files that the arguments name.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub(crate) fn new(
        arguments: &JudgeArguments,
        database: &DatabaseArguments,
        advisories: Advisories,
    ) -> Result<Self> {
        let is_asked = advisories == Advisories::Ask;
        let matching = MatchOptions {
            severity_sources: arguments.severity_source.clone(),
            judges_kernel_headers: arguments.kernel_headers,
            judges_owned_packages: arguments.owned_files,
            channels: arguments.channel.clone(),
            today: clock::today(),
        };
        let baseline = arguments.baseline.as_deref().map(read_report).transpose()?;
        let ignore = match &arguments.ignore_file {
            Some(path) => Some(path.clone()),
            None => Some(PathBuf::from(IGNORE_FILE)).filter(|path| path.is_file()),
        };
        let ignore = ignore.map(|path| read_ignore_file(&path).map(|file| (path, file))).transpose()?;
        let read_vex = |path: &PathBuf| {
            let document = feeds::vex::read(&read_bounded(path, DECISION_BYTES_MAX)?)
                .with_context(|| format!("cannot use {}", path.display()))?;
            anyhow::Ok((path.clone(), document))
        };
        Ok(Self {
            missing_database: database::missing(database).filter(|_| is_asked),
            database: if is_asked { Some(database::open(database)?) } else { None },
            options: JudgeOptions { matching, today: clock::today() },
            only_fixable: arguments.only_fixable,
            baseline,
            ignore,
            vex: arguments.vex.iter().map(read_vex).collect::<Result<_>>()?,
        })
    }

    /// Asks the advisories; [`Self::filter`] then applies the decisions.
    pub(crate) fn judge(&self, inventory: Inventory) -> Report {
        let mut report = scan::judge(inventory, self.database.as_ref(), &self.options);
        report.gaps.extend(self.missing_database.clone());
        report
    }

    /// Takes out what the user decided about.
    pub(crate) fn filter(&self, report: &mut Report) {
        let today = self.options.today.as_str();
        let mut filters = Filters::default();
        for (path, document) in &self.vex {
            filters.add(Box::new(move |finding| decide_by_vex(path, document, finding)));
        }
        if let Some((path, file)) = &self.ignore {
            for rule in file.expired(today) {
                let expired = rule.expires.as_deref().unwrap_or_default();
                let detail = format!("the rule for {} expired on {expired} and takes out nothing", rule.id);
                report.gaps.push(Gap::new(path.display().to_string(), GapReason::Unsupported, detail));
            }
            filters.ignore_file(file, today);
        }
        if let Some(baseline) = &self.baseline {
            filters.baseline(baseline);
        }
        if self.only_fixable {
            filters.only_fixable();
        }
        filters.apply(report);
        report.sort();
    }
}

fn decide_by_vex(
    path: &Path,
    document: &feeds::vex::VexDocument,
    finding: &model::Finding,
) -> Option<Decision> {
    let vulnerability = finding.vulnerability.as_ref()?;
    let mut ids = vec![vulnerability.id.as_str()];
    ids.extend(vulnerability.aliases.iter().map(String::as_str));
    let purl = vulnerability.purl.parse().ok()?;
    let statement = document.applies_to(&ids, &purl).filter(|statement| statement.suppresses())?;
    let words = [statement.justification.as_str(), statement.impact.as_str()];
    let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
    let words = if words.is_empty() { "not affected".to_owned() } else { words.join(": ") };
    Some(Decision { by: "vex", reason: format!("{words} ({})", path.display()) })
}

fn read_ignore_file(path: &Path) -> Result<IgnoreFile> {
    let bytes = read_bounded(path, IGNORE_BYTES_MAX)?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    IgnoreFile::parse(&text).with_context(|| format!("cannot use {}", path.display()))
}

/// Reads a report that `--format json` wrote.
///
/// # Errors
/// When it cannot be read or is none.
pub(crate) fn read_report(path: &Path) -> Result<Report> {
    let bytes = read_bounded(path, DECISION_BYTES_MAX)?;
    report::read_report(&bytes).with_context(|| format!("cannot use {}", path.display()))
}
