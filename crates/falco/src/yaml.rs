//! YAML streams as trees with places, within limits.

use saphyr_parser::{Event, Parser, ScalarStyle};
use std::borrow::Cow;
use std::collections::HashMap;

/// A node, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Mark,
    pub(crate) value: Value,
}

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Character in the line, from 1.
    pub(crate) column: usize,
    /// Characters before it.
    pub(crate) offset: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Scalar(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key; the first when it is given twice.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Mapping(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name.scalar() == Some(key)).map(|(_, value)| value)
    }

    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}

/// Bounds on a file of rules. Reaching one is an error of the file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes_max: usize,
    /// Nodes of a file, those that aliases repeat counted each time.
    pub nodes_max: usize,
    /// Collections inside collections.
    pub depth_max: usize,
    /// Rules, macros and lists of all files.
    pub items_max: usize,
    /// Bytes of a condition after lists are put in.
    pub condition_bytes_max: usize,
    /// Parts of a condition after macros are put in.
    pub condition_parts_max: usize,
    /// Parts of all conditions together.
    pub parts_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes_max: 16 << 20,
            nodes_max: 1_000_000,
            depth_max: 64,
            items_max: 50_000,
            condition_bytes_max: 4 << 20,
            condition_parts_max: 200_000,
            parts_max: 2_000_000,
        }
    }
}

/// Why a text is no YAML, and where.
#[derive(Clone, Debug)]
pub(crate) struct YamlError {
    pub(crate) message: String,
    pub(crate) at: Mark,
}

/// How many closing brackets may stand too far left.
const REPAIRS_MAX: usize = 50;

/// The documents of a stream.
///
/// A closing bracket may stand as far left as the key whose list it ends, which YAML forbids, and which yaml-cpp and so
/// published rules do not mind: such a line is moved right, and places in it are told as they were.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Vec<Node>, YamlError> {
    if text.len() > limits.file_bytes_max {
        let message = format!("more than {} bytes", limits.file_bytes_max);
        return Err(YamlError { message, at: Mark::default() });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut moved = Moved::default();
    let mut repaired = Cow::Borrowed(text);
    loop {
        match parse_strictly(&repaired, limits, &moved) {
            Err(error) if moved.lines.len() < REPAIRS_MAX => {
                let lines = repaired.split_inclusive('\n').take(error.at.line.saturating_sub(1));
                let start: usize = lines.map(str::len).sum();
                let line = &repaired[start..];
                if !line.trim_start_matches(' ').starts_with([']', '}']) || moved.has(error.at.line) {
                    return Err(error);
                }
                moved.lines.push(error.at.line);
                repaired.to_mut().insert_str(start, INDENT);
            }
            outcome => return outcome,
        }
    }
}

const INDENT: &str = "                                ";

/// Lines that were moved right.
#[derive(Default)]
struct Moved {
    lines: Vec<usize>,
}

impl Moved {
    fn has(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }

    fn characters_before(&self, line: usize) -> usize {
        self.lines.iter().filter(|moved| **moved < line).count() * INDENT.len()
    }

    /// A place as it is in the file.
    fn mark(&self, line: usize, column: usize, offset: usize) -> Mark {
        let in_line = if self.has(line) { INDENT.len() } else { 0 };
        let column = column.saturating_sub(in_line).max(1);
        Mark { line, column, offset: offset.saturating_sub(self.characters_before(line) + in_line) }
    }
}

fn parse_strictly(text: &str, limits: &Limits, moved: &Moved) -> Result<Vec<Node>, YamlError> {
    let mut builder =
        Builder { limits, stack: Vec::new(), anchors: HashMap::new(), nodes: 0, roots: Vec::new() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let at = moved.mark(span.start.line(), span.start.col() + 1, span.start.index());
                builder.take(event, at).map_err(|message| YamlError { message, at })?;
            }
            Err(error) => {
                let marker = error.marker();
                let at = moved.mark(marker.line(), marker.col() + 1, marker.index());
                return Err(YamlError { message: error.info().to_owned(), at });
            }
        }
    }
    Ok(builder.roots)
}

struct Builder<'a> {
    limits: &'a Limits,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    roots: Vec<Node>,
}

/// A collection that is not complete.
struct Open {
    node: Node,
    anchor: usize,
    nodes_before: usize,
    key: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, at: Mark) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let text = text.into_owned();
                let is_null = style == ScalarStyle::Plain
                    && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null { Value::Null } else { Value::Scalar(text) };
                self.count(1)?;
                self.finish(Node { at, value }, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.open(Value::Sequence(Vec::new()), at, anchor),
            Event::MappingStart(anchor, _) => self.open(Value::Mapping(Vec::new()), at, anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let size = self.nodes - open.nodes_before;
                self.finish(open.node, open.anchor, size)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor) else {
                    return Err("an alias inside what it names".to_owned());
                };
                let (size, is_bounded) = (*size, self.nodes + *size <= self.limits.nodes_max);
                let node = is_bounded.then(|| node.clone());
                self.count(size)?;
                match node {
                    Some(node) => self.finish(node, 0, size),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, value: Value, at: Mark, anchor: usize) -> Result<(), String> {
        if self.stack.len() >= self.limits.depth_max {
            return Err(format!("more than {} levels", self.limits.depth_max));
        }
        let nodes_before = self.nodes;
        self.count(1)?;
        self.stack.push(Open { node: Node { at, value }, anchor, nodes_before, key: None });
        Ok(())
    }

    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), String> {
        if anchor != 0 {
            // What an anchor keeps counts too, or anchors inside anchors would be free.
            self.count(size)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.roots.push(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::Sequence(items) => items.push(node),
            Value::Mapping(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > self.limits.nodes_max {
            return Err(format!("more than {} nodes", self.limits.nodes_max));
        }
        Ok(())
    }
}
