//! A pull reader of XML without namespaces, text joined, depth and record length bounded.

use crate::bounded::{Metered, RecordBudget};
use quick_xml::events::{BytesStart, Event};
use std::io::Read;

/// What comes next in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An element begins; local name and attributes.
    Start(Element),
    /// Text that is not blank.
    Text(String),
    /// The element with this local name ends.
    End(String),
}

/// A start tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute by local name; empty when it is absent.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

pub(crate) struct XmlReader<R> {
    reader: quick_xml::Reader<Metered<R>>,
    budget: RecordBudget,
    buffer: Vec<u8>,
    text: String,
    pending: Vec<Token>,
    depth: usize,
}

const DEPTH_MAX: usize = 128;
const ATTRIBUTES_MAX: usize = 64;

impl<R: Read> XmlReader<R> {
    pub(crate) fn new(input: R, record_bytes_max: u64) -> Self {
        let (metered, budget) = Metered::new(input, record_bytes_max);
        let reader = quick_xml::Reader::from_reader(metered);
        Self { reader, budget, buffer: Vec::new(), text: String::new(), pending: Vec::new(), depth: 0 }
    }

    /// Tells that a record is complete, so that the next one may be as long again.
    pub(crate) fn record_done(&self) {
        self.budget.renew();
    }

    /// The next token, or nothing at the end. After an error nothing more can be read.
    pub(crate) fn next(&mut self) -> Result<Option<Token>, String> {
        loop {
            if let Some(token) = self.pending.pop() {
                return Ok(Some(token));
            }
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer);
            let position = |reader: &quick_xml::Reader<Metered<R>>| reader.error_position();
            let mut tokens = [None, None];
            match event.map_err(|error| format!("{error} at byte {}", position(&self.reader)))? {
                Event::Start(start) => {
                    self.depth += 1;
                    tokens[0] = Some(Token::Start(element(&start)));
                }
                Event::Empty(start) => {
                    let element = element(&start);
                    tokens[1] = Some(Token::End(element.name.clone()));
                    tokens[0] = Some(Token::Start(element));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    tokens[0] = Some(Token::End(end.local_name().into_inner().to_owned()));
                }
                Event::Text(text) => {
                    self.text.push_str(&text);
                    continue;
                }
                Event::CData(text) => {
                    self.text.push_str(&text.into_inner());
                    continue;
                }
                Event::GeneralRef(reference) => {
                    // Entities that a document defines itself stay as they are: they are how XML bombs work.
                    match reference.resolve_char_ref() {
                        Ok(Some(character)) => self.text.push(character),
                        _ => match quick_xml::escape::resolve_predefined_entity(&reference) {
                            Some(text) => self.text.push_str(text),
                            None => self.text.push('?'),
                        },
                    }
                    continue;
                }
                Event::Eof if self.depth > 0 => return Err("the document breaks off".to_owned()),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
            }
            if self.depth > DEPTH_MAX {
                return Err(format!("elements nested deeper than {DEPTH_MAX}"));
            }
            // A stack: the last pushed comes first.
            self.pending.extend(tokens[1].take());
            self.pending.extend(tokens[0].take());
            let text = std::mem::take(&mut self.text);
            let trimmed = text.trim();
            if !trimmed.is_empty() {
                self.pending.push(Token::Text(trimmed.to_owned()));
            }
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = Vec::new();
    for attribute in start.attributes().flatten().take(ATTRIBUTES_MAX) {
        let name = attribute.key.local_name().into_inner().to_owned();
        let value = match quick_xml::escape::unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.into_owned(),
        };
        attributes.push((name, value));
    }
    Element { name: start.local_name().into_inner().to_owned(), attributes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token>, String> {
        let mut reader = XmlReader::new(text.as_bytes(), 1 << 20);
        let mut all = Vec::new();
        while let Some(token) = reader.next()? {
            all.push(token);
        }
        Ok(all)
    }

    #[test]
    fn text_and_empty_elements_come_in_order() {
        let all = tokens("<?xml version=\"1.0\"?><x:a k=\"1 &amp; 2\">b &lt;<![CDATA[ &]]>&#33;<c/> d</x:a>")
            .unwrap();
        let Token::Start(a) = &all[0] else { panic!("{all:?}") };
        assert_eq!((a.name.as_str(), a.attribute("k")), ("a", "1 & 2"));
        assert_eq!(all[1], Token::Text("b < &!".to_owned()));
        assert!(matches!(&all[2], Token::Start(c) if c.name == "c"));
        assert_eq!(all[3..], [Token::End("c".into()), Token::Text("d".into()), Token::End("a".into())]);
    }

    #[test]
    fn bombs_and_truncated_documents_end_in_an_error() {
        assert!(tokens(&"<a>".repeat(1_000)).is_err());
        assert!(tokens("<a><b>").is_err());
        assert!(tokens("<a></b>").is_err());
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxx\">]><a>&x;</a>";
        assert_eq!(tokens(bomb).unwrap()[1], Token::Text("?".to_owned()));
        assert!(tokens(&format!("<a>{}</a>", "x".repeat(2 << 20))).is_err());
    }
}
