//! The query of a target.

use crate::json::{parse, write};
use crate::limits::{Limits, UnknownKeys};
use crate::refusal::{Refusal, shown};
use crate::shape::Shape;

/// A parameter of the query of a route.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: QueryKind,
}

/// What the value of a parameter is.
#[derive(Clone, Copy, Debug)]
pub enum QueryKind {
    /// A text.
    Text,
    /// Texts: the key may repeat.
    Texts,
    /// A truth value; everything but an empty text, `0`, `no`, `false` and `none` is true (moby
    /// `daemon/server/httputils/form.go`, `BoolValue`).
    Boolean,
    /// A whole number.
    Integer,
    /// JSON.
    Json(&'static Shape),
}

/// Reads a query; `warnings` gets what was left out.
pub(crate) fn read(
    text: &str,
    known: &'static [Parameter],
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    if text.contains(';') {
        return Err(Refusal::malformed("query-semicolon", "the query has a ';'"));
    }
    for part in text.split('&') {
        if part.is_empty() {
            continue;
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (decode(key)?, decode(value)?);
        let Some(parameter) = known.iter().find(|parameter| parameter.name == key) else {
            let message = format!("the query parameter '{}' is not known here", shown(&key));
            if limits.unknown_keys == UnknownKeys::Refuse {
                return Err(Refusal::malformed("query-unknown", message));
            }
            warnings.push(format!("{message} and was left out"));
            continue;
        };
        let is_repeated = pairs.iter().any(|(name, _)| *name == parameter.name);
        if is_repeated && !matches!(parameter.kind, QueryKind::Texts) {
            return Err(Refusal::malformed(
                "query-repeated",
                format!("the query has '{}' twice", shown(&key)),
            ));
        }
        if pairs.len() >= 256 {
            return Err(Refusal::malformed("query-too-long", "the query has more than 256 parameters"));
        }
        pairs.push((parameter.name, canonical(parameter, value, limits, warnings)?));
    }
    Ok(pairs)
}

fn canonical(
    parameter: &Parameter,
    value: String,
    limits: &Limits,
    warnings: &mut Vec<String>,
) -> Result<String, Refusal> {
    // An empty value is the default for some handlers and false for others: it stays.
    if value.is_empty() {
        return Ok(value);
    }
    match parameter.kind {
        QueryKind::Text | QueryKind::Texts => Ok(value),
        QueryKind::Boolean => {
            let word = value.trim().to_ascii_lowercase();
            Ok(if matches!(word.as_str(), "" | "0" | "no" | "false" | "none") { "0" } else { "1" }.to_owned())
        }
        QueryKind::Integer => value.parse::<i64>().map(|number| number.to_string()).map_err(|_| {
            let message = format!("'{}' of the query is no whole number", parameter.name);
            Refusal::malformed("query-no-number", message)
        }),
        QueryKind::Json(shape) => {
            let json = parse(value.as_bytes(), shape, limits, warnings)?;
            Ok(String::from_utf8(write(&json)).expect("JSON is written from texts"))
        }
    }
}

/// Writes a query in the one way.
pub(crate) fn written(pairs: &[(&'static str, String)]) -> String {
    let mut out = String::new();
    for (key, value) in pairs {
        out.push(if out.is_empty() { '?' } else { '&' });
        encode(key, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'/'
            | b':'
            | b'@'
            | b',' => {
                out.push(char::from(byte));
            }
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

/// One key or value: `+` is a space (WHATWG URL, application/x-www-form-urlencoded).
fn decode(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let text = percent_decode(&spaced)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Refusal::malformed("control-character", "the query has a control character"));
    }
    Ok(text)
}

/// Decodes `%41` once.
pub(crate) fn percent_decode(text: &str) -> Result<String, Refusal> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            out.push(byte);
            at += 1;
            continue;
        }
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
            return Err(Refusal::malformed(
                "percent-sign",
                "a '%' of the target has no two digits behind it",
            ));
        };
        out.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte"));
        at += 3;
    }
    String::from_utf8(out).map_err(|_| Refusal::malformed("not-utf-8", "the target is not UTF-8"))
}
