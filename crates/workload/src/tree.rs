//! What readers of the Engine API ask of a JSON value, whoever has read it.

use crate::node::{Node, Value};
use std::borrow::Cow;

/// A JSON value, by handle. Keys of structures are found as Go finds them.
pub trait Tree: Sized {
    /// The value of a field; none for what is no object.
    fn field(&self, key: &str) -> Option<Self>;
    /// Whether it is nothing.
    fn is_null(&self) -> bool;
    /// Whether it is an object.
    fn is_map(&self) -> bool;
    /// The text.
    fn text(&self) -> Option<&str>;
    /// The truth value.
    fn boolean(&self) -> Option<bool>;
    /// The whole number.
    fn integer(&self) -> Option<i64>;
    /// The values of a list; none for what is no list.
    fn list(&self) -> Option<Vec<Self>>;
    /// Keys and values of an object; nothing for everything else.
    fn entries(&self) -> Vec<(&str, Self)>;

    /// The values of a list; nothing for everything else.
    fn items(&self) -> Vec<Self> {
        self.list().unwrap_or_default()
    }
}

impl Tree for Cow<'_, Node> {
    fn field(&self, key: &str) -> Option<Self> {
        match self {
            Cow::Borrowed(node) => node.folded(key),
            Cow::Owned(node) => node.folded(key).map(|found| Cow::Owned(found.into_owned())),
        }
    }

    fn is_null(&self) -> bool {
        Node::is_null(self)
    }

    fn is_map(&self) -> bool {
        Node::is_map(self)
    }

    fn text(&self) -> Option<&str> {
        Node::text(self)
    }

    fn boolean(&self) -> Option<bool> {
        Node::boolean(self)
    }

    fn integer(&self) -> Option<i64> {
        Node::integer(self)
    }

    fn list(&self) -> Option<Vec<Self>> {
        match self {
            Cow::Borrowed(Node { value: Value::List(items), .. }) => {
                Some(items.iter().map(Cow::Borrowed).collect())
            }
            Cow::Owned(Node { value: Value::List(items), .. }) => {
                Some(items.iter().cloned().map(Cow::Owned).collect())
            }
            _ => None,
        }
    }

    fn entries(&self) -> Vec<(&str, Self)> {
        match self {
            Cow::Borrowed(node) => {
                node.entries().iter().map(|entry| (entry.key.as_str(), Cow::Borrowed(&entry.value))).collect()
            }
            Cow::Owned(node) => node
                .entries()
                .iter()
                .map(|entry| (entry.key.as_str(), Cow::Owned(entry.value.clone())))
                .collect(),
        }
    }
}
