//! dpkg's order: `[epoch:]upstream[-revision]` (deb-version(7), Debian Policy 5.6.12).

use crate::text::{compare_digits, is_number, take_digits};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a_epoch, a_upstream, a_revision) = split(a);
    let (b_epoch, b_upstream, b_revision) = split(b);
    compare_digits(a_epoch, b_epoch)
        .then_with(|| compare_part(a_upstream, b_upstream))
        .then_with(|| compare_part(a_revision, b_revision))
}

pub(crate) fn is_valid(version: &str) -> bool {
    let bytes = version.as_bytes();
    let (epoch, rest) = match bytes.iter().position(|byte| *byte == b':') {
        Some(colon) => (&bytes[..colon], &bytes[colon + 1..]),
        None => (&b"0"[..], bytes),
    };
    let (_, upstream, revision) = split(version);
    let has_revision = rest.contains(&b'-');
    is_number(epoch)
        && upstream.first().is_some_and(u8::is_ascii_digit)
        && upstream.iter().all(|byte| byte.is_ascii_alphanumeric() || b".+-~:".contains(byte))
        && (!has_revision || !revision.is_empty())
        && revision.iter().all(|byte| byte.is_ascii_alphanumeric() || b".+~".contains(byte))
}

/// Epoch, upstream version and revision. What stands before a colon is an epoch only when it is a number.
fn split(version: &str) -> (&[u8], &[u8], &[u8]) {
    let bytes = version.trim_ascii().as_bytes();
    let (digits, after) = take_digits(bytes);
    let (epoch, rest) = match after.split_first() {
        Some((b':', rest)) => (digits, rest),
        _ => (&b""[..], bytes),
    };
    match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => (epoch, &rest[..hyphen], &rest[hyphen + 1..]),
        None => (epoch, rest, b""),
    }
}

/// Alternating runs of non-digits and digits; the runs of non-digits by [`rank`], character by character.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        loop {
            let (x, y) = (rank(a.first()), rank(b.first()));
            if x != y {
                return x.cmp(&y);
            }
            if x == END {
                break;
            }
            // Equal ranks other than `END` are equal bytes, so both have one.
            (a, b) = (&a[1..], &b[1..]);
        }
        let (a_digits, a_rest) = take_digits(a);
        let (b_digits, b_rest) = take_digits(b);
        let ordering = compare_digits(a_digits, b_digits);
        if ordering.is_ne() {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
    Ordering::Equal
}

/// The end of a run of non-digits: the end of the text or a digit.
const END: u16 = 1;

/// `~` before the end, the end before letters, letters before everything else.
fn rank(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None | Some(b'0'..=b'9') => END,
        Some(letter) if letter.is_ascii_alphabetic() => 2 + u16::from(*letter),
        Some(other) => 0x200 + u16::from(*other),
    }
}
