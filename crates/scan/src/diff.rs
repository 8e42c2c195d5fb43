//! What changed between two reports.

use model::{Finding, Package, Report};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What changed between two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Name of the first target.
    pub before: String,
    /// Name of the second target.
    pub after: String,
    /// Findings of the second that the first does not have, worst first.
    pub new_findings: Vec<Finding>,
    /// Findings of the first that the second does not have, worst first.
    pub gone_findings: Vec<Finding>,
    /// How many findings both have.
    pub common_findings: usize,
    /// Packages that changed.
    pub packages: Vec<PackageChange>,
}

/// A package that came, went or has other versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// The ecosystem.
    pub ecosystem: model::Ecosystem,
    /// The name.
    pub name: String,
    /// Versions in the first report, sorted as text; empty when it came.
    pub before: Vec<String>,
    /// Versions in the second report; empty when it went.
    pub after: Vec<String>,
}

/// Compares two reports by the fingerprints of their findings and the names of their packages.
#[must_use]
pub fn diff(before: &Report, after: &Report) -> Difference {
    let prints =
        |report: &Report| report.findings.iter().map(|f| f.fingerprint.clone()).collect::<HashSet<_>>();
    let (known, current) = (prints(before), prints(after));
    let only = |report: &Report, other: &HashSet<_>| {
        report.findings.iter().filter(|finding| !other.contains(&finding.fingerprint)).cloned().collect()
    };
    Difference {
        before: before.target.name.clone(),
        after: after.target.name.clone(),
        new_findings: only(after, &known),
        gone_findings: only(before, &current),
        common_findings: known.intersection(&current).count(),
        packages: package_changes(&before.packages, &after.packages),
    }
}

fn package_changes(before: &[Package], after: &[Package]) -> Vec<PackageChange> {
    let mut versions: BTreeMap<_, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for (side, packages) in [before, after].into_iter().enumerate() {
        for package in packages {
            let entry = versions.entry((package.ecosystem, package.name.as_str())).or_default();
            entry[side].insert(package.version.as_str());
        }
    }
    let owned = |set: &BTreeSet<&str>| set.iter().map(|&version| version.to_owned()).collect();
    versions
        .iter()
        .filter(|(_, [before, after])| before != after)
        .map(|((ecosystem, name), [before, after])| PackageChange {
            ecosystem: *ecosystem,
            name: (*name).to_owned(),
            before: owned(before),
            after: owned(after),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ecosystem, FoundBy, LayerPath};

    #[test]
    fn packages_that_came_went_or_changed_are_told_apart() {
        let package = |name, version| {
            Package::new(Ecosystem::Npm, name, version, FoundBy::Installed, &LayerPath::new("x"))
        };
        let before = [package("same", "1"), package("gone", "1"), package("changed", "1")];
        let after = [package("same", "1"), package("came", "2"), package("changed", "2")];
        let changes = package_changes(&before, &after);
        let rows: Vec<_> = changes.iter().map(|c| (c.name.as_str(), c.before.len(), c.after.len())).collect();
        assert_eq!(rows, [("came", 0, 1), ("changed", 1, 1), ("gone", 1, 0)]);
    }
}
