//! Dart's order: semantic versions whose build part counts (`pub_semver`, class `Version`).

use crate::semver::{Version, compare_identifiers, identifiers};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(a), Version::read(b));
    a.compare_numbers(&b).then_with(|| a.compare_prerelease(&b)).then_with(|| {
        match (a.build.is_empty(), b.build.is_empty()) {
            (false, false) => compare_identifiers(identifiers(a.build), identifiers(b.build), <[u8]>::cmp),
            (a, b) => b.cmp(&a),
        }
    })
}
