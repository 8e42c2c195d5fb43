//! node-semver's ranges (docs.npmjs.com/cli/configuring-npm/package-json#dependencies, "semver" package) and
//! Cargo's requirements (doc.rust-lang.org/cargo, "Specifying Dependencies").

use super::{
    RangeError,
    comparator::{Alternatives, Comparator, Operator, incremented, operator, pairs},
};
use crate::{Scheme, semver};

pub(super) fn parse(text: &str) -> Result<Alternatives, RangeError> {
    text.split("||").map(|set| parse_set(set, "=")).collect()
}

pub(super) fn parse_cargo(text: &str) -> Result<Alternatives, RangeError> {
    Ok(vec![parse_set(text, "^")?])
}

/// A prerelease is in a set only when a comparison of the set names a prerelease of the same three numbers.
pub(super) fn satisfies(version: &str, alternatives: &Alternatives) -> bool {
    let wanted = semver::Version::read(version);
    alternatives.iter().any(|set| {
        set.iter().all(|comparator| comparator.holds(Scheme::Npm, version))
            && (wanted.prerelease.is_empty()
                || set.iter().any(|comparator| {
                    let named = semver::Version::read(&comparator.version);
                    !named.prerelease.is_empty() && named.compare_numbers(&wanted).is_eq()
                }))
    })
}

fn parse_set(text: &str, operator_of_bare: &str) -> Result<Vec<Comparator>, RangeError> {
    let mut set = Vec::new();
    if let Some((lower, upper)) = text.split_once(" - ") {
        let (lower, upper) = (Partial::parse(lower.trim())?, Partial::parse(upper.trim())?);
        set.push(Comparator::new(Operator::GreaterOrEqual, lower.start()));
        set.extend(comparators("<=", &upper)?);
        return Ok(set);
    }
    for (sign, version) in pairs(text)? {
        let partial = Partial::parse(version)?;
        set.extend(comparators(if sign.is_empty() { operator_of_bare } else { sign }, &partial)?);
    }
    Ok(set)
}

/// Nothing is less than the first prerelease of the first version.
const NOTHING: &str = "0.0.0-0";

fn comparators(sign: &str, version: &Partial) -> Result<Vec<Comparator>, RangeError> {
    use Operator::{GreaterOrEqual, Less};
    let from_start = || Comparator::new(GreaterOrEqual, version.start());
    let until = |end: String| Comparator::new(Less, end);
    let count = version.numbers.len();
    Ok(match sign {
        "~" | "~>" if count > 0 => vec![from_start(), until(version.after(count.min(2)))],
        "^" if count > 0 => {
            // Up to the first number that is not 0; all of them when they are all 0.
            let significant =
                version.numbers.iter().position(|n| n.bytes().any(|b| b != b'0')).map_or(count, |at| at + 1);
            vec![from_start(), until(version.after(significant))]
        }
        "=" | "==" if count < 3 && count > 0 => vec![from_start(), until(version.after(count))],
        ">" if count < 3 && count > 0 => {
            vec![Comparator::new(GreaterOrEqual, version.after(count).trim_end_matches("-0"))]
        }
        "<=" if count < 3 && count > 0 => vec![until(version.after(count))],
        "<" if count < 3 && count > 0 => vec![until(format!("{}-0", version.start()))],
        "<" | ">" if count == 0 => vec![until(NOTHING.to_owned())],
        "~" | "~>" | "^" | "=" | "==" | "<=" | ">=" if count == 0 => {
            vec![Comparator::new(GreaterOrEqual, "0.0.0")]
        }
        sign => vec![Comparator::new(operator(sign)?, version.start())],
    })
}

/// `1`, `1.2`, `1.x`, `1.2.3-beta`, `*`.
struct Partial {
    /// Up to three numbers, those before the first wildcard.
    numbers: Vec<String>,
    prerelease: String,
}

impl Partial {
    fn parse(text: &str) -> Result<Self, RangeError> {
        let bad = || RangeError::BadVersion(text.to_owned());
        let text = text.trim_start_matches(['v', '=']);
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (core, prerelease) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = Vec::new();
        let mut is_wild = false;
        for part in core.split('.') {
            if matches!(part, "x" | "X" | "*") {
                is_wild = true;
            } else if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad());
            } else if !is_wild {
                numbers.push(part.to_owned());
            }
        }
        if core.split('.').count() > 3 || !semver::is_suffix(&text[core.len()..]) {
            return Err(bad());
        }
        let prerelease = if numbers.len() == 3 { prerelease.to_owned() } else { String::new() };
        Ok(Self { numbers, prerelease })
    }

    /// The first version that it names.
    fn start(&self) -> String {
        let number = |at: usize| self.numbers.get(at).map_or("0", String::as_str);
        let hyphen = if self.prerelease.is_empty() { "" } else { "-" };
        format!("{}.{}.{}{hyphen}{}", number(0), number(1), number(2), self.prerelease)
    }

    /// The first prerelease behind all versions that share the first `count` numbers.
    fn after(&self, count: usize) -> String {
        let mut numbers: Vec<String> = self.numbers.iter().take(count).cloned().collect();
        if let Some(last) = numbers.last_mut() {
            *last = incremented(last);
        }
        numbers.resize(3, "0".to_owned());
        format!("{}-0", numbers.join("."))
    }
}
