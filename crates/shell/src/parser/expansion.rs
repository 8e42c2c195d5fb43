//! What begins with `$` or a backtick.

use super::words::push_part;
use super::{Parsed, Parser};
use crate::{Parameter, PartKind, Statement, Word, WordPart};

/// Longest first.
const OPERATORS: &[&str] = &[
    ":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", "-", "=", "?", "+", "#", "%", "/", ":",
    "^", ",", "@",
];

impl Parser<'_> {
    /// What a `$` begins; a lone one is plain text.
    pub(super) fn dollar(&mut self, is_quoted: bool) -> Parsed<PartKind> {
        let start = self.position;
        match self.peek_at(1) {
            Some(b'(') => {
                if self.peek_at(2) == Some(b'(')
                    && let Some(word) = self.arithmetic_word(3)?
                {
                    return Ok(PartKind::Arithmetic(word.parts));
                }
                self.position = start + 2;
                Ok(PartKind::CommandSubstitution(self.substituted(start + 1)?))
            }
            Some(b'[') if let Some(length) = self.bracket_length() => self.bracket_arithmetic(length),
            Some(b'{') => self.braced_parameter(is_quoted),
            Some(b'\'') if !is_quoted => self.ansi_quoted(),
            Some(b'"') if !is_quoted => {
                self.position += 1;
                self.double_quoted()
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.position += 1;
                let length =
                    self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
                let length = length.count();
                Ok(self.named_parameter(length))
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.position += 1;
                Ok(self.named_parameter(1))
            }
            _ => {
                self.position += 1;
                Ok(PartKind::Literal("$".to_owned()))
            }
        }
    }

    /// The bytes of `$[ … ]` at the cursor, brackets inside it closed, all in one line.
    fn bracket_length(&self) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, byte) in self.rest().iter().enumerate() {
            match byte {
                b'[' => depth += 1,
                b']' if depth == 1 => return Some(at + 1),
                b']' => depth -= 1,
                b'\n' | b'"' | b'\'' | b'\\' => return None,
                _ => (),
            }
        }
        None
    }

    fn bracket_arithmetic(&mut self, length: usize) -> Parsed<PartKind> {
        let closed = self.position + length;
        let end = std::mem::replace(&mut self.end, closed - 1);
        self.position += 2;
        self.enter()?;
        let mut parts = Vec::new();
        self.quoted_parts(&mut parts, None)?;
        self.leave();
        self.end = end;
        self.position = closed;
        Ok(PartKind::Arithmetic(parts))
    }

    fn named_parameter(&mut self, length: usize) -> PartKind {
        let name = self.slice(self.position..self.position + length).to_owned();
        self.position += length;
        PartKind::Parameter(Parameter { name, ..Parameter::default() })
    }

    /// The statements of a substitution, its closing parenthesis taken.
    pub(super) fn substituted(&mut self, opened: usize) -> Parsed<Vec<Statement>> {
        self.enter()?;
        let awaited = std::mem::take(&mut self.awaited);
        let mut statements = Vec::new();
        self.statements(&mut statements)?;
        self.leave();
        self.expect_parenthesis(opened)?;
        self.awaited.splice(0..0, awaited);
        Ok(statements)
    }

    pub(super) fn backticks(&mut self) -> Parsed<PartKind> {
        let start = self.position;
        let mut close = start + 1;
        loop {
            match self.bytes.get(close) {
                _ if close >= self.end => return self.fail_at(start, "this backtick is never closed"),
                Some(b'`') => break,
                Some(b'\\') => close += 2,
                _ => close += 1,
            }
        }
        self.enter()?;
        let end = std::mem::replace(&mut self.end, close);
        let awaited = std::mem::take(&mut self.awaited);
        self.position = start + 1;
        let mut statements = Vec::new();
        self.statements(&mut statements)?;
        if self.position < close {
            return self.fail("this cannot stand between backticks");
        }
        self.awaited = awaited;
        self.end = end;
        self.position = close + 1;
        self.leave();
        Ok(PartKind::Backticks(statements))
    }

    /// An arithmetic expression behind an opener of `opener_length` bytes that ends with `((`; `None`, with the cursor
    /// anywhere, when it is not closed by `))`.
    pub(super) fn arithmetic_word(&mut self, opener_length: usize) -> Parsed<Option<Word>> {
        if !self.has_arithmetic_end(opener_length) {
            return Ok(None);
        }
        let start = self.position;
        self.position += opener_length;
        self.enter()?;
        let mut parts = Vec::new();
        let mut depth = 0_usize;
        loop {
            let at = self.position;
            let kind = match self.peek() {
                None => return self.fail_at(start, "`((` is never closed by `))`"),
                Some(b')') if depth == 0 => {
                    if !self.looks_at("))") {
                        return self.fail_at(start, "`((` is never closed by `))`");
                    }
                    self.position += 2;
                    self.leave();
                    return Ok(Some(Word { span: start..self.position, parts }));
                }
                Some(b'`') => self.backticks()?,
                Some(b'$') => self.dollar(true)?,
                Some(b'"') => self.double_quoted()?,
                Some(byte) => {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        _ => (),
                    }
                    self.literal(|byte| matches!(byte, b'(' | b')' | b'`' | b'$' | b'"'))
                }
            };
            push_part(&mut parts, WordPart { span: at..self.position, kind });
        }
    }

    /// Whether the parentheses that open here are closed by `))`, and not by two that stand apart. Quotes are skipped.
    fn has_arithmetic_end(&self, opener_length: usize) -> bool {
        let rest = &self.rest()[opener_length..];
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(byte) = rest.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\'' => match rest[at + 1..].iter().position(|byte| *byte == b'\'') {
                    Some(length) => at += length + 1,
                    None => return false,
                },
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return rest.get(at + 1) == Some(&b')'),
                _ => (),
            }
            at += 1;
        }
        false
    }

    fn braced_parameter(&mut self, is_quoted: bool) -> Parsed<PartKind> {
        let start = self.position;
        self.position += 2;
        let mut parameter = Parameter { is_braced: true, ..Parameter::default() };
        if self.peek() == Some(b'#') && !matches!(self.peek_at(1), Some(b'}' | b'#' | b'%' | b':' | b'-')) {
            parameter.is_length = true;
            self.position += 1;
        } else if self.peek() == Some(b'!') && self.peek_at(1) != Some(b'}') {
            parameter.is_indirect = true;
            self.position += 1;
        }
        let name_start = self.position;
        match self.peek() {
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                    self.position += 1;
                }
            }
            Some(byte) if byte.is_ascii_digit() => {
                while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                    self.position += 1;
                }
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => self.position += 1,
            _ => return self.fail_at(start, "`${` is not followed by the name of a variable"),
        }
        parameter.name = self.slice(name_start..self.position).to_owned();
        if self.peek() == Some(b'[') {
            let at = self.position;
            let Some(length) = self.rest().iter().position(|byte| *byte == b']') else {
                return self.fail_at(at, "this bracket is never closed");
            };
            self.position += length + 1;
            parameter.subscript = Some(at..self.position);
        }
        if self.peek() != Some(b'}') {
            let Some(operator) = OPERATORS.iter().find(|operator| self.looks_at(operator)) else {
                return self.fail("this cannot stand in `${…}`");
            };
            parameter.operator = operator;
            self.position += operator.len();
            self.enter()?;
            let is_pattern = matches!(operator.as_bytes().first(), Some(b'#' | b'%' | b'/' | b'^' | b','));
            self.argument(&mut parameter.argument, is_quoted && !is_pattern)?;
            self.leave();
        }
        if !self.take("}") {
            return self.fail_at(start, "this brace is never closed");
        }
        Ok(PartKind::Parameter(parameter))
    }

    /// What follows the operator, up to `}`. Single quotes are plain characters between double quotes.
    fn argument(&mut self, parts: &mut Vec<WordPart>, is_quoted: bool) -> Parsed<()> {
        loop {
            let at = self.position;
            let kind = match self.peek() {
                None | Some(b'}') => return Ok(()),
                Some(b'\\') => {
                    self.position += 1;
                    match self.step() {
                        Some('\n') => continue,
                        Some(character) => PartKind::Escaped(character),
                        None => return Ok(()),
                    }
                }
                Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                    self.literal(|_| true)
                }
                Some(b'\'') if is_quoted => self.literal(|_| true),
                Some(b'`') => self.backticks()?,
                Some(b'$') => self.dollar(is_quoted)?,
                Some(b'"') => self.double_quoted()?,
                Some(b'\'') => {
                    self.word_part(parts)?;
                    continue;
                }
                _ => self.literal(|byte| {
                    matches!(byte, b'}' | b'\\' | b'`' | b'$' | b'"' | b'\'')
                        || byte.is_ascii_whitespace()
                        || b";&|()<>".contains(&byte)
                }),
            };
            push_part(parts, WordPart { span: at..self.position, kind });
        }
    }
}
