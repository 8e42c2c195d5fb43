//! Variables (compose-spec, `12-interpolation.md`): `$NAME`, `${NAME}`, with `:-`, `-`, `:?`, `?`, `:+`, `+`, nested.

use crate::node::{Node, Value};
use model::{Gap, GapReason};
use std::collections::{BTreeMap, BTreeSet};

/// Variables inside defaults of variables.
const DEPTH_MAX: usize = 16;

/// Puts values in place of variables, in values but not in keys. One without value and default stays as `${NAME}`:
/// whoever reads the setting finds it unknown.
pub(super) fn apply(root: &mut Node, variables: &BTreeMap<String, String>, gaps: &mut Vec<Gap>) {
    let mut unset = BTreeSet::new();
    walk(root, variables, &mut unset);
    if !unset.is_empty() {
        let names: Vec<&str> = unset.iter().map(String::as_str).take(20).collect();
        let detail = format!("no value and no default for {} (hint: an .env file)", names.join(", "));
        let gap = Gap::new("compose variables", GapReason::Unsupported, detail);
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
}

/// A text with its variables; one without value is empty.
pub(in crate::read) fn expand_or_empty(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut unset = BTreeSet::new();
    let first = expand(text, variables, &mut unset, 0);
    if unset.is_empty() {
        return first;
    }
    let mut variables = variables.clone();
    variables.extend(unset.into_iter().map(|name| (name, String::new())));
    expand(text, &variables, &mut BTreeSet::new(), 0)
}

fn walk(node: &mut Node, variables: &BTreeMap<String, String>, unset: &mut BTreeSet<String>) {
    match &mut node.value {
        Value::Plain(text) | Value::Quoted(text) => {
            if text.contains('$') {
                *text = expand(text, variables, unset, 0);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| walk(item, variables, unset)),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| walk(&mut entry.value, variables, unset)),
        Value::Unknown(_) => {}
    }
}

fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
    depth: usize,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('{') {
            let Some(end) = closing(inner) else {
                out.push_str("${");
                rest = inner;
                continue;
            };
            out.push_str(&braced(&inner[..end], variables, unset, depth));
            rest = &inner[end + 1..];
        } else {
            let end = name_end(rest);
            if end == 0 {
                out.push('$');
                continue;
            }
            out.push_str(&value(&rest[..end], variables, unset));
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

fn braced(
    inner: &str,
    variables: &BTreeMap<String, String>,
    unset: &mut BTreeSet<String>,
    depth: usize,
) -> String {
    let end = name_end(inner);
    let (name, operator) = inner.split_at(end);
    if end == 0 || depth >= DEPTH_MAX {
        return format!("${{{inner}}}");
    }
    let set = variables.get(name);
    let filled = set.filter(|value| !value.is_empty());
    let mut word = |text: &str| expand(text, variables, unset, depth + 1);
    if let Some(default) = operator.strip_prefix(":-") {
        return filled.cloned().unwrap_or_else(|| word(default));
    }
    if let Some(default) = operator.strip_prefix('-') {
        return set.cloned().unwrap_or_else(|| word(default));
    }
    if let Some(other) = operator.strip_prefix(":+") {
        return filled.map_or_else(String::new, |_| word(other));
    }
    if let Some(other) = operator.strip_prefix('+') {
        return set.map_or_else(String::new, |_| word(other));
    }
    value(name, variables, unset)
}

fn value(name: &str, variables: &BTreeMap<String, String>, unset: &mut BTreeSet<String>) -> String {
    variables.get(name).cloned().unwrap_or_else(|| {
        unset.insert(name.to_owned());
        format!("${{{name}}}")
    })
}

fn name_end(text: &str) -> usize {
    if text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return 0;
    }
    text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len())
}

/// The brace that closes one that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_variable_is_expanded() {
        let variables = BTreeMap::from([("A".to_owned(), "1".to_owned()), ("E".to_owned(), String::new())]);
        let check = |text: &str, expected: &str| {
            assert_eq!(expand(text, &variables, &mut BTreeSet::new(), 0), expected, "{text}");
        };
        check("$A-${A}", "1-1");
        check("${E:-x}${E-x}${N-y}${N:-${A}}", "xy1");
        check("${A:+on}${N:+on}${E+on}", "onon");
        check("${N:?needed} $N", "${N} ${N}");
        check("$$A $5 ${", "$A $5 ${");
        check("${A:-${B:-${C}}}", "1");
    }
}
