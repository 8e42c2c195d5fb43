//! The parser: recursive descent over bytes (POSIX.1-2024, Shell Command Language, section 2.10; the bash manual for its
//! extensions). It reads what bash reads in every dialect: what a dialect lacks is told by rules.

mod compound;
mod condition;
mod expansion;
mod lists;
mod redirects;
mod simple;
mod words;

use crate::{Dialect, Heredoc, Problem, Script, Span};

/// Substitutions and compound commands inside each other.
const DEPTH_MAX: usize = 60;
/// Bytes of one text; those of BuildKit's own limit on a Dockerfile are fewer.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Parses a shell text. A text of another shell has no statements and no problem.
#[must_use]
pub fn parse(text: &str, dialect: Dialect) -> Script {
    if !dialect.is_judged() {
        return Script::default();
    }
    let mut parser = Parser::new(text);
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("the text is longer than {TEXT_BYTES_MAX} bytes");
        return Script { problem: Some(Problem { span: 0..0, message }), ..Script::default() };
    }
    let mut statements = Vec::new();
    let outcome = parser.statements(&mut statements);
    let problem = match outcome {
        Ok(()) if parser.position < parser.end => {
            Some(parser.problem_here(parser.position, "nothing that this could belong to is open"))
        }
        Ok(()) => None,
        Err(Stop(problem)) => Some(*problem),
    };
    Script { statements, heredocs: parser.heredocs, problem }
}

/// Parsing cannot go on.
struct Stop(Box<Problem>);

type Parsed<T> = Result<T, Stop>;

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    position: usize,
    /// Where the text ends for now: a here-document or backticks are parsed in place.
    end: usize,
    depth: usize,
    heredocs: Vec<Heredoc>,
    /// Announced on this line, to be read behind its end.
    awaited: Vec<AwaitedHeredoc>,
}

struct AwaitedHeredoc {
    number: usize,
    delimiter: String,
    is_quoted: bool,
    is_chomped: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            position: 0,
            end: text.len(),
            depth: 0,
            heredocs: Vec::new(),
            awaited: Vec::new(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.position + ahead;
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.position..self.end).unwrap_or_default()
    }

    fn looks_at(&self, text: &str) -> bool {
        self.rest().starts_with(text.as_bytes())
    }

    /// Takes `text` when it is next.
    fn take(&mut self, text: &str) -> bool {
        let is_next = self.looks_at(text);
        if is_next {
            self.position += text.len();
        }
        is_next
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// Steps over one character, whatever its length.
    fn step(&mut self) -> Option<char> {
        let character = self.text.get(self.position..self.end)?.chars().next()?;
        self.position += character.len_utf8();
        Some(character)
    }

    /// Steps over blanks, continued lines and a comment.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.position += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.position += 2,
                Some(b'\\') if self.looks_at("\\\r\n") => self.position += 3,
                Some(b'#') if self.is_at_word_start() => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.position += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn is_at_word_start(&self) -> bool {
        let before = self.position.checked_sub(1).and_then(|at| self.bytes.get(at));
        before.is_none_or(|byte| {
            matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'`')
        })
    }

    /// Steps over blanks, comments and line ends, and reads the here-documents behind them.
    fn skip_lines(&mut self) -> Parsed<()> {
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.line_end()?;
        }
    }

    /// Takes a line end and the here-documents behind it.
    fn line_end(&mut self) -> Parsed<()> {
        self.position += 1;
        self.read_heredocs()
    }

    /// The reserved word or other plain word at the cursor, when it stands alone.
    fn plain_word(&self) -> &'t str {
        let length = self.rest().iter().take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'{' | b'}' | b'!' | b'[' | b']' | b'-')
        });
        let word = self.slice(self.position..self.position + length.count());
        match self.peek_at(word.len()) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                word
            }
            Some(b'\\') if matches!(self.peek_at(word.len() + 1), Some(b'\n' | b'\r')) => word,
            _ => "",
        }
    }

    fn take_reserved(&mut self, word: &str) -> bool {
        let is_next = self.plain_word() == word;
        if is_next {
            self.position += word.len();
        }
        is_next
    }

    fn expect_reserved(&mut self, word: &str, opened: &Span) -> Parsed<()> {
        self.skip_lines()?;
        if self.take_reserved(word) {
            return Ok(());
        }
        let opener = self.slice(opened.clone());
        if self.position >= self.end {
            return Err(Stop(Box::new(Problem {
                span: opened.clone(),
                message: format!("`{opener}` has no `{word}`"),
            })));
        }
        self.fail(&format!("`{word}` was expected for `{opener}`"))
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fail("commands lie too deep inside each other to be read");
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn fail<T>(&self, message: &str) -> Parsed<T> {
        self.fail_at(self.position, message)
    }

    fn fail_at<T>(&self, at: usize, message: &str) -> Parsed<T> {
        Err(Stop(Box::new(self.problem_here(at, message))))
    }

    fn problem_here(&self, at: usize, message: &str) -> Problem {
        let at = at.min(self.end);
        let shown: String = self.text.get(at..self.end).unwrap_or_default().chars().take(1).collect();
        let span = at..at + shown.len();
        let message = match shown.as_str() {
            "" => format!("{message}, at the end of the text"),
            "\n" => format!("{message}, at the end of a line"),
            _ => {
                let word = self.text[at..self.end].split_ascii_whitespace().next().unwrap_or(&shown);
                let word: String =
                    word.chars().take(20).filter(|character| !character.is_control()).collect();
                format!("{message}, at `{word}`")
            }
        };
        Problem { span, message }
    }
}
