//! Writes what rows say as a vulnerability of a package.

use super::channel::Standing;
use super::evaluate::Hit;
use super::merge::Merged;
use super::texts::Texts;
use super::{MatchOptions, PackageMatch, Suppression, severity};
use crate::database::OpenShard;
use crate::range;
use crate::shard::{AdvisoryRow, Details, Rating, Shard, ShardError};
use model::{Cvss, Distribution, Package, Severity, Status, VendorSeverity, Vulnerability};
use std::collections::HashMap;
use zstd::bulk::Decompressor;

/// Writes vulnerabilities; unpacks each block of details once.
pub(super) struct Writer<'s> {
    name: &'s str,
    shards: &'s [OpenShard<'s>],
    distribution: Option<&'s Distribution>,
    options: &'s MatchOptions,
    texts: &'s Texts<'s>,
    blocks: HashMap<(usize, u32), Vec<u8>>,
    decompressor: Option<Decompressor<'static>>,
}

/// Unpacked blocks kept at most, of [`crate::shard`]'s size of a block each: 32 MiB in all.
const BLOCKS_MAX: usize = 2_048;

impl<'s> Writer<'s> {
    pub(super) fn new(
        name: &'s str,
        shards: &'s [OpenShard<'s>],
        distribution: Option<&'s Distribution>,
        options: &'s MatchOptions,
        texts: &'s Texts<'s>,
    ) -> Self {
        Self {
            name,
            shards,
            distribution,
            options,
            texts,
            blocks: HashMap::new(),
            decompressor: Decompressor::new().ok(),
        }
    }

    /// The vulnerability, and why it is no finding if a publisher says so.
    pub(super) fn write(
        &mut self,
        index: usize,
        package: &Package,
        merged: &Merged<'_>,
    ) -> Result<(PackageMatch, Option<Suppression>), ShardError> {
        let (first, first_advisory) = &merged.hits[0];
        let mut vulnerability = Vulnerability {
            id: merged.ids.first().copied().unwrap_or_default().to_owned(),
            status: status(merged),
            fixed_versions: fixed_versions(merged),
            package: package.name.clone(),
            installed_version: package.version.clone(),
            purl: package.purl(self.distribution).to_string(),
            matched_name: first.target.name.clone(),
            matched_version: first.target.version.clone(),
            matched_range: matched_range(merged),
            shard: self.name.to_owned(),
            advisory_source: first_advisory.source.to_owned(),
            known_exploited: self.texts.known_exploited(&merged.ids)?,
            epss: self.texts.exploit_prediction(&merged.ids)?,
            ..Vulnerability::default()
        };
        let mut aliases: Vec<&str> = merged.ids.iter().skip(1).copied().collect();
        let mut ratings: Vec<Rating<'_>> = Vec::new();
        let mut of_package: Option<Rating<'_>> = None;
        let mut references: Vec<String> = Vec::new();
        let mut add = |details: Details, vulnerability: &mut Vulnerability| {
            if vulnerability.summary.is_empty() {
                vulnerability.summary = details.summary;
            }
            if vulnerability.published.is_none() && !details.published.is_empty() {
                vulnerability.published = Some(details.published);
            }
            vulnerability.weaknesses.extend(details.weaknesses);
            references.extend(details.references);
        };
        for (outcome, advisory) in &merged.hits {
            let shard = &self.shards[outcome.shard].shard;
            if advisory.id != vulnerability.id {
                aliases.push(advisory.id);
            }
            ratings.extend(shard.ratings(advisory)?);
            let own = shard.package_rating(&outcome.row)?;
            ratings.extend(own);
            of_package = of_package.or(own.filter(|rating| rating.severity != Severity::Unknown));
            let details = self.details(outcome.shard, advisory)?;
            add(details, &mut vulnerability);
        }
        for (shard, advisory) in self.texts.metadata(&merged.ids)? {
            ratings.extend(shard.ratings(&advisory)?);
            let details = shard.details_of(&advisory)?;
            add(details, &mut vulnerability);
        }
        let (shown, source) =
            severity::choose(&ratings, of_package.as_ref(), self.name, &self.options.severity_sources);
        vulnerability.severity_source = source;
        vulnerability.severities = vendor_severities(&ratings);
        aliases.sort_unstable();
        aliases.dedup();
        vulnerability.aliases = aliases.into_iter().map(str::to_owned).collect();
        vulnerability.weaknesses.sort();
        vulnerability.weaknesses.dedup();
        let mut seen = std::collections::HashSet::new();
        references.retain(|reference| seen.insert(reference.clone()));
        let suppression = merged.denials.first().map(|advisory| Suppression {
            by: "not-affected",
            reason: format!("{} says that {} is not affected", advisory.source, first.target.name),
        });
        Ok((PackageMatch { package: index, vulnerability, severity: shown, references }, suppression))
    }

    fn details(&mut self, shard_index: usize, advisory: &AdvisoryRow<'_>) -> Result<Details, ShardError> {
        let shard = &self.shards[shard_index].shard;
        let key = (shard_index, advisory.block);
        if !self.blocks.contains_key(&key) {
            if self.blocks.len() == BLOCKS_MAX {
                self.blocks.clear();
            }
            let block = match &mut self.decompressor {
                Some(decompressor) => shard.block_with(advisory.block, decompressor)?,
                None => shard.block(advisory.block)?,
            };
            self.blocks.insert(key, block);
        }
        Shard::details(&self.blocks[&key], advisory.offset)
    }
}

