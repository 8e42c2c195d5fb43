//! YAML in block style, as people write configuration, with its small flow collections (YAML 1.2, chapters 7 and 8).
//!
//! A line reader instead of a full one: configuration in images is often a template (ERB, Jinja, Helm), which no full
//! reader takes.

use super::{numbered, unquoted, value_of};
use crate::document::{Document, below};
use std::rc::Rc;

/// Deeper values are skipped.
const DEPTH_MAX: usize = 64;

/// Reads scalars with the keys above them; items of sequences are named by their number.
pub(crate) fn parse(text: &str) -> Document {
    let mut document = Document::default();
    // Indentation, path, next number of an item.
    let mut open: Vec<(usize, Rc<str>, usize)> = Vec::new();
    let mut block: Option<Block> = None;
    for (number, line) in numbered(text) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if let Some(current) = &mut block {
            if line.trim().is_empty() || indent > current.indent {
                if !current.value.is_empty() {
                    current.value.push('\n');
                }
                current.value.push_str(line.trim());
                continue;
            }
            block.take().into_iter().for_each(|done| done.finish(&mut document));
        }
        let mut rest = line.trim();
        if rest.is_empty() || rest.starts_with(['#', '%']) || rest.starts_with("<%") {
            continue;
        }
        if rest == "---" || rest.starts_with("--- #") {
            open.clear();
            continue;
        }
        let mut indent = indent;
        // Sequences may stand as far left as their key.
        let is_sequence = is_item(rest);
        while open.last().is_some_and(|(at, ..)| *at > indent || (*at == indent && !is_sequence)) {
            open.pop();
        }
        // `- - key: value`: each dash opens an item and moves the rest to the right.
        let mut dashes = 0;
        while is_item(rest) && dashes < 8 {
            dashes += 1;
            let count = next_item(&mut open);
            let path = below(open.last().map_or("", |(_, path, _)| path), &count.to_string());
            let after = rest[1..].trim_start();
            indent += (rest.len() - after.len()).max(2);
            rest = after;
            if open.len() >= DEPTH_MAX {
                document.is_cut = true;
                return document;
            }
            open.push((indent - 1, path, 0));
        }
        let parent = open.last().map_or_else(|| Rc::from(""), |(_, path, _)| Rc::clone(path));
        if rest.is_empty() {
            continue;
        }
        let Some((key, value)) = pair(rest) else {
            if dashes > 0 {
                document.push(&parent, "", value_of(rest, &["#"]).to_owned(), number);
            }
            continue;
        };
        let mut value = value.trim();
        // Anchors and tags.
        while value.starts_with(['&', '!']) && !value.starts_with("!vault") {
            value = value.split_once([' ', '\t']).map_or("", |(_, rest)| rest.trim_start());
        }
        if value.is_empty() || value.starts_with('#') {
            if open.len() >= DEPTH_MAX {
                document.is_cut = true;
                return document;
            }
            open.push((indent, below(&parent, key), 0));
        } else if value.starts_with(['|', '>']) && value.len() < 4 {
            block = Some(Block { indent, parent, key: key.to_owned(), value: String::new(), line: number });
        } else if value.starts_with('{') {
            flow(value, &below(&parent, key), number, &mut document);
        } else if !document.push(&parent, key, value_of(value, &["#"]).to_owned(), number) {
            break;
        }
    }
    block.into_iter().for_each(|done| done.finish(&mut document));
    document
}

/// A block scalar that is being read.
struct Block {
    indent: usize,
    parent: Rc<str>,
    key: String,
    value: String,
    line: u32,
}

impl Block {
    fn finish(self, document: &mut Document) {
        document.push(&self.parent, &self.key, self.value.trim().to_owned(), self.line.saturating_add(1));
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// The number of the next item of the sequence at this place.
fn next_item(open: &mut [(usize, Rc<str>, usize)]) -> usize {
    let Some((_, _, count)) = open.last_mut() else { return 0 };
    *count += 1;
    *count - 1
}

/// Splits `key: value`, the key without quotes.
fn pair(text: &str) -> Option<(&str, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = text[1..].find(quote)? + 1;
        let rest = text[end + 1..].trim_start().strip_prefix(':')?;
        return Some((&text[1..end], rest));
    }
    let at = text
        .match_indices(':')
        .find(|(at, _)| text[at + 1..].is_empty() || text[at + 1..].starts_with([' ', '\t']))?;
    let key = text[..at.0].trim();
    (!key.is_empty() && !key.starts_with(['{', '['])).then(|| (key, &text[at.0 + 1..]))
}

/// `{user: x, password: y}` on one line.
fn flow(text: &str, parent: &Rc<str>, line: u32, document: &mut Document) {
    let inner = text.trim_start_matches('{');
    let inner = inner.find('}').map_or(inner, |end| &inner[..end]);
    for part in inner.split(',').take(1_000) {
        if let Some((key, value)) = part.split_once(':') {
            document.push(parent, unquoted(key), unquoted(value).to_owned(), line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, &str, u32)]) {
        let document = parse(text);
        let seen: Vec<_> = document
            .entries
            .iter()
            .map(|e| (e.parent.replace('\n', "/"), e.key.as_str(), e.value.as_str(), e.line))
            .collect();
        let seen: Vec<_> = seen.iter().map(|(a, b, c, d)| (a.as_str(), *b, *c, *d)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn mappings_and_sequences_are_read() {
        check(
            "a:\n  b: 1 # c\n  'd e': \"x # y\"\nlist:\n- name: n\n  token: t\n- name: m\nz: {p: q, r: 's'}\n",
            &[
                ("a", "b", "1", 2),
                ("a", "d e", "x # y", 3),
                ("list/0", "name", "n", 5),
                ("list/0", "token", "t", 6),
                ("list/1", "name", "m", 7),
                ("z", "p", "q", 8),
                ("z", "r", "s", 8),
            ],
        );
        check("l:\n  - a\n  - k: v\n", &[("l/0", "", "a", 2), ("l/1", "k", "v", 3)]);
        check("u: mongodb://a:b@c:1/d\n", &[("", "u", "mongodb://a:b@c:1/d", 1)]);
    }

    #[test]
    fn block_scalars_are_one_value() {
        check("k: |\n  one\n  two\nn: 1\n", &[("", "k", "one\ntwo", 2), ("", "n", "1", 4)]);
    }

    #[test]
    fn hosts_of_hub_are_read() {
        check(
            "---\ngithub.com:\n- user: o\n  oauth_token: \"t\"\n",
            &[("github.com/0", "user", "o", 3), ("github.com/0", "oauth_token", "t", 4)],
        );
    }

    #[test]
    fn broken_documents_end() {
        for text in ["-", "- -", ":", "\"", "a: |", "{", "a: {", "- - - - - - - - - - - a: b", "\u{feff}a: b"]
        {
            parse(text);
        }
        let deep: String = (0..200).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
        assert!(parse(&deep).is_cut);
    }
}
