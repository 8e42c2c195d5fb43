//! The version orders, and which ecosystem uses which.

use crate::{apk, dotted, dpkg, gem, generic, go, maven, nuget, packagist, pep440, pub_dev, rpm, semver};
use model::Ecosystem;
use std::cmp::Ordering;

/// A version order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `[epoch:]upstream[-revision]` of Debian and its descendants.
    Dpkg,
    /// `[epoch:]version[-release]` of RPM; an absent epoch is 0.
    Rpm,
    /// Alpine's `1.2.3a_rc1-r0`.
    Apk,
    /// Python (PEP 440), with the old order of setuptools for what PEP 440 does not allow.
    Pep440,
    /// Semantic Versioning 2.0.0; the order of crates.io.
    Semver,
    /// Semantic Versioning as node-semver reads it.
    Npm,
    /// Maven's `ComparableVersion`.
    Maven,
    /// `Gem::Version`.
    Gem,
    /// PHP's `version_compare`, which Packagist's advisories follow.
    Packagist,
    /// Four numbers and a prerelease without case.
    Nuget,
    /// Go modules and Go itself (`1.21rc2`).
    Go,
    /// Dart: semantic versions whose build part counts.
    Pub,
    /// R: numbers between dots and hyphens.
    Cran,
    /// Haskell: numbers between dots.
    Hackage,
    /// Upstream software that follows no packaging rules: `1.0.2zg`, `9.8p1`, `8u392`, `17.0.9+9`.
    Generic,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 15] = [
        Self::Dpkg,
        Self::Rpm,
        Self::Apk,
        Self::Pep440,
        Self::Semver,
        Self::Npm,
        Self::Maven,
        Self::Gem,
        Self::Packagist,
        Self::Nuget,
        Self::Go,
        Self::Pub,
        Self::Cran,
        Self::Hackage,
        Self::Generic,
    ];

    /// The order of an ecosystem's versions.
    #[must_use]
    pub const fn of(ecosystem: Ecosystem) -> Self {
        match ecosystem {
            Ecosystem::Deb => Self::Dpkg,
            Ecosystem::Apk => Self::Apk,
            Ecosystem::Rpm => Self::Rpm,
            Ecosystem::PyPI => Self::Pep440,
            Ecosystem::Npm => Self::Npm,
            Ecosystem::Maven => Self::Maven,
            Ecosystem::Go => Self::Go,
            Ecosystem::Cargo => Self::Semver,
            Ecosystem::Gem => Self::Gem,
            Ecosystem::Composer => Self::Packagist,
            Ecosystem::Nuget => Self::Nuget,
            Ecosystem::Generic => Self::Generic,
        }
    }
}

/// Compares two versions. Never panics; a total preorder over all texts: texts that are no versions of the
/// scheme have a place too, usually before all versions they share a beginning with.
#[must_use]
pub fn compare(scheme: Scheme, a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match scheme {
        Scheme::Dpkg => dpkg::compare(a, b),
        Scheme::Rpm => rpm::compare(a, b),
        Scheme::Apk => apk::compare(a, b),
        Scheme::Pep440 => pep440::compare(a, b),
        Scheme::Semver | Scheme::Npm => semver::compare(a, b),
        Scheme::Maven => maven::compare(a, b),
        Scheme::Gem => gem::compare(a, b),
        Scheme::Packagist => packagist::compare(a, b),
        Scheme::Nuget => nuget::compare(a, b),
        Scheme::Go => go::compare(a, b),
        Scheme::Pub => pub_dev::compare(a, b),
        Scheme::Cran | Scheme::Hackage => dotted::compare(a, b),
        Scheme::Generic => generic::compare(a, b),
    }
}

/// Whether a text is a version by the rules of its ecosystem's own tool. [`compare`] takes any text; this is
/// for telling a user that a version looks broken.
#[must_use]
pub fn is_valid(scheme: Scheme, version: &str) -> bool {
    match scheme {
        Scheme::Dpkg => dpkg::is_valid(version),
        Scheme::Rpm => rpm::is_valid(version),
        Scheme::Apk => apk::is_valid(version),
        Scheme::Pep440 => pep440::is_valid(version),
        Scheme::Semver | Scheme::Pub => semver::is_valid(version),
        Scheme::Npm => semver::is_valid(version.strip_prefix('v').unwrap_or(version)),
        Scheme::Maven => maven::is_valid(version),
        Scheme::Gem => gem::is_valid(version),
        Scheme::Packagist => packagist::is_valid(version),
        Scheme::Nuget => nuget::is_valid(version),
        Scheme::Go => go::is_valid(version),
        Scheme::Cran => dotted::is_valid(version, b".-"),
        Scheme::Hackage => dotted::is_valid(version, b"."),
        Scheme::Generic => generic::is_valid(version),
    }
}
