//! Quoted text: how it is read and written (`filter/escaping.cpp` of libsinsp).

use std::fmt::Write as _;

/// The bytes that quoted text stands for. `quote` is the quote it is in.
pub(super) fn unescape(inner: &[u8], quote: u8) -> Result<Vec<u8>, String> {
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        // A backslash at the end stands for nothing.
        let Some(escaped) = bytes.next() else { break };
        match escaped {
            b'b' => text.push(0x08),
            b'f' => text.push(0x0c),
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            // A blank behind a backslash is kept as a backslash: published rules have it.
            b' ' | b'\\' => text.push(b'\\'),
            b'/' => text.push(b'/'),
            b'"' | b'\'' => {
                if escaped != quote {
                    let (escaped, quote) = (char::from(escaped), char::from(quote));
                    return Err(format!("invalid \\{escaped} escape in {quote}-quoted string"));
                }
                text.push(escaped);
            }
            b'x' => {
                let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else {
                    return Err("truncated hex char escape sequence".to_owned());
                };
                let (Some(high), Some(low)) = (char::from(high).to_digit(16), char::from(low).to_digit(16))
                else {
                    let (high, low) = (char::from(high), char::from(low));
                    return Err(format!("invalid hex char escape sequence: {high}{low}"));
                };
                text.push(u8::try_from(high * 16 + low).expect("two digits are one byte"));
            }
            other => {
                return Err(format!("unsupported string escape sequence: \\{}", char::from(other)));
            }
        }
    }
    Ok(text)
}

/// Text as a condition would write it: in quotes where it needs them.
#[must_use]
pub fn escape(text: &[u8]) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    let mut is_quoted = text.is_empty();
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            is_quoted |= matches!(
                character,
                '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' | ' ' | '=' | '\\' | '"' | '\'' | ',' | '(' | ')'
            );
            match character {
                '\u{8}' => written.push_str("\\b"),
                '\u{c}' => written.push_str("\\f"),
                '\n' => written.push_str("\\n"),
                '\r' => written.push_str("\\r"),
                '\t' => written.push_str("\\t"),
                '\\' => written.push_str("\\\\"),
                '"' => written.push_str("\\\""),
                other if other.is_control() && other.is_ascii() => {
                    is_quoted = true;
                    let _ = write!(written, "\\x{:02x}", u32::from(other));
                }
                other => written.push(other),
            }
        }
        for byte in chunk.invalid() {
            is_quoted = true;
            let _ = write!(written, "\\x{byte:02x}");
        }
    }
    // A quote behind a backslash ends no text, whatever stands before that.
    if text.last() == Some(&b'\\') {
        written.truncate(written.len() - 2);
        written.push_str("\\x5c");
    }
    if is_quoted { format!("\"{written}\"") } else { written }
}
