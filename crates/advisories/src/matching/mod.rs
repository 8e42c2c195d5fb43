//! Judges packages by the advisories at hand.

mod applies;
mod channel;
mod distribution;
mod evaluate;
mod finding;
mod gaps;
mod go_version;
mod kernel_headers;
mod merge;
mod owner;
mod severity;
mod target;
mod texts;
mod vendor;

#[cfg(test)]
mod tests;

use crate::database::Database;
use crate::shard::ShardError;
use distribution::Plan;
use evaluate::{Evaluator, Wanted};
use model::{AdvisoryCoverage, Distribution, Ecosystem, Gap, GapReason, Package, Severity, Vulnerability};
use owner::Owners;
use std::collections::BTreeMap;

/// How packages are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchOptions {
    /// Whose rating is shown, best first (`nvd`, `redhat`, `ghsa`, `debian` …); what none of them rated is shown
    /// by the usual order: who rated this package, then the publisher of the shard, then NVD and GHSA with CVSS
    /// 4 before 3 before 2, then anybody.
    pub severity_sources: Vec<String>,
    /// Judge language packages whose files belong to an operating-system package too. They are judged by that
    /// package alone otherwise, since distributions fix without changing the version.
    pub judges_owned_packages: bool,
    /// Report kernel vulnerabilities for packages that hold headers alone.
    pub judges_kernel_headers: bool,
    /// Support channels in use beside what the image tells: `esm`, `eus:9.2`, `fips`.
    pub channels: Vec<String>,
    /// The day (`2026-11-22`); tells which lists are no longer maintained. Empty: no list counts as old.
    pub today: String,
}

/// A vulnerability of one package.
#[derive(Clone, Debug, PartialEq)]
pub struct PackageMatch {
    /// Position of the package in the list that was judged.
    pub package: usize,
    /// What is known, and why it matched.
    pub vulnerability: Vulnerability,
    /// The severity to show.
    pub severity: Severity,
    /// Addresses to read on.
    pub references: Vec<String>,
}

/// Why a match is no finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The kind of reason: `package-owner`, `kernel-headers`, `not-affected`.
    pub by: &'static str,
    /// The reason in words.
    pub reason: String,
}

/// What the advisories say of a list of packages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// By package, then by id.
    pub findings: Vec<PackageMatch>,
    /// Matches that are no findings, with the reason.
    pub suppressed: Vec<(PackageMatch, Suppression)>,
    /// What could not be judged.
    pub gaps: Vec<Gap>,
    /// Which shards were asked, and which were missing.
    pub coverage: Vec<AdvisoryCoverage>,
}

/// Judges packages by the advisories at hand.
#[must_use]
pub fn match_packages(
    database: &Database,
    packages: &[Package],
    distribution: Option<&Distribution>,
    options: &MatchOptions,
) -> Matches {
    let mut matches = Matches::default();
    let plan = distribution.map(|distribution| Plan::of(distribution, database));
    let mut by_shard: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut unplaced: BTreeMap<Ecosystem, u64> = BTreeMap::new();
    for (index, package) in packages.iter().enumerate() {
        match shard_of(package, plan.as_ref()) {
            Some(shard) => by_shard.entry(shard).or_default().push(index),
            None => *unplaced.entry(package.ecosystem).or_default() += 1,
        }
    }
    gaps::about_distribution(&mut matches, plan.as_ref(), &unplaced);
    gaps::about_age(&mut matches, database, &options.today);
    let channels = channel::enabled(distribution, &options.channels);
    let texts = texts::Texts::new(database, &mut matches.gaps);
    // Asked only when owned packages are judged on their own.
    let system_shards = plan.as_ref().map(|plan| database.shards(&plan.shard).0).unwrap_or_default();
    let mut owners = Owners::new(&system_shards, packages, &channels);
    for (name, indexes) in by_shard {
        let (shards, errors) = database.shards(&name);
        gaps::about_shard(&mut matches, &name, &shards, &errors, indexes.len() as u64, &options.today);
        let mut judge = ShardJudge {
            packages,
            options,
            channels: &channels,
            evaluator: Evaluator::new(&shards),
            writer: finding::Writer::new(&name, &shards, distribution, options, &texts),
        };
        for index in indexes {
            if let Err(error) = judge.judge(index, &mut owners, &mut matches) {
                let detail = format!("{} {}: {error}", packages[index].name, packages[index].version);
                matches.gaps.push(Gap::new(&name, GapReason::Malformed, detail));
            }
        }
    }
    gaps::about_vendors(&mut matches, packages, distribution);
    matches.findings.sort_by(|a, b| (a.package, &a.vulnerability.id).cmp(&(b.package, &b.vulnerability.id)));
    matches
        .suppressed
        .sort_by(|(a, _), (b, _)| (a.package, &a.vulnerability.id).cmp(&(b.package, &b.vulnerability.id)));
    matches.gaps.sort();
    matches.gaps.dedup();
    matches
}

/// The shard that judges a package; `None` for system packages that do not fit the distribution.
fn shard_of(package: &Package, plan: Option<&Plan>) -> Option<String> {
    if !package.ecosystem.is_system() {
        return Some(package.ecosystem.purl_type().to_owned());
    }
    let plan = plan?;
    plan.ecosystem.is_none_or(|ecosystem| ecosystem == package.ecosystem).then(|| plan.shard.clone())
}

/// Judges the packages of one shard.
struct ShardJudge<'a> {
    packages: &'a [Package],
    options: &'a MatchOptions,
    channels: &'a [String],
    evaluator: Evaluator<'a>,
    writer: finding::Writer<'a>,
}

impl ShardJudge<'_> {
    fn judge(
        &mut self,
        index: usize,
        owners: &mut Owners<'_>,
        matches: &mut Matches,
    ) -> Result<(), ShardError> {
        let package = &self.packages[index];
        let evaluated = self.evaluator.evaluate(package, self.channels, Wanted::WhatMatters)?;
        gaps::about_version(matches, package, &evaluated);
        if !evaluated.rows.iter().any(|outcome| outcome.hit.is_some()) {
            return Ok(());
        }
        for merged in merge::by_vulnerability(self.evaluator.shards(), &evaluated.rows)? {
            let (found, denial) = self.writer.write(index, package, &merged)?;
            let suppression = match denial {
                Some(denial) => Some(denial),
                None => self.suppression(package, &merged.ids, owners)?,
            };
            match suppression {
                Some(suppression) => matches.suppressed.push((found, suppression)),
                None => matches.findings.push(found),
            }
        }
        Ok(())
    }

    fn suppression(
        &self,
        package: &Package,
        ids: &[&str],
        owners: &mut Owners<'_>,
    ) -> Result<Option<Suppression>, ShardError> {
        let suppressed = |by, reason: String| Ok(Some(Suppression { by, reason }));
        if let Some(owner) = &package.owner {
            if !self.options.judges_owned_packages {
                return suppressed(
                    "package-owner",
                    format!("its files belong to the package {owner}, whose advisories judge it"),
                );
            }
            if owners.clears(owner, ids.iter().copied())? {
                return suppressed(
                    "package-owner",
                    format!("its files belong to the package {owner}, which does not have it"),
                );
            }
        }
        if !self.options.judges_kernel_headers && kernel_headers::holds_headers_alone(package) {
            return suppressed(
                "kernel-headers",
                "it holds kernel headers alone, no code that runs".to_owned(),
            );
        }
        Ok(None)
    }
}
