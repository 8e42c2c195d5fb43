//! Where a match can lie when a keyword of its rule was seen.
//!
//! A rule is evaluated only near its keywords. When the expression proves that some part of it always begins with a
//! keyword, what comes before that part has a greatest length, and the part can be tried at the keyword before
//! anything else: the answers are those of a search through the whole text.

use crate::pattern::{Pattern, without_captures};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Alternatives that are looked at before giving up.
const PREFIXES_MAX: usize = 2_048;
/// Alternatives at the beginning of an expression that are told apart.
const BRANCHES_MAX: usize = 256;
/// Characters of a class that are followed one by one.
const CLASS_MAX: usize = 16;

/// Where a match lies in relation to a keyword.
#[derive(Debug)]
pub(crate) struct Window {
    /// Bytes before the keyword at which a match may begin; `None` when there is no bound.
    pub(crate) before: Option<usize>,
    /// Bytes from the keyword's start to the end of the longest match; `None` when there is no bound.
    pub(crate) after: Option<usize>,
    /// What must match from the keyword on; `None` when the whole expression begins with it.
    pub(crate) tail: Option<Pattern>,
}

impl Window {
    /// The window of an expression, or nothing when a match need not hold a keyword in a place that can be told.
    pub(crate) fn of(hir: &Hir, keywords: &[String]) -> Option<Self> {
        let longest = keywords.iter().map(String::len).max()?;
        if keywords.iter().any(String::is_empty) {
            return None;
        }
        let (tail, before) = tail(hir, keywords, longest)?;
        let after = tail.properties().maximum_len();
        let tail = (before != Some(0)).then(|| Pattern::of(&tail));
        Some(Self { before, after, tail })
    }
}

/// The part from the first element that always begins with a keyword, and the greatest length of what precedes it.
fn tail(hir: &Hir, keywords: &[String], longest: usize) -> Option<(Hir, Option<usize>)> {
    let mut branches_left = BRANCHES_MAX;
    tail_of(&flatten(hir), keywords, longest, &mut branches_left)
}

fn tail_of(
    parts: &[Hir],
    keywords: &[String],
    longest: usize,
    branches_left: &mut usize,
) -> Option<(Hir, Option<usize>)> {
    let mut before = Some(0_usize);
    for (index, part) in parts.iter().enumerate() {
        if begins_with_keyword(&parts[index..], keywords, longest) {
            return Some((Hir::concat(parts[index..].to_vec()), before));
        }
        before = before.zip(part.properties().maximum_len()).map(|(sum, more)| sum.saturating_add(more));
    }
    // Alternatives at the very beginning may have their keywords in different places.
    let first = parts.iter().position(|part| !matches!(part.kind(), HirKind::Look(_)))?;
    let HirKind::Alternation(branches) = parts[first].kind() else { return None };
    *branches_left = branches_left.checked_sub(branches.len())?;
    let mut tails = Vec::new();
    let mut before = Some(0_usize);
    for branch in branches {
        let mut whole = parts[..first].to_vec();
        whole.extend(flatten(branch));
        whole.extend_from_slice(&parts[first + 1..]);
        let (part, length) = tail_of(&whole, keywords, longest, branches_left)?;
        tails.push(part);
        before = before.zip(length).map(|(a, b)| a.max(b));
    }
    Some((Hir::alternation(tails), before))
}

fn flatten(hir: &Hir) -> Vec<Hir> {
    match without_captures(hir).kind() {
        HirKind::Concat(parts) => parts.clone(),
        _ => vec![without_captures(hir)],
    }
}

fn begins_with_keyword(parts: &[Hir], keywords: &[String], longest: usize) -> bool {
    let mut set = vec![Prefix { text: Vec::new(), is_open: true }];
    for part in parts {
        if extend(&mut set, part, keywords, longest).is_none() {
            return false;
        }
        if set.iter().all(|prefix| !prefix.is_open) {
            break;
        }
    }
    let begins = |prefix: &Prefix| keywords.iter().any(|word| prefix.text.starts_with(word.as_bytes()));
    set.iter().all(begins)
}

/// What a match can begin with, in lower case; more may follow in the same place while it is open.
#[derive(Clone, PartialEq, Eq)]
struct Prefix {
    text: Vec<u8>,
    is_open: bool,
}

