//! Python's order (PEP 440 and packaging.python.org, "Version specifiers"); what is not of PEP 440 comes before
//! all that is, in the order that setuptools had before it (`pkg_resources.parse_version`).

use crate::text::{compare_digits, compare_padded, is_number, take_digits, take_while};
use std::cmp::Ordering;

pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    match (Version::parse(&a), Version::parse(&b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (None, None) => legacy_parts(&a).cmp(&legacy_parts(&b)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

pub(crate) fn is_valid(version: &str) -> bool {
    Version::parse(&version.to_ascii_lowercase()).is_some()
}

/// The parts of a version of PEP 440, borrowed from its lower-case text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version<'a> {
    pub(crate) epoch: &'a [u8],
    /// `1.2.3`.
    pub(crate) release: &'a [u8],
    /// `a`, `b` or `r` (for rc) and its number.
    pub(crate) pre: Option<(u8, &'a [u8])>,
    pub(crate) post: Option<&'a [u8]>,
    pub(crate) dev: Option<&'a [u8]>,
    pub(crate) local: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    /// Reads a lower-case text (PEP 440, appendix B).
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let text = text.strip_prefix(b"v").unwrap_or(text);
        let (digits, after) = take_digits(text);
        let (epoch, text) = match after.strip_prefix(b"!") {
            Some(rest) if !digits.is_empty() => (digits, rest),
            _ => (&b""[..], text),
        };
        let (release, rest) = take_release(text)?;
        let (pre, rest) =
            take_labelled(rest, PRE_LABELS).map_or((None, rest), |(found, rest)| (Some(found), rest));
        let (post, rest) = take_post(rest);
        let (dev, rest) = take_labelled(rest, &[("dev", 0)])
            .map_or((None, rest), |((_, number), rest)| (Some(number), rest));
        let local = match rest.split_first() {
            None => None,
            Some((b'+', local)) if is_local(local) => Some(local),
            Some(_) => return None,
        };
        Some(Self { epoch, release, pre, post, dev, local })
    }

    /// The numbers of the release.
    pub(crate) fn release_numbers(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.release.split(|byte| *byte == b'.')
    }

    /// Whether it is a prerelease or a development release.
    pub(crate) fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    pub(crate) fn compare(&self, other: &Version<'_>) -> Ordering {
        self.compare_public(other).then_with(|| match (self.local, other.local) {
            (Some(a), Some(b)) => compare_local(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
    }

    /// Without the local part.
    pub(crate) fn compare_public(&self, other: &Version<'_>) -> Ordering {
        self.compare_base(other)
            // No post release comes before every post release, no dev release after every dev release.
            .then_with(|| compare_keys(key(self.post, 0), key(other.post, 0)))
            .then_with(|| compare_keys(key(self.dev, 2), key(other.dev, 2)))
    }

    /// Without the post, dev and local parts; missing numbers are 0.
    pub(crate) fn compare_base(&self, other: &Version<'_>) -> Ordering {
        compare_digits(self.epoch, other.epoch)
            .then_with(|| {
                compare_padded(self.release_numbers(), other.release_numbers(), &&b""[..], |a, b| {
                    compare_digits(a, b)
                })
            })
            .then_with(|| compare_keys(self.pre_key(), other.pre_key()))
    }

    /// `1.0.dev1` comes before `1.0a1`, `1.0` behind all its prereleases.
    fn pre_key(&self) -> (u8, &'a [u8]) {
        match self.pre {
            Some(pre) => pre,
            None if self.post.is_none() && self.dev.is_some() => (0, b""),
            None => (u8::MAX, b""),
        }
    }
}

const PRE_LABELS: &[(&str, u8)] = &[
    ("alpha", b'a'),
    ("a", b'a'),
    ("beta", b'b'),
    ("b", b'b'),
    ("preview", b'r'),
    ("pre", b'r'),
    ("c", b'r'),
    ("rc", b'r'),
];

/// Rank 1 with the number when there is one.
fn key(number: Option<&[u8]>, rank_of_none: u8) -> (u8, &[u8]) {
    number.map_or((rank_of_none, b""), |number| (1, number))
}

fn compare_keys(a: (u8, &[u8]), b: (u8, &[u8])) -> Ordering {
    a.0.cmp(&b.0).then_with(|| compare_digits(a.1, b.1))
}

fn take_release(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = take_digits(text).0.len();
    if end == 0 {
        return None;
    }
    while text.get(end) == Some(&b'.') {
        let digits = take_digits(&text[end + 1..]).0;
        if digits.is_empty() {
            break;
        }
        end += 1 + digits.len();
    }
    Some(text.split_at(end))
}

/// `[separator]label[separator][number]`. The second separator belongs to it also when no number follows.
#[expect(clippy::type_complexity, reason = "what was found and what follows")]
fn take_labelled<'a>(text: &'a [u8], labels: &[(&str, u8)]) -> Option<((u8, &'a [u8]), &'a [u8])> {
    let text = without_separator(text);
    let (label, code) = labels.iter().find(|(label, _)| text.starts_with(label.as_bytes()))?;
    let (digits, rest) = take_digits(without_separator(&text[label.len()..]));
    Some(((*code, digits), rest))
}

/// `-1` or a labelled post release.
fn take_post(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    if let Some(rest) = text.strip_prefix(b"-") {
        let (digits, rest) = take_digits(rest);
        if !digits.is_empty() {
            return (Some(digits), rest);
        }
    }
    match take_labelled(text, &[("post", 0), ("rev", 0), ("r", 0)]) {
        Some(((_, number), rest)) => (Some(number), rest),
        None => (None, text),
    }
}

fn without_separator(text: &[u8]) -> &[u8] {
    match text.first() {
        Some(b'.' | b'-' | b'_') => &text[1..],
        _ => text,
    }
}

fn local_parts(local: &[u8]) -> impl Iterator<Item = &[u8]> {
    local.split(|byte| matches!(byte, b'.' | b'-' | b'_'))
}

fn is_local(local: &[u8]) -> bool {
    local_parts(local).all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric))
}

/// Part by part: words before numbers; more parts are greater.
fn compare_local(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (local_parts(a), local_parts(b));
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => compare_digits(a, b),
                (false, false) => a.cmp(b),
                (a, b) => a.cmp(&b),
            },
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// The comparison key of `pkg_resources.parse_version` before PEP 440: numbers padded to eight digits, words
/// behind a `*`, zeros and hyphens before a prerelease word dropped.
fn legacy_parts(version: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut text = version.as_bytes();
    let mut words = Vec::new();
    while let Some(first) = text.first() {
        let length = match first {
            b'0'..=b'9' => take_digits(text).0.len(),
            b'a'..=b'z' => take_while(text, |byte| byte.is_ascii_lowercase()).0.len(),
            _ => 1,
        };
        let (word, rest) = text.split_at(length);
        if first.is_ascii_alphanumeric() || *first == b'-' {
            words.push(String::from_utf8_lossy(word).into_owned());
        }
        text = rest;
    }
    words.push("final".to_owned());
    for word in words {
        let part = match word.as_str() {
            number if is_number(number.as_bytes()) => format!("{number:0>8}"),
            "pre" | "preview" | "rc" => "*c".to_owned(),
            "-" => "*final-".to_owned(),
            "dev" => "*@".to_owned(),
            word => format!("*{word}"),
        };
        if part.starts_with('*') {
            if part.as_str() < "*final" {
                while parts.last().is_some_and(|last| last == "*final-") {
                    parts.pop();
                }
            }
            while parts.last().is_some_and(|last| last == "00000000") {
                parts.pop();
            }
        }
        parts.push(part);
    }
    parts
}
