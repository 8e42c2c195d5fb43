//! Compound commands.

use super::{Parsed, Parser};
use crate::{Command, CommandKind, Span};

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Parsed<Command> {
        let start = self.position;
        self.enter()?;
        let kind = match self.peek() {
            Some(b'(') => self.parenthesis()?,
            Some(_) => {
                let word = self.plain_word();
                match self.compound(word, start..start + word.len())? {
                    Some(kind) => kind,
                    None => {
                        let command = self.simple_or_function(start)?;
                        self.leave();
                        return Ok(command);
                    }
                }
            }
            None => return self.fail("a command was expected"),
        };
        self.leave();
        let mut end = self.position;
        let mut redirects = Vec::new();
        loop {
            self.skip_blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => break,
            }
            end = self.position;
        }
        Ok(Command { span: start..end, kind, redirects })
    }

    fn compound(&mut self, word: &str, opened: Span) -> Parsed<Option<CommandKind>> {
        let kind = match word {
            "{" => {
                self.position += 1;
                let body = self.body(&opened)?;
                self.expect_reserved("}", &opened)?;
                CommandKind::Group(body)
            }
            "if" => self.if_clause(&opened)?,
            "while" | "until" => {
                self.position += 5;
                let condition = self.body(&opened)?;
                let body = self.do_group(&opened)?;
                CommandKind::While { condition, body }
            }
            "for" | "select" => self.for_clause(&opened)?,
            "case" => self.case_clause(&opened)?,
            "function" => self.function_clause(opened)?,
            "[[" => self.condition(&opened)?,
            "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}" => {
                return self.fail(&format!("`{word}` has nothing to belong to"));
            }
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn parenthesis(&mut self) -> Parsed<CommandKind> {
        let start = self.position;
        if self.looks_at("((")
            && let Some(expression) = self.arithmetic_word(2)?
        {
            return Ok(CommandKind::Arithmetic(expression));
        }
        self.position = start + 1;
        let body = self.body(&(start..start + 1))?;
        self.expect_parenthesis(start)?;
        Ok(CommandKind::Subshell(body))
    }

    pub(super) fn expect_parenthesis(&mut self, opened: usize) -> Parsed<()> {
        self.skip_lines()?;
        if self.take(")") {
            return Ok(());
        }
        if self.position >= self.end {
            return self.fail_at(opened, "this parenthesis is never closed");
        }
        self.fail("a closing parenthesis was expected")
    }

    fn do_group(&mut self, opened: &Span) -> Parsed<Vec<crate::Statement>> {
        self.expect_reserved("do", opened)?;
        let at = self.position - 2..self.position;
        let body = self.body(&at)?;
        self.expect_reserved("done", &at)?;
        Ok(body)
    }

    fn if_clause(&mut self, opened: &Span) -> Parsed<CommandKind> {
        self.position += 2;
        let mut branches = Vec::new();
        loop {
            let condition = self.body(opened)?;
            self.expect_reserved("then", opened)?;
            let at = self.position - 4..self.position;
            branches.push((condition, self.body(&at)?));
            self.skip_lines()?;
            if !self.take_reserved("elif") {
                break;
            }
        }
        let mut otherwise = None;
        if self.take_reserved("else") {
            let at = self.position - 4..self.position;
            otherwise = Some(self.body(&at)?);
        }
        self.expect_reserved("fi", opened)?;
        Ok(CommandKind::If { branches, otherwise })
    }

    fn for_clause(&mut self, opened: &Span) -> Parsed<CommandKind> {
        self.position = opened.end;
        self.skip_blanks();
        if self.looks_at("((") {
            let Some(expression) = self.arithmetic_word(2)? else {
                return self.fail("`((` is never closed by `))`");
            };
            self.skip_blanks();
            self.take(";");
            self.skip_lines()?;
            let body = if self.plain_word() == "{" {
                let at = self.position..self.position + 1;
                self.position += 1;
                let body = self.body(&at)?;
                self.expect_reserved("}", &at)?;
                body
            } else {
                self.do_group(opened)?
            };
            return Ok(CommandKind::ArithmeticFor { expression, body });
        }
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.position += 1;
        }
        let variable_span = start..self.position;
        let variable = self.slice(variable_span.clone()).to_owned();
        if !crate::literal::is_name(&variable) {
            return self.fail_at(start, "the name of a variable was expected");
        }
        self.skip_lines()?;
        let mut words = None;
        if self.take_reserved("in") {
            words = Some(self.words_to_line_end()?);
        } else {
            self.skip_blanks();
            self.take(";");
        }
        let body = self.do_group(opened)?;
        Ok(CommandKind::For { variable, variable_span, words, body })
    }

    fn words_to_line_end(&mut self) -> Parsed<Vec<crate::Word>> {
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\n') => {
                    self.line_end()?;
                    return Ok(words);
                }
                Some(b';') => {
                    self.position += 1;
                    return Ok(words);
                }
                None => return Ok(words),
                _ => words.push(self.word()?),
            }
        }
    }

    fn case_clause(&mut self, opened: &Span) -> Parsed<CommandKind> {
        self.position = opened.end;
        self.skip_blanks();
        let word = self.word()?;
        self.expect_reserved("in", opened)?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines()?;
            if self.take_reserved("esac") {
                return Ok(CommandKind::Case { word, arms });
            }
            if self.position >= self.end {
                return self.fail_at(opened.start, "`case` has no `esac`");
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.skip_blanks();
                patterns.push(self.word()?);
                self.skip_blanks();
                if !self.take("|") {
                    break;
                }
            }
            if !self.take(")") {
                return self.fail("`)` was expected behind the pattern");
            }
            self.enter()?;
            let mut statements = Vec::new();
            self.statements(&mut statements)?;
            self.leave();
            arms.push((patterns, statements));
            self.skip_lines()?;
            let ended = self.take(";;&") || self.take(";;") || self.take(";&");
            if !ended && self.plain_word() != "esac" {
                return self.fail("`;;` or `esac` was expected");
            }
        }
    }

    fn function_clause(&mut self, keyword: Span) -> Parsed<CommandKind> {
        self.position = keyword.end;
        self.skip_blanks();
        let word = self.word()?;
        let name = word.literal().unwrap_or_default();
        if self.take("(") {
            self.skip_blanks();
            if !self.take(")") {
                return self.fail("functions take no declared parameters: `)` was expected");
            }
        }
        self.skip_lines()?;
        let body = Box::new(self.command()?);
        Ok(CommandKind::Function { name, keyword: Some(keyword), body })
    }
}
