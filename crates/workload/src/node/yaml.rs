//! YAML streams, document by document, within limits.

use super::{Entry, Node, Value, parse_json};
use crate::spec::Place;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// Bytes of a document that a second, more lenient reader may see.
const LENIENT_BYTES_MAX: usize = 4 << 20;

/// One document of a stream: what was understood, and what not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The content; none when the text is not YAML. Documents without content are left out.
    pub root: Option<Node>,
    /// 1-based line of the first character in the stream.
    pub line: u32,
    /// Where it stands in the stream, in bytes, the marker that starts it among them.
    pub bytes: std::ops::Range<usize>,
    /// What is wrong with it, with the line in the stream.
    pub problems: Vec<String>,
}

/// Bounds on a stream. Reaching one is a problem of the document.
#[derive(Clone, Copy, Debug)]
pub struct DocumentLimits {
    /// Bytes of the whole stream.
    pub bytes_max: usize,
    /// Nodes of one document, those that aliases repeat counted each time.
    pub nodes_max: usize,
    /// Collections inside collections.
    pub depth_max: usize,
    /// Documents of the stream.
    pub documents_max: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self { bytes_max: 64 << 20, nodes_max: 2_000_000, depth_max: 100, documents_max: 100_000 }
    }
}

/// Reads a stream of YAML documents, or one JSON text. A text that only libyaml takes has no places. A document that
/// cannot be read does not hide the others: a line that begins with `---` always starts a new one (YAML 1.2.2, section
/// 9.1.2).
#[must_use]
pub fn parse_documents(text: &str, limits: &DocumentLimits) -> Vec<Document> {
    let whole_bytes = text.len();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = whole_bytes - text.len();
    if text.len() > limits.bytes_max {
        let problem = format!("more than {} bytes", limits.bytes_max);
        return vec![Document { line: 1, problems: vec![problem], ..Document::default() }];
    }
    let mut documents = Vec::new();
    for (first_line, part) in split_documents(text) {
        let bytes = at..at + part.len();
        at = bytes.end;
        if part
            .lines()
            .all(|line| line.trim().is_empty() || line.starts_with(['#', '%']) || line.trim() == "---")
        {
            continue;
        }
        if documents.len() >= limits.documents_max {
            let problem = format!("more than {} documents", limits.documents_max);
            documents.push(Document { line: first_line, problems: vec![problem], ..Document::default() });
            break;
        }
        documents.push(Document { bytes, ..parse_document(part, first_line, limits) });
    }
    documents
}

/// The parts between markers, with the line they begin on; the marker belongs to the document that it starts.
fn split_documents(text: &str) -> Vec<(u32, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut start_line, mut offset) = (0, 1_u32, 0);
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let starts = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if starts && offset > start {
            parts.push((start_line, &text[start..offset]));
            (start, start_line) = (offset, number);
        }
        offset += line.len();
    }
    parts.push((start_line, &text[start..]));
    parts
}

fn parse_document(text: &str, first_line: u32, limits: &DocumentLimits) -> Document {
    let mut builder = Builder {
        limits,
        line_offset: first_line - 1,
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        anchored: 0,
        root: None,
        problems: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let outcome = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let at = error.marker();
                let line = u32::try_from(at.line()).unwrap_or(u32::MAX).saturating_add(builder.line_offset);
                Err(format!("line {line}, column {}: {}", at.col() + 1, error.info()))
            }
        };
        if let Err(problem) = outcome {
            // Tabs between tokens of JSON are no YAML for every reader.
            if text.trim_start().starts_with(['{', '['])
                && let Ok(root) = parse_json(text.as_bytes())
            {
                return Document { root: Some(root), line: first_line, ..Document::default() };
            }
            // Readers made with libyaml, which are most, take some texts that the standard refuses.
            let is_bounded = text.len() <= LENIENT_BYTES_MAX
                && !problem.starts_with("more than")
                && !problem.contains("levels");
            if is_bounded && let Ok(root) = serde_yaml_ng::from_str::<Node>(text) {
                return Document { root: Some(root), line: first_line, ..Document::default() };
            }
            return Document { line: first_line, problems: vec![problem], ..Document::default() };
        }
    }
    Document { root: builder.root, line: first_line, problems: builder.problems, ..Document::default() }
}

struct Builder<'a> {
    limits: &'a DocumentLimits,
    line_offset: u32,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    anchored: usize,
    root: Option<Node>,
    problems: Vec<String>,
}

