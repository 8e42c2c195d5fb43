//! Plain numbers: R's `package_version` (numbers between dots and hyphens) and Haskell's `Data.Version`.

use crate::text::{compare_digits, is_number, take_digits, take_while};
use std::cmp::Ordering;

/// Numbers one by one; the longer one of two that begin alike is greater. Other text comes before numbers.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let ((a_piece, a_rest), (b_piece, b_rest)) = (next_piece(a), next_piece(b));
        let ordering = match (a_piece, b_piece) {
            (b"", b"") => return Ordering::Equal,
            (x, y) if is_number(x) && is_number(y) => compare_digits(x, y),
            (x, y) => (rank(x), x).cmp(&(rank(y), y)),
        };
        if ordering.is_ne() {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
}

pub(crate) fn is_valid(version: &str, separators: &[u8]) -> bool {
    version.as_bytes().split(|byte| separators.contains(byte)).all(is_number)
}

fn rank(piece: &[u8]) -> u8 {
    match piece.first() {
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 2,
        Some(_) => 1,
    }
}

fn next_piece(text: &[u8]) -> (&[u8], &[u8]) {
    let (_, text) = take_while(text, is_separator);
    match text.first() {
        Some(b'0'..=b'9') => take_digits(text),
        _ => take_while(text, |byte| !byte.is_ascii_digit() && !is_separator(byte)),
    }
}

fn is_separator(byte: u8) -> bool {
    byte == b'.' || byte == b'-'
}
