//! The shape of a script (POSIX.1-2017, XCU 2.9): lists, pipelines, `if`, `for`.

use super::words::{Part, Token, is_name, tokens};

/// Commands inside commands.
const DEPTH_MAX: usize = 12;

/// Statements, one after the other.
pub(super) type Program = Vec<Statement>;

#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// `NAME=word`.
    Set(String, Vec<Part>),
    /// Conditions with what they lead to, and what holds otherwise.
    If(Vec<(Program, Program)>, Program),
    For {
        name: String,
        values: Vec<Vec<Part>>,
        body: Program,
    },
    /// Pipelines, joined by `&&` and `||`.
    Run(Vec<(Join, Pipeline)>),
}

/// When a pipeline of a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    Always,
    AfterGood,
    AfterBad,
}

/// Commands, each reading what the one before it wrote.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) is_negated: bool,
    pub(super) commands: Vec<Vec<Vec<Part>>>,
}

/// Reads a script; nothing when it holds more of the language than this.
pub(super) fn parse(text: &str) -> Option<Program> {
    of_tokens(&tokens(text)?)
}

pub(super) fn of_tokens(tokens: &[Token]) -> Option<Program> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let program = parser.statements(&[])?;
    (parser.at == tokens.len()).then_some(program)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// The next word, when it is plain text without quotes.
    fn keyword(&self) -> Option<&'a str> {
        match self.tokens.get(self.at)? {
            Token::Word(parts) => match parts.as_slice() {
                [Part::Text { text, is_quoted: false }] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn take(&mut self, keyword: &str) -> Option<()> {
        (self.keyword() == Some(keyword)).then(|| self.at += 1)
    }

    fn skip_ends(&mut self) {
        while matches!(self.tokens.get(self.at), Some(Token::End)) {
            self.at += 1;
        }
    }

    /// Statements up to one of the words, which is left there.
    fn statements(&mut self, until: &[&str]) -> Option<Program> {
        let mut program = Vec::new();
        loop {
            self.skip_ends();
            if self.at == self.tokens.len() || self.keyword().is_some_and(|word| until.contains(&word)) {
                return Some(program);
            }
            program.push(self.statement()?);
        }
    }

    fn statement(&mut self) -> Option<Statement> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let statement = match self.keyword() {
            Some("if") => self.condition(),
            Some("for") => self.each(),
            Some(
                "while" | "until" | "case" | "function" | "{" | "}" | "then" | "do" | "fi" | "done" | "else",
            ) => None,
            _ => self.assignment().or_else(|| self.list()),
        };
        self.depth -= 1;
        statement
    }

    fn condition(&mut self) -> Option<Statement> {
        let mut branches = Vec::new();
        self.take("if")?;
        loop {
            let condition = self.statements(&["then"])?;
            self.take("then")?;
            let body = self.statements(&["elif", "else", "fi"])?;
            branches.push((condition, body));
            if self.take("elif").is_none() {
                break;
            }
        }
        let otherwise = match self.take("else") {
            Some(()) => self.statements(&["fi"])?,
            None => Vec::new(),
        };
        self.take("fi")?;
        // A pipe behind it would read what it printed.
        self.at_end().then_some(Statement::If(branches, otherwise))
    }

    fn each(&mut self) -> Option<Statement> {
        self.take("for")?;
        let name = self.keyword().filter(|name| is_name(name))?.to_owned();
        self.at += 1;
        self.take("in")?;
        let mut values = Vec::new();
        while let Some(Token::Word(parts)) = self.tokens.get(self.at) {
            values.push(parts.clone());
            self.at += 1;
        }
        self.skip_ends();
        self.take("do")?;
        let body = self.statements(&["done"])?;
        self.take("done")?;
        self.at_end().then_some(Statement::For { name, values, body })
    }

    fn at_end(&self) -> bool {
        matches!(self.tokens.get(self.at), None | Some(Token::End))
    }

    fn assignment(&mut self) -> Option<Statement> {
        let Some(Token::Word(parts)) = self.tokens.get(self.at) else { return None };
        let Some(Part::Text { text, is_quoted: false }) = parts.first() else { return None };
        let (name, start) = text.split_once('=').filter(|(name, _)| is_name(name))?;
        if !matches!(self.tokens.get(self.at + 1), None | Some(Token::End)) {
            return None;
        }
        let mut value = vec![Part::Text { text: start.to_owned(), is_quoted: true }];
        value.extend(parts[1..].iter().cloned());
        self.at += 1;
        Some(Statement::Set(name.to_owned(), value))
    }

    fn list(&mut self) -> Option<Statement> {
        let mut list = vec![(Join::Always, self.pipeline()?)];
        loop {
            let join = match self.tokens.get(self.at) {
                Some(Token::And) => Join::AfterGood,
                Some(Token::Or) => Join::AfterBad,
                None | Some(Token::End) => return Some(Statement::Run(list)),
                _ => return None,
            };
            self.at += 1;
            self.skip_ends();
            list.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let is_negated = self.take("!").is_some();
        let mut commands = vec![Vec::new()];
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Word(parts)) => commands.last_mut()?.push(parts.clone()),
                Some(Token::ErrorsElsewhere) => {}
                Some(Token::Pipe) => {
                    commands.push(Vec::new());
                    self.at += 1;
                    self.skip_ends();
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        let is_whole = commands.iter().all(|command| !command.is_empty());
        is_whole.then_some(Pipeline { is_negated, commands })
    }
}
