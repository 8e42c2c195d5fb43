//! Texts of JSON.

use super::reader::Reader;
use crate::refusal::Refusal;

impl Reader<'_> {
    /// Reads a text; the reader stands on its first quotation mark.
    pub(super) fn text(&mut self) -> Result<String, Refusal> {
        self.expect(b'"')?;
        let mut out = String::new();
        let mut from = self.at;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.error("json-truncated", "the body ends inside a text"));
            };
            match byte {
                b'"' => {
                    self.take(from, &mut out)?;
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => {
                    self.take(from, &mut out)?;
                    self.at += 1;
                    out.push(self.escaped()?);
                    from = self.at;
                }
                0..0x20 => return Err(self.error("json-malformed", "a control character stands in a text")),
                _ => self.at += 1,
            }
        }
    }

    fn take(&self, from: usize, out: &mut String) -> Result<(), Refusal> {
        match std::str::from_utf8(&self.bytes[from..self.at]) {
            Ok(part) => {
                out.push_str(part);
                Ok(())
            }
            // Go puts U+FFFD there; others might not.
            Err(_) => Err(self.error("json-not-utf-8", "a text is not UTF-8")),
        }
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