/// A fix that can be had counts first; then the most definite word.
fn status(merged: &Merged<'_>) -> Status {
    if !fixed_versions(merged).is_empty() {
        return Status::Fixed;
    }
    const BY_WEIGHT: [Status; 4] =
        [Status::WillNotFix, Status::Deferred, Status::EndOfLife, Status::UnderInvestigation];
    let said = |status: &Status| merged.hits.iter().any(|(outcome, _)| outcome.row.quality.status == *status);
    // Under investigation only when nobody says that it is affected.
    let affected = merged
        .hits
        .iter()
        .any(|(outcome, _)| matches!(outcome.row.quality.status, Status::Affected | Status::Fixed));
    BY_WEIGHT
        .into_iter()
        .find(|status| said(status) && !(affected && *status == Status::UnderInvestigation))
        .unwrap_or(Status::Affected)
}

/// Fixed versions that can be had, in their order.
fn fixed_versions(merged: &Merged<'_>) -> Vec<String> {
    let mut fixed: Vec<String> = Vec::new();
    let mut order = None;
    for (outcome, _) in &merged.hits {
        if let (Some(Hit::Range([_, version, _])), true) =
            (outcome.hit, outcome.standing != Standing::Extends)
            && !version.is_empty()
            && !fixed.iter().any(|other| other == version)
        {
            order = Some(outcome.target.order);
            fixed.push(version.to_owned());
        }
    }
    if let Some(order) = order {
        fixed.sort_by(|a, b| order.compare(a, b));
    }
    fixed
}

fn matched_range(merged: &Merged<'_>) -> String {
    let mut text = match merged.hits[0].0.hit {
        Some(Hit::Range([introduced, fixed, last_affected])) => range::text(introduced, fixed, last_affected),
        Some(Hit::Version(version)) => format!("= {version}"),
        Some(Hit::Every) | None => "every version".to_owned(),
    };
    for (channel, version) in &merged.fixes_elsewhere {
        text.push_str(&format!(" (fixed in {version} of the support channel {channel})"));
    }
    text
}

fn vendor_severities(ratings: &[Rating<'_>]) -> Vec<VendorSeverity> {
    let mut severities: Vec<VendorSeverity> = Vec::new();
    for rating in ratings {
        let cvss =
            rating.score_tenths.map(|score_tenths| Cvss { vector: rating.cvss.to_owned(), score_tenths });
        let severity = VendorSeverity { source: rating.source.to_owned(), severity: rating.severity, cvss };
        if !severities.contains(&severity) {
            severities.push(severity);
        }
    }
    severities.sort_by(|a, b| {
        let key = |s: &VendorSeverity| {
            (s.source.clone(), std::cmp::Reverse(s.severity), s.cvss.as_ref().map(|c| c.vector.clone()))
        };
        key(a).cmp(&key(b))
    });
    severities
}
