//! The order of upstream software that follows no packaging rules: OpenSSL `1.0.2zg`, OpenSSH `9.8p1`, OpenJDK
//! `8u392` and `17.0.9+9`, nginx `1.25.3`, PostgreSQL `16rc1`, Python `3.13.0b2`.
//!
//! A version is cut into numbers and words; `.`, `-`, `_`, `+`, `~` and other signs only separate.
//!
//! * Numbers compare by value, missing ones are 0: `1.25` = `1.25.0`.
//! * Words of a version in the making come before the release: `dev`, `snapshot`, `nightly`, `ea` < `alpha`, `a1` < `beta`,
//!   `b1` < `m1`, `milestone` < `pre`, `preview` < `rc`, `c1` < release. The single letters count only before a digit.
//! * Other words come behind the release and before the next number, in alphabetical order: `1.1.1` < `1.1.1a` <
//!   `1.1.1w` < `1.1.2`; `1.0.2z` < `1.0.2za` < `1.0.2zg`; `9.8` < `9.8p1` < `9.8p2` < `9.8.1`.
//! * Java's old forms are read as the new one (JEP 223): `8u392` = `1.8.0_392` = `8.0.392`.
//! * What follows `+` is a build: it decides only between versions that are otherwise equal, and none comes
//!   first: `17.0.9` < `17.0.9+8` < `17.0.9+9` < `17.0.10`.

use crate::text::{compare_digits, compare_padded, is_zero, take_digits, take_while};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Version::read(a), Version::read(b));
    compare_tokens(&a.tokens, &b.tokens).then_with(|| compare_tokens(&a.build, &b.build))
}

pub(crate) fn is_valid(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.starts_with(|c: char| c.is_ascii_digit()) && version.bytes().all(|byte| byte.is_ascii_graphic())
}

struct Version<'a> {
    tokens: Vec<Token<'a>>,
    /// Behind the `+`.
    build: Vec<Token<'a>>,
}

impl<'a> Version<'a> {
    fn read(version: &'a str) -> Self {
        let text = version.trim_ascii().as_bytes();
        let text = match text {
            [b'v' | b'V', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => rest,
            text => text,
        };
        let (text, build) = match text.iter().position(|byte| *byte == b'+') {
            Some(plus) => (&text[..plus], &text[plus + 1..]),
            None => (text, &b""[..]),
        };
        let mut tokens = java_tokens(text).unwrap_or_else(|| tokens(text));
        drop_trailing_zeros(&mut tokens);
        Self { tokens, build: self::tokens(build) }
    }
}

#[derive(Clone, Copy, Debug)]
enum Token<'a> {
    /// Before the release; by the stage it stands for.
    Prerelease(u8),
    Number(&'a [u8]),
    /// Behind the release.
    Word(&'a [u8]),
}

impl Token<'_> {
    fn compare(&self, other: &Token<'_>) -> Ordering {
        match (self, other) {
            (Token::Prerelease(a), Token::Prerelease(b)) => a.cmp(b),
            (Token::Number(a), Token::Number(b)) => compare_digits(a, b),
            (Token::Word(a), Token::Word(b)) => {
                a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
            }
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Prerelease(_) => 0,
            Self::Number(digits) if is_zero(digits) => 1,
            Self::Word(_) => 2,
            Self::Number(_) => 3,
        }
    }
}

fn compare_tokens(a: &[Token<'_>], b: &[Token<'_>]) -> Ordering {
    compare_padded(a.iter().copied(), b.iter().copied(), &Token::Number(b""), Token::compare)
}

fn tokens(mut text: &[u8]) -> Vec<Token<'_>> {
    let mut tokens = Vec::with_capacity(8);
    while let Some(first) = text.first() {
        if first.is_ascii_digit() {
            let (digits, rest) = take_digits(text);
            tokens.push(Token::Number(digits));
            text = rest;
        } else if first.is_ascii_alphabetic() {
            let (word, rest) = take_while(text, |byte| byte.is_ascii_alphabetic());
            let is_before_digit = rest.first().is_some_and(u8::is_ascii_digit);
            // Zeros before a word do not count: `1.21rc1` is `1.21.0-rc1`.
            drop_trailing_zeros(&mut tokens);
            tokens.push(prerelease(word, is_before_digit).map_or(Token::Word(word), Token::Prerelease));
            text = rest;
        } else {
            text = &text[1..];
        }
    }
    tokens
}

