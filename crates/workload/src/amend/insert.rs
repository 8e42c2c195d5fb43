//! Ways to write a change, the nicest first. Whether one means what it should is for the reader to say: a mapping may
//! stand where an anchor points, a last line may belong to a block of text.

use super::lines::Lines;
use super::new::{New, behind_dash, entry, flow_key};
use super::{Put, Step};
use crate::node::{Node, Value};
use crate::spec::Place;
use std::ops::Range;

/// Bytes and what takes their place, in order.
pub(super) type Edits = Vec<(Range<usize>, String)>;

/// The text that is edited.
pub(super) struct Site<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines<'a>,
    pub(super) is_json: bool,
}

/// Ways to bring a change about.
pub(super) fn candidates(site: &Site<'_>, root: &Node, path: &[Step<'_>], put: &Put) -> Vec<Edits> {
    let mut node = root;
    for (at, step) in path.iter().enumerate() {
        let next = match step {
            Step::Key(key) => node.entry(key).map(|entry| (&entry.value, entry.key_place)),
            Step::Item(number) => node.items().get(*number).map(|item| (item, None)),
        };
        match next {
            Some((next, key_place)) if next.is_null() => {
                let (Some(key), Some(new)) = (key_place, New::wrapped(&path[at + 1..], put)) else {
                    return Vec::new();
                };
                return site.under_key(node, key, next, &new).into_iter().collect();
            }
            Some((next, _)) => node = next,
            None => {
                let (Step::Key(key), Some(new)) = (step, New::wrapped(&path[at + 1..], put)) else {
                    return Vec::new();
                };
                return site.in_map(node, key, &new);
            }
        }
    }
    match put {
        Put::Set(new) => site.in_place(node, new).into_iter().collect(),
        Put::Append(new) => site.in_list(node, new),
    }
}

