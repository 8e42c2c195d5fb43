//! Words and their quotes.

use super::{Parsed, Parser};
use crate::{PartKind, Word, WordPart};

impl Parser<'_> {
    /// The word at the cursor: at least one part.
    pub(super) fn word(&mut self) -> Parsed<Word> {
        let start = self.position;
        let mut parts = Vec::new();
        while self.word_part(&mut parts)? {}
        if parts.is_empty() && self.position == start {
            return self.fail("a word was expected");
        }
        Ok(Word { span: start..self.position, parts })
    }

    /// Reads one part; false when the word has ended.
    pub(super) fn word_part(&mut self, parts: &mut Vec<WordPart>) -> Parsed<bool> {
        let start = self.position;
        let Some(byte) = self.peek() else { return Ok(false) };
        let kind = match byte {
            b'<' | b'>' if self.peek_at(1) == Some(b'(') => {
                self.position += 2;
                PartKind::ProcessSubstitution(self.substituted(start + 1)?)
            }
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b')' | b'<' | b'>' => return Ok(false),
            b'(' => {
                if !self.is_extended_glob(parts) {
                    return Ok(false);
                }
                self.extended_glob()?
            }
            b'\'' => self.single_quoted()?,
            b'"' => self.double_quoted()?,
            b'`' => self.backticks()?,
            b'$' => self.dollar(false)?,
            b'\\' => match self.escape() {
                Some(kind) => kind,
                None => return Ok(true),
            },
            _ => self.literal(|byte| {
                matches!(
                    byte,
                    b' ' | b'\t'
                        | b'\r'
                        | b'\n'
                        | b';'
                        | b'&'
                        | b'|'
                        | b'('
                        | b')'
                        | b'<'
                        | b'>'
                        | b'\''
                        | b'"'
                        | b'`'
                        | b'$'
                        | b'\\'
                )
            }),
        };
        push_part(parts, WordPart { span: start..self.position, kind });
        Ok(true)
    }

    /// Plain text up to a byte that means something; the first byte is taken as it is.
    pub(super) fn literal(&mut self, is_special: impl Fn(u8) -> bool) -> PartKind {
        let start = self.position;
        self.step();
        while self.peek().is_some_and(|byte| !is_special(byte)) {
            self.position += 1;
        }
        PartKind::Literal(self.slice(start..self.position).to_owned())
    }

    /// A backslash and what follows; `None` for a continued line.
    fn escape(&mut self) -> Option<PartKind> {
        self.position += 1;
        if self.looks_at("\r\n") {
            self.position += 2;
            return None;
        }
        match self.step() {
            Some('\n') => None,
            Some(character) => Some(PartKind::Escaped(character)),
            None => Some(PartKind::Literal("\\".to_owned())),
        }
    }

    fn single_quoted(&mut self) -> Parsed<PartKind> {
        let start = self.position;
        let Some(length) = self.rest()[1..].iter().position(|byte| *byte == b'\'') else {
            return self.fail_at(start, "this single quote is never closed");
        };
        self.position += length + 2;
        Ok(PartKind::SingleQuoted(self.slice(start + 1..start + 1 + length).to_owned()))
    }

    pub(super) fn ansi_quoted(&mut self) -> Parsed<PartKind> {
        let start = self.position;
        self.position += 2;
        loop {
            match self.step() {
                None => return self.fail_at(start, "this single quote is never closed"),
                Some('\\') => {
                    self.step();
                }
                Some('\'') => break,
                Some(_) => (),
            }
        }
        Ok(PartKind::AnsiQuoted(self.slice(start + 2..self.position - 1).to_owned()))
    }

    pub(super) fn double_quoted(&mut self) -> Parsed<PartKind> {
        let start = self.position;
        self.position += 1;
        self.enter()?;
        let mut parts = Vec::new();
        self.quoted_parts(&mut parts, Some(b'"'))?;
        self.leave();
        if !self.take("\"") {
            return self.fail_at(start, "this double quote is never closed");
        }
        Ok(PartKind::DoubleQuoted(parts))
    }

    /// Parts between double quotes or of a here-document, up to `closer` or the end.
    pub(super) fn quoted_parts(&mut self, parts: &mut Vec<WordPart>, closer: Option<u8>) -> Parsed<()> {
        loop {
            let start = self.position;
            let Some(byte) = self.peek() else { return Ok(()) };
            if Some(byte) == closer {
                return Ok(());
            }
            let kind = match byte {
                b'`' => self.backticks()?,
                b'$' => self.dollar(true)?,
                b'\\' => match self.peek_at(1) {
                    Some(b'\n') => {
                        self.position += 2;
                        continue;
                    }
                    Some(next @ (b'$' | b'`' | b'\\')) => {
                        self.position += 2;
                        PartKind::Escaped(char::from(next))
                    }
                    Some(b'"') if closer.is_some() => {
                        self.position += 2;
                        PartKind::Escaped('"')
                    }
                    _ => {
                        self.position += 1;
                        PartKind::Literal("\\".to_owned())
                    }
                },
                _ => self.literal(|byte| matches!(byte, b'`' | b'$' | b'\\') || Some(byte) == closer),
            };
            push_part(parts, WordPart { span: start..self.position, kind });
        }
    }

    /// Shells of POSIX refuse it, which a rule tells better than a syntax error.
    fn is_extended_glob(&self, parts: &[WordPart]) -> bool {
        let Some(WordPart { kind: PartKind::Literal(text), .. }) = parts.last() else { return false };
        text.ends_with(['@', '?', '*', '+', '!'])
    }

    fn extended_glob(&mut self) -> Parsed<PartKind> {
        let start = self.position;
        self.position += 1;
        self.enter()?;
        let mut parts = Vec::new();
        loop {
            let at = self.position;
            match self.peek() {
                None => return self.fail_at(start, "this parenthesis is never closed"),
                Some(b')') => break,
                Some(b'|' | b' ' | b'\n' | b'\t' | b'&' | b';' | b'<' | b'>' | b'\r') => {
                    self.position += 1;
                    let text = self.slice(at..self.position).to_owned();
                    push_part(
                        &mut parts,
                        WordPart { span: at..self.position, kind: PartKind::Literal(text) },
                    );
                }
                Some(b'(') => {
                    let kind = self.extended_glob()?;
                    parts.push(WordPart { span: at..self.position, kind });
                }
                _ => {
                    self.word_part(&mut parts)?;
                }
            }
        }
        self.leave();
        self.position += 1;
        Ok(PartKind::ExtendedGlob(parts))
    }
}

/// Appends a part; plain text next to plain text becomes one.
pub(super) fn push_part(parts: &mut Vec<WordPart>, part: WordPart) {
    if let (Some(last), PartKind::Literal(text)) = (parts.last_mut(), &part.kind)
        && last.span.end == part.span.start
        && let PartKind::Literal(before) = &mut last.kind
    {
        before.push_str(text);
        last.span.end = part.span.end;
        return;
    }
    parts.push(part);
}
