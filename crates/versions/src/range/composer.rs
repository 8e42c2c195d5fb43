//! Composer's constraints (getcomposer.org/doc/articles/versions.md). Composer compares versions of four numbers,
//! so that `1.2` and `1.2.0` are the same here, other than in PHP's own order.

use super::{
    RangeError,
    comparator::{Alternatives, Comparator, Operator, incremented, operator, pairs},
};

pub(super) fn parse(text: &str) -> Result<Alternatives, RangeError> {
    text.split('|').filter(|set| !set.trim().is_empty()).map(parse_set).collect()
}

/// Four numbers and the stability, as Composer stores them: `v1.2-beta1` becomes `1.2.0.0-beta1`.
pub(super) fn normalize(version: &str) -> String {
    let text = version.trim().trim_start_matches(['v', 'V']);
    let text = text.split_once('@').map_or(text, |(text, _)| text);
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.to_owned();
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, stability) = text.split_at(end);
    let stability = stability.trim_start_matches(['-', '_', '.']);
    let stability = if stability.eq_ignore_ascii_case("stable") { "" } else { stability };
    let mut numbers: Vec<&str> = numbers.split('.').filter(|number| !number.is_empty()).collect();
    while numbers.len() < 4 {
        numbers.push("0");
    }
    let hyphen = if stability.is_empty() { "" } else { "-" };
    format!("{}{hyphen}{}", numbers.join("."), stability.to_ascii_lowercase())
}

fn parse_set(text: &str) -> Result<Vec<Comparator>, RangeError> {
    use Operator::{GreaterOrEqual, Less, LessOrEqual};
    if let Some((lower, upper)) = text.split_once(" - ") {
        let (lower, upper) = (lower.trim(), upper.trim());
        let end = if numbers(upper)?.len() < 3 && !upper.contains('-') {
            Comparator::new(Less, after(upper, numbers(upper)?.len())?)
        } else {
            Comparator::new(LessOrEqual, normalize(upper))
        };
        return Ok(vec![Comparator::new(GreaterOrEqual, start(lower)?), end]);
    }
    let mut set = Vec::new();
    for (sign, version) in pairs(text)? {
        if sign.is_empty() && version.starts_with("dev-") {
            set.push(Comparator::new(Operator::Equal, version));
            continue;
        }
        let count = numbers(version)?.len();
        let is_wildcard = version.ends_with(".*") || version.ends_with(".x") || matches!(version, "*" | "x");
        match sign {
            "" | "=" | "==" if is_wildcard && count == 0 => {}
            "" | "=" | "==" if is_wildcard => {
                set.push(Comparator::new(GreaterOrEqual, start(version)?));
                set.push(Comparator::new(Less, after(version, count)?));
            }
            "~" => {
                set.push(Comparator::new(GreaterOrEqual, start(version)?));
                set.push(Comparator::new(Less, after(version, count.saturating_sub(1).max(1))?));
            }
            "^" => {
                let first = numbers(version)?.iter().position(|n| n.bytes().any(|b| b != b'0'));
                set.push(Comparator::new(GreaterOrEqual, start(version)?));
                set.push(Comparator::new(Less, after(version, first.map_or(count, |at| at + 1))?));
            }
            "" => set.push(Comparator::new(Operator::Equal, normalize(version))),
            sign => {
                // `<` and `>=` draw the line before the prereleases of the version.
                let operator = operator(sign)?;
                let bound = if matches!(operator, Less | GreaterOrEqual) {
                    start(version)?
                } else {
                    normalize(version)
                };
                set.push(Comparator::new(operator, bound));
            }
        }
    }
    Ok(set)
}

/// The numbers before a wildcard or a stability.
fn numbers(version: &str) -> Result<Vec<&str>, RangeError> {
    let text = version.trim_start_matches(['v', 'V']);
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | 'x')) {
        return Err(RangeError::BadVersion(version.to_owned()));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Ok(text[..end].split('.').filter(|number| !number.is_empty()).take(4).collect())
}

/// The version, or its first prerelease when it names no stability.
fn start(version: &str) -> Result<String, RangeError> {
    let plain = version.trim_end_matches(".*").trim_end_matches(".x");
    numbers(plain)?;
    let normal = normalize(plain);
    Ok(if normal.contains('-') { normal } else { format!("{normal}-dev") })
}

/// The first prerelease behind all versions that share the first `count` numbers.
fn after(version: &str, count: usize) -> Result<String, RangeError> {
    let mut kept: Vec<String> = numbers(version)?.iter().take(count).map(|n| (*n).to_owned()).collect();
    if let Some(last) = kept.last_mut() {
        *last = incremented(last);
    }
    kept.resize(4, "0".to_owned());
    Ok(format!("{}-dev", kept.join(".")))
}
