//! Rule text taken apart into rules, so that each can be left out of a compilation alone.

use crate::derive::classes_of;
use crate::head_class::HeadClasses;
use crate::need::need_of;
use prefilter::Need;
use std::collections::HashMap;
use std::ops::Range;
use yara_x_parser::ast::{AST, Item, MetaValue, Rule, RuleFlags, WithSpan};

/// A rule in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) name: String,
    /// From the end of the item before it to its closing brace.
    pub(crate) span: Range<usize>,
    pub(crate) is_global: bool,
    /// The classes that its own condition can match.
    pub(crate) classes: HeadClasses,
    /// What a file must hold for it to match.
    pub(crate) need: Need,
    /// Every word of its condition: rules and modules that it uses are among them.
    pub(crate) words: Vec<String>,
    /// Its metadata `license` or `licence`.
    pub(crate) licence: Option<String>,
}

/// What is known of the rules of a namespace, which rules after them may refer to.
#[derive(Debug, Default)]
pub(crate) struct KnownRules {
    classes: HashMap<String, HeadClasses>,
    needs: HashMap<String, Need>,
}

impl KnownRules {
    /// A second rule of the same name does not compile; should it, both count.
    fn add(&mut self, unit: &Unit) {
        let classes = self.classes.entry(unit.name.clone()).or_insert(HeadClasses::NONE);
        *classes = classes.or(unit.classes);
        let need = self.needs.entry(unit.name.clone()).or_insert_with(|| Need::any([]));
        *need = Need::any([std::mem::replace(need, Need::NONE), unit.need.clone()]);
    }

    /// Nothing is certain of a rule.
    fn add_uncertain(&mut self, name: &str) {
        self.classes.insert(name.to_owned(), HeadClasses::ALL);
        self.needs.insert(name.to_owned(), Need::NONE);
    }
}

/// A text taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct SplitText {
    pub(crate) units: Vec<Unit>,
    /// Statements `import "module"`.
    pub(crate) imports: Vec<(Range<usize>, String)>,
    /// Statements `include "file"`.
    pub(crate) includes: Vec<(Range<usize>, String)>,
    /// Whether the text could be taken apart: one with syntax errors is compiled whole or not at all, since where
    /// its rules begin and end is not certain.
    pub(crate) is_whole: bool,
    /// Every word of such a text.
    pub(crate) words: Vec<String>,
}

/// Takes a text apart. `known` holds the rules that the text can refer to, and gets those of its own.
pub(crate) fn split(text: &str, known: &mut KnownRules) -> SplitText {
    let tree = AST::from(text);
    let mut found = SplitText { is_whole: !tree.errors().is_empty(), ..SplitText::default() };
    let mut end_of_last = 0;
    for item in tree.items() {
        let (start, end) = match item {
            Item::Import(import) => {
                let span = import.span().range();
                found.imports.push((span.clone(), import.module_name.to_owned()));
                (span.start, span.end)
            }
            Item::Include(include) => {
                let span = include.span().range();
                found.includes.push((span.clone(), include.file_name.to_owned()));
                (span.start, span.end)
            }
            Item::Rule(rule) => {
                let condition_end = rule.condition.span().end();
                let start = rule.identifier.span().start();
                let Some(end) = closing_brace(text, condition_end) else {
                    found.is_whole = true;
                    break;
                };
                let unit = unit(text, rule, end_of_last..end, start_of_condition(rule)..end, known);
                known.add(&unit);
                found.units.push(unit);
                (start, end)
            }
        };
        if start < end_of_last || end > text.len() {
            found.is_whole = true;
            break;
        }
        end_of_last = end;
    }
    if found.is_whole {
        found.words = words(text);
        for unit in &mut found.units {
            unit.classes = HeadClasses::ALL;
            unit.need = Need::NONE;
            known.add_uncertain(&unit.name);
        }
    }
    found
}