impl Site<'_> {
    /// A scalar for another.
    fn in_place(&self, node: &Node, new: &New) -> Option<Edits> {
        if !matches!(node.value, Value::Plain(_) | Value::Quoted(_))
            || !matches!(new, New::Plain(_) | New::Text(_))
        {
            return None;
        }
        Some(vec![(self.scalar(node)?, new.flow(self.is_json))])
    }

    /// A value for a key that has none.
    fn under_key(&self, map: &Node, key: Place, old: &Node, new: &New) -> Option<Edits> {
        let start = self.lines.byte(key.end_line, key.end_column)?;
        let line = self.lines.line(key.end_line)?;
        let rest = self.text.get(start..line.end)?;
        let colon = start + rest.find(':')? + 1;
        let behind = self.text.get(colon..line.end)?;
        let is_empty = matches!(&old.value, Value::Plain(text) if text.is_empty())
            && (behind.trim().is_empty() || behind.trim_start().starts_with('#'));
        if self.is_flow(map) || !is_empty {
            return self.in_place(old, new).or_else(|| {
                let bytes = self.lines.bytes(old.place?)?;
                let is_null = self.text.get(bytes.clone()).is_some_and(|text| matches!(text, "null" | "~"));
                is_null.then(|| vec![(bytes, new.flow(self.is_json))])
            });
        }
        if matches!(new, New::Plain(_) | New::Text(_)) {
            return Some(vec![(colon..colon, format!(" {}", new.flow(false)))]);
        }
        let is_flat = self.is_flat(map);
        let indent = self.indent(key.column, if is_flat && matches!(new, New::List(_)) { 0 } else { 2 });
        Some(vec![(line.end..line.end, self.below(&indent, &new.block(is_flat)))])
    }

    /// An entry more.
    fn in_map(&self, map: &Node, key: &str, new: &New) -> Vec<Edits> {
        let (Value::Map(entries), Some(place)) = (&map.value, map.place) else { return Vec::new() };
        if self.is_flow(map) {
            let text = |is_json| format!("{}: {}", flow_key(key, is_json), new.flow(is_json));
            return self.in_flow(map, entries.first().and_then(|entry| entry.key_place), &text);
        }
        let indent = self.indent(place.column, 0);
        self.in_block(map, place, &indent, &entry(key, new, self.is_flat(map)))
    }

    /// Lines behind the last that is not empty, behind the last, or in front of the first.
    fn in_block(&self, node: &Node, place: Place, indent: &str, lines: &[String]) -> Vec<Edits> {
        let last = last_line(node);
        let is_blank =
            |line: u32| self.lines.line(line).is_none_or(|bytes| self.text[bytes].trim().is_empty());
        let filled = (place.line..=last).rev().find(|line| !is_blank(*line)).unwrap_or(last);
        let mut ways = Vec::new();
        for number in if filled == last { vec![last] } else { vec![filled, last] } {
            let end = self.lines.line(number).map(|line| line.end);
            ways.extend(end.map(|end| vec![(end..end, self.below(indent, lines))]));
        }
        ways.extend(self.above(place, indent, lines));
        ways
    }

    /// The column of a block list's dashes. One that is not indented is said to begin with its first item.
    fn dash(&self, list: &Node) -> Option<u32> {
        let place = list.place?;
        let first = list.items().first()?.place?;
        if (first.line, first.column) != (place.line, place.column) {
            return Some(place.column);
        }
        let before =
            self.text.get(self.lines.line(place.line)?.start..self.lines.byte(place.line, place.column)?)?;
        u32::try_from(before[..before.rfind('-')?].chars().count() + 1).ok()
    }

    /// The bytes of a scalar: readers say that one in quotes ends behind the blanks and comments that follow.
    fn scalar(&self, node: &Node) -> Option<Range<usize>> {
        let bytes = self.lines.bytes(node.place?)?;
        let text = self.text.get(bytes.clone())?;
        let length = match text.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => behind_quote(text, *quote),
            _ => text.trim_end().len(),
        };
        Some(bytes.start..bytes.start + length)
    }

    /// An item more.
    fn in_list(&self, list: &Node, new: &New) -> Vec<Edits> {
        let (Value::List(items), Some(place)) = (&list.value, list.place) else { return Vec::new() };
        if self.is_flow(list) {
            let last = items.last().and_then(|item| match item.value {
                Value::Plain(_) | Value::Quoted(_) => self.scalar(item),
                _ => self.lines.bytes(item.place?),
            });
            return match last {
                Some(last) => vec![vec![(last.end..last.end, format!(", {}", new.flow(self.is_json)))]],
                None => self.in_flow(list, None, &|is_json| new.flow(is_json)),
            };
        }
        let Some(column) = self.dash(list) else { return Vec::new() };
        let indent = self.indent(column, 0);
        self.in_block(list, Place { column, ..place }, &indent, &behind_dash(new, false))
    }

    /// In front of what stands between brackets.
    fn in_flow(&self, node: &Node, first: Option<Place>, text: &dyn Fn(bool) -> String) -> Vec<Edits> {
        let Some(start) = node.place.and_then(|place| self.lines.byte(place.line, place.column)) else {
            return Vec::new();
        };
        let Some(first) = first.and_then(|first| self.lines.byte(first.line, first.column)) else {
            return vec![vec![(start + 1..start + 1, text(self.is_json))]];
        };
        let between = &self.text[start + 1..first.max(start + 1)];
        let text = text(self.is_json || self.text[first..].starts_with('"'));
        let separator = if between.contains('\n') && between.trim().is_empty() { between } else { " " };
        vec![vec![(first..first, format!("{text},{separator}"))]]
    }

    /// Lines behind the end of a line.
    fn below(&self, indent: &str, lines: &[String]) -> String {
        let end = self.lines.end();
        lines.iter().map(|line| format!("{end}{indent}{line}")).collect()
    }

    /// Lines in front of a collection that starts its line.
    fn above(&self, place: Place, indent: &str, lines: &[String]) -> Option<Edits> {
        let line = self.lines.line(place.line)?;
        let start = self.lines.byte(place.line, place.column)?;
        let end = self.lines.end();
        let text: String = lines.iter().map(|line| format!("{indent}{line}{end}")).collect();
        self.text.get(line.start..start)?.trim().is_empty().then(|| vec![(line.start..line.start, text)])
    }

    fn is_flow(&self, node: &Node) -> bool {
        let start = node.place.and_then(|place| self.lines.byte(place.line, place.column));
        start.and_then(|start| self.text.get(start..)).is_some_and(|text| text.starts_with(['{', '[']))
    }

    /// Whether dashes of lists stand under their key's first letter, as far as the mapping shows.
    fn is_flat(&self, map: &Node) -> bool {
        let lists = map.entries().iter().filter(|entry| entry.value.is_list() && !self.is_flow(&entry.value));
        let columns = lists.filter_map(|entry| Some((entry.key_place?.column, self.dash(&entry.value)?)));
        columns.take(1).any(|(key, dash)| key == dash)
    }

    fn indent(&self, column: u32, more: usize) -> String {
        " ".repeat(usize::try_from(column.saturating_sub(1)).unwrap_or(0).min(1_000) + more)
    }
}

/// The bytes of a text from its first quote to the one that closes it (YAML 1.2.2, sections 7.3.1 and 7.3.2).
fn behind_quote(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            found if found == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 1,
            found if found == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The last line of a collection in block style: that of its last scalar.
fn last_line(node: &Node) -> u32 {
    let Some(place) = node.place else { return 0 };
    let own = |place: &Place| place.line >= node.place.map_or(0, |own| own.line);
    let children: Vec<(Option<Place>, Option<&Node>)> = match &node.value {
        Value::Map(entries) => entries.iter().map(|entry| (entry.key_place, Some(&entry.value))).collect(),
        Value::List(items) => items.iter().map(|item| (None, Some(item))).collect(),
        // A block of text ends before the line behind it.
        _ if place.end_column == 1 && place.end_line > place.line => return place.end_line - 1,
        _ => return place.end_line,
    };
    let mut last = place.line;
    for (key, value) in children {
        last = last.max(key.filter(own).map_or(0, |key| key.end_line));
        if let Some(value) = value.filter(|value| value.place.as_ref().is_some_and(own)) {
            last =
                last.max(last_line(value)).max(value.place.map_or(0, |place| {
                    if place.end_column == 1 { place.end_line - 1 } else { place.end_line }
                }));
        }
    }
    last
}
