//! What is put into a document.

use super::{Put, Step};
use crate::node::{Entry, Node, Value};

/// What is put into a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum New {
    /// A scalar that means itself without quotes: `true`, `256`.
    Plain(String),
    /// Text.
    Text(String),
    /// A sequence.
    List(Vec<New>),
    /// A mapping.
    Map(Vec<(String, New)>),
}

impl New {
    pub(crate) fn plain(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// What has to be set where a path ends, for the rest of the path to lead to it.
    pub(super) fn wrapped(path: &[Step<'_>], put: &Put) -> Option<Self> {
        let inner = match put {
            Put::Set(new) => new.clone(),
            Put::Append(new) => Self::List(vec![new.clone()]),
        };
        path.iter().rev().try_fold(inner, |inner, step| match step {
            Step::Key(key) => Some(Self::Map(vec![((*key).to_owned(), inner)])),
            Step::Item(_) => None,
        })
    }

    /// As JSON.
    pub(crate) fn json(&self) -> String {
        self.flow(true)
    }

    pub(super) fn node(&self) -> Node {
        Node::of(match self {
            Self::Plain(text) => Value::Plain(text.clone()),
            Self::Text(text) if needs_quotes(text) => Value::Quoted(text.clone()),
            Self::Text(text) => Value::Plain(text.clone()),
            Self::List(items) => Value::List(items.iter().map(Self::node).collect()),
            Self::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, new)| Entry { key: key.clone(), key_place: None, value: new.node() })
                    .collect(),
            ),
        })
    }

    /// As lines, the first without indentation, the others with that of the mapping or item it stands in.
    pub(super) fn block(&self, is_flat: bool) -> Vec<String> {
        match self {
            Self::Plain(text) => vec![text.clone()],
            Self::Text(text) => vec![quoted(text, false)],
            Self::List(items) => items.iter().flat_map(|item| behind_dash(item, is_flat)).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(key, new)| entry(key, new, is_flat)).collect(),
        }
    }

    /// In one line.
    pub(super) fn flow(&self, is_json: bool) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Plain(text) => text.clone(),
            Self::Text(text) => quoted(text, is_json),
            Self::List(items) => {
                format!("[{}]", joined(items.iter().map(|item| item.flow(is_json)).collect()))
            }
            Self::Map(entries) => {
                let entry = |(key, new): &(String, Self)| {
                    format!("{}: {}", flow_key(key, is_json), new.flow(is_json))
                };
                format!("{{{}}}", joined(entries.iter().map(entry).collect()))
            }
        }
    }
}

/// The lines of an entry of a mapping in block style.
pub(super) fn entry(key: &str, new: &New, is_flat: bool) -> Vec<String> {
    match new {
        New::Plain(_) | New::Text(_) => vec![format!("{key}: {}", new.block(is_flat).concat())],
        New::List(_) | New::Map(_) => {
            let indent = if is_flat && matches!(new, New::List(_)) { "" } else { "  " };
            let inner = new.block(is_flat).into_iter().map(|line| format!("{indent}{line}"));
            std::iter::once(format!("{key}:")).chain(inner).collect()
        }
    }
}

/// The lines of an item of a list in block style.
pub(super) fn behind_dash(item: &New, is_flat: bool) -> Vec<String> {
    let lines = item.block(is_flat).into_iter().enumerate();
    lines.map(|(at, line)| format!("{}{line}", if at == 0 { "- " } else { "  " })).collect()
}

pub(super) fn flow_key(key: &str, is_json: bool) -> String {
    if is_json { quoted(key, true) } else { key.to_owned() }
}

/// Words of letters, digits and what means nothing to YAML inside a word need no quotes, unless they are another type.
pub(super) fn needs_quotes(text: &str) -> bool {
    let is_word = !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./:@".contains(letter))
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !text.ends_with(':');
    let is_other = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null"
    );
    !is_word || is_other
}

fn quoted(text: &str, is_json: bool) -> String {
    if is_json || needs_quotes(text) {
        // JSON's escapes are YAML's (YAML 1.2.2, section 5.7).
        return serde_json::Value::from(text).to_string();
    }
    text.to_owned()
}
