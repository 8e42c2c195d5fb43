//! One helper knows the API; the tests are rows and packages.

mod language;
mod merging;
mod reporting;
mod system;

use super::{MatchOptions, Matches, match_packages};
use crate::database::{Database, DatabaseOptions};
use crate::meta::ShardMeta;
use crate::{Advisory, Affected, Range, Rated, build_shards};
use model::{Distribution, Ecosystem, FoundBy, LayerPath, Package, Severity, SourcePackage, Status};

/// A row: shard, ecosystem, package, `introduced..fixed`.
pub(super) fn row(shard: &str, ecosystem: Ecosystem, package: &str, range: &str) -> Affected {
    let (introduced, fixed) = range.split_once("..").unwrap_or((range, ""));
    Affected {
        shard: shard.into(),
        ecosystem,
        package: package.into(),
        is_source: ecosystem.is_system() && ecosystem != Ecosystem::Rpm,
        status: if fixed.is_empty() { Status::Affected } else { Status::Fixed },
        ranges: if range.is_empty() {
            Vec::new()
        } else {
            vec![Range { introduced: introduced.into(), fixed: fixed.into(), last_affected: String::new() }]
        },
        versions: Vec::new(),
        module: String::new(),
        arches: Vec::new(),
        channel: String::new(),
        rating: None,
    }
}

pub(super) fn advisory(id: &str, affected: Vec<Affected>) -> Advisory {
    Advisory { id: id.into(), source: "test".into(), affected, ..Advisory::default() }
}

pub(super) fn rated(source: &str, severity: Severity) -> Rated {
    Rated { source: source.into(), severity, cvss: String::new() }
}

pub(super) fn package(ecosystem: Ecosystem, name: &str, version: &str) -> Package {
    Package::new(ecosystem, name, version, FoundBy::PackageManager, &LayerPath::new("some/record"))
}

pub(super) fn built_from(mut package: Package, source: &str, version: &str) -> Package {
    package.source = Some(SourcePackage { name: source.into(), version: version.into() });
    package
}

/// A database of these advisories, each shard whole.
pub(super) fn database(advisories: Vec<Advisory>) -> Database {
    let meta = |_: &str| ShardMeta { date: "2026-11-22".into(), is_complete: true, ..ShardMeta::default() };
    embedded(build_shards(advisories, meta).unwrap().shards.into_iter().collect())
}

pub(super) fn embedded(shards: Vec<(String, Vec<u8>)>) -> Database {
    // Embedded shards live as long as the program; so do these.
    let leaked: Vec<(&'static str, &'static [u8])> =
        shards.into_iter().map(|(name, bytes)| (&*name.leak(), &*bytes.leak())).collect();
    Database::open(&DatabaseOptions { embedded: leaked.leak(), ..DatabaseOptions::default() }).unwrap()
}

pub(super) fn judge(advisories: Vec<Advisory>, packages: &[Package], distribution: Option<&str>) -> Matches {
    judge_with(advisories, packages, distribution, &MatchOptions::default())
}

pub(super) fn judge_with(
    advisories: Vec<Advisory>,
    packages: &[Package],
    distribution: Option<&str>,
    options: &MatchOptions,
) -> Matches {
    let distribution = distribution.map(distribution_of);
    match_packages(&database(advisories), packages, distribution.as_ref(), options)
}

/// `debian:12`.
pub(super) fn distribution_of(text: &str) -> Distribution {
    let (id, version) = text.split_once(':').unwrap();
    Distribution::new(id, version)
}

/// Findings as text: `CVE-1 openssl fixed`.
pub(super) fn told(matches: &Matches) -> Vec<String> {
    let tell = |found: &super::PackageMatch| {
        let vulnerability = &found.vulnerability;
        format!("{} {} {}", vulnerability.id, vulnerability.package, vulnerability.status.as_str())
    };
    matches.findings.iter().map(tell).collect()
}

#[track_caller]
pub(super) fn check(
    advisories: Vec<Advisory>,
    package: Package,
    distribution: Option<&str>,
    expected: &[&str],
) {
    assert_eq!(told(&judge(advisories, &[package], distribution)), expected);
}
