//! Words: quotes, escapes, expansions (POSIX.1-2017, Shell Command Language, sections 2.2 and 2.6).

use super::{
    Word,
    split::{Close, Splitter},
};

/// Whether an unquoted byte ends a word.
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
    )
}

/// Reads one word; substitutions in it become commands of their own, with `command` as parent.
pub(super) fn read(splitter: &mut Splitter<'_>, depth: usize, command: Option<usize>) -> Word {
    let start = splitter.at;
    let mut word =
        Word { text: String::new(), offset: splitter.offset(), is_literal: true, is_single_quoted: false };
    let mut reader = Reader { splitter, depth, command, word: &mut word };
    reader.unquoted();
    let source = &splitter.text[start..splitter.at];
    word.is_single_quoted = source.len() >= 2
        && source.starts_with('\'')
        && source.find('\'').and_then(|_| source[1..].find('\'')) == Some(source.len() - 2);
    word
}

struct Reader<'r, 'a> {
    splitter: &'r mut Splitter<'a>,
    depth: usize,
    command: Option<usize>,
    word: &'r mut Word,
}

impl Reader<'_, '_> {
    fn unquoted(&mut self) {
        while let Some(byte) = self.splitter.peek() {
            match byte {
                b'\'' => {
                    self.splitter.at += 1;
                    self.single_quoted();
                }
                b'"' => {
                    self.splitter.at += 1;
                    self.double_quoted();
                }
                b'\\' => self.escape(false),
                b'`' if self.splitter.is_in_backticks => return,
                b'$' | b'`' => self.expansion(),
                b'<' | b'>' if self.splitter.rest()[1..].starts_with('(') && self.word.text.is_empty() => {
                    let start = self.splitter.at;
                    self.splitter.at += 2;
                    self.substitute(Close::Parenthesis, start);
                }
                _ if ends_word(byte) => return,
                _ => self.push_character(),
            }
        }
    }

    fn push_character(&mut self) {
        if let Some(character) = self.splitter.rest().chars().next() {
            self.word.text.push(character);
            self.splitter.at += character.len_utf8();
        }
    }

    fn single_quoted(&mut self) {
        let rest = self.splitter.rest();
        let end = rest.find('\'').unwrap_or(rest.len());
        self.word.text.push_str(&rest[..end]);
        let is_closed = end < rest.len();
        self.splitter.at += end + usize::from(is_closed);
        if !is_closed {
            self.splitter.problem("a quote is not closed");
        }
    }

    fn double_quoted(&mut self) {
        loop {
            match self.splitter.peek() {
                None => {
                    self.splitter.problem("a quote is not closed");
                    return;
                }
                Some(b'"') => {
                    self.splitter.at += 1;
                    return;
                }
                Some(b'\\') => self.escape(true),
                Some(b'`') if self.splitter.is_in_backticks => return,
                Some(b'$' | b'`') => self.expansion(),
                Some(_) => self.push_character(),
            }
        }
    }

    fn escape(&mut self, is_quoted: bool) {
        self.splitter.at += 1;
        let Some(escaped) = self.splitter.rest().chars().next() else {
            self.word.text.push('\\');
            return;
        };
        self.splitter.at += escaped.len_utf8();
        if escaped == '\n' {
            return;
        }
        if is_quoted && !matches!(escaped, '$' | '`' | '"' | '\\') {
            self.word.text.push('\\');
        }
        self.word.text.push(escaped);
    }

    fn expansion(&mut self) {
        let start = self.splitter.at;
        let rest = self.splitter.rest();
        if rest.starts_with('`') {
            self.splitter.at += 1;
            self.substitute(Close::Backtick, start);
        } else if rest.starts_with("$((") {
            self.splitter.at += 3;
            self.skip_brackets(b'(', b')', 2);
            self.keep(start);
        } else if rest.starts_with("$(") {
            self.splitter.at += 2;
            self.substitute(Close::Parenthesis, start);
        } else if rest.starts_with("${") {
            self.splitter.at += 2;
            self.skip_brackets(b'{', b'}', 1);
            self.keep(start);
        } else if rest.starts_with("$'") {
            self.splitter.at += 2;
            self.single_quoted();
        } else {
            self.splitter.at += 1;
            let name = self.splitter.rest();
            let is_special = name.starts_with(['@', '*', '#', '?', '$', '!', '-']);
            let length = match is_special {
                true => 1,
                false => {
                    name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
                }
            };
            self.splitter.at += length;
            self.word.text.push_str(&self.splitter.text[start..self.splitter.at]);
            self.word.is_literal &= length == 0;
        }
    }

    fn substitute(&mut self, close: Close, start: usize) {
        self.splitter.substitution(close, self.depth, self.command);
        self.keep(start);
    }

    fn keep(&mut self, start: usize) {
        self.word.text.push_str(&self.splitter.text[start..self.splitter.at]);
        self.word.is_literal = false;
    }

    /// Goes behind the brackets that close `open` ones, quotes respected.
    fn skip_brackets(&mut self, opening: u8, closing: u8, open: usize) {
        let mut open = open;
        let mut quote = None;
        let bytes = self.splitter.text.as_bytes();
        while let Some(&byte) = bytes.get(self.splitter.at) {
            self.splitter.at += 1;
            match quote {
                Some(mark) if mark == byte => quote = None,
                Some(_) => {}
                None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
                None if byte == b'\\' => {
                    if let Some(escaped) = self.splitter.rest_or_empty().chars().next() {
                        self.splitter.at += escaped.len_utf8();
                    }
                }
                None if byte == opening => open += 1,
                None if byte == closing => {
                    open -= 1;
                    if open == 0 {
                        return;
                    }
                }
                None => {}
            }
        }
        // Multi-byte characters are passed whole, since no byte of theirs equals an ASCII one.
        self.splitter.problem("an expansion is not closed");
    }
}

impl Splitter<'_> {
    fn rest_or_empty(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }
}
