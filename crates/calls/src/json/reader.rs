//! Reading by shape.

use super::{Json, Key};
use crate::limits::{Limits, UnknownKeys};
use crate::refusal::{Refusal, shown};
use crate::shape::{FIELDS_MAX, Object, Shape, fold};
use std::borrow::Cow;
use std::collections::HashSet;

/// Reads a JSON text of that shape, whole. Keys of structures get the spelling of the API.
///
/// # Errors
/// It is no JSON, not of that shape, or two readers could understand it differently.
pub fn parse(
    bytes: &[u8],
    shape: &Shape,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<Json, Refusal> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(Refusal::malformed("json-byte-order-mark", "the body begins with a byte order mark"));
    }
    let mut reader = Reader { bytes, at: 0, depth: 0, limits, warnings, place: "the body" };
    reader.space();
    let json = reader.value(shape)?;
    reader.space();
    if reader.at < bytes.len() {
        return Err(reader.error("json-trailing", "something stands behind the JSON value"));
    }
    Ok(json)
}

pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    limits: &'a Limits,
    warnings: &'a mut Vec<String>,
    /// The field that is read.
    place: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn error(&self, reason: &'static str, what: &str) -> Refusal {
        Refusal::malformed(reason, format!("{what} (byte {}, in {})", self.at, self.place))
    }

    fn wrong(&self, wanted: &str) -> Refusal {
        self.error("json-wrong-type", &format!("{} must be {wanted}", self.place))
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Refusal> {
        if self.bytes.get(self.at) == Some(&byte) {
            self.at += 1;
            return Ok(());
        }
        let what = format!("'{}' is missing", char::from(byte));
        Err(self.error(if self.at >= self.bytes.len() { "json-truncated" } else { "json-malformed" }, &what))
    }

    fn value(&mut self, shape: &Shape) -> Result<Json, Refusal> {
        match self.bytes.get(self.at) {
            None => Err(self.error("json-truncated", "the body ends where a value should be")),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.boolean(shape, "true", true),
            Some(b'f') => self.boolean(shape, "false", false),
            Some(b'"') => match shape {
                Shape::Text | Shape::Any => Ok(Json::Text(self.text()?.into_owned())),
                // One text is the list of it: written so, every engine reads the same.
                Shape::Words => Ok(Json::List(vec![Json::Text(self.text()?.into_owned())])),
                _ => Err(self.wrong(wanted(shape))),
            },
            Some(b'[') => match shape {
                Shape::List(item) => self.list(item),
                Shape::Words => self.list(&Shape::Text),
                Shape::Any => self.list(&Shape::Any),
                _ => Err(self.wrong(wanted(shape))),
            },
            Some(b'{') => match shape {
                Shape::Object(object) => self.object(object),
                Shape::Map(item) => self.map(item, Keys::Exact),
                Shape::Any => self.map(&Shape::Any, Keys::Folded),
                _ => Err(self.wrong(wanted(shape))),
            },
            Some(b'-' | b'0'..=b'9') => self.number(shape),
            Some(_) => Err(self.error("json-malformed", "this is no JSON value")),
        }
    }

    fn word(&mut self, word: &str, json: Json) -> Result<Json, Refusal> {
        if self.bytes.get(self.at..self.at + word.len()) != Some(word.as_bytes()) {
            return Err(self.error("json-malformed", "this is no JSON value"));
        }
        self.at += word.len();
        Ok(json)
    }

    fn boolean(&mut self, shape: &Shape, word: &str, value: bool) -> Result<Json, Refusal> {
        if !matches!(shape, Shape::Boolean | Shape::Any) {
            return Err(self.wrong(wanted(shape)));
        }
        self.word(word, Json::Boolean(value))
    }

    fn number(&mut self, shape: &Shape) -> Result<Json, Refusal> {
        let from = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        let whole = self.digits();
        let has_zero_before = whole.len() > 1 && self.bytes[whole.start] == b'0';
        if whole.is_empty() || has_zero_before {
            return Err(self.error("json-malformed", "this is no number of JSON"));
        }
        let mut is_whole = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            is_whole = false;
            self.at += 1;
            if self.digits().is_empty() {
                return Err(self.error("json-malformed", "a number ends with its point"));
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            is_whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            if self.digits().is_empty() {
                return Err(self.error("json-malformed", "a number has no exponent"));
            }
        }
        let text = std::str::from_utf8(&self.bytes[from..self.at]).expect("digits and signs are ASCII");
        if is_whole && matches!(shape, Shape::Integer | Shape::Number | Shape::Any) {
            let number = text.parse();
            return number
                .map(Json::Integer)
                .map_err(|_| self.error("json-number", "a number needs more than 64 bits"));
        }
        if matches!(shape, Shape::Number | Shape::Any) {
            if !text.parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(self.error("json-number", "a number is too great"));
            }
            return Ok(Json::Number(text.to_owned()));
        }
        Err(self.wrong(wanted(shape)))
    }

    fn digits(&mut self) -> std::ops::Range<usize> {
        let from = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        from..self.at
    }

    fn enter(&mut self) -> Result<(), Refusal> {
        self.at += 1;
        self.depth += 1;
        if self.depth > self.limits.depth_max {
            return Err(self.error("json-depth", "values nest too deep"));
        }
        self.space();
        Ok(())
    }

    /// Whether another entry follows; the reader stands behind the last one.
    fn goes_on(&mut self, end: u8) -> Result<bool, Refusal> {
        self.space();
        match self.bytes.get(self.at) {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(true)
            }
            Some(&byte) if byte == end => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            None => Err(self.error("json-truncated", "the body ends inside a value")),
            Some(_) => Err(self.error("json-malformed", "a comma or the end is missing")),
        }
    }

    fn is_empty(&mut self, end: u8) -> bool {
        if self.bytes.get(self.at) != Some(&end) {
            return false;
        }
        self.at += 1;
        self.depth -= 1;
        true
    }

    fn list(&mut self, shape: &Shape) -> Result<Json, Refusal> {
        self.enter()?;
        let mut items = Vec::new();
        if self.is_empty(b']') {
            return Ok(Json::List(items));
        }
        loop {
            let item = self.value(shape)?;
            // Go makes an empty value of it, or a pointer to none, over which handlers fall.
            if item.is_null() && !matches!(shape, Shape::Any) {
                return Err(self.error("json-null-in-list", "a list has null among its values"));
            }
            items.push(item);
            if !self.goes_on(b']')? {
                return Ok(Json::List(items));
            }
        }
    }

    fn key(&mut self) -> Result<Cow<'a, str>, Refusal> {
        let key = self.text()?;
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(key)
    }

    /// Keys that are data.
    fn map(&mut self, shape: &Shape, keys: Keys) -> Result<Json, Refusal> {
        self.enter()?;
        let mut entries: Vec<(Key, Json)> = Vec::new();
        let mut seen = HashSet::new();
        if self.is_empty(b'}') {
            return Ok(Json::Object(entries));
        }
        loop {
            let key = self.key()?;
            if keys.is_there(&entries, &mut seen, &key) {
                return Err(self.twice(&key));
            }
            let value = self.value(shape)?;
            entries.push((Cow::Owned(key.into_owned()), value));
            if !self.goes_on(b'}')? {
                return Ok(Json::Object(entries));
            }
        }
    }

    /// Keys that name fields.
    fn object(&mut self, object: &'static Object) -> Result<Json, Refusal> {
        self.enter()?;
        let around = self.place;
        self.place = object.name;
        let mut entries: Vec<(Key, Json)> = Vec::new();
        let mut unknown = HashSet::new();
        let (mut known, mut near) = (0_u128, 0);
        if self.is_empty(b'}') {
            self.place = around;
            return Ok(Json::Object(entries));
        }
        if object.is_large() {
            entries.reserve(LARGE);
        }
        loop {
            let key = self.key()?;
            if let Some((number, field)) = object.numbered(&key, near) {
                let bit = 1 << (number % FIELDS_MAX);
                if known & bit != 0 {
                    return Err(self.twice(&key));
                }
                known |= bit;
                near = number + 1;
                self.place = field.name;
                let value = self.value(&field.shape)?;
                self.place = object.name;
                entries.push((Cow::Borrowed(field.name), value));
            } else {
                if object.is_refused(&key) {
                    let what = format!("'{}' has no place in {}", shown(&key), object.name);
                    return Err(self.error("json-misplaced-field", &what));
                }
                if !unknown.insert(fold(&key)) {
                    return Err(self.twice(&key));
                }
                let what = format!("'{}' is not known in {}", shown(&key), object.name);
                if self.limits.unknown_keys == UnknownKeys::Refuse {
                    return Err(self.error("json-unknown-key", &what));
                }
                if self.warnings.len() < 32 {
                    self.warnings.push(what);
                }
                let value = self.value(&Shape::Any)?;
                entries.push((Cow::Owned(key.into_owned()), value));
            }
            if !self.goes_on(b'}')? {
                self.place = around;
                return Ok(Json::Object(entries));
            }
        }
    }

    fn twice(&self, key: &str) -> Refusal {
        self.error("json-duplicate-key", &format!("the key '{}' is there twice", shown(key)))
    }
}

/// Clients write most fields of large structures.
const LARGE: usize = 32;

/// When two keys of a map are one.
#[derive(Clone, Copy)]
enum Keys {
    /// When they are the same.
    Exact,
    /// When Go could take them for the same field, too.
    Folded,
}

impl Keys {
    /// Whether a key is there already; `seen` holds the keys of maps with many.
    fn is_there(self, entries: &[(Key, Json)], seen: &mut HashSet<String>, key: &str) -> bool {
        // A few are compared one by one.
        const FEW: usize = 16;
        match self {
            Self::Folded => !seen.insert(fold(key)),
            Self::Exact if entries.len() < FEW => entries.iter().any(|(other, _)| other == key),
            Self::Exact => {
                if seen.is_empty() {
                    seen.extend(entries.iter().map(|(other, _)| other.to_string()));
                }
                !seen.insert(key.to_owned())
            }
        }
    }
}

const fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Boolean => "true or false",
        Shape::Integer => "a whole number",
        Shape::Number => "a number",
        Shape::Text => "a text",
        Shape::Words => "a list of texts",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Object(_) => "an object",
        Shape::Any => "a value",
    }
}
