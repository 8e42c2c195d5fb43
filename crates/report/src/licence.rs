//! Licences as the two bill-of-materials formats want them (SPDX 2.3, annex D; CycloneDX 1.6, licenses).

use model::Fingerprint;
use serde_json::{Value, json};

/// Longest text that is tried as an expression.
const EXPRESSION_LENGTH_MAX: usize = 1_000;

/// The CycloneDX `licenses` of a package: one expression alone, or identifiers and names.
pub(crate) fn cyclonedx(licences: &[String]) -> Vec<Value> {
    if let [only] = licences
        && !is_id(only)
        && is_expression(only)
    {
        return vec![json!({ "expression": only })];
    }
    let licence = |text: &String| {
        let key = if is_id(text) { "id" } else { "name" };
        json!({ "license": { key: text } })
    };
    licences.iter().map(licence).collect()
}

/// An SPDX expression that says all of the licences, with the texts that are no SPDX identifier as references.
pub(crate) fn spdx(licences: &[String]) -> (String, Vec<Reference>) {
    let mut terms: Vec<String> = Vec::new();
    let mut references: Vec<Reference> = Vec::new();
    for text in licences.iter().filter(|text| !text.trim().is_empty()) {
        let term = if is_expression(text) {
            if licences.len() > 1 && text.contains(' ') { format!("({text})") } else { text.clone() }
        } else {
            let reference = Reference::of(text);
            let id = reference.id.clone();
            references.push(reference);
            id
        };
        if !terms.contains(&term) && terms.len() < 64 {
            terms.push(term);
        }
    }
    if terms.is_empty() {
        return ("NOASSERTION".to_owned(), references);
    }
    (terms.join(" AND "), references)
}

/// A licence outside the SPDX list (SPDX 2.3, section 10).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// `LicenseRef-…`.
    pub(crate) id: String,
    /// The licence as found.
    pub(crate) text: String,
}

impl Reference {
    fn of(text: &str) -> Self {
        let readable: String = text
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .take(40)
            .collect();
        // The readable part may be the same for two texts; the hash is not.
        let hash = Fingerprint::of(&[text]);
        Self {
            id: format!("LicenseRef-{}-{}", readable.trim_matches('-'), &hash.as_str()[..8])
                .replace("--", "-"),
            text: text.to_owned(),
        }
    }
}

fn is_id(text: &str) -> bool {
    spdx::license_id(text).is_some_and(|id| id.name == text)
}

fn is_expression(text: &str) -> bool {
    text.len() <= EXPRESSION_LENGTH_MAX
        && !text.contains("Ref-")
        && text.trim() == text
        && spdx::Expression::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn licences_that_spdx_knows_are_an_expression() {
        assert_eq!(spdx(&texts(&["MIT"])).0, "MIT");
        assert_eq!(spdx(&texts(&["MIT OR Apache-2.0", "Zlib"])).0, "(MIT OR Apache-2.0) AND Zlib");
        assert_eq!(spdx(&[]).0, "NOASSERTION");
    }

    #[test]
    fn unknown_licences_become_references_that_are_valid_identifiers() {
        let (expression, references) = spdx(&texts(&["Apache License, Version 2.0", "<script>\n"]));
        assert_eq!(references.len(), 2);
        for reference in &references {
            let id = reference.id.strip_prefix("LicenseRef-").unwrap();
            assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')), "{id}");
        }
        assert!(::spdx::Expression::parse(&expression).is_ok(), "{expression}");
    }

    #[test]
    fn cyclonedx_gets_an_expression_only_alone() {
        assert_eq!(cyclonedx(&texts(&["MIT OR Apache-2.0"])), [json!({"expression": "MIT OR Apache-2.0"})]);
        assert_eq!(
            cyclonedx(&texts(&["MIT", "mine OR yours"])),
            [json!({"license": {"id": "MIT"}}), json!({"license": {"name": "mine OR yours"}})]
        );
    }
}
