//! Python's version specifiers (packaging.python.org, "Version specifiers"). Prereleases count: the question is
//! whether an installed version is meant, not which one to install.

use super::RangeError;
use crate::{pep440::Version, text::compare_digits};
use std::cmp::Ordering;

pub(super) fn satisfies(version: &str, range_text: &str) -> Result<bool, RangeError> {
    let lower = version.to_ascii_lowercase();
    for specifier in range_text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        if !holds(&lower, specifier)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(version_text: &str, specifier: &str) -> Result<bool, RangeError> {
    const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
    let Some(operator) = OPERATORS.into_iter().find(|operator| specifier.starts_with(operator)) else {
        return Err(RangeError::BadOperator(specifier.to_owned()));
    };
    let wanted_text = specifier[operator.len()..].trim().to_ascii_lowercase();
    if operator == "===" {
        return Ok(version_text.trim() == wanted_text);
    }
    let bad = |text: &str| RangeError::BadVersion(text.to_owned());
    let version = Version::parse(version_text).ok_or_else(|| bad(version_text))?;
    if let Some(prefix) = wanted_text.strip_suffix(".*").filter(|_| matches!(operator, "==" | "!=")) {
        let prefix = Version::parse(prefix).ok_or_else(|| bad(&wanted_text))?;
        let count = prefix.release_numbers().count();
        return Ok(has_prefix(&version, &prefix, count) == (operator == "=="));
    }
    let wanted = Version::parse(&wanted_text).ok_or_else(|| bad(&wanted_text))?;
    let public = version.compare_public(&wanted);
    let is_equal = if wanted.local.is_some() { version.compare(&wanted).is_eq() } else { public.is_eq() };
    Ok(match operator {
        "==" => is_equal,
        "!=" => !is_equal,
        "<=" => public != Ordering::Greater,
        ">=" => public != Ordering::Less,
        // Not the prereleases of a version that is none itself.
        "<" if wanted.is_prerelease() => public == Ordering::Less,
        "<" => version.compare_public(&Version { dev: Some(b"0"), ..wanted }) == Ordering::Less,
        // Not the post releases of a version that is none itself.
        ">" => {
            let is_post_of_wanted = wanted.post.is_none()
                && wanted.dev.is_none()
                && version.post.is_some()
                && version.compare_base(&wanted).is_eq();
            public == Ordering::Greater && !is_post_of_wanted
        }
        _ => {
            let count = wanted.release_numbers().count();
            if count < 2 {
                return Err(bad(&wanted_text));
            }
            public != Ordering::Less && has_prefix(&version, &wanted, count - 1)
        }
    })
}

/// Whether the first `count` numbers of the release are the same; missing ones are 0.
fn has_prefix(version: &Version<'_>, prefix: &Version<'_>, count: usize) -> bool {
    let padded = version.release_numbers().chain(std::iter::repeat(&b"0"[..]));
    compare_digits(version.epoch, prefix.epoch).is_eq()
        && prefix.release_numbers().take(count).zip(padded).all(|(a, b)| compare_digits(a, b).is_eq())
}
