//! RPM's order: `[epoch:]version[-release]`, each part by `rpmvercmp` (rpm-version(7)).

use crate::text::{compare_digits, take_digits, take_while};
use std::cmp::Ordering;

/// Compares with epochs; an absent epoch is 0.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a_epoch, a_rest) = split_epoch(a);
    let (b_epoch, b_rest) = split_epoch(b);
    compare_digits(a_epoch, b_epoch).then_with(|| compare_version_and_release(a_rest, b_rest))
}

/// Compares two RPM versions without their epochs, for a version whose epoch nobody recorded: the file name
/// of a source package (`perl-5.26.3-419.el8.src.rpm`) holds none, although the package may have one.
#[must_use]
pub fn compare_without_epoch(a: &str, b: &str) -> Ordering {
    compare_version_and_release(split_epoch(a).1, split_epoch(b).1)
}

pub(crate) fn is_valid(version: &str) -> bool {
    let (_, rest) = split_epoch(version);
    let (version, release) = split_release(rest);
    let is_part = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._+~^".contains(byte))
    };
    is_part(version) && release.is_none_or(is_part)
}

fn compare_version_and_release(a: &[u8], b: &[u8]) -> Ordering {
    let (a_version, a_release) = split_release(a);
    let (b_version, b_release) = split_release(b);
    compare_part(a_version, b_version).then_with(|| match (a_release, b_release) {
        (Some(a), Some(b)) => compare_part(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    })
}

/// What stands before a colon is an epoch only when it is made of digits.
fn split_epoch(version: &str) -> (&[u8], &[u8]) {
    let bytes = version.trim_ascii().as_bytes();
    let (digits, after) = take_digits(bytes);
    match after.split_first() {
        Some((b':', rest)) => (digits, rest),
        _ => (b"", bytes),
    }
}

fn split_release(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => (&rest[..hyphen], Some(&rest[hyphen + 1..])),
        None => (rest, None),
    }
}

/// A piece of a version in the order of its kinds: `~` before the end, the end before `^`, `^` before
/// letters, letters before numbers. Everything else only separates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Tilde,
    End,
    Caret,
    Letters(&'a [u8]),
    Number(&'a [u8]),
}

fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (a_piece, a_rest) = next_piece(a);
        let (b_piece, b_rest) = next_piece(b);
        let ordering = match (a_piece, b_piece) {
            (Piece::End, Piece::End) => return Ordering::Equal,
            (Piece::Number(a), Piece::Number(b)) => compare_digits(a, b),
            (a, b) => a.cmp(&b),
        };
        if ordering.is_ne() {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
}

fn next_piece(text: &[u8]) -> (Piece<'_>, &[u8]) {
    let (_, text) = take_while(text, |byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^');
    match text.first() {
        None => (Piece::End, text),
        Some(b'~') => (Piece::Tilde, &text[1..]),
        Some(b'^') => (Piece::Caret, &text[1..]),
        Some(b'0'..=b'9') => {
            let (digits, rest) = take_digits(text);
            (Piece::Number(digits), rest)
        }
        Some(_) => {
            let (letters, rest) = take_while(text, |byte| byte.is_ascii_alphabetic());
            (Piece::Letters(letters), rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_rpm_without_epoch_is_compared_without_epoch() {
        assert_eq!(compare("5.26.3-419.el8", "4:5.26.3-417.el8"), Ordering::Less);
        assert_eq!(compare_without_epoch("5.26.3-419.el8", "4:5.26.3-417.el8"), Ordering::Greater);
    }
}
