//! What could not be judged, in words.

use super::distribution::Plan;
use super::evaluate::Evaluated;
use super::{Matches, applies, vendor};
use crate::database::{Database, DatabaseError, OpenShard};
use model::{AdvisoryCoverage, Distribution, Ecosystem, Gap, GapReason, Package};
use std::collections::BTreeMap;

/// System packages without a distribution, or of another kind than the distribution's; borrowed advisories.
pub(super) fn about_distribution(
    matches: &mut Matches,
    plan: Option<&Plan>,
    unplaced: &BTreeMap<Ecosystem, u64>,
) {
    for (ecosystem, &packages) in unplaced {
        let why = match plan {
            None => "the distribution is not known".to_owned(),
            Some(plan) => format!("{} has packages of another kind", plan.title),
        };
        let detail = format!("{packages} packages were not judged: {why}");
        matches.gaps.push(Gap::new(ecosystem.purl_type(), GapReason::NoAdvisories, detail));
        matches.coverage.push(missing(ecosystem.purl_type(), packages));
    }
    if let Some(Plan { note: Some(note), title, .. }) = plan {
        matches.gaps.push(Gap::new(title, GapReason::PartialAdvisories, note));
    }
}

/// Databases that should have been updated.
pub(super) fn about_age(matches: &mut Matches, database: &Database, today: &str) {
    for (directory, expires) in database.expired(today) {
        let detail =
            format!("the database should have been updated by {expires} (hint: run 'seawall db update')");
        matches.gaps.push(Gap::new(directory.display().to_string(), GapReason::PartialAdvisories, detail));
    }
}

/// Which shards were asked; those that are missing, refused, a part of all, or no longer maintained.
pub(super) fn about_shard(
    matches: &mut Matches,
    name: &str,
    shards: &[OpenShard<'_>],
    errors: &[DatabaseError],
    packages: u64,
    today: &str,
) {
    for error in errors {
        matches.gaps.push(Gap::new(name, GapReason::Malformed, chain(error)));
    }
    if shards.is_empty() {
        let detail =
            format!("{packages} packages were not judged: no advisories (hint: run 'seawall db update')");
        matches.gaps.push(Gap::new(name, GapReason::NoAdvisories, detail));
        matches.coverage.push(missing(name, packages));
        return;
    }
    let mut is_complete = false;
    for open in shards {
        let (meta, counts) = match open.shard.meta() {
            Ok(known) => known,
            Err(error) => {
                matches.gaps.push(Gap::new(name, GapReason::Malformed, error.to_string()));
                continue;
            }
        };
        is_complete |= meta.is_complete;
        if !meta.end_of_life.is_empty() && !today.is_empty() && meta.end_of_life.as_str() < today {
            let detail = format!("its publisher maintains no advisories since {}", meta.end_of_life);
            matches.gaps.push(Gap::new(name, GapReason::EndOfLife, detail));
        }
        matches.coverage.push(AdvisoryCoverage {
            shard: name.to_owned(),
            advisories: counts.advisories,
            date: Some(meta.date).filter(|date| !date.is_empty()),
            origin: open.origin.to_owned(),
            is_complete: meta.is_complete,
            packages,
        });
    }
    if !is_complete {
        let advisories: u64 =
            matches.coverage.iter().filter(|row| row.shard == name).map(|row| row.advisories).sum();
        let detail = format!(
            "{packages} packages were judged by {advisories} advisories, a part of all that are published"
        );
        matches.gaps.push(Gap::new(name, GapReason::PartialAdvisories, detail));
    }
}

/// Versions that cannot be compared, and modules whose stream is not known.
pub(super) fn about_version(matches: &mut Matches, package: &Package, evaluated: &Evaluated<'_>) {
    let what = || format!("{} {}", package.name, package.version);
    if evaluated.undecided > 0 {
        let detail = format!(
            "{} advisories name this {} package, but '{}' is no version that can be compared",
            evaluated.undecided, package.ecosystem, package.version
        );
        matches.gaps.push(Gap::new(what(), GapReason::Unsupported, detail));
    }
    if applies::lacks_module_label(package) {
        let detail = "built in a module, but its stream is not known, so rows of modules were not compared";
        matches.gaps.push(Gap::new(what(), GapReason::PartialAdvisories, detail));
    }
}

/// Packages that the distribution did not build, one gap for each vendor.
pub(super) fn about_vendors(
    matches: &mut Matches,
    packages: &[Package],
    distribution: Option<&Distribution>,
) {
    const NAMES_SHOWN: usize = 5;
    let Some(distribution) = distribution else { return };
    let mut by_vendor: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        if let Some(vendor) = vendor::foreign_vendor(package, distribution) {
            by_vendor.entry(vendor).or_default().push(&package.name);
        }
    }
    for (vendor, mut names) in by_vendor {
        names.sort_unstable();
        names.dedup();
        let more = if names.len() > NAMES_SHOWN { ", …" } else { "" };
        let detail = format!(
            "{} packages of this vendor ({}{more}) were judged by the advisories of {}, which may not know them",
            names.len(),
            names[..names.len().min(NAMES_SHOWN)].join(", "),
            distribution.id
        );
        matches.gaps.push(Gap::new(format!("unknown vendor {vendor}"), GapReason::PartialAdvisories, detail));
    }
}

fn missing(shard: &str, packages: u64) -> AdvisoryCoverage {
    AdvisoryCoverage {
        shard: shard.to_owned(),
        advisories: 0,
        date: None,
        origin: "none".to_owned(),
        is_complete: false,
        packages,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
