//! Statements and pipelines.

use super::{Parsed, Parser};
use crate::{Connector, Pipeline, Span, Statement};

/// Words that end a list where a command could begin.
const CLOSERS: &[&str] = &["then", "else", "elif", "fi", "do", "done", "esac", "}"];

impl Parser<'_> {
    /// Reads statements up to the end or to something that closes a compound command.
    pub(super) fn statements(&mut self, statements: &mut Vec<Statement>) -> Parsed<()> {
        loop {
            self.skip_lines()?;
            if self.is_at_list_end() {
                return Ok(());
            }
            let statement = self.statement()?;
            statements.push(statement);
            self.skip_blanks();
            match self.peek() {
                Some(b';') if !self.looks_at(";;") && !self.looks_at(";&") => self.position += 1,
                Some(b'&') => {
                    self.position += 1;
                    if let Some(last) = statements.last_mut() {
                        last.is_background = true;
                    }
                }
                Some(b'\n') => self.line_end()?,
                _ if self.is_at_list_end() => return Ok(()),
                _ => return self.fail("this cannot follow a command"),
            }
        }
    }

    /// The statements of a compound command: at least one.
    pub(super) fn body(&mut self, opened: &Span) -> Parsed<Vec<Statement>> {
        self.enter()?;
        let mut statements = Vec::new();
        self.statements(&mut statements)?;
        self.leave();
        if statements.is_empty() {
            let opener = self.slice(opened.clone());
            return self.fail(&format!("no command follows `{opener}`"));
        }
        Ok(statements)
    }

    fn is_at_list_end(&self) -> bool {
        match self.peek() {
            None | Some(b')') => true,
            Some(b';') => self.looks_at(";;") || self.looks_at(";&"),
            Some(b'}' | b't' | b'e' | b'f' | b'd') => CLOSERS.contains(&self.plain_word()),
            _ => false,
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let start = self.position;
        let mut pipelines = vec![(Connector::First, self.pipeline()?)];
        loop {
            self.skip_blanks();
            let connector = if self.take("&&") {
                Connector::And
            } else if self.take("||") {
                Connector::Or
            } else {
                break;
            };
            self.skip_lines()?;
            pipelines.push((connector, self.pipeline()?));
        }
        let end = pipelines.last().map_or(start, |(_, pipeline)| pipeline.span.end);
        Ok(Statement { span: start..end, pipelines, is_background: false })
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let start = self.position;
        let mut negation = None;
        if self.plain_word() == "!" {
            negation = Some(start..start + 1);
            self.position += 1;
            self.skip_blanks();
        }
        let mut commands = vec![self.command()?];
        let mut stderr_pipes = Vec::new();
        loop {
            self.skip_blanks();
            if self.looks_at("||") || self.peek() != Some(b'|') {
                break;
            }
            let bar = self.position;
            self.position += 1;
            if self.take("&") {
                stderr_pipes.push(bar..bar + 2);
            }
            self.skip_lines()?;
            commands.push(self.command()?);
        }
        let end = commands.last().map_or(start, |command| command.span.end);
        Ok(Pipeline { span: start..end, negation, commands, stderr_pipes })
    }
}
