//! Pieces of text that several orders share.

use std::cmp::Ordering;

/// Compares two runs of decimal digits as numbers without an upper bound; an empty run is 0.
pub(crate) fn compare_digits(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (without_leading_zeros(a), without_leading_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether a run of digits is 0 (or empty).
pub(crate) fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|byte| *byte == b'0')
}

/// Whether a text is one or more decimal digits.
pub(crate) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Splits off the leading bytes that are of a kind.
pub(crate) fn take_while(text: &[u8], is_kind: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is_kind(*byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits off the leading digits.
pub(crate) fn take_digits(text: &[u8]) -> (&[u8], &[u8]) {
    take_while(text, |byte| byte.is_ascii_digit())
}

/// Compares without case, by ASCII lower-case bytes.
pub(crate) fn compare_without_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
}

/// Compares two sequences item by item, where the shorter one is continued by `end` without end.
pub(crate) fn compare_padded<T, I: Iterator<Item = T>>(
    mut a: I,
    mut b: I,
    end: &T,
    order: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => order(&a, &b),
            (Some(a), None) => order(&a, end),
            (None, Some(b)) => order(end, &b),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    &digits[start..]
}
