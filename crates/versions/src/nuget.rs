//! NuGet's order: up to four numbers, then a prerelease compared without case (NuGet documentation,
//! "Package versioning", and `NuGet.Versioning.VersionComparer`).

use crate::{
    semver::{Version, compare_identifiers, identifiers, is_suffix, split_suffix},
    text::{compare_without_case, is_number},
};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(a), Version::read(b));
    a.compare_numbers(&b).then_with(|| match (a.prerelease.is_empty(), b.prerelease.is_empty()) {
        (false, false) => {
            compare_identifiers(identifiers(a.prerelease), identifiers(b.prerelease), compare_without_case)
        }
        (a, b) => a.cmp(&b),
    })
}

pub(crate) fn is_valid(version: &str) -> bool {
    let (numbers, suffix) = split_suffix(version);
    (1..=4).contains(&numbers.split('.').count())
        && numbers.split('.').all(|digits| is_number(digits.as_bytes()))
        && is_suffix(suffix)
}
