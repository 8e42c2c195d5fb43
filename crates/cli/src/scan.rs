//! `seawall scan`.

use crate::arguments::{
    ContentArguments, DatabaseArguments, GateArguments, InUseArguments, JudgeArguments, Kind, LockFileChoice,
    ReadArguments, RegistryArguments, ScanArguments,
};
use crate::content;
use crate::exit::Outcome;
use crate::gate::Gate;
use crate::inventory::{Look, Wanted, inventories};
use crate::judge::{Advisories, Judge};
use crate::progress::Progress;
use crate::target::read_bounded;
use crate::{in_use, output, places, registry_scan};
use ::scan::Inventory;
use anyhow::{Result, bail};
use model::{Gap, GapReason, Report};
use policy::SignatureState;
use report::Format;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a Dockerfile.
const DOCKERFILE_BYTES_MAX: u64 = 4 << 20;

pub(crate) fn run(arguments: &ScanArguments) -> Result<Outcome> {
    if let Some(pattern) = registry_scan::of_target(&arguments.target.target)? {
        if arguments.used.wants_owners() {
            bail!("--in-use and --package-files are for one image, not for registries");
        }
        return registry_scan::run(arguments, &pattern);
    }
    if arguments.registry_scan.output_dir.is_some() {
        bail!("--output-dir is for several images (hint: 'registry:HOST/*'; --output FILE takes one report)");
    }
    let read = ReadArguments { keeps_owners: arguments.used.wants_owners(), ..arguments.target.read.clone() };
    let plan = output::plan(&arguments.output.words, Format::Table)?;
    let progress = Progress::new(arguments.target.read.quiet);
    let examiner = Examiner::new(
        &arguments.content,
        &arguments.database,
        &arguments.judge,
        &arguments.gate,
        &arguments.target.read.registry,
        &progress,
    )?;
    let prepare = || wanted(&arguments.content, &arguments.target.read, arguments.dockerfile.as_deref());
    let is_packages_alone =
        content::kinds(&arguments.content) == [Kind::Vulnerabilities] && arguments.dockerfile.is_none();
    let look = if is_packages_alone { Look::Packages } else { Look::Inside(Box::new(prepare)) };
    let inventories = inventories(&arguments.target.target, &read, look, &progress)?;
    let mut reports: Vec<Report> = Vec::new();
    let mut signatures = Vec::new();
    for inventory in inventories {
        let (report, signature) = examiner.report(inventory, Some(&arguments.used))?;
        reports.push(report);
        signatures.push(signature);
    }
    output::write(&plan, &reports, &arguments.output)?;
    examiner.gate.decide(&reports, &signatures, &progress)
}

/// From inventories to reports: everything that is read once for all images.
pub(crate) struct Examiner<'a> {
    judge: Judge,
    /// What the image must be like to pass.
    pub(crate) gate: Gate<'a>,
}

impl<'a> Examiner<'a> {
    /// Opens the advisories and reads the files that the arguments name.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub(crate) fn new(
        content: &ContentArguments,
        database: &DatabaseArguments,
        judge: &JudgeArguments,
        gate: &'a GateArguments,
        registry: &'a RegistryArguments,
        progress: &Progress,
    ) -> Result<Self> {
        let gate = Gate::new(gate, registry, progress)?;
        let wants_vulnerabilities = content::kinds(content).contains(&Kind::Vulnerabilities);
        let advisories = if wants_vulnerabilities { Advisories::Ask } else { Advisories::Leave };
        Ok(Self { judge: Judge::new(judge, database, advisories)?, gate })
    }

    /// The report of an image, marked with what is in use, and what came of its signatures.
    ///
    /// # Errors
    /// When a record of use cannot be read, or a key that the policy names cannot be used.
    pub(crate) fn report(
        &self,
        mut inventory: Inventory,
        used: Option<&InUseArguments>,
    ) -> Result<(Report, SignatureState)> {
        let owners = inventory.owners.take();
        let mut report = self.judge.judge(inventory);
        if let Some(used) = used {
            in_use::join(&mut report, owners.as_deref(), used)?;
        }
        let signature = self.gate.add_findings(&mut report)?;
        self.judge.filter(&mut report);
        Ok((report, signature))
    }
}

/// Prepares what is looked for inside images.
///
/// # Errors
/// When a file that the arguments name cannot be read, or nothing in it is understood.
pub(crate) fn wanted(
    arguments: &ContentArguments,
    read: &ReadArguments,
    dockerfile: Option<&Path>,
) -> Result<Wanted> {
    let rules = places::compiled_rules(read);
    let engines = content::engines(arguments, rules.as_deref())?;
    let (content, mut gaps) =
        engines.map_or((None, Vec::new()), |engines| (Some(engines.options), engines.gaps));
    let dockerfile = dockerfile.map(|path| read_dockerfile(path, &mut gaps)).transpose()?;
    Ok(Wanted { content, dockerfile: dockerfile.map(Arc::new), gaps })
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
