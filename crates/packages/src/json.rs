//! JSON, one member at a time: unknown members cost no memory, a malformed member loses only itself.

use crate::manifest::Manifest;
use model::GapReason;
use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Error, error::Category, value::RawValue};
use std::fmt;

/// Hands each member of an object to `each`, in the order of the text.
pub(crate) fn members<'a>(text: &'a str, each: &mut dyn FnMut(String, &'a RawValue)) -> Result<(), Error> {
    let mut deserializer = Deserializer::from_str(text);
    deserializer.deserialize_map(Members(each))?;
    deserializer.end()
}

/// Hands each element of an array to `each`.
pub(crate) fn elements<'a>(text: &'a str, each: &mut dyn FnMut(&'a RawValue)) -> Result<(), Error> {
    let mut deserializer = Deserializer::from_str(text);
    deserializer.deserialize_seq(Elements(each))?;
    deserializer.end()
}

/// The members of an object that have these names; of doubles the last counts, as in JavaScript.
pub(crate) fn fields<'a, const N: usize>(
    text: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], Error> {
    let mut found = [None; N];
    members(text, &mut |key, value| {
        if let Some(index) = names.iter().position(|name| *name == key) {
            found[index] = Some(value);
        }
    })?;
    Ok(found)
}

/// The text of a string value; `None` for every other type.
pub(crate) fn string(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

/// Whether a value is `true`.
pub(crate) fn is_true(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| value.get() == "true")
}

/// Tells that a whole document cannot be read.
pub(crate) fn tell_error(manifest: &mut Manifest<'_>, error: &Error) {
    let reason = if error.classify() == Category::Eof { GapReason::Truncated } else { GapReason::Malformed };
    let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
    manifest.problem(line, reason, &format!("not the expected JSON: {error}"));
}

/// The JSON in a text with the comments and trailing commas that JSONC allows, which become blanks so that
/// lines stay.
pub(crate) fn without_comments(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let (mut at, mut last_comma) = (0, None);
    while at < out.len() {
        match out[at] {
            b'"' => {
                last_comma = None;
                at += 1;
                while at < out.len() && out[at] != b'"' {
                    at += if out[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'/' if out.get(at + 1) == Some(&b'/') => {
                while at < out.len() && out[at] != b'\n' {
                    out[at] = b' ';
                    at += 1;
                }
            }
            b'/' if out.get(at + 1) == Some(&b'*') => {
                let end = memchr_end_of_comment(&out[at + 2..]).map_or(out.len(), |end| at + 2 + end);
                for byte in &mut out[at..end] {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at = end;
            }
            b',' => {
                last_comma = Some(at);
                at += 1;
            }
            byte => {
                if let (b'}' | b']', Some(comma)) = (byte, last_comma) {
                    out[comma] = b' ';
                }
                if !byte.is_ascii_whitespace() {
                    last_comma = None;
                }
                at += 1;
            }
        }
    }
    // Whole characters or ASCII bytes were replaced by ASCII blanks, so this stays UTF-8.
    String::from_utf8_lossy(&out).into_owned()
}

fn memchr_end_of_comment(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"*/").map(|start| start + 2)
}

struct Members<'f, 'a>(&'f mut dyn FnMut(String, &'a RawValue));

impl<'a> Visitor<'a> for Members<'_, 'a> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<String, &'a RawValue>()? {
            (self.0)(key, value);
        }
        Ok(())
    }
}

struct Elements<'f, 'a>(&'f mut dyn FnMut(&'a RawValue));

impl<'a> Visitor<'a> for Elements<'_, 'a> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'a>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(value) = sequence.next_element::<&'a RawValue>()? {
            (self.0)(value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_become_blanks() {
        let text = "{ // one, \"two\"\n \"a\\\"//\": [1, /* ,] */ 2, ],\n}";
        let json = without_comments(text);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&json).unwrap(),
            serde_json::json!({"a\"//": [1, 2]})
        );
        assert_eq!(json.lines().count(), text.lines().count());
        for broken in ["\"", "\"\\", "/*", "//", ",", "/"] {
            without_comments(broken);
        }
    }

    #[test]
    fn deep_nesting_is_skipped_without_recursion() {
        let text = format!("{{\"deep\": {}{}, \"name\": \"x\"}}", "[".repeat(200_000), "]".repeat(200_000));
        let [name] = fields(&text, ["name"]).unwrap();
        assert_eq!(string(name).as_deref(), Some("x"));
    }
}
