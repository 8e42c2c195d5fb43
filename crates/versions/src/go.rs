//! Go's order: semantic versions for modules (golang.org/x/mod/semver), and Go's own `go1.21rc2`, which the
//! vulnerability database writes as `1.21.0-rc.2` (go.dev/doc/toolchain#version).

use crate::{
    semver::{self, Version, compare_identifiers, identifiers},
    text::{is_number, take_while},
};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(without_prefix(a)), Version::read(without_prefix(b)));
    a.compare_numbers(&b).then_with(|| match (a.prerelease.is_empty(), b.prerelease.is_empty()) {
        (false, false) => compare_identifiers(
            prerelease_identifiers(a.prerelease),
            prerelease_identifiers(b.prerelease),
            <[u8]>::cmp,
        ),
        (a, b) => a.cmp(&b),
    })
}

pub(crate) fn is_valid(version: &str) -> bool {
    let toolchain = Version::read(without_prefix(version));
    semver::is_valid(version.strip_prefix('v').unwrap_or(version))
        || ((2..=3).contains(&toolchain.numbers().count())
            && (toolchain.prerelease.is_empty()
                || split_toolchain_prerelease(toolchain.prerelease).is_some())
            && toolchain.build.is_empty())
}

fn without_prefix(version: &str) -> &str {
    let version = version.trim_ascii();
    version.strip_prefix("go").unwrap_or(version)
}

/// `rc2` is read as `rc.2`.
fn prerelease_identifiers(prerelease: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (word, rest) = match split_toolchain_prerelease(prerelease) {
        Some((word, number)) => (Some(word), number),
        None => (None, prerelease),
    };
    word.into_iter().chain(identifiers(rest))
}

fn split_toolchain_prerelease(prerelease: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, number) = take_while(prerelease, |byte| byte.is_ascii_lowercase());
    (matches!(word, b"alpha" | b"beta" | b"rc") && is_number(number)).then_some((word, number))
}
