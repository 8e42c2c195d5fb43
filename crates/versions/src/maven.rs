//! Maven's order (maven.apache.org/pom.html, "Version Order Specification").
//!
//! The order of Maven 3 is not transitive (`2.9.0.RC1` < `2.9.0` < `2.9.0-1` < `2.9.0.RC1`, MNG-7644). Here, as in
//! Maven 4, zeros before a word do not count, just as they do not before a hyphen; that makes it total.

use crate::text::{compare_digits, is_number, is_zero};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_ascii().to_ascii_lowercase(), b.trim_ascii().to_ascii_lowercase());
    let (a, b) = (tokens(&a), tokens(&b));
    crate::text::compare_padded(a.iter().copied(), b.iter().copied(), &Token::RELEASE, Token::compare)
}

/// Maven takes every text for a version; one that is more than a word begins with a digit.
pub(crate) fn is_valid(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_graphic() && !b"[](),\"<>&/\\:".contains(&byte))
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a [u8],
    /// False for a word between dots; it comes before the same word behind a hyphen or before digits.
    is_nested: bool,
}

/// In their order. What is missing counts as `Release`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Alpha,
    Beta,
    Milestone,
    ReleaseCandidate,
    Snapshot,
    Release,
    ServicePack,
    OtherWord,
    /// Behind a hyphen or where letters turn into digits.
    HyphenNumber,
    DotNumber,
}

impl Token<'_> {
    const RELEASE: Self = Token { kind: Kind::Release, text: b"", is_nested: true };

    fn compare(&self, other: &Token<'_>) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| match self.kind {
            Kind::HyphenNumber | Kind::DotNumber => compare_digits(self.text, other.text),
            Kind::OtherWord => self.text.cmp(other.text).then(self.is_nested.cmp(&other.is_nested)),
            Kind::Release => Ordering::Equal,
            _ => self.is_nested.cmp(&other.is_nested),
        })
    }

    fn is_null(&self) -> bool {
        match self.kind {
            Kind::Release => true,
            Kind::HyphenNumber | Kind::DotNumber => is_zero(self.text),
            _ => false,
        }
    }
}

/// The tokens of a lower-case version, without the zeros and release words that do not count.
fn tokens(version: &str) -> Vec<Token<'_>> {
    let text = version.as_bytes();
    let mut tokens = Vec::with_capacity(8);
    let mut start = 0;
    let mut is_behind_hyphen = false;
    for at in 0..=text.len() {
        let is_separator = at == text.len() || matches!(text[at], b'.' | b'-');
        let is_transition =
            !is_separator && at > start && text[at].is_ascii_digit() != text[at - 1].is_ascii_digit();
        if !is_separator && !is_transition {
            continue;
        }
        push(&mut tokens, &text[start..at], is_behind_hyphen, is_transition);
        is_behind_hyphen = is_transition || text.get(at) == Some(&b'-');
        start = if is_transition { at } else { at + 1 };
    }
    drop_trailing_nulls(&mut tokens);
    tokens
}

fn push<'a>(tokens: &mut Vec<Token<'a>>, text: &'a [u8], is_behind_hyphen: bool, is_before_digit: bool) {
    // An empty token is 0.
    let kind = match text {
        b"a" if is_before_digit => Kind::Alpha,
        b"b" if is_before_digit => Kind::Beta,
        b"m" if is_before_digit => Kind::Milestone,
        b"alpha" => Kind::Alpha,
        b"beta" => Kind::Beta,
        b"milestone" => Kind::Milestone,
        b"rc" | b"cr" => Kind::ReleaseCandidate,
        b"snapshot" => Kind::Snapshot,
        b"ga" | b"final" | b"release" => Kind::Release,
        b"sp" => Kind::ServicePack,
        text if text.is_empty() || is_number(text) => {
            if is_behind_hyphen {
                Kind::HyphenNumber
            } else {
                Kind::DotNumber
            }
        }
        _ => Kind::OtherWord,
    };
    if is_behind_hyphen || !matches!(kind, Kind::HyphenNumber | Kind::DotNumber) {
        drop_trailing_nulls(tokens);
    }
    tokens.push(Token { kind, text, is_nested: is_behind_hyphen || is_before_digit });
}

fn drop_trailing_nulls(tokens: &mut Vec<Token<'_>>) {
    while tokens.last().is_some_and(Token::is_null) {
        tokens.pop();
    }
}
