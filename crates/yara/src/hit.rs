//! A matching rule as a hit.

use crate::package_rule::{meta, meta_number};
use crate::source::PackOptions;
use content::Hit;
use model::Severity;
use yara_x::{MetaValue, Pattern, Rule};

/// Characters of an excerpt.
const EXCERPT_CHARACTERS: usize = 200;
/// Characters of a text from a rule's metadata.
const META_CHARACTERS: usize = 400;
/// Patterns that are shown.
const PATTERNS_SHOWN: usize = 8;
/// Addresses that are shown.
const REFERENCES_MAX: usize = 8;

/// The hit of a rule that matched.
pub(crate) fn hit(rule: &Rule<'_, '_>, options: &PackOptions, bytes: &[u8]) -> Hit {
    let title = ["description", "desc", "threat_name"].iter().find_map(|name| meta(rule, name));
    let first = rule.patterns().flat_map(|pattern| pattern.matches().next()).map(|m| m.range().start).min();
    let mut evidence: Vec<String> =
        rule.patterns().filter_map(|pattern| excerpt(&pattern)).take(PATTERNS_SHOWN).collect();
    evidence.push(origin(rule, options));
    Hit {
        rule: format!("yara/{}/{}", rule.namespace(), rule.identifier()),
        title: title.map_or_else(
            || format!("rule {} of {} matches", rule.identifier(), options.name),
            |text| cut(text.trim(), META_CHARACTERS),
        ),
        severity: severity(rule).unwrap_or(options.severity),
        line: first.filter(|_| content::is_text(bytes)).map(|at| content::line_at(bytes, at)),
        evidence,
        remedy: meta(rule, "remedy").map(|text| cut(text, META_CHARACTERS)),
        references: references(rule),
        identity: String::new(),
        clear: Vec::new(),
    }
}

/// Who wrote the rule and under which licence: the Detection Rule License 1.1, section 2, asks that matches say so.
fn origin(rule: &Rule<'_, '_>, options: &PackOptions) -> String {
    let author = meta(rule, "author").or(options.author.as_deref());
    let licence = meta(rule, "license").or_else(|| meta(rule, "licence")).or(options.licence.as_deref());
    let mut text = format!("rule {} of {}", rule.identifier(), options.name);
    if let Some(author) = author {
        text.push_str(&format!(", by {}", cut(author, META_CHARACTERS)));
    }
    match licence {
        Some(licence) => text.push_str(&format!(", licence {}", cut(licence, META_CHARACTERS))),
        None => text.push_str(", licence not told"),
    }
    text
}

/// What the metadata say: `severity` in words or as a number up to 100 (Elastic), `score` up to 100 (signature-base),
/// `threat_level` up to 10.
fn severity(rule: &Rule<'_, '_>) -> Option<Severity> {
    if let Some(word) = meta(rule, "severity") {
        match word.trim().to_ascii_lowercase().as_str() {
            "info" | "informational" => return Some(Severity::Low),
            word => {
                if let Ok(severity) = word.parse::<Severity>()
                    && severity != Severity::Unknown
                {
                    return Some(severity);
                }
            }
        }
    }
    let of_hundred = |score: i64| match score {
        ..40 => Severity::Low,
        40..65 => Severity::Medium,
        65..90 => Severity::High,
        _ => Severity::Critical,
    };
    meta_number(rule, "severity")
        .or_else(|| meta_number(rule, "score"))
        .or_else(|| meta_number(rule, "threat_level").map(|level| level.saturating_mul(10)))
        .map(of_hundred)
}

fn references(rule: &Rule<'_, '_>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in rule.metadata() {
        let MetaValue::String(text) = value else { continue };
        if !matches!(name, "reference" | "references" | "url" | "link" | "source_url")
            && !name
                .strip_prefix("reference")
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
        {
            continue;
        }
        for address in text.split([' ', ',', '\t']).filter(|part| part.starts_with("http")) {
            let address = cut(address, META_CHARACTERS);
            if found.len() < REFERENCES_MAX && !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

/// `$a at 0x1c: curl -s http://…`.
fn excerpt(pattern: &Pattern<'_, '_>) -> Option<String> {
    let found = pattern.matches().next()?;
    let text = printable(found.data());
    let key =
        found.xor_key().filter(|key| *key != 0).map_or_else(String::new, |key| format!(" xor 0x{key:02x}"));
    Some(format!("{} at {:#x}{key}: {text}", pattern.identifier(), found.range().start))
}

/// Bytes as text: printable ASCII stays, UTF-16 of it is narrowed, anything else becomes `\x..`.
fn printable(bytes: &[u8]) -> String {
    let is_wide = bytes.len() >= 4
        && bytes.len().is_multiple_of(2)
        && bytes.chunks(2).all(|pair| pair[1] == 0 && pair[0] != 0);
    let narrow: Vec<u8> = if is_wide { bytes.iter().copied().step_by(2).collect() } else { bytes.to_vec() };
    let mut out = String::new();
    for byte in narrow {
        match byte {
            b' '..=b'~' => out.push(char::from(byte)),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push(' '),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
        if out.len() >= EXCERPT_CHARACTERS {
            return cut(&out, EXCERPT_CHARACTERS);
        }
    }
    out
}

/// At most so many characters, none of them a control character.
fn cut(text: &str, characters: usize) -> String {
    let mut out: String =
        text.chars().take(characters).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(characters).is_some() {
        out.pop();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_printable_and_short() {
        assert_eq!(printable(b"a\0b\0c\0"), "abc");
        assert_eq!(printable(b"\x7fELF\n\t\x1b"), "\\x7fELF\\n \\x1b");
        assert!(printable(&[0; 10_000]).chars().count() <= EXCERPT_CHARACTERS);
        assert_eq!(cut("ab\ncd", 4), "ab …");
    }
}
