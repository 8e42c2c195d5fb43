//! `[[ … ]]`.

use super::{Parsed, Parser};
use crate::{CommandKind, ConditionItem, PartKind, Span, Word, WordPart};

impl Parser<'_> {
    pub(super) fn condition(&mut self, opened: &Span) -> Parsed<CommandKind> {
        self.position = opened.end;
        let mut items = Vec::new();
        let mut is_regex_next = false;
        loop {
            self.skip_lines()?;
            if self.take_reserved("]]") {
                return Ok(CommandKind::Condition(items));
            }
            let start = self.position;
            match self.peek() {
                None => return self.fail_at(opened.start, "`[[` has no `]]`"),
                _ if is_regex_next => {
                    is_regex_next = false;
                    items.push(ConditionItem::Word(self.regex_word()?));
                    continue;
                }
                Some(b'&' | b'|') if self.looks_at("&&") || self.looks_at("||") => self.position += 2,
                Some(b'(' | b')' | b'<' | b'>') => self.position += 1,
                Some(b';' | b'&' | b'|') => {
                    return self.fail_at(opened.start, "`[[` has no `]]` on its line");
                }
                _ => {
                    let word = self.word()?;
                    is_regex_next = word.plain() == Some("=~");
                    items.push(ConditionItem::Word(word));
                    continue;
                }
            }
            items.push(ConditionItem::Operator(start..self.position));
        }
    }

    /// The word behind `=~`, in which parentheses and bars are plain characters.
    fn regex_word(&mut self) -> Parsed<Word> {
        let start = self.position;
        let mut parts: Vec<WordPart> = Vec::new();
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            let at = self.position;
            match byte {
                b'(' | b'|' | b')' | b'<' | b'>' | b'&' | b';' => {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth = depth.saturating_sub(1),
                        _ => (),
                    }
                    self.position += 1;
                    let text = self.slice(at..self.position).to_owned();
                    parts.push(WordPart { span: at..self.position, kind: PartKind::Literal(text) });
                }
                b' ' | b'\t' if depth > 0 => {
                    self.position += 1;
                    parts.push(WordPart { span: at..self.position, kind: PartKind::Literal(" ".to_owned()) });
                }
                b' ' | b'\t' | b'\n' | b'\r' => break,
                _ => {
                    if !self.word_part(&mut parts)? {
                        break;
                    }
                }
            }
        }
        Ok(Word { span: start..self.position, parts })
    }
}
