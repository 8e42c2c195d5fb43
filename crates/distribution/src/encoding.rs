//! Percent-encoding (RFC 3986, section 2.1), undone once and strictly.

use crate::refusal::{Refusal, shown};

/// What stands in a path or query, decoded once. Control bytes, bytes beyond ASCII and a second encoding are refused: no name
/// of the specification has them.
pub(crate) fn decode(text: &str) -> Result<String, Refusal> {
    let bytes = text.as_bytes();
    let mut decoded = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = if bytes[at] == b'%' {
            let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
            let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(|| {
                Refusal::malformed("encoding-malformed", format!("'{}' is not well encoded", shown(text)))
            })?;
            at += 3;
            byte
        } else {
            at += 1;
            bytes[at - 1]
        };
        if !(0x20..0x7f).contains(&byte) {
            return Err(Refusal::malformed("character", "a name or value has a byte that none may have"));
        }
        decoded.push(char::from(byte));
    }
    if is_encoded(&decoded) {
        return Err(Refusal::malformed("encoded-twice", format!("'{}' is encoded twice", shown(text))));
    }
    Ok(decoded)
}

// What a second reader would decode again.
fn is_encoded(text: &str) -> bool {
    text.as_bytes().windows(3).any(|part| part[0] == b'%' && part[1..].iter().all(u8::is_ascii_hexdigit))
}

/// Writes a value of a query.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    encoded
}
