//! Licence fields as SPDX expressions.

use super::aliases;
use spdx::{Expression, ParseMode};

/// Characters of a field that are read; whole licence texts stand in some.
const LENGTH_MAX: usize = 1_000;
/// Licences of a field.
const TERMS_MAX: usize = 60;

/// A licence field as an SPDX expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NormalisedLicence {
    /// The expression, with `LicenseRef-unknown` for every name that is not known; empty when the field tells none.
    pub expression: String,
    /// The names that are not known.
    pub unknown: Vec<String>,
}

/// Reads a licence field: an SPDX expression, also with deprecated or lower-case identifiers, or names as Debian,
/// Fedora, PyPI, npm and Maven write them, joined by `and`, `or`, `with`, commas, slashes and brackets. A comma or an
/// ampersand counts as `and`, a slash as `or` (so Cargo before 2017).
#[must_use]
pub fn normalise_licence(text: &str) -> NormalisedLicence {
    let text = text.trim();
    if is_missing(text) {
        return NormalisedLicence::default();
    }
    if text.chars().count() > LENGTH_MAX {
        return unknown(text);
    }
    if let Ok(parsed) = Expression::parse_mode(text, ParseMode { allow_unknown: false, ..ParseMode::LAX })
        && !text.contains('/')
        && text.chars().all(|c| !matches!(c, ',' | ';'))
        && !parsed.requirements().any(|one| one.req.license.id().is_some_and(spdx::LicenseId::is_deprecated))
    {
        return of_expression(&parsed);
    }
    if let Some(id) = aliases::identifier(text.rsplit(" :: ").next().unwrap_or(text)) {
        return NormalisedLicence { expression: id, unknown: Vec::new() };
    }
    let mut result = NormalisedLicence::default();
    let terms = terms(text);
    if terms.len() > TERMS_MAX {
        return unknown(text);
    }
    let mut parts = Vec::new();
    for term in terms {
        match term {
            Term::Name(name) => parts.push(term_of(&name, &mut result.unknown)),
            Term::Sign(sign) => parts.push(sign.to_owned()),
        }
    }
    let expression = parts.join(" ");
    match Expression::parse_mode(&expression, ParseMode::LAX) {
        Ok(parsed) => result.expression = parsed.to_string(),
        Err(_) => return unknown(text),
    }
    result
}

fn of_expression(parsed: &Expression) -> NormalisedLicence {
    // Identifiers print in their proper case.
    NormalisedLicence {
        expression: canonical(parsed.as_ref()).unwrap_or_else(|| parsed.to_string()),
        unknown: Vec::new(),
    }
}

fn canonical(text: &str) -> Option<String> {
    Expression::canonicalize(text).ok().flatten()
}

fn is_missing(text: &str) -> bool {
    text.is_empty()
        || ["unknown", "none", "noassertion", "n/a", "-", "null", "license", "licence", "other"]
            .contains(&text.to_lowercase().as_str())
}

fn unknown(text: &str) -> NormalisedLicence {
    let shown: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
    NormalisedLicence { expression: "LicenseRef-unknown".to_owned(), unknown: vec![shown] }
}

fn term_of(name: &str, strangers: &mut Vec<String>) -> String {
    let bare = name.rsplit(" :: ").next().unwrap_or(name).trim();
    let (bare, exception) = match split_with(bare) {
        Some((licence, exception)) => (licence, spdx::exception_id(exception.trim())),
        None => (bare, None),
    };
    match aliases::identifier(bare).or_else(|| is_reference(bare).then(|| bare.to_owned())) {
        Some(id) => match exception {
            Some(exception) => format!("{id} WITH {}", exception.name),
            None if id.contains(' ') => format!("({id})"),
            None => id,
        },
        None => {
            strangers.push(bare.chars().take(80).collect());
            "LicenseRef-unknown".to_owned()
        }
    }
}

