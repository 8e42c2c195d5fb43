//! A document with places: what YAML and JSON texts are read into.

mod json;
mod yaml;

pub use json::parse_json;
pub use yaml::{Document, DocumentLimits, parse_documents};

use crate::spec::Place;
use std::borrow::Cow;

/// One node of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands, when it came from a text.
    pub place: Option<Place>,
    /// The local tag (`reset`, `override` of compose), without its `!`.
    pub tag: Option<String>,
}

/// What a node is. Scalars keep their text: what `on`, `0755` or `1e3` mean depends on who asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar without quotes, or a number, `true`, `false` or `null` of JSON.
    Plain(String),
    /// A scalar with quotes or in a block: always text.
    Quoted(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the text; keys may repeat in JSON.
    Map(Vec<Entry>),
    /// Something that cannot be told, and why.
    Unknown(String),
}

impl Default for Value {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Option<Place>,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// The range from the key to the end of the value.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match (self.key_place, self.value.place) {
            (Some(key), Some(value)) if value.end_line >= key.line => {
                Some(Place { end_line: value.end_line, end_column: value.end_column, ..key })
            }
            (key, value) => key.or(value),
        }
    }
}

impl Node {
    /// A node without a place.
    #[must_use]
    pub const fn of(value: Value) -> Self {
        Self { value, place: None, tag: None }
    }

    /// Quoted text without a place.
    #[must_use]
    pub fn text_of(text: impl Into<String>) -> Self {
        Self::of(Value::Quoted(text.into()))
    }

    /// Whether it is nothing: an empty plain scalar, `~`, `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Plain(text) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(text) | Value::Quoted(text) if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The truth of a scalar: the words of YAML 1.1, which the readers of Kubernetes and compose accept.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        let text = self.text()?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }

    /// The whole number that a scalar is.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        let text = self.text()?.trim();
        let digits = text.replace('_', "");
        if let Some(hex) = digits.strip_prefix("0x") {
            return i64::from_str_radix(hex, 16).ok();
        }
        if let Some(octal) = digits.strip_prefix("0o") {
            return i64::from_str_radix(octal, 8).ok();
        }
        digits.parse().ok().or_else(|| {
            // JSON of Go writes large numbers as 1e+06.
            let number: f64 = digits.parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number within 2^53")]
            (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
        })
    }

    /// The nodes of a sequence; none for everything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none for everything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether it is a mapping.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether it is a sequence.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The value of a key; of the last such key when it repeats.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key; the last one when it repeats.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    pub(crate) fn entry_mut(&mut self, key: &str) -> Option<&mut Entry> {
        match &mut self.value {
            Value::Map(entries) => entries.iter_mut().rev().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        let mut node = self;
        for key in path {
            node = node.get(key)?;
        }
        Some(node)
    }

    /// The value of a key that is written in any case, as Go's `encoding/json` finds the field of a structure: of
    /// repeated keys mappings are joined and otherwise the last that is not null counts.
    #[must_use]
    pub fn folded(&self, key: &str) -> Option<Cow<'_, Node>> {
        let mut found =
            self.entries().iter().filter(|entry| folds_to(&entry.key, key)).map(|entry| &entry.value);
        let (first, second) = (found.next()?, found.next());
        // Nearly always.
        let Some(second) = second else { return Some(Cow::Borrowed(first)) };
        let matching: Vec<&Node> = [first, second].into_iter().chain(found).collect();
        if matching.iter().any(|node| node.is_map()) {
            let entries = matching.iter().flat_map(|node| node.entries().iter().cloned()).collect();
            return Some(Cow::Owned(Self::of(Value::Map(entries))));
        }
        matching
            .iter()
            .rev()
            .find(|node| !node.is_null())
            .or(matching.last())
            .map(|node| Cow::Borrowed(*node))
    }
}

/// Whether Go takes the key for the field: case does not count, nor do the two letters outside ASCII that fold to
/// ASCII ones (`encoding/json`, `foldName`).
fn folds_to(key: &str, field: &str) -> bool {
    // Most keys are told apart by their first letter.
    if let (Some(of_key), Some(of_field)) = (key.bytes().next(), field.bytes().next())
        && of_key.is_ascii()
        && !of_key.eq_ignore_ascii_case(&of_field)
    {
        return false;
    }
    // Fields are ASCII, and each letter that folds to one of them is longer.
    if key.len() <= field.len() || key.is_ascii() {
        return key.eq_ignore_ascii_case(field);
    }
    let fold = |letter: char| match letter {
        'ſ' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(field.chars().map(fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_go_fold_and_mappings_join() {
        let node =
            parse_json(br#"{"HostConfig":{"Privileged":false},"ho\u017ftconfig":{"privileged":true}}"#)
                .unwrap();
        let host = node.folded("HostConfig").unwrap();
        assert_eq!(host.folded("Privileged").unwrap().boolean(), Some(true));
        assert!(node.folded("Image").is_none());
    }

    #[test]
    fn scalars_mean_what_the_asker_wants() {
        let plain = |text: &str| Node::of(Value::Plain(text.into()));
        assert_eq!(plain("on").boolean(), Some(true));
        assert_eq!(plain("1e+06").integer(), Some(1_000_000));
        assert_eq!(plain("0x10").integer(), Some(16));
        assert!(plain("~").is_null() && plain("~").text().is_none());
        assert_eq!(Node::text_of("").text(), Some(""));
    }
}