/// A collection that is not complete.
struct Open {
    node: Node,
    anchor: usize,
    nodes_before: usize,
    key: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text =
                    tag.as_ref().is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let text = text.into_owned();
                let value = if style == ScalarStyle::Plain && !is_text {
                    Value::Plain(text)
                } else {
                    Value::Quoted(text)
                };
                let node = Node { value, place: Some(self.place(span)), tag: local_tag(tag.as_deref()) };
                self.count(1)?;
                self.finish(node, anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Value::List(Vec::new()), span, anchor, tag.as_deref())
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Value::Map(Vec::new()), span, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut open) = self.stack.pop() else { return Ok(()) };
                self.close(&mut open.node, span);
                if let Value::Map(entries) = &mut open.node.value {
                    self.join_merges(entries)?;
                }
                let size = self.nodes - open.nodes_before;
                self.finish(open.node, open.anchor, size)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err(format!("line {}: an alias inside what it names", self.place(span).line));
                };
                let (node, size) = (node.clone(), *size);
                self.count(size)?;
                // The place stays that of the anchor: there stands what is wrong.
                self.finish(node, 0, size)
            }
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        value: Value,
        span: Span,
        anchor: usize,
        tag: Option<&saphyr_parser::Tag>,
    ) -> Result<(), String> {
        if self.stack.len() >= self.limits.depth_max {
            return Err(format!(
                "line {}: more than {} levels",
                self.place(span).line,
                self.limits.depth_max
            ));
        }
        let nodes_before = self.nodes;
        self.count(1)?;
        let node = Node { value, place: Some(self.place(span)), tag: local_tag(tag) };
        self.stack.push(Open { node, anchor, nodes_before, key: None });
        Ok(())
    }

    /// A block collection ends where its last child does; one with brackets at its bracket.
    fn close(&self, node: &mut Node, span: Span) {
        let end = self.place(span);
        let last = match &node.value {
            Value::List(items) => items.last().and_then(|item| item.place),
            Value::Map(entries) => entries.last().and_then(|entry| entry.value.place.or(entry.key_place)),
            _ => None,
        };
        if let Some(place) = &mut node.place {
            let bracket = span.end.index() > span.start.index();
            let end = if bracket { end } else { last.unwrap_or(*place) };
            if (end.end_line, end.end_column) > (place.line, place.column) {
                (place.end_line, place.end_column) = (end.end_line, end.end_column);
            }
        }
    }

    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), String> {
        if anchor != 0 {
            // Anchors inside anchors are kept once each.
            self.anchored = self.anchored.saturating_add(size);
            if self.anchored > self.limits.nodes_max {
                return Err(format!("more than {} nodes under anchors", self.limits.nodes_max));
            }
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => {
                    let Some(text) = key_text(&key) else {
                        let line = key.place.map_or(0, |place| place.line);
                        self.problems.push(format!("line {line}: a key that is no text"));
                        return Ok(());
                    };
                    if text != "<<" && entries.iter().rev().take(200).any(|entry| entry.key == text) {
                        let line = key.place.map_or(0, |place| place.line);
                        self.problems.push(format!("line {line}: key '{}' is given twice", short(&text)));
                    }
                    entries.push(Entry { key: text, key_place: key.place, value: node });
                }
            },
            _ => {}
        }
        Ok(())
    }

    /// Merge keys (`<<`, <https://yaml.org/type/merge.html>): own keys win, then the earlier of several mappings.
    fn join_merges(&mut self, entries: &mut Vec<Entry>) -> Result<(), String> {
        if !entries.iter().any(|entry| entry.key == "<<") {
            return Ok(());
        }
        let (merges, mut own): (Vec<_>, Vec<_>) =
            std::mem::take(entries).into_iter().partition(|entry| entry.key == "<<");
        for merge in merges {
            let sources = match merge.value.value {
                Value::List(items) => items,
                value => vec![Node { value, ..Node::default() }],
            };
            for source in sources {
                let Value::Map(source) = source.value else {
                    let line = merge.key_place.map_or(0, |place| place.line);
                    self.problems.push(format!("line {line}: '<<' is no mapping"));
                    continue;
                };
                for entry in source {
                    if !own.iter().any(|other| other.key == entry.key) {
                        self.count(1)?;
                        own.push(entry);
                    }
                }
            }
        }
        *entries = own;
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > self.limits.nodes_max {
            return Err(format!("more than {} nodes", self.limits.nodes_max));
        }
        Ok(())
    }

    fn place(&self, span: Span) -> Place {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Place {
            line: number(span.start.line()).saturating_add(self.line_offset),
            column: number(span.start.col()).saturating_add(1),
            end_line: number(span.end.line()).saturating_add(self.line_offset),
            end_column: number(span.end.col()).saturating_add(1),
            file: 0,
        }
    }
}

fn local_tag(tag: Option<&saphyr_parser::Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!").map(|tag| tag.suffix.clone())
}

fn key_text(key: &Node) -> Option<String> {
    match &key.value {
        Value::Plain(text) | Value::Quoted(text) => Some(text.clone()),
        _ => None,
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
