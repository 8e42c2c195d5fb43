//! Judges images for the guard before a registry, as `seawall scan registry:… --policy` does.

use super::edition::Edition;
use crate::arguments::GuardRegistryArguments;
use crate::empty_report::empty_report;
use crate::inventory::{Look, Wanted, inventories};
use crate::progress::Progress;
use crate::scan::{self, Examiner};
use anyhow::{Context, Result};
use guard::registry::{ImageAsked, ImageJudge, Judgement};
use model::TargetKind;
use policy::Verdict;
use std::path::PathBuf;

/// Scans what is asked for in the registry behind the guard.
pub(super) struct ScanJudge {
    arguments: GuardRegistryArguments,
    host: String,
    wanted: Wanted,
    edition: Edition,
}

impl ScanJudge {
    /// Prepares scans of images of the registry at `address`.
    ///
    /// # Errors
    /// When a file that the arguments name cannot be read or understood.
    pub(super) fn new(arguments: &GuardRegistryArguments, address: &str) -> Result<Self> {
        let mut arguments = arguments.clone();
        arguments.read.quiet = true;
        let (scheme, host) =
            address.split_once("://").context("the address of the registry has no scheme")?;
        if scheme == "http" {
            arguments.read.registry.insecure.push(host.to_owned());
        }
        arguments.read.registry.tls_ca.extend(arguments.upstream_ca.clone());
        let wanted = scan::wanted(&arguments.content, &arguments.read, None)?;
        let mut files: Vec<PathBuf> = arguments.gate.policy.iter().cloned().collect();
        files.extend(arguments.gate.trust.files());
        files.extend(arguments.judge.ignore_file.clone());
        files.extend(arguments.judge.vex.iter().cloned());
        let edition = Edition::with_advisories(arguments.database.db.as_deref(), files);
        let judge = Self { host: host.to_owned(), wanted, edition, arguments };
        // A policy that cannot be read is told at once, not at the first pull.
        judge.examiner(&Progress::new(false))?;
        Ok(judge)
    }

    fn examiner(&self, progress: &Progress) -> Result<Examiner<'_>> {
        let of = &self.arguments;
        Examiner::new(&of.content, &of.database, &of.judge, &of.gate, &of.read.registry, progress)
    }

    fn scan(&self, asked: &ImageAsked) -> Result<Judgement> {
        let progress = Progress::new(true);
        // Advisories and policy are opened anew, so that each verdict is of the newest.
        let examiner = self.examiner(&progress)?;
        let name = |digest: &model::Digest| format!("{}/{}@{digest}", self.host, asked.repository);
        let no_policy = "there is no policy to judge by";
        if asked.is_index {
            // An index has nothing to scan but its signatures; its images are judged each by itself.
            let mut report = empty_report(TargetKind::Registry, name(&asked.digest));
            let signature = examiner.gate.add_findings(&mut report)?;
            let mut verdict = examiner.gate.verdict(&report, signature)?.context(no_policy)?;
            verdict.blocks.retain(is_of_signature);
            verdict.warnings.retain(is_of_signature);
            return Ok(judgement(&verdict));
        }
        let wanted = self.wanted.clone();
        let look = Look::Inside(Box::new(move || Ok(wanted)));
        let target = format!("registry:{}", name(&asked.digest));
        let inventory = inventories(&target, &self.arguments.read, look, &progress)?
            .pop()
            .context("there is no image")?;
        let mut first = None;
        // Who signs an index signs its images: the signature may be at either.
        for digest in std::iter::once(&asked.digest).chain(&asked.parents) {
            let mut inventory = inventory.clone();
            inventory.target.name = name(digest);
            let (report, signature) = examiner.report(inventory)?;
            let verdict = examiner.gate.verdict(&report, signature)?.context(no_policy)?;
            if verdict.blocks.is_empty() {
                return Ok(judgement(&verdict));
            }
            let has_other_reason = !verdict.blocks.iter().all(is_of_signature);
            let told = judgement(&verdict);
            first.get_or_insert(told);
            if has_other_reason {
                break;
            }
        }
        first.context("nothing was judged")
    }
}

fn is_of_signature(reason: &policy::Reason) -> bool {
    reason.clause.starts_with("signature.")
}

pub(super) fn judgement(verdict: &Verdict) -> Judgement {
    if verdict.blocks.is_empty() {
        return Judgement::Passed { warnings: verdict.warnings.iter().map(ToString::to_string).collect() };
    }
    Judgement::Failed { reasons: verdict.blocks.iter().map(ToString::to_string).collect() }
}

impl ImageJudge for ScanJudge {
    fn edition(&self) -> String {
        self.edition.now()
    }

    fn judge(&self, asked: &ImageAsked) -> Judgement {
        self.scan(asked).unwrap_or_else(|error| Judgement::Unknown { reason: format!("{error:#}") })
    }
}
