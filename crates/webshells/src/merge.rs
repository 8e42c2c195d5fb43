//! From what the stages saw to hits: one for each bad state of a file.

use crate::{context::Context, rules};
use content::Hit;
use model::Severity;
use std::collections::BTreeMap;

/// As many facts as one hit shows.
const FACTS_MAX: usize = 12;

/// One thing that a stage saw.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The rule without its engine.
    pub(crate) state: &'static str,
    pub(crate) severity: Severity,
    /// 1-based.
    pub(crate) line: u32,
    /// What was seen; the first one becomes the title's second half.
    pub(crate) facts: Vec<String>,
}

/// Joins what was seen of the same state; the worst severity counts, and the first line that has it.
pub(crate) fn merge(seen: Vec<Seen>, context: Context, hits: &mut Vec<Hit>) {
    let mut by_state: BTreeMap<&'static str, Vec<Seen>> = BTreeMap::new();
    for one in seen {
        by_state.entry(one.state).or_default().push(one);
    }
    for (state, mut group) in by_state {
        let Some(rule) = rules::rule_of(state) else { continue };
        group.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.line.cmp(&b.line)));
        let worst = &group[0];
        let mut hit = Hit::of(rule, rule.title);
        hit.severity = context.adjust(worst.severity);
        hit.line = Some(worst.line);
        let more = group.len();
        for one in &group {
            for fact in &one.facts {
                if hit.evidence.len() < FACTS_MAX && !hit.evidence.contains(fact) {
                    hit.evidence.push(fact.clone());
                }
            }
        }
        if more > 1 {
            hit.evidence.push(format!("{more} places in this file"));
        }
        hit.evidence.extend(context.facts());
        hits.push(hit);
    }
}

/// At most 200 bytes of untrusted text in one printable line.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const BYTES_MAX: usize = 200;
    let mut text = String::with_capacity(bytes.len().min(BYTES_MAX));
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let shown = if character.is_control() || character.is_whitespace() { ' ' } else { character };
            if text.len() + shown.len_utf8() > BYTES_MAX - 3 {
                text.push('…');
                return text;
            }
            if !(shown == ' ' && text.ends_with(' ')) {
                text.push(shown);
            }
        }
        if !chunk.invalid().is_empty() && text.len() < BYTES_MAX - 6 {
            text.push('·');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_printable() {
        assert_eq!(excerpt(b"a\n\t b\x00\xff"), "a b ·");
        let long = excerpt("é".repeat(500).as_bytes());
        assert!(long.len() <= 200 && long.ends_with('…'));
        assert!(excerpt(&[0xff; 900]).len() <= 200);
    }
}
