//! XML, as attributes and texts with the elements above them.

use crate::document::{Document, below};
use quick_xml::events::{BytesStart, Event};
use std::rc::Rc;

/// Deeper elements are skipped.
const DEPTH_MAX: usize = 64;

/// Reads texts under the name of their element and attributes as `@name` below theirs. Elements are numbered, so that
/// two of the same name stay apart.
pub(crate) fn parse(text: &str) -> Document {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut document = Document::default();
    // Path up to the element, its name, its text, the line of its text.
    let mut open: Vec<(Rc<str>, String, String, u32)> = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut number = 0_usize;
    loop {
        let line = lines.at(usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX));
        let Ok(event) = reader.read_event() else { break };
        match event {
            Event::Start(start) => {
                number += 1;
                let name = start.local_name().into_inner().trim().to_owned();
                let parent = open.last().map_or_else(|| Rc::from(""), |(path, ..)| Rc::clone(path));
                let path = below(&parent, &format!("{name}#{number}"));
                attributes(&start, &path, line, &mut document);
                if open.len() >= DEPTH_MAX {
                    document.is_cut = true;
                    break;
                }
                open.push((path, name, String::new(), line));
            }
            Event::Empty(start) => {
                number += 1;
                let name = start.local_name().into_inner().trim().to_owned();
                let parent = open.last().map_or("", |(path, ..)| path);
                attributes(&start, &below(parent, &format!("{name}#{number}")), line, &mut document);
            }
            Event::Text(part) => {
                if let Some((_, _, text, at)) = open.last_mut() {
                    if text.is_empty() {
                        *at = line;
                    }
                    text.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some((_, _, text, _)) = open.last_mut() {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some((_, _, text, _)) = open.last_mut() {
                    // Entities that a document defines itself stay out: they are how XML bombs work.
                    match reference.resolve_char_ref() {
                        Ok(Some(character)) => text.push(character),
                        _ => text.push_str(
                            quick_xml::escape::resolve_predefined_entity(&reference).unwrap_or("?"),
                        ),
                    }
                }
            }
            Event::End(_) => {
                if let Some((_, name, text, line)) = open.pop() {
                    let parent = open.last().map_or_else(|| Rc::from(""), |(path, ..)| Rc::clone(path));
                    let text = text.trim();
                    if !text.is_empty() && !document.push(&parent, &name, text.to_owned(), line) {
                        break;
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    document
}

fn attributes(start: &BytesStart<'_>, path: &Rc<str>, line: u32, document: &mut Document) {
    for attribute in start.attributes().with_checks(false).flatten().take(64) {
        let name = format!("@{}", attribute.key.local_name().into_inner());
        let value = match quick_xml::escape::unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.into_owned(),
        };
        document.push(path, &name, value, line);
    }
}

/// Counts lines while going forward.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// The line of an offset, white space before the next element skipped.
    fn at(&mut self, offset: usize) -> u32 {
        let offset = offset.min(self.text.len());
        while self.at < offset {
            self.line = self.line.saturating_add(u32::from(self.text[self.at] == b'\n'));
            self.at += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_texts_are_read() {
        let document = parse("<a>\n<b x=\"1 &amp; 2\"><c>t&lt;u</c></b>\n<b x='3'/>\n<d>\n v</d></a>");
        let seen: Vec<_> = document
            .entries
            .iter()
            .map(|e| (e.section(), e.key.as_str(), e.value.as_str(), e.line))
            .collect();
        assert_eq!(
            seen,
            [("b", "@x", "1 & 2", 2), ("b", "c", "t<u", 2), ("b", "@x", "3", 3), ("a", "d", "v", 4)]
        );
        assert_ne!(document.entries[0].parent, document.entries[2].parent);
    }

    #[test]
    fn broken_documents_end() {
        for text in ["<", "<a", "<a><b></a>", "</a>", "<a x=>", "&", "<a>&bad;</a>", "<!--"] {
            parse(text);
        }
        assert!(parse(&"<a>".repeat(1_000)).is_cut);
    }
}
