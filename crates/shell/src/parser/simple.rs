//! Simple commands, assignments and function definitions.

use super::{Parsed, Parser};
use crate::{Assignment, Command, CommandKind, PartKind, SimpleCommand, Word, WordPart};

/// Commands whose arguments may be assignments of arrays.
const DECLARATIONS: &[&str] = &["declare", "typeset", "local", "export", "readonly"];

/// Bytes of a subscript; the search for its bracket must not go through the whole text again and again.
const SUBSCRIPT_BYTES_MAX: usize = 1024;

impl Parser<'_> {
    pub(super) fn simple_or_function(&mut self, start: usize) -> Parsed<Command> {
        let mut simple = SimpleCommand::default();
        let mut redirects = Vec::new();
        let mut is_declaration = false;
        let mut end = start;
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(b'\n' | b';' | b')' | b'|') => break,
                Some(b'&') if !self.looks_at("&>") => break,
                Some(b'(') => {
                    if simple.words.len() == 1 && simple.assignments.is_empty() && redirects.is_empty() {
                        return self.function(start, &simple.words[0]);
                    }
                    return self.fail("`(` cannot stand here; quote or escape it");
                }
                _ => (),
            }
            if let Some(redirect) = self.redirect()? {
                end = redirect.span.end;
                redirects.push(redirect);
                continue;
            }
            if simple.words.is_empty()
                && let Some(assignment) = self.assignment()?
            {
                end = assignment.span.end;
                simple.assignments.push(assignment);
                continue;
            }
            let word = if is_declaration { self.declared_word()? } else { self.word()? };
            if simple.words.is_empty() {
                is_declaration = word.plain().is_some_and(|name| DECLARATIONS.contains(&name));
            }
            end = word.span.end;
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return self.fail("a command was expected");
        }
        let first = simple.assignments.first().map(|assignment| assignment.span.start);
        let first = first.or(simple.words.first().map(|word| word.span.start)).unwrap_or(start);
        let last = simple.words.last().map(|word| word.span.end);
        let last = last.or(simple.assignments.last().map(|assignment| assignment.span.end)).unwrap_or(first);
        simple.span = first..last;
        Ok(Command { span: start..end, kind: CommandKind::Simple(simple), redirects })
    }

    fn function(&mut self, start: usize, name: &Word) -> Parsed<Command> {
        self.position += 1;
        self.skip_blanks();
        if !self.take(")") {
            return self.fail_at(name.span.end, "`(` cannot stand here; quote or escape it");
        }
        self.skip_lines()?;
        if !matches!(self.peek(), Some(b'{' | b'('))
            && !matches!(self.plain_word(), "if" | "for" | "while" | "case" | "[[")
        {
            return self.fail("`{` was expected to open the function");
        }
        let name = name.literal().unwrap_or_default();
        let body = Box::new(self.command()?);
        let end = body.span.end;
        Ok(Command {
            span: start..end,
            kind: CommandKind::Function { name, keyword: None, body },
            redirects: Vec::new(),
        })
    }

    /// The assignment at the cursor, if there is one.
    fn assignment(&mut self) -> Parsed<Option<Assignment>> {
        let start = self.position;
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = self.slice(start..start + length);
        if !crate::literal::is_name(name) {
            return Ok(None);
        }
        let mut at = length;
        let mut subscript = None;
        if rest.get(at) == Some(&b'[') {
            let Some(close) =
                rest[at..].iter().take(SUBSCRIPT_BYTES_MAX).position(|byte| matches!(byte, b']' | b'\n'))
            else {
                return Ok(None);
            };
            if rest[at + close] != b']' {
                return Ok(None);
            }
            subscript = Some(start + at..start + at + close + 1);
            at += close + 1;
        }
        let is_append = rest.get(at) == Some(&b'+');
        at += usize::from(is_append);
        if rest.get(at) != Some(&b'=') {
            return Ok(None);
        }
        self.position = start + at + 1;
        let value = self.value()?;
        let span = start..self.position;
        Ok(Some(Assignment { span, name: name.to_owned(), subscript, is_append, value }))
    }

    /// What follows the `=` of an assignment: an array, a word, or nothing.
    fn value(&mut self) -> Parsed<Word> {
        let start = self.position;
        if self.peek() == Some(b'(') {
            let part = self.array()?;
            return Ok(Word { span: start..self.position, parts: vec![part] });
        }
        let mut parts = Vec::new();
        while self.word_part(&mut parts)? {}
        Ok(Word { span: start..self.position, parts })
    }

    fn array(&mut self) -> Parsed<WordPart> {
        let start = self.position;
        self.position += 1;
        self.enter()?;
        let mut words = Vec::new();
        loop {
            self.skip_lines()?;
            if self.take(")") {
                break;
            }
            if self.position >= self.end {
                return self.fail_at(start, "the list of an array is never closed");
            }
            words.push(self.word()?);
        }
        self.leave();
        Ok(WordPart { span: start..self.position, kind: PartKind::Array(words) })
    }

    /// An argument of `declare` and its like, where an array may follow `=`.
    fn declared_word(&mut self) -> Parsed<Word> {
        let mut word = self.word()?;
        let ends_with_equals = matches!(word.parts.last(), Some(WordPart { kind: PartKind::Literal(text), .. }) if text.ends_with('='));
        if ends_with_equals && self.peek() == Some(b'(') {
            word.parts.push(self.array()?);
            word.span.end = self.position;
        }
        Ok(word)
    }
}