fn prerelease(word: &[u8], is_before_digit: bool) -> Option<u8> {
    const STAGES: [&[&str]; 6] = [
        &["dev", "devel", "snapshot", "nightly", "canary", "ea", "git"],
        &["alpha"],
        &["beta"],
        &["milestone"],
        &["pre", "preview"],
        &["rc"],
    ];
    let is_stage = |names: &&[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    let stage = STAGES.iter().position(is_stage).or(match word {
        b"a" | b"A" if is_before_digit => Some(1),
        b"b" | b"B" if is_before_digit => Some(2),
        b"m" | b"M" if is_before_digit => Some(3),
        b"c" | b"C" if is_before_digit => Some(5),
        _ => None,
    })?;
    u8::try_from(stage).ok()
}

/// `8u392`, `8u392-b08` and `1.8.0_392` (JEP 223, "Dropping the initial 1").
fn java_tokens(text: &[u8]) -> Option<Vec<Token<'_>>> {
    let (major, rest) = match text.strip_prefix(b"1.") {
        Some(rest) if take_digits(rest).1.starts_with(b".0_") => {
            let (major, rest) = take_digits(rest);
            (major, &rest[3..])
        }
        _ => {
            let (major, rest) = take_digits(text);
            (major, rest.strip_prefix(b"u")?)
        }
    };
    let (update, rest) = take_digits(rest);
    if major.is_empty() || update.is_empty() {
        return None;
    }
    let mut found = vec![Token::Number(major), Token::Number(b"0"), Token::Number(update)];
    if let Some(build) = rest.strip_prefix(b"-b") {
        found.push(Token::Word(b"build"));
        found.extend(tokens(build));
    } else {
        found.extend(tokens(rest));
    }
    Some(found)
}

fn drop_trailing_zeros(tokens: &mut Vec<Token<'_>>) {
    while matches!(tokens.last(), Some(Token::Number(digits)) if is_zero(digits)) {
        tokens.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ascending(versions: &[&str]) {
        for (index, a) in versions.iter().enumerate() {
            for b in &versions[index + 1..] {
                assert_eq!(compare(a, b), Ordering::Less, "{a} < {b}");
                assert_eq!(compare(b, a), Ordering::Greater, "{b} > {a}");
            }
        }
    }

    #[test]
    fn letters_of_openssl_come_after_the_release() {
        check_ascending(&[
            "1.0.2-beta3",
            "1.0.2",
            "1.0.2a",
            "1.0.2u",
            "1.0.2y",
            "1.0.2z",
            "1.0.2za",
            "1.0.2zg",
            "1.1.0",
        ]);
        check_ascending(&["1.1.1-pre9", "1.1.1", "1.1.1a", "1.1.1w", "3.0.0-alpha1", "3.0.0", "3.0.11"]);
    }

    #[test]
    fn portable_releases_of_openssh_are_ordered() {
        check_ascending(&["8.5p1", "9.7p1", "9.8", "9.8p1", "9.8p2", "9.9p1", "9.9p2", "10.0p1"]);
    }

    #[test]
    fn old_and_new_forms_of_java_are_one_order() {
        check_ascending(&[
            "7u80",
            "1.8.0_381",
            "8u391-b13",
            "8u392",
            "11.0.21+9",
            "17.0.9",
            "17.0.9+8",
            "17.0.9+9",
            "17.0.10+7",
            "21+35",
            "21.0.1+12",
        ]);
        assert_eq!(compare("8u392", "1.8.0_392"), Ordering::Equal);
        assert_eq!(compare("8.0.392", "1.8.0_392"), Ordering::Equal);
    }

    #[test]
    fn versions_in_the_making_come_before_the_release() {
        check_ascending(&["3.13.0a1", "3.13.0a10", "3.13.0b2", "3.13.0rc1", "3.13.0", "3.13.1"]);
        check_ascending(&["16devel", "16beta2", "16rc1", "16.0", "16.1"]);
        check_ascending(&["8.3.0-dev", "8.3.0alpha1", "8.3.0RC1", "8.3.0"]);
        check_ascending(&["10.0.0-M1", "10.0.0", "10.1.0"]);
    }

    #[test]
    fn missing_numbers_are_zero() {
        for (a, b) in
            [("1.25", "1.25.0"), ("v1.25.3", "1.25.3"), ("1.21rc1", "1.21.0-rc1"), ("2.4.58", "2.4.58")]
        {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} = {b}");
        }
    }
}
