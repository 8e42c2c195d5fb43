//! Packagist's order: PHP's `version_compare` (php.net/version_compare) behind an optional `v`.

use crate::text::{compare_digits, take_digits, take_while};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (without_prefix(a), without_prefix(b));
    loop {
        let ((a_token, a_rest), (b_token, b_rest)) = (next_token(a), next_token(b));
        let ordering = match (a_token, b_token) {
            (Token::End, Token::End) if a_rest.is_empty() && b_rest.is_empty() => return Ordering::Equal,
            (Token::Number(a), Token::Number(b)) => compare_digits(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        };
        if ordering.is_ne() {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
}

pub(crate) fn is_valid(version: &str) -> bool {
    without_prefix(version).first().is_some_and(u8::is_ascii_digit)
        || version.strip_prefix("dev-").is_some_and(|branch| !branch.is_empty())
}

fn without_prefix(version: &str) -> &[u8] {
    let text = version.trim_ascii().as_bytes();
    text.strip_prefix(b"v").or_else(|| text.strip_prefix(b"V")).unwrap_or(text)
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Word(&'a [u8]),
    /// The end, and `#`, PHP's name for "any number".
    End,
    Number(&'a [u8]),
}

impl Token<'_> {
    /// Words are told by their beginning, and all that begin alike are equal.
    fn rank(&self) -> u8 {
        match self {
            Self::Word(word) if word.starts_with(b"dev") => 1,
            Self::Word(word) if word.starts_with(b"a") => 2,
            Self::Word(word) if word.starts_with(b"b") => 3,
            Self::Word(word) if word.starts_with(b"rc") || word.starts_with(b"RC") => 4,
            Self::End => 5,
            Self::Number(_) => 6,
            Self::Word(word) if word.starts_with(b"p") => 7,
            Self::Word(_) => 0,
        }
    }
}

/// Numbers and words; `.`, `-`, `_` and `+` separate.
fn next_token(text: &[u8]) -> (Token<'_>, &[u8]) {
    let (_, text) = take_while(text, is_separator);
    match text.first() {
        None => (Token::End, text),
        Some(b'0'..=b'9') => {
            let (digits, rest) = take_digits(text);
            (Token::Number(digits), rest)
        }
        Some(_) => {
            let (word, rest) = take_while(text, |byte| !byte.is_ascii_digit() && !is_separator(byte));
            (if word.starts_with(b"#") { Token::End } else { Token::Word(word) }, rest)
        }
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_' | b'+')
}
