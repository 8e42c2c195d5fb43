//! RubyGems' order (`Gem::Version#<=>`): segments of digits and of letters; trailing zeros of the numbers before
//! the first letters, and of the rest, do not count; letters come before numbers.

use crate::text::{compare_digits, compare_padded, is_zero, take_digits, take_while};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (segments(a), segments(b));
    compare_padded(a.iter().copied(), b.iter().copied(), &Segment::Number(b""), Segment::compare)
}

pub(crate) fn is_valid(version: &str) -> bool {
    // Gem::Version::VERSION_PATTERN: `[0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`.
    let (numbers, prerelease) = match version.trim_ascii().split_once('-') {
        Some((numbers, prerelease)) => (numbers, Some(prerelease)),
        None => (version.trim_ascii(), None),
    };
    let is_word = |text: &str, extra: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte))
    };
    numbers
        .split('.')
        .next()
        .is_some_and(|first| is_word(first, b"") && first.bytes().all(|b| b.is_ascii_digit()))
        && numbers.split('.').all(|part| is_word(part, b""))
        && prerelease.is_none_or(|text| text.split('.').all(|part| is_word(part, b"-")))
}

/// The leading numbers of a version without its prerelease (`Gem::Version#release`).
pub(crate) fn release_numbers(version: &str) -> Vec<&str> {
    let end = version.find(|c: char| c.is_ascii_alphabetic() || c == '-').unwrap_or(version.len());
    // `1.0.a2` is `1.0`; in `1.0a2` too the number before the letter counts.
    version[..end].split('.').map(str::trim).filter(|digits| !digits.is_empty()).collect()
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Letters(&'a [u8]),
    Number(&'a [u8]),
}

impl Segment<'_> {
    fn compare(&self, other: &Segment<'_>) -> Ordering {
        match (self, other) {
            (Segment::Letters(a), Segment::Letters(b)) => a.cmp(b),
            (Segment::Letters(_), Segment::Number(_)) => Ordering::Less,
            (Segment::Number(_), Segment::Letters(_)) => Ordering::Greater,
            (Segment::Number(a), Segment::Number(b)) => compare_digits(a, b),
        }
    }
}

fn segments(version: &str) -> Vec<Segment<'_>> {
    let mut segments = Vec::with_capacity(8);
    let mut has_letters = false;
    let mut text = version.as_bytes();
    while let Some(first) = text.first() {
        let segment = match first {
            b'0'..=b'9' => {
                let (digits, rest) = take_digits(text);
                text = rest;
                Segment::Number(digits)
            }
            b'-' => {
                // `1.0-x` is `1.0.pre.x` (Gem::Version#initialize).
                text = &text[1..];
                Segment::Letters(b"pre")
            }
            byte if byte.is_ascii_alphabetic() => {
                let (letters, rest) = take_while(text, |byte| byte.is_ascii_alphabetic());
                text = rest;
                Segment::Letters(letters)
            }
            _ => {
                text = &text[1..];
                continue;
            }
        };
        if !has_letters && matches!(segment, Segment::Letters(_)) {
            has_letters = true;
            drop_trailing_zeros(&mut segments);
        }
        segments.push(segment);
    }
    drop_trailing_zeros(&mut segments);
    segments
}

fn drop_trailing_zeros(segments: &mut Vec<Segment<'_>>) {
    while matches!(segments.last(), Some(Segment::Number(digits)) if is_zero(digits)) {
        segments.pop();
    }
}
