//! Tokens of conditions, taken from where the parser stands.

use super::escape::unescape;
use super::{Modifier, Operator, Position};

pub(super) struct Lexer<'a> {
    text: &'a [u8],
    pub(super) at: Position,
    /// The last token, for messages.
    pub(super) last: String,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: Position::default(), last: String::new() }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.text[self.at.offset..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Goes on; a line ends at each line feed and each carriage return.
    fn advance(&mut self, length: usize) {
        for byte in &self.text[self.at.offset..self.at.offset + length] {
            self.at.column += 1;
            if matches!(byte, b'\n' | b'\r') {
                self.at.column = 1;
                self.at.line += 1;
            }
        }
        self.at.offset += length;
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        if length == 0 {
            return None;
        }
        let token = &self.rest()[..length];
        self.advance(length);
        self.last = String::from_utf8_lossy(token).into_owned();
        Some(token)
    }

    fn take_text(&mut self, length: usize) -> Option<String> {
        self.take(length).map(|token| String::from_utf8_lossy(token).into_owned())
    }

    pub(super) fn blank(&mut self) -> bool {
        let length = span(self.rest(), |byte| matches!(byte, b' ' | b'\t' | 0x08 | b'\r' | b'\n'));
        self.advance(length);
        length > 0
    }

    /// Exactly these characters, whatever follows.
    pub(super) fn literal(&mut self, literal: &str) -> bool {
        self.rest().starts_with(literal.as_bytes()) && self.take(literal.len()).is_some()
    }

    /// `not` with blanks behind it.
    pub(super) fn not(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix(b"not") else { return false };
        let blanks = span(rest, is_space);
        blanks > 0 && self.take(3 + blanks).is_some()
    }

    pub(super) fn identifier(&mut self) -> Option<String> {
        let length = identifier_length(self.rest());
        self.take_text(length)
    }

    /// Identifiers with dots between, at least one.
    pub(super) fn field_name(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut length = identifier_length(rest);
        let mut dots = 0;
        while length > 0 && rest.get(length) == Some(&b'.') {
            let next = identifier_length(&rest[length + 1..]);
            if next == 0 {
                break;
            }
            length += 1 + next;
            dots += 1;
        }
        if dots == 0 { None } else { self.take_text(length) }
    }

    pub(super) fn field_argument(&mut self) -> Option<String> {
        let length = span(self.rest(), |byte| !matches!(byte, b'[' | b']' | b'"' | b'\'') && !is_space(byte));
        self.take_text(length)
    }

    /// A number, hexadecimal first: `0x1f`, `12`, `-1.5e+10`.
    pub(super) fn number(&mut self) -> Option<Vec<u8>> {
        let rest = self.rest();
        if let [b'0', b'x' | b'X', digits @ ..] = rest {
            let length = span(digits, |byte| byte.is_ascii_hexdigit());
            if length > 0 {
                return self.take(2 + length).map(<[u8]>::to_vec);
            }
        }
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
        let whole = span(&rest[sign..], is_digit);
        if whole == 0 {
            return None;
        }
        let mut length = sign + whole;
        if rest.get(length) == Some(&b'.') {
            length += 1 + span(&rest[length + 1..], is_digit);
        }
        if let [b'e' | b'E', b'+' | b'-', exponent @ ..] = &rest[length..] {
            let digits = span(exponent, is_digit);
            if digits > 0 {
                length += 2 + digits;
            }
        }
        self.take(length).map(<[u8]>::to_vec)
    }

    /// Text in quotes, which must end. A quote behind a backslash does not end it, whatever stands before that.
    pub(super) fn quoted(&mut self) -> Result<Option<Vec<u8>>, String> {
        let rest = self.rest();
        let Some(quote @ (b'"' | b'\'')) = rest.first().copied() else { return Ok(None) };
        let end = (1..rest.len())
            .take_while(|index| rest[*index] != 0)
            .find(|index| rest[*index] == quote && rest[*index - 1] != b'\\');
        let Some(end) = end else { return Ok(None) };
        let text = unescape(&rest[1..end], quote)?;
        self.advance(end + 1);
        self.last = String::from_utf8_lossy(&text).into_owned();
        Ok(Some(text))
    }

    pub(super) fn bare(&mut self) -> Option<Vec<u8>> {
        let length = span(self.rest(), |byte| {
            !matches!(byte, b'(' | b')' | b'"' | b'\'' | b'=' | b',' | 0) && !is_space(byte)
        });
        self.take(length).map(<[u8]>::to_vec)
    }

    /// An operator of a group. Words that take a text on the right want a blank behind them.
    pub(super) fn operator(&mut self, wanted: impl Fn(Operator) -> bool) -> Option<Operator> {
        if wanted(Operator::Equal) && self.literal("==") {
            return Some(Operator::Equal);
        }
        Operator::ALL.into_iter().filter(|operator| wanted(*operator)).find(|operator| {
            let is_symbol = operator.takes_list() || !operator.name().as_bytes()[0].is_ascii_alphabetic();
            if is_symbol || *operator == Operator::Exists {
                self.literal(operator.name())
            } else {
                self.word(operator.name())
            }
        })
    }

    pub(super) fn modifier(&mut self) -> Option<Modifier> {
        Modifier::ALL.into_iter().find(|modifier| self.word(modifier.name()))
    }

    fn word(&mut self, word: &str) -> bool {
        let at = self.at;
        if self.literal(word) {
            if self.blank() {
                return true;
            }
            self.at = at;
        }
        false
    }

    pub(super) fn list_follows(&self) -> bool {
        self.peek() == Some(b'(') || identifier_length(self.rest()) > 0
    }

    pub(super) fn connective_follows(&self) -> bool {
        ["and", "or", "not"].iter().any(|word| {
            self.rest()
                .strip_prefix(word.as_bytes())
                .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
        })
    }
}

fn identifier_length(text: &[u8]) -> usize {
    if !text.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    span(text, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn span(text: &[u8], matches: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !matches(*byte)).unwrap_or(text.len())
}

/// `[[:space:]]` of POSIX.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}
