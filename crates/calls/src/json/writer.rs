//! JSON in the one way it is written: no white space, nothing escaped that need not be.

use super::{Json, special_at};
use std::io::Write as _;

/// Writes a value.
#[must_use]
pub fn write(json: &Json) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    value(json, &mut out);
    out
}

fn value(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Null => out.extend(b"null"),
        Json::Boolean(true) => out.extend(b"true"),
        Json::Boolean(false) => out.extend(b"false"),
        Json::Integer(number) => {
            write!(out, "{number}").expect("memory takes every byte");
        }
        Json::Number(number) => out.extend(number.as_bytes()),
        Json::Text(text) => self::text(text, out),
        Json::List(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        Json::Object(entries) => {
            out.push(b'{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                text(key, out);
                out.push(b':');
                value(item, out);
            }
            out.push(b'}');
        }
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = special_at(rest) {
        out.extend(&rest[..at]);
        match rest[at] {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            other => write!(out, "\\u{other:04x}").expect("memory takes every byte"),
        }
        rest = &rest[at + 1..];
    }
    out.extend(rest);
    out.push(b'"');
}