fn extend(set: &mut Vec<Prefix>, hir: &Hir, keywords: &[String], longest: usize) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => {
            for prefix in set.iter_mut().filter(|prefix| prefix.is_open) {
                prefix.text.extend(literal.0.iter().map(u8::to_ascii_lowercase));
                prefix.is_open = prefix.text.len() < longest;
            }
        }
        HirKind::Class(class) => {
            let Some(bytes) = bytes_of(class) else {
                set.iter_mut().for_each(|prefix| prefix.is_open = false);
                return Some(());
            };
            let (open, mut closed): (Vec<_>, Vec<_>) = set.drain(..).partition(|prefix| prefix.is_open);
            for prefix in open {
                for byte in &bytes {
                    let mut text = prefix.text.clone();
                    text.push(*byte);
                    closed.push(Prefix { is_open: text.len() < longest, text });
                }
            }
            *set = closed;
        }
        HirKind::Capture(capture) => extend(set, &capture.sub, keywords, longest)?,
        HirKind::Concat(parts) => {
            for part in parts {
                extend(set, part, keywords, longest)?;
            }
        }
        HirKind::Alternation(parts) => {
            let (open, mut all): (Vec<_>, Vec<_>) = set.drain(..).partition(|prefix| prefix.is_open);
            for part in parts {
                let mut branch = open.clone();
                extend(&mut branch, part, keywords, longest)?;
                all.append(&mut branch);
            }
            *set = all;
        }
        HirKind::Repetition(repetition) => {
            let rounds = (repetition.min as usize).min(longest);
            for _ in 0..rounds {
                extend(set, &repetition.sub, keywords, longest)?;
            }
            if repetition.min == 0 {
                let mut with = set.clone();
                with.retain(|prefix| prefix.is_open);
                extend(&mut with, &repetition.sub, keywords, longest)?;
                if repetition.max != Some(1) {
                    with.iter_mut().for_each(|prefix| prefix.is_open = false);
                }
                set.append(&mut with);
            } else if repetition.max != Some(repetition.min) || rounds < repetition.min as usize {
                set.iter_mut().for_each(|prefix| prefix.is_open = false);
            }
        }
    }
    // What begins with a keyword already needs no more.
    for prefix in set.iter_mut().filter(|prefix| prefix.is_open) {
        prefix.is_open = !keywords.iter().any(|word| prefix.text.starts_with(word.as_bytes()));
    }
    (set.len() <= PREFIXES_MAX).then_some(())
}

/// The bytes of a small class in lower case.
fn bytes_of(class: &Class) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut add = |start: u32, end: u32| {
        if end > 0x7f || end - start >= 64 {
            return None;
        }
        for number in start..=end {
            let byte = u8::try_from(number).ok()?.to_ascii_lowercase();
            if !bytes.contains(&byte) {
                bytes.push(byte);
            }
        }
        Some(())
    };
    match class {
        Class::Bytes(class) => {
            for range in class.iter() {
                add(u32::from(range.start()), u32::from(range.end()))?;
            }
        }
        Class::Unicode(class) => {
            for range in class.iter() {
                add(u32::from(range.start()), u32::from(range.end()))?;
            }
        }
    }
    (bytes.len() <= CLASS_MAX).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, keywords: &[&str], expected: Option<(Option<usize>, Option<usize>)>) {
        let keywords: Vec<String> = keywords.iter().map(|word| (*word).to_owned()).collect();
        let parsed = Pattern::parse(pattern).unwrap();
        let window = Window::of(parsed.hir(), &keywords);
        assert_eq!(window.map(|window| (window.before, window.after)), expected, "{pattern}");
    }

    #[test]
    fn a_token_begins_at_its_keyword() {
        check(
            r"\b((?:A3T[A-Z0-9]|AKIA|ASIA)[A-Z2-7]{16})\b",
            &["a3t", "akia", "asia"],
            Some((Some(0), Some(20))),
        );
        check(r"\b(ey[a-z]{3,})\b", &["ey"], Some((Some(0), None)));
    }

    #[test]
    fn what_precedes_the_keyword_is_bounded() {
        check(r"(?i)[\w.-]{0,50}?(?:adafruit)=([a-z]{4})", &["adafruit"], Some((Some(50), Some(13))));
        check(r"(?i)[\w.-]{0,50}?x-ab|\bab", &["ab"], Some((Some(52), Some(2))));
        check(r"\b(ab-[a-f0-9]{32}|[a-f0-9]{36}xyz)\b", &["ab-", "xyz"], Some((Some(36), Some(35))));
        check(r"x?y+ab", &["ab"], Some((None, Some(2))));
        check(r"(?i)[\w.-]{0,50}?ab=|\babc", &["ab"], Some((Some(50), Some(3))));
    }

    #[test]
    fn an_expression_without_its_keyword_has_no_window() {
        check(r"\bpat[a-z]{14}\b", &["airtable"], None);
        check(r"(?:ab)?cd", &["ab"], None);
    }
}