fn unit(
    text: &str,
    rule: &Rule<'_>,
    span: Range<usize>,
    condition: Range<usize>,
    known: &KnownRules,
) -> Unit {
    let licence = rule.meta.iter().flatten().find_map(|meta| match &meta.value {
        MetaValue::String((value, _)) if matches!(meta.identifier.name, "license" | "licence") => {
            Some((*value).to_owned())
        }
        _ => None,
    });
    Unit {
        name: rule.identifier.name.to_owned(),
        span,
        is_global: rule.flags.contains(RuleFlags::Global),
        classes: classes_of(rule, &known.classes),
        need: need_of(rule, &known.needs),
        words: words(text.get(condition).unwrap_or_default()),
        licence,
    }
}

/// Where the condition begins, or a little before: spans of expressions do not always begin with their first word.
fn start_of_condition(rule: &Rule<'_>) -> usize {
    let patterns = rule.patterns.iter().flatten().map(|pattern| pattern.span().end());
    let meta = rule.meta.iter().flatten().map(|meta| meta.span().end());
    patterns.chain(meta).max().unwrap_or_else(|| rule.identifier.span().end())
}

/// Where a rule ends, given the end of its condition: only closing parentheses and comments may stand between.
fn closing_brace(text: &str, from: usize) -> Option<usize> {
    let mut rest = text.get(from..)?;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ')');
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else {
            let after = rest.strip_prefix('}')?;
            return Some(text.len() - after.len());
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words: Vec<String> = text
        .split(|c| !is_part(c))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Replaces a part by blanks; lines keep their numbers and everything after it its place.
pub(crate) fn blank(text: &mut [u8], span: Range<usize>) {
    for byte in text.get_mut(span).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head_class::HeadClass;

    const TEXT: &str = "import \"pe\"\ninclude \"more.meta\"\n// first { }\nprivate rule a : tag { condition: \
                        (uint16(0) == 0x5a4d) /* } */ // }\n) }\n\n/* } */ global rule b { meta: license = \"MIT\" strings: \
                        $x = \"}\" condition: a and $x }\nrule c { condition: true }";

    #[test]
    fn rules_are_found_with_their_ends() {
        let text = TEXT.replace("(uint16", "((uint16");
        let found = split(&text, &mut KnownRules::default());
        assert!(!found.is_whole);
        let parts: Vec<&str> = found.units.iter().map(|unit| text[unit.span.clone()].trim()).collect();
        assert!(parts[0].starts_with("// first") && parts[0].ends_with(") }"), "{parts:?}");
        assert!(parts[1].starts_with("/* } */ global") && parts[1].ends_with("$x }"));
        assert_eq!(parts[2], "rule c { condition: true }");
        assert_eq!(found.includes[0].1, "more.meta");
        assert_eq!(&text[found.imports[0].0.clone()], "import \"pe\"");
        assert_eq!(found.units[0].classes, HeadClasses::only(HeadClass::Pe));
        assert_eq!(found.units[1].classes, HeadClasses::only(HeadClass::Pe), "by way of rule a");
        assert!(found.units[1].is_global && found.units[1].words.contains(&"a".to_owned()));
        assert_eq!(found.units[1].licence.as_deref(), Some("MIT"));
    }

    #[test]
    fn a_text_with_errors_stays_whole() {
        let found = split(
            "rule a { condition: uint16(0) == 0x5a4d }\nrule b { condition: }",
            &mut KnownRules::default(),
        );
        assert!(found.is_whole);
        assert!(found.units.iter().all(|unit| unit.classes == HeadClasses::ALL));
    }

    #[test]
    fn damaged_text_is_taken_apart_without_panic() {
        for at in 0..TEXT.len() {
            if !TEXT.is_char_boundary(at) {
                continue;
            }
            split(&TEXT[..at], &mut KnownRules::default());
            for byte in [b'}', b'"', b'/', b'(', b'\n', 0] {
                let mut bytes = TEXT.as_bytes().to_vec();
                bytes[at] = byte;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                for unit in split(&text, &mut KnownRules::default()).units {
                    assert!(unit.span.end <= text.len());
                }
            }
        }
    }

    #[test]
    fn blanks_keep_lines() {
        let mut text = b"ab\ncd".to_vec();
        blank(&mut text, 1..4);
        assert_eq!(text, b"a \n d");
        blank(&mut text, 3..99);
        assert_eq!(text, b"a \n d");
    }
}
