//! Scans images for guards, as `seawall scan --policy` does.

use super::edition::Edition;
use crate::arguments::{ContentArguments, DatabaseArguments, GateArguments, JudgeArguments, ReadArguments};
use crate::gate::Gate;
use crate::inventory::{Look, Wanted, inventories};
use crate::places;
use crate::progress::Progress;
use crate::scan::{self, Examiner};
use ::scan::Inventory;
use anyhow::{Context, Result};
use guard::registry::Judgement;
use policy::Verdict;
use std::path::PathBuf;

/// How images are scanned and judged.
#[derive(Clone)]
pub(super) struct Scanning {
    pub(super) content: ContentArguments,
    pub(super) database: DatabaseArguments,
    pub(super) judge: JudgeArguments,
    pub(super) gate: GateArguments,
    pub(super) read: ReadArguments,
}

/// Scans images and judges them by a policy.
pub(super) struct Scanner {
    of: Scanning,
    wanted: Wanted,
    edition: Edition,
}

impl Scanner {
    /// Prepares scans.
    ///
    /// # Errors
    /// When a file that the arguments name cannot be read or understood.
    pub(super) fn new(mut of: Scanning) -> Result<Self> {
        of.read.quiet = true;
        let wanted = scan::wanted(&of.content, &of.read, None)?;
        let edition = of.clone();
        let scanner = Self { wanted, edition: Edition::of(move || edition.files()), of };
        // A policy that cannot be read is told at once, not at the first image.
        scanner.examiner_telling(&Progress::new(false))?;
        Ok(scanner)
    }

    /// What verdicts depend on besides the image.
    pub(super) fn edition(&self) -> String {
        self.edition.now()
    }

    /// Opens advisories and policy anew, so that each verdict is of the newest.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn examiner(&self) -> Result<Examiner<'_>> {
        self.examiner_telling(&Progress::new(true))
    }

    fn examiner_telling(&self, progress: &Progress) -> Result<Examiner<'_>> {
        let of = &self.of;
        Examiner::new(&of.content, &of.database, &of.judge, &of.gate, &of.read.registry, progress)
    }

    /// Looks into an image.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn inventory(&self, target: &str) -> Result<Inventory> {
        let wanted = self.wanted.clone();
        let look = Look::Inside(Box::new(move || Ok(wanted)));
        inventories(target, &self.of.read, look, &Progress::new(true))?.pop().context("there is no image")
    }
}

impl Scanning {
    /// The files that verdicts depend on.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = places::databases(self.database.db.as_deref());
        files.iter_mut().for_each(|directory| directory.push("manifest.json"));
        files.extend(self.judge.ignore_file.clone());
        files.extend(self.judge.vex.iter().cloned());
        match Gate::new(&self.gate, &self.read.registry, &Progress::new(true)) {
            Ok(gate) => files.extend(gate.files()),
            // What cannot be read gives no verdict; it is looked at again when it changes.
            Err(_) => files.extend(self.gate.policy.clone()),
        }
        files
    }
}

/// What a policy of scans says, as guards say it.
pub(super) fn judgement(verdict: &Verdict) -> Judgement {
    if verdict.blocks.is_empty() {
        return Judgement::Passed { warnings: verdict.warnings.iter().map(ToString::to_string).collect() };
    }
    let is_of_signatures = |rule: &str| matches!(rule, "image/unsigned" | "image/signature-invalid");
    Judgement::Failed {
        reasons: verdict.blocks.iter().map(ToString::to_string).collect(),
        lacks_signature_alone: verdict.blocks.iter().all(|reason| is_of_signatures(&reason.rule)),
    }
}
