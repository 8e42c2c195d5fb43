//! JSON (RFC 8259), with the comments and trailing commas that editors allow.

use crate::document::{Document, below};
use std::rc::Rc;

/// Deeper values are skipped.
const DEPTH_MAX: usize = 64;

/// Reads every string, number and word with the names above it; elements of arrays are named by their number.
pub(crate) fn parse(text: &str) -> Document {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, line: 1, document: Document::default() };
    reader.blank();
    // A file may hold several documents after one another.
    while reader.at < reader.bytes.len() && reader.value(&Rc::from(""), "", 0).is_some() {
        reader.blank();
    }
    reader.document
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    document: Document,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self) {
        if self.peek() == Some(b'\n') {
            self.line = self.line.saturating_add(1);
        }
        self.at += 1;
    }

    /// Skips white space, commas, colons and comments.
    fn blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.step(),
                b'#' => self.line_comment(),
                b'/' if self.bytes.get(self.at + 1) == Some(&b'/') => self.line_comment(),
                b'/' if self.bytes.get(self.at + 1) == Some(&b'*') => {
                    self.at += 2;
                    while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(b"*/") {
                        self.step();
                    }
                    self.at += 2;
                }
                _ => return,
            }
        }
    }

    fn line_comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Reads one value; nothing when it is none or the bounds are reached.
    fn value(&mut self, parent: &Rc<str>, key: &str, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            self.document.is_cut = true;
            return None;
        }
        let line = self.line;
        match self.peek()? {
            open @ (b'{' | b'[') => {
                self.at += 1;
                let inner = if key.is_empty() { Rc::clone(parent) } else { below(parent, key) };
                let mut number = 0_usize;
                loop {
                    self.blank();
                    match self.peek()? {
                        b'}' | b']' => {
                            self.at += 1;
                            return Some(());
                        }
                        _ if open == b'[' => {
                            self.value(&inner, &number.to_string(), depth + 1)?;
                            number += 1;
                        }
                        b'"' => {
                            let name = self.string()?;
                            self.blank();
                            if self.peek()? != b':' {
                                return None;
                            }
                            self.at += 1;
                            self.blank();
                            self.value(&inner, &name, depth + 1)?;
                        }
                        _ => return None,
                    }
                }
            }
            b'"' => {
                let value = self.string()?;
                self.document.push(parent, key, value, line).then_some(())
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => {
                let start = self.at;
                while self
                    .peek()
                    .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'))
                {
                    self.at += 1;
                }
                let word = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
                self.document.push(parent, key, word, line).then_some(())
            }
            _ => None,
        }
    }

    /// Reads a string at its opening quote, escapes resolved.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(String::from_utf8_lossy(&out).into_owned());
                }
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'n' => out.push(b'\n'),
                        b't' => out.push(b'\t'),
                        b'r' => out.push(b'\r'),
                        b'u' => {
                            let digits = self.bytes.get(self.at + 1..self.at + 5)?;
                            let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                            self.at += 4;
                        }
                        other => out.push(other),
                    }
                    self.step();
                }
                byte => {
                    out.push(byte);
                    self.step();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_names_and_lines() {
        let document =
            parse("{\n \"a\": {\"b\": \"x\\ny\", // c\n \"k\": [1, {\"z\": true},],},\n\"e\": \"\\u0041\"}");
        let seen: Vec<_> = document
            .entries
            .iter()
            .map(|e| (e.parent.replace('\n', "/"), e.key.clone(), e.value.clone(), e.line))
            .collect();
        let entry = |a: &str, b: &str, c: &str, d| (a.to_owned(), b.to_owned(), c.to_owned(), d);
        assert_eq!(
            seen,
            [
                entry("a", "b", "x\ny", 2),
                entry("a/k", "0", "1", 3),
                entry("a/k/1", "z", "true", 3),
                entry("", "e", "A", 4)
            ]
        );
    }

    #[test]
    fn broken_and_deep_documents_end() {
        assert_eq!(parse("{\"a\": \"b\", \"c\": ").entries.len(), 1);
        assert!(parse(&"[".repeat(100_000)).is_cut);
        for text in ["", "{", "\"", "\"\\", "\"\\u12", "{]", "nul", "/*", "//"] {
            parse(text);
        }
    }
}
