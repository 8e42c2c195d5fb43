//! Semantic Versioning 2.0.0 (semver.org, sections 9 to 11), read loosely: a leading `v`, fewer or more than
//! three numbers, and a prerelease without its hyphen are understood.

use crate::text::{compare_digits, is_number, take_digits};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(a), Version::read(b));
    a.compare_numbers(&b).then_with(|| a.compare_prerelease(&b))
}

pub(crate) fn is_valid(version: &str) -> bool {
    let (numbers, suffix) = split_suffix(version);
    let (prerelease, _) = suffix.split_once('+').unwrap_or((suffix, ""));
    let has_no_leading_zero = |text: &str| text == "0" || !text.starts_with('0');
    numbers.split('.').count() == 3
        && numbers.split('.').all(|text| is_number(text.as_bytes()) && has_no_leading_zero(text))
        && is_suffix(suffix)
        && prerelease
            .trim_start_matches('-')
            .split('.')
            .all(|id| !is_number(id.as_bytes()) || has_no_leading_zero(id))
}

/// Splits off `-prerelease+build`.
pub(crate) fn split_suffix(version: &str) -> (&str, &str) {
    version.split_at(version.find(['-', '+']).unwrap_or(version.len()))
}

/// Whether a text is empty or `-prerelease`, `+build` or both, of identifiers between dots.
pub(crate) fn is_suffix(suffix: &str) -> bool {
    let is_list = |text: &str| {
        text.split('.')
            .all(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    };
    let (prerelease, build) = match suffix.split_once('+') {
        Some((prerelease, build)) => (prerelease, Some(build)),
        None => (suffix, None),
    };
    (prerelease.is_empty() || prerelease.strip_prefix('-').is_some_and(is_list)) && build.is_none_or(is_list)
}

/// The parts of a semantic version, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version<'a> {
    /// `1.2.3`: digits and dots alone.
    numbers: &'a [u8],
    /// Without its hyphen; empty when there is none.
    pub(crate) prerelease: &'a [u8],
    /// Behind the `+`.
    pub(crate) build: &'a [u8],
}

impl<'a> Version<'a> {
    pub(crate) fn read(version: &'a str) -> Self {
        let text = version.trim_ascii().as_bytes();
        let text = text.strip_prefix(b"v").or_else(|| text.strip_prefix(b"V")).unwrap_or(text);
        let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let (prerelease, build) = match rest.iter().position(|byte| *byte == b'+') {
            Some(plus) => (&rest[..plus], &rest[plus + 1..]),
            None => (rest, &b""[..]),
        };
        Self { numbers, prerelease: prerelease.strip_prefix(b"-").unwrap_or(prerelease), build }
    }

    /// The numbers as runs of digits.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.numbers.split(|byte| *byte == b'.').filter(|digits| !digits.is_empty())
    }

    /// Missing numbers are 0.
    pub(crate) fn compare_numbers(&self, other: &Version<'_>) -> Ordering {
        let (mut a, mut b) = (self.numbers, other.numbers);
        while !a.is_empty() || !b.is_empty() {
            let ((a_digits, a_rest), (b_digits, b_rest)) = (next_number(a), next_number(b));
            let ordering = compare_digits(a_digits, b_digits);
            if ordering.is_ne() {
                return ordering;
            }
            (a, b) = (a_rest, b_rest);
        }
        Ordering::Equal
    }

    /// A version with a prerelease comes before the one without.
    pub(crate) fn compare_prerelease(&self, other: &Version<'_>) -> Ordering {
        match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (false, false) => {
                compare_identifiers(identifiers(self.prerelease), identifiers(other.prerelease), <[u8]>::cmp)
            }
            (a, b) => a.cmp(&b),
        }
    }
}

/// Identifiers one by one: numbers before words, numbers by value, words by `order`; more are greater.
pub(crate) fn compare_identifiers<'a>(
    mut a: impl Iterator<Item = &'a [u8]>,
    mut b: impl Iterator<Item = &'a [u8]>,
    order: impl Fn(&[u8], &[u8]) -> Ordering,
) -> Ordering {
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => compare_digits(a, b),
                (false, false) => order(a, b),
                (a, b) => b.cmp(&a),
            },
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// The identifiers between the dots.
pub(crate) fn identifiers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'.')
}

fn next_number(text: &[u8]) -> (&[u8], &[u8]) {
    let mut text = text;
    while let Some(rest) = text.strip_prefix(b".") {
        text = rest;
    }
    take_digits(text)
}
