//! The exchange form between importers and shards.

use model::{Ecosystem, Severity, Status};
use serde::{Deserialize, Serialize};

/// One vulnerability as one publisher tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Advisory {
    /// The publisher's id: `CVE-…`, `GHSA-…`, `DSA-…`, `ALSA-…`.
    pub id: String,
    /// Other ids of the same vulnerability. For an advisory that fixes several vulnerabilities at once
    /// (`ALSA-…`, `DSA-…`), they are in `vulnerabilities` instead.
    pub aliases: Vec<String>,
    /// The CVE ids that a vendor advisory fixes, when it is about several; each becomes a finding of its own.
    pub vulnerabilities: Vec<String>,
    /// One line.
    pub summary: String,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// Ratings of the whole vulnerability.
    pub ratings: Vec<Rated>,
    /// `CWE-79`.
    pub weaknesses: Vec<String>,
    /// RFC 3339 date, `2026-01-31`.
    pub published: String,
    /// RFC 3339 date.
    pub modified: String,
    /// Set when the publisher took it back; it then matches nothing and hides nothing.
    pub is_withdrawn: bool,
    /// Where it was published: `debian-tracker`, `osv`, `alpine-secdb`, `redhat-csaf`, `seawall` …
    pub source: String,
    /// What it affects.
    pub affected: Vec<Affected>,
}

/// A rating as published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rated {
    /// Who rated: `nvd`, `ghsa`, `debian`, `redhat`.
    pub source: String,
    /// In words, when there are words.
    pub severity: Severity,
    /// CVSS vector as published; empty when there is none.
    pub cvss: String,
}

/// A package of one ecosystem or distribution release that is affected, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// The shard it belongs to: `model::Distribution::shard` (`debian:12`, `alpine:3.18`) or
    /// `model::Ecosystem::purl_type` (`npm`, `golang`, `generic`).
    pub shard: String,
    /// Decides the order of versions.
    pub ecosystem: Ecosystem,
    /// Package name, in the spelling of `model::Package::name`.
    pub package: String,
    /// Whether `package` names a source package (Debian, Ubuntu, Alpine origin) or a binary one.
    #[serde(default)]
    pub is_source: bool,
    /// What the publisher says; `NotAffected` rows hide other rows of the same vulnerability and package.
    pub status: Status,
    /// Vulnerable ranges; none and no `versions` means every version (for `Affected`, `WillNotFix` …) or,
    /// for `NotAffected`, no version.
    #[serde(default)]
    pub ranges: Vec<Range>,
    /// Vulnerable versions listed one by one, beside the ranges.
    #[serde(default)]
    pub versions: Vec<String>,
    /// RPM modularity: `name:stream`, matched against the first two parts of the package's label. An empty
    /// text matches only packages without a label.
    #[serde(default)]
    pub module: String,
    /// Architectures; empty means all. `src` marks a row that is about the source package alone.
    #[serde(default)]
    pub arches: Vec<String>,
    /// Support channel (`esm`, `eus:9.2`, `fips`); empty is the plain one.
    #[serde(default)]
    pub channel: String,
    /// The publisher's rating for this package, when it differs from the vulnerability's.
    #[serde(default)]
    pub rating: Option<Rated>,
}

/// A half-open range of vulnerable versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Range {
    /// First vulnerable version; empty or `0` is the beginning.
    pub introduced: String,
    /// First version that is not vulnerable any more; empty when there is none.
    pub fixed: String,
    /// Last vulnerable version, for publishers that do not name the fixed one; empty when there is none.
    pub last_affected: String,
}
