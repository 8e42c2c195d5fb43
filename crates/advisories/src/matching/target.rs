//! Under which names and versions a package is looked up.

use crate::names::lookup_name;
use model::{Ecosystem, Package};
use std::borrow::Cow;
use std::cmp::Ordering;
use versions::Scheme;

/// A name and version to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target<'p> {
    pub(super) name: Cow<'p, str>,
    pub(super) version: &'p str,
    /// Matches rows of source packages alone, or of binary packages alone.
    pub(super) is_source: bool,
    pub(super) order: Order,
}

/// How its version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By the ecosystem's scheme.
    Scheme(Scheme),
    /// RPM without the epoch: the file name of a source package, which is all that a binary package records of
    /// it, has none.
    RpmWithoutEpoch,
}

impl Order {
    pub(super) fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Scheme(scheme) => versions::compare(scheme, a, b),
            Self::RpmWithoutEpoch => versions::compare_rpm_without_epoch(a, b),
        }
    }

    pub(super) fn is_valid(self, version: &str) -> bool {
        match self {
            Self::Scheme(scheme) => versions::is_valid(scheme, version),
            Self::RpmWithoutEpoch => versions::is_valid(Scheme::Rpm, version),
        }
    }
}

/// The names and versions to look up. System packages are judged by the source package they were built from, by
/// its own version (a rebuild or split package has another), and by their own name where a publisher has such rows.
pub(super) fn targets(package: &Package) -> impl Iterator<Item = Target<'_>> {
    let scheme = Scheme::of(package.ecosystem);
    let own_version = match package.ecosystem {
        Ecosystem::Go => package.version.strip_prefix('v').unwrap_or(&package.version),
        _ => &package.version,
    };
    let own = Target {
        name: lookup_name(package.ecosystem, &package.name),
        version: own_version,
        is_source: false,
        order: Order::Scheme(scheme),
    };
    let source = package.ecosystem.is_system().then(|| {
        let (name, version) = match &package.source {
            Some(source) => (source.name.as_str(), source.version.as_str()),
            None => (package.name.as_str(), ""),
        };
        Target {
            name: Cow::Borrowed(name),
            version: if version.is_empty() { own_version } else { version },
            is_source: true,
            order: if package.ecosystem == Ecosystem::Rpm {
                Order::RpmWithoutEpoch
            } else {
                Order::Scheme(scheme)
            },
        }
    });
    source.into_iter().chain([own])
}
