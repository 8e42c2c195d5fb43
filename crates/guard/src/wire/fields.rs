//! Fields of heads: one text for all of them, since a head is read for each call.

use super::{FIELDS_MAX, WireRefusal};
use memchr::memchr2;
use std::ops::Range;

/// The fields of a head in their order: names in lower case, values without spaces around them. Bytes beyond ASCII are
/// kept as they are in UTF-8, and refused otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    text: String,
    places: Vec<Place>,
}

/// Where a field stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    name: Range<usize>,
    value: Range<usize>,
}

impl Fields {
    pub(super) fn read(lines: Lines<'_>) -> Result<Self, WireRefusal> {
        // Enough for most answers of engines.
        let mut fields = Self { text: String::with_capacity(lines.0.len()), places: Vec::with_capacity(12) };
        for line in lines {
            let line = line?;
            if matches!(line.first(), Some(b' ' | b'\t')) {
                return Err(WireRefusal::Folded);
            }
            let colon = line.iter().position(|byte| *byte == b':').ok_or(WireRefusal::FieldName)?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            if name.is_empty() || !name.iter().all(|byte| TOKENS[usize::from(*byte)]) {
                return Err(WireRefusal::FieldName);
            }
            if value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
                return Err(WireRefusal::FieldValue);
            }
            let name = std::str::from_utf8(name).map_err(|_| WireRefusal::FieldName)?;
            let value = std::str::from_utf8(value).map_err(|_| WireRefusal::FieldValue)?;
            if fields.places.len() == FIELDS_MAX {
                return Err(WireRefusal::TooManyFields);
            }
            fields.push(name, value.trim_matches([' ', '\t']));
        }
        Ok(fields)
    }

    fn push(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text[start..].make_ascii_lowercase();
        self.text.push_str(value);
        self.places.push(Place { name: start..middle, value: middle..self.text.len() });
    }

    /// Names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.places.iter().map(|place| (&self.text[place.name.clone()], &self.text[place.value.clone()]))
    }

    /// The values of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The value of a field that may stand once.
    pub(super) fn single(&self, name: &'static str) -> Result<Option<&str>, WireRefusal> {
        let mut values = self.all(name);
        let value = values.next();
        if values.next().is_some() {
            return Err(WireRefusal::Repeated(name));
        }
        Ok(value)
    }

    /// Whether a word is in the list of a field, of all fields of that name; its case does not count.
    pub(super) fn has_token(&self, name: &str, word: &str) -> bool {
        let mut words = self.all(name).flat_map(|value| value.split(','));
        words.any(|token| token.trim().eq_ignore_ascii_case(word))
    }
}

/// Lines that end with CR LF and hold neither byte elsewhere; ends with the empty line.
pub(super) struct Lines<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = Result<&'a [u8], WireRefusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0 == b"\r\n" || self.0.is_empty() {
            return None;
        }
        let Some(end) = memchr2(b'\r', b'\n', self.0) else {
            return Some(Err(WireRefusal::LineEnd));
        };
        let (line, rest) = self.0.split_at(end);
        let Some(rest) = rest.strip_prefix(b"\r\n") else { return Some(Err(WireRefusal::LineEnd)) };
        self.0 = rest;
        Some(Ok(line))
    }
}

/// The bytes of tokens (RFC 9110, section 5.6.2).
const TOKENS: [bool; 256] = {
    let mut tokens = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x7f {
        tokens[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    tokens
};
