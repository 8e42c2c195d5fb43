//! Texts of JSON.

use super::reader::Reader;
use super::special_at;
use crate::refusal::Refusal;
use std::borrow::Cow;

impl<'a> Reader<'a> {
    /// Reads a text; the reader stands on its first quotation mark. It is that of the body where nothing is escaped.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Refusal> {
        self.expect(b'"')?;
        let mut before = String::new();
        loop {
            let part = self.plain()?;
            let ends = self.bytes[self.at] == b'"';
            self.at += 1;
            if ends && before.is_empty() {
                return Ok(Cow::Borrowed(part));
            }
            before.push_str(part);
            if ends {
                return Ok(Cow::Owned(before));
            }
            before.push(self.escaped()?);
        }
    }

    /// What stands before the next quotation mark or escape.
    fn plain(&mut self) -> Result<&'a str, Refusal> {
        let rest = &self.bytes[self.at..];
        let end = special_at(rest);
        let from = self.at;
        self.at += end.unwrap_or(rest.len());
        let Some(end) = end else { return Err(self.error("json-truncated", "the body ends inside a text")) };
        if rest[end] < 0x20 {
            return Err(self.error("json-malformed", "a control character stands in a text"));
        }
        // Go puts U+FFFD there; others might not.
        std::str::from_utf8(&self.bytes[from..self.at])
            .map_err(|_| self.error("json-not-utf-8", "a text is not UTF-8"))
    }

    fn escaped(&mut self) -> Result<char, Refusal> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hex()?;
                let number = match unit {
                    0 => return Err(self.error("json-zero", "a text holds the character zero")),
                    0xD800..=0xDBFF => {
                        if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                            return Err(self.lone());
                        }
                        self.at += 2;
                        let low = self.hex()?;
                        if !(0xDC00..=0xDFFF).contains(&low) {
                            return Err(self.lone());
                        }
                        0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                    }
                    other => other,
                };
                char::from_u32(number).ok_or_else(|| self.lone())?
            }
            _ => return Err(self.error("json-malformed", "a text has an escape that JSON does not know")),
        })
    }

    fn lone(&self) -> Refusal {
        self.error("json-lone-surrogate", "a text has half of a surrogate pair")
    }

    fn hex(&mut self) -> Result<u32, Refusal> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.bytes.get(self.at).and_then(|byte| char::from(*byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.error("json-malformed", "'\\u' needs four hexadecimal digits"));
            };
            number = number * 16 + digit;
            self.at += 1;
        }
        Ok(number)
    }
}