fn is_reference(name: &str) -> bool {
    name.starts_with("LicenseRef-")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

fn split_with(term: &str) -> Option<(&str, &str)> {
    let at = term.to_ascii_lowercase().find(" with ")?;
    Some((&term[..at], &term[at + " with ".len()..]))
}

enum Term {
    Name(String),
    Sign(&'static str),
}

/// Names and the signs between them. `or later` belongs to a name; so do brackets that follow one (`Mozilla Public
/// License 2.0 (MPL 2.0)`).
fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut name: Vec<&str> = Vec::new();
    let spaced = space_out(text);
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut inside = 0_usize;
    let mut at = 0;
    while at < words.len() {
        let next = words.get(at + 1).map_or(String::new(), |word| word.to_lowercase());
        let belongs = matches!(next.as_str(), "later" | "newer" | "greater" | "any" | "(at" | "lesser");
        let lower = words[at].to_lowercase();
        let sign = match lower.as_str() {
            "and" | "," | ";" | "&" if inside == 0 => Some("AND"),
            "or" | "/" | "|" if inside == 0 && !belongs => Some("OR"),
            "(" if name.is_empty() => Some("("),
            ")" if inside == 0 => Some(")"),
            _ => None,
        };
        match sign {
            Some(sign) => {
                flush(&mut name, &mut terms);
                // Two signs in a row (`, and`) are one.
                let repeats =
                    matches!((sign, terms.last()), ("AND" | "OR", Some(Term::Sign("AND" | "OR" | "("))));
                let leads = terms.is_empty() && matches!(sign, "AND" | "OR");
                if !repeats && !leads {
                    terms.push(Term::Sign(sign));
                }
            }
            None => {
                match lower.as_str() {
                    "(" => inside += 1,
                    ")" => inside -= 1,
                    _ => {}
                }
                name.push(words[at]);
            }
        }
        at += 1;
    }
    flush(&mut name, &mut terms);
    while matches!(terms.last(), Some(Term::Sign("AND" | "OR"))) {
        terms.pop();
    }
    terms
}

fn flush(name: &mut Vec<&str>, terms: &mut Vec<Term>) {
    if !name.is_empty() {
        terms.push(Term::Name(name.join(" ").replace("( ", "(").replace(" )", ")")));
        name.clear();
    }
}

/// Brackets and separators as words of their own; not the slashes of an address or of `BSD/GPL v2`-like names with
/// blanks, which are taken as `or` all the same.
fn space_out(text: &str) -> String {
    let is_address = text.contains("://");
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '(' | ')' | ',' | ';' | '|' | '&' => out.extend([' ', character, ' ']),
            '/' if !is_address => out.extend([' ', '/', ' ']),
            other => out.push(other),
        }
    }
    // `Apache License, Version 2.0` is one name.
    for version in ["Version", "version", "v2", "v3", "V2"] {
        out = out.replace(&format!(" ,  {version}"), &format!(" {version}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(text: &str, expression: &str, unknown: &[&str]) {
        let result = normalise_licence(text);
        assert_eq!(
            (
                result.expression.as_str(),
                result.unknown.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            ),
            (expression, unknown),
            "{text}"
        );
    }

    #[test]
    fn fields_of_the_package_worlds_become_expressions() {
        gives("MIT", "MIT", &[]);
        gives("(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)", &[]);
        gives("MIT/Apache-2.0", "MIT OR Apache-2.0", &[]);
        gives("MIT and ASL 2.0", "MIT AND Apache-2.0", &[]);
        gives("MPLv1.1 or GPLv2+ or LGPLv2+", "MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.0-or-later", &[]);
        gives("License :: OSI Approved :: MIT License", "MIT", &[]);
        gives("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later", &[]);
        gives("Apache License, Version 2.0", "Apache-2.0", &[]);
        gives("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", &[]);
        gives("Artistic or GPL-1+", "Artistic-1.0-Perl OR GPL-1.0-or-later", &[]);
        gives(
            "BSD and GPLv2+ and (LGPLv2+ or MIT)",
            "BSD-3-Clause AND GPL-2.0-or-later AND ( LGPL-2.0-or-later OR MIT )",
            &[],
        );
        gives("GPL-2.0+ OR MIT", "GPL-2.0-or-later OR MIT", &[]);
        gives("GPL-2.0", "GPL-2.0-only", &[]);
        gives("SEE LICENSE IN LICENSE.md", "LicenseRef-unknown", &["SEE LICENSE IN LICENSE.md"]);
        gives("MIT and Frobnicate", "MIT AND LicenseRef-unknown", &["Frobnicate"]);
        gives("UNKNOWN", "", &[]);
        gives("", "", &[]);
    }

    #[test]
    fn damaged_fields_do_not_panic() {
        for text in [
            "(",
            ")",
            "((((",
            "MIT )",
            "and and",
            "/ / /",
            "a with",
            "WITH x",
            "MIT (",
            &"(".repeat(900),
            &"MIT or ".repeat(120),
            &"é".repeat(2_000),
        ] {
            let _ = normalise_licence(text);
        }
    }
}
