//! Variables that nothing sets.

use super::{Hits, Text};
use crate::{CommandKind, ConditionItem, PartKind, Word, WordPart, rules};
use std::collections::BTreeSet;

/// `shell/variable-never-set`: names in lower case that nothing in the text sets.
pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    let set = names_set(text);
    let mut told = BTreeSet::new();
    let mut guarded = BTreeSet::new();
    for site in &text.sites.parts {
        if let PartKind::Parameter(parameter) = &site.part.kind
            && matches!(parameter.operator, "-" | ":-" | "=" | ":=" | "?" | ":?" | "+" | ":+")
        {
            guarded.insert(parameter.name.as_str());
        }
    }
    for site in &text.sites.simples {
        if site.simple.is("[") || site.simple.is("test") {
            guarded.extend(tested(site.simple.arguments()));
        }
    }
    for command in &text.sites.commands {
        if let CommandKind::Condition(items) = &command.kind {
            let words = items.iter().filter_map(|item| match item {
                ConditionItem::Word(word) => Some(word),
                ConditionItem::Operator(_) => None,
            });
            guarded.extend(tested(words));
        }
    }
    for site in &text.sites.parts {
        let PartKind::Parameter(parameter) = &site.part.kind else { continue };
        let name = parameter.name.as_str();
        let is_told = crate::literal::is_name(name)
            && name.bytes().any(|byte| byte.is_ascii_lowercase())
            && !set.contains(name)
            && !guarded.contains(name)
            && !matches!(name, "http_proxy" | "https_proxy" | "ftp_proxy" | "no_proxy" | "all_proxy")
            && told.insert(name);
        if is_told {
            hits.add(&rules::VARIABLE_NEVER_SET, &site.part.span, format!("nothing sets {name}"));
        }
    }
}

/// Variables that a test asks whether they are empty.
fn tested<'w>(words: impl IntoIterator<Item = &'w Word>) -> Vec<&'w str> {
    let mut names = Vec::new();
    let words: Vec<_> = words.into_iter().collect();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| words[at].plain());
        let after = words.get(at + 1).and_then(|word| word.plain());
        let is_asked = matches!(before, Some("-n" | "-z"))
            || (matches!(before, None | Some("!")) && matches!(after, None | Some("]" | "-a" | "-o")));
        let part = match word.parts.as_slice() {
            [WordPart { kind: PartKind::DoubleQuoted(parts), .. }] => parts.first(),
            parts => parts.first(),
        };
        if let Some(WordPart { kind: PartKind::Parameter(parameter), .. }) = part
            && is_asked
        {
            names.push(parameter.name.as_str());
        }
    }
    names
}

fn names_set<'s>(text: &'s Text<'_>) -> BTreeSet<&'s str> {
    let mut set: BTreeSet<&str> = text.options.variables.keys().map(String::as_str).collect();
    for site in &text.sites.simples {
        let simple = site.simple;
        if simple.words.is_empty() {
            set.extend(simple.assignments.iter().map(|assignment| assignment.name.as_str()));
        }
        let name = simple.words.first().and_then(Word::plain).unwrap_or("");
        if matches!(
            name,
            "export"
                | "readonly"
                | "declare"
                | "typeset"
                | "local"
                | "read"
                | "getopts"
                | "mapfile"
                | "readarray"
                | "printf"
                | "let"
        ) {
            for word in simple.arguments() {
                if let Some((name, _, _)) = word.as_assignment() {
                    set.insert(name);
                } else if let Some(name) = word.plain() {
                    set.insert(name);
                }
            }
        }
    }
    for command in &text.sites.commands {
        match &command.kind {
            CommandKind::For { variable, .. } => {
                set.insert(variable);
            }
            CommandKind::ArithmeticFor { expression, .. } | CommandKind::Arithmetic(expression) => {
                for part in &expression.parts {
                    if let PartKind::Literal(literal) = &part.kind {
                        set.extend(literal.split(|byte: char| !byte.is_ascii_alphanumeric() && byte != '_'));
                    }
                }
            }
            _ => (),
        }
    }
    for site in &text.sites.parts {
        if let PartKind::Arithmetic(parts) = &site.part.kind {
            for part in parts {
                if let PartKind::Literal(literal) = &part.kind
                    && literal.contains(['=', '+', '-'])
                {
                    set.extend(literal.split(|byte: char| !byte.is_ascii_alphanumeric() && byte != '_'));
                }
            }
        }
    }
    set
}
