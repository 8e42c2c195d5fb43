//! apk's order: `number{.number}[letter]{_suffix[number]}[~hash][-r#]` (apk-package(5), "Package version").

use crate::text::{compare_digits, take_digits, take_while};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(a), Version::read(b));
    compare_numbers(a.numbers, b.numbers)
        .then_with(|| a.letter.cmp(&b.letter))
        .then_with(|| compare_suffixes(a.suffixes, b.suffixes))
        .then_with(|| a.tail.cmp(&b.tail))
        .then_with(|| compare_optional_digits(a.revision, b.revision))
}

pub(crate) fn is_valid(version: &str) -> bool {
    let version = Version::read(version);
    version.tail == Tail::None
        && !version.numbers.is_empty()
        && version.revision.is_none_or(|r| !r.is_empty())
}

struct Version<'a> {
    /// `1.2.3`.
    numbers: &'a [u8],
    /// 0 when there is none.
    letter: u8,
    /// `_rc1_p2`.
    suffixes: &'a [u8],
    /// The digits after `-r`.
    revision: Option<&'a [u8]>,
    tail: Tail<'a>,
}

/// What follows the part that is understood. Such a version is invalid and comes before the valid one that it
/// begins with; apk itself gives no order that could be relied on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Tail<'a> {
    /// Text and whether a dot stood before it that no number follows; by its bytes.
    Text {
        dot: std::cmp::Reverse<bool>,
        text: &'a [u8],
    },
    /// Something after a hyphen or a revision; all the same.
    Revision,
    None,
}

impl<'a> Version<'a> {
    fn read(version: &'a str) -> Self {
        let text = version.trim_ascii().as_bytes();
        let mut end = 0;
        let mut dot = false;
        loop {
            let (digits, rest) = take_digits(&text[end..]);
            if digits.is_empty() {
                break;
            }
            end += digits.len();
            dot = rest.first() == Some(&b'.');
            if !dot {
                break;
            }
            end += 1;
        }
        let (numbers, mut rest) = text.split_at(end);
        let mut letter = 0;
        if let Some((first @ b'a'..=b'z', after)) = rest.split_first() {
            (letter, rest) = (*first, after);
        }
        let before_suffixes = rest;
        while let Some((_, after)) = next_suffix(rest) {
            rest = after;
        }
        let suffixes = &before_suffixes[..before_suffixes.len() - rest.len()];
        if let Some(after) = rest.strip_prefix(b"~") {
            let (hash, after) = take_while(after, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !hash.is_empty() {
                rest = after;
            }
        }
        let mut revision = None;
        if let Some(after) = rest.strip_prefix(b"-r") {
            let (digits, after) = take_digits(after);
            (revision, rest) = (Some(digits), after);
        }
        let tail = match rest.first() {
            None => Tail::None,
            Some(_) if revision.is_some() => Tail::Revision,
            Some(b'-') => Tail::Revision,
            Some(_) => Tail::Text { dot: std::cmp::Reverse(dot), text: rest },
        };
        // An invalid revision counts as none: `1--ruff1` and `1-ruff2` are the same to apk.
        if revision.is_some_and(<[u8]>::is_empty) || tail == Tail::Revision && revision.is_none() {
            revision = Some(b"0");
        }
        Self { numbers, letter, suffixes, revision, tail }
    }
}

/// The first numbers as numbers; from the second on, one with a leading zero comes before all without and is
/// compared as text, as the digits behind a decimal point. More numbers are greater.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    let mut is_first = true;
    loop {
        let ((a_digits, a_rest), (b_digits, b_rest)) = (take_digits(a), take_digits(b));
        if a_digits.is_empty() || b_digits.is_empty() {
            return a_digits.is_empty().cmp(&b_digits.is_empty()).reverse();
        }
        let ordering = if !is_first && (a_digits[0] == b'0' || b_digits[0] == b'0') {
            a_digits.cmp(b_digits)
        } else {
            compare_digits(a_digits, b_digits)
        };
        if ordering.is_ne() {
            return ordering;
        }
        is_first = false;
        a = a_rest.strip_prefix(b".").unwrap_or(a_rest);
        b = b_rest.strip_prefix(b".").unwrap_or(b_rest);
    }
}

fn compare_suffixes(mut a: &[u8], mut b: &[u8]) -> Ordering {
    const END: (Suffix<'_>, &[u8]) = (Suffix { rank: 4, number: None }, b"");
    loop {
        let (a_suffix, a_rest) = next_suffix(a).unwrap_or(END);
        let (b_suffix, b_rest) = next_suffix(b).unwrap_or(END);
        let ordering = a_suffix
            .rank
            .cmp(&b_suffix.rank)
            .then_with(|| compare_optional_digits(a_suffix.number, b_suffix.number));
        if ordering.is_ne() || a_suffix.rank == END.0.rank {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
}

/// `_rc1`: below rank 4 it is a prerelease, above a patch.
struct Suffix<'a> {
    rank: u8,
    number: Option<&'a [u8]>,
}

fn next_suffix(text: &[u8]) -> Option<(Suffix<'_>, &[u8])> {
    let (name, rest) = take_while(text.strip_prefix(b"_")?, |byte| byte.is_ascii_lowercase());
    let rank = match name {
        b"alpha" => 0,
        b"beta" => 1,
        b"pre" => 2,
        b"rc" => 3,
        b"cvs" => 5,
        b"svn" => 6,
        b"git" => 7,
        b"hg" => 8,
        b"p" => 9,
        _ => return None,
    };
    let (digits, rest) = take_digits(rest);
    Some((Suffix { rank, number: (!digits.is_empty()).then_some(digits) }, rest))
}

/// None comes before every number.
fn compare_optional_digits(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_digits(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
