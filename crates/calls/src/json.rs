//! JSON (RFC 8259), read so that Go's `encoding/json` cannot read it differently, and written in one way.

mod reader;
mod text;
mod writer;

pub use reader::parse;
pub use writer::write;

use crate::shape::same;
use std::borrow::Cow;

/// A key: the API's own spelling, or the client's where the key is data or not known.
pub type Key = Cow<'static, str>;

/// Where the first byte is that cannot stand in a text as it is: a quotation mark, a backslash, a control character.
fn special_at(bytes: &[u8]) -> Option<usize> {
    // Compilers make vector instructions of a block that is looked at whole.
    const BLOCK: usize = 16;
    let is_special = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    let plain = bytes
        .chunks_exact(BLOCK)
        .take_while(|block| !block.iter().fold(false, |is_there, byte| is_there | is_special(byte)))
        .count();
    let from = plain * BLOCK;
    bytes[from..].iter().position(is_special).map(|at| from + at)
}

/// A JSON value whose keys are written as the API writes them.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Another number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object: keys in their order; none folds to another where they are names of fields.
    Object(Vec<(Key, Json)>),
}

impl Json {
    /// An object without keys.
    #[must_use]
    pub const fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// The value of a key; none when this is no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| same(name, key)).map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |json, key| json.get(key))
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match self {
            Self::Object(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Puts a value behind a key, or in its place; whatever is no object becomes one.
    pub fn set(&mut self, key: impl Into<Key>, value: Self) {
        let key = key.into();
        if let Some(old) = self.get_mut(&key) {
            *old = value;
            return;
        }
        if !matches!(self, Self::Object(_)) {
            *self = Self::object();
        }
        if let Self::Object(entries) = self {
            entries.push((key, value));
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let Self::Object(entries) = self else { return None };
        let at = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(at).1)
    }

    /// The object behind a key, made when it is not there or null.
    pub fn object_mut(&mut self, key: &'static str) -> &mut Self {
        if !matches!(self.get(key), Some(Self::Object(_))) {
            self.set(key, Self::object());
        }
        self.get_mut(key).expect("the key was just set")
    }

    /// The entries of an object; none for everything else.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Self)] {
        match self {
            Self::Object(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; none for everything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text, when it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when it is a whole one.
    #[must_use]
    pub const fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether it is `true`.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self, Self::Boolean(true))
    }

    /// Whether it is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text behind a key; empty when there is none.
    #[must_use]
    pub fn text_of(&self, key: &str) -> &str {
        self.get(key).and_then(Self::text).unwrap_or_default()
    }

    /// The texts of the list behind a key.
    pub fn texts_of<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> {
        let value = self.get(key);
        // One text alone stands for a list of it where the API allows that.
        let alone = value.and_then(Self::text);
        alone.into_iter().chain(value.map(Self::items).unwrap_or_default().iter().filter_map(Self::text))
    }

    /// The same for those who speak serde's JSON.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Boolean(value) => Value::Bool(*value),
            Self::Integer(number) => Value::from(*number),
            Self::Number(text) => text
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map_or_else(|| Value::String(text.clone()), Value::Number),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(entries) => Value::Object(
                entries.iter().map(|(key, value)| (key.to_string(), value.to_value())).collect(),
            ),
        }
    }
}
