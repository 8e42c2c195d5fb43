//! Changes of YAML and JSON texts that keep comments, order and formatting: single places are edited, and the result
//! is read again and has to be what was meant.

mod insert;
mod lines;
mod new;

pub(crate) use new::New;

use crate::node::{Document, DocumentLimits, Node, Value, parse_documents};
use insert::{Edits, Site};
use lines::Lines;
use model::{Edit, SourceSpan};

/// Bytes that are read again to check edits of one text. What is beyond it gets none.
const CHECKED_BYTES_MAX: usize = 32 << 20;

/// A step into a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// What is to be in a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Put {
    /// This value at the end of the path; mappings on the way are made.
    Set(New),
    /// This as one item more of the list at the end of the path; mappings on the way, and the list, are made.
    Append(New),
}

/// A text whose documents can be edited.
pub(crate) struct Amender<'a> {
    text: &'a str,
    file: &'a str,
    lines: Lines<'a>,
    limits: DocumentLimits,
    checked_bytes: usize,
}

impl<'a> Amender<'a> {
    pub(crate) fn new(text: &'a str, file: &'a str, limits: DocumentLimits) -> Self {
        Self { text, file, lines: Lines::of(text), limits, checked_bytes: 0 }
    }

    /// The edits that bring it about in this document; none when no way was found that changes nothing else.
    pub(crate) fn edits(&mut self, document: &Document, path: &[Step<'_>], put: &Put) -> Option<Vec<Edit>> {
        let Document { root, bytes, problems, .. } = document;
        let root = root.as_ref()?;
        let mut wanted = root.clone();
        amend(&mut wanted, path, put)?;
        let site = Site { text: self.text, lines: &self.lines, is_json: is_json(&self.text[bytes.clone()]) };
        for edits in insert::candidates(&site, root, path, put) {
            self.checked_bytes = self.checked_bytes.saturating_add(bytes.len());
            if self.checked_bytes > CHECKED_BYTES_MAX {
                return None;
            }
            let text = made(self.text, bytes, &edits)?;
            let mut read = parse_documents(&text, &self.limits);
            let is_one = read.len() == 1;
            let read = read.pop().filter(|read| is_one && read.problems.len() == problems.len());
            if read.and_then(|read| read.root).is_some_and(|found| is_same(&found, &wanted)) {
                return Some(edits.into_iter().map(|(bytes, text)| self.edit(bytes, text)).collect());
            }
        }
        None
    }

    fn edit(&self, bytes: std::ops::Range<usize>, text: String) -> Edit {
        let ((line, column), (end_line, end_column)) =
            (self.lines.locate(bytes.start), self.lines.locate(bytes.end));
        let span = SourceSpan { file: self.file.to_owned(), line, column, end_line, end_column };
        Edit { bytes, text, span }
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The text of a document with the edits made.
fn made(text: &str, document: &std::ops::Range<usize>, edits: &Edits) -> Option<String> {
    let mut out = String::new();
    let mut at = document.start;
    for (bytes, new) in edits {
        out.push_str(text.get(at..bytes.start)?);
        out.push_str(new);
        at = bytes.end;
    }
    out.push_str(text.get(at..document.end)?);
    Some(out)
}

/// The same in the tree.
fn amend(node: &mut Node, path: &[Step<'_>], put: &Put) -> Option<()> {
    let Some((step, rest)) = path.split_first() else {
        match put {
            Put::Set(new) => *node = new.node(),
            Put::Append(new) if node.is_null() => *node = New::List(vec![new.clone()]).node(),
            Put::Append(new) => match &mut node.value {
                Value::List(items) => items.push(new.node()),
                _ => return None,
            },
        }
        return Some(());
    };
    if node.is_null() && matches!(step, Step::Key(_)) {
        node.value = Value::Map(Vec::new());
    }
    match (step, &mut node.value) {
        (Step::Item(at), Value::List(items)) => amend(items.get_mut(*at)?, rest, put),
        (Step::Key(key), Value::Map(entries)) => {
            if let Some(entry) = entries.iter_mut().rev().find(|entry| entry.key == *key) {
                return amend(&mut entry.value, rest, put);
            }
            let value = New::wrapped(rest, put)?.node();
            entries.push(crate::node::Entry { key: (*key).to_owned(), key_place: None, value });
            Some(())
        }
        _ => None,
    }
}

/// Whether two nodes say the same. The order of keys says nothing, nor do quotes around what cannot be a number.
fn is_same(a: &Node, b: &Node) -> bool {
    if a.tag != b.tag {
        return false;
    }
    match (&a.value, &b.value) {
        (Value::Map(old), Value::Map(new)) => {
            old.len() == new.len()
                && old.iter().all(|entry| b.get(&entry.key).is_some_and(|other| is_same(&entry.value, other)))
        }
        (Value::List(old), Value::List(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
        }
        (Value::Plain(old) | Value::Quoted(old), Value::Plain(new) | Value::Quoted(new)) => {
            old == new && (a.value == b.value || !new::needs_quotes(old))
        }
        (old, new) => old == new,
    }
}

#[cfg(test)]
mod tests;
