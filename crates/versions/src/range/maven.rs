//! Intervals of Maven (maven.apache.org/enforcer, "Version ranges") and NuGet ("Package versioning").

use super::{
    RangeError,
    comparator::{Alternatives, Comparator, Operator},
    plain,
};
use crate::Scheme;

/// `[1,2)`, `(,1.0],[1.2,)`, `[1.0]`; a bare version is a wish for Maven and a minimum for NuGet.
pub(super) fn parse(scheme: Scheme, text: &str) -> Result<Alternatives, RangeError> {
    let text = text.trim();
    if !text.starts_with(['[', '(']) {
        let is_bare = text.starts_with(|c: char| c.is_alphanumeric()) && !text.contains([',', ' ', '|']);
        return match (is_bare, scheme) {
            (true, Scheme::Nuget) => Ok(vec![vec![Comparator::new(Operator::GreaterOrEqual, text)]]),
            (true, _) => Err(RangeError::SoftRequirement(text.to_owned())),
            (false, _) => plain::parse(text),
        };
    }
    let mut alternatives = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find([']', ')']).ok_or_else(|| RangeError::BadInterval(rest.to_owned()))?;
        let (interval, behind) = rest.split_at(end + 1);
        alternatives.push(parse_interval(interval)?);
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    Ok(alternatives)
}

fn parse_interval(text: &str) -> Result<Vec<Comparator>, RangeError> {
    let bad = || RangeError::BadInterval(text.to_owned());
    let (is_lower_in, inner) = match text.strip_prefix('[') {
        Some(inner) => (true, inner),
        None => (false, text.strip_prefix('(').ok_or_else(bad)?),
    };
    let (is_upper_in, inner) = match inner.strip_suffix(']') {
        Some(inner) => (true, inner),
        None => (false, inner.strip_suffix(')').ok_or_else(bad)?),
    };
    let Some((lower, upper)) = inner.split_once(',') else {
        let version = inner.trim();
        if !is_lower_in || !is_upper_in || version.is_empty() {
            return Err(bad());
        }
        return Ok(vec![Comparator::new(Operator::Equal, version)]);
    };
    let (lower, upper) = (lower.trim(), upper.trim());
    if upper.contains([',', '[', '(']) {
        return Err(bad());
    }
    let mut set = Vec::new();
    if !lower.is_empty() {
        let operator = if is_lower_in { Operator::GreaterOrEqual } else { Operator::Greater };
        set.push(Comparator::new(operator, lower));
    }
    if !upper.is_empty() {
        let operator = if is_upper_in { Operator::LessOrEqual } else { Operator::Less };
        set.push(Comparator::new(operator, upper));
    }
    Ok(set)
}
