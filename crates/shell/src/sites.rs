//! The tree laid out flat: what rules look at, each with its surroundings.

use crate::{
    Assignment, Command, CommandKind, ConditionItem, PartKind, Pipeline, Redirect, Script, SimpleCommand,
    Statement, Word, WordPart,
};

/// The simple commands of a script in the order of the text, those inside substitutions and functions included.
#[must_use]
pub fn simple_commands(script: &Script) -> Vec<&SimpleCommand> {
    Sites::of(script).simples.iter().map(|site| site.simple).collect()
}

/// What a script is made of.
#[derive(Default)]
pub(crate) struct Sites<'s> {
    /// Statements that follow each other.
    pub(crate) lists: Vec<&'s [Statement]>,
    pub(crate) statements: Vec<StatementSite<'s>>,
    pub(crate) pipelines: Vec<&'s Pipeline>,
    pub(crate) commands: Vec<&'s Command>,
    pub(crate) simples: Vec<SimpleSite<'s>>,
    pub(crate) assignments: Vec<&'s Assignment>,
    pub(crate) redirects: Vec<&'s Redirect>,
    pub(crate) words: Vec<WordSite<'s>>,
    pub(crate) parts: Vec<PartSite<'s>>,
}

pub(crate) struct StatementSite<'s> {
    pub(crate) statement: &'s Statement,
    /// Whether its outcome is looked at by `if`, `while` or `until`.
    pub(crate) is_condition: bool,
    /// Whether it is the last of a list whose outcome is the outcome of the list.
    pub(crate) is_last: bool,
    /// What holds the list.
    pub(crate) holder: Holder,
}

/// What holds a list of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Script,
    Group,
    Subshell,
    Condition,
    Body,
    Substitution,
}

pub(crate) struct SimpleSite<'s> {
    pub(crate) simple: &'s SimpleCommand,
    pub(crate) redirects: &'s [Redirect],
    /// Whether its outcome, or that of what holds it, is looked at: by `if`, `while`, `&&`, `||` or `!`.
    pub(crate) is_checked: bool,
    /// Commands in front of it in its pipeline.
    pub(crate) pipe_position: usize,
    /// Commands in its pipeline.
    pub(crate) pipe_length: usize,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Name,
    /// The command and the number of the argument, from 0, by their place in [`Sites::simples`].
    Argument(usize, usize),
    /// Of an assignment; in front of the command with that number, if there is one.
    Value,
    Target,
    ForWord,
    CaseWord,
    Pattern,
    Condition,
    Heredoc,
    ArrayElement,
    Arithmetic,
}

pub(crate) struct WordSite<'s> {
    pub(crate) word: &'s Word,
    pub(crate) place: Place,
}

pub(crate) struct PartSite<'s> {
    pub(crate) part: &'s WordPart,
    pub(crate) place: Place,
    /// Whether it stands between double quotes or in a here-document.
    pub(crate) is_quoted: bool,
    /// Whether it belongs to the argument of `${…}`.
    pub(crate) is_in_parameter: bool,
    /// The word that it belongs to, by its place in [`Sites::words`].
    pub(crate) word: Option<usize>,
}

impl<'s> Sites<'s> {
    pub(crate) fn of(script: &'s Script) -> Self {
        let mut sites = Self::default();
        sites.list(&script.statements, Holder::Script, false);
        for heredoc in &script.heredocs {
            for part in &heredoc.parts {
                sites.part(part, Place::Heredoc, true, false, None);
            }
        }
        sites
    }

    fn list(&mut self, statements: &'s [Statement], holder: Holder, is_checked_outside: bool) {
        self.lists.push(statements);
        for (number, statement) in statements.iter().enumerate() {
            let is_condition = holder == Holder::Condition;
            let is_last = number + 1 == statements.len();
            self.statements.push(StatementSite { statement, is_condition, is_last, holder });
            for (at, (_, pipeline)) in statement.pipelines.iter().enumerate() {
                let is_followed = at + 1 < statement.pipelines.len();
                self.pipelines.push(pipeline);
                let is_negated = pipeline.negation.is_some();
                let is_checked = is_checked_outside || (is_condition && is_last) || is_followed || is_negated;
                for (position, command) in pipeline.commands.iter().enumerate() {
                    let site = (is_checked, position, pipeline.commands.len());
                    self.command(command, site);
                }
            }
        }
    }

    fn command(&mut self, command: &'s Command, site: (bool, usize, usize)) {
        let checked = site.0;
        self.commands.push(command);
        match &command.kind {
            CommandKind::Simple(simple) => {
                let (is_checked, pipe_position, pipe_length) = site;
                let redirects = command.redirects.as_slice();
                let number = self.simples.len();
                self.simples.push(SimpleSite { simple, redirects, is_checked, pipe_position, pipe_length });
                for assignment in &simple.assignments {
                    self.assignments.push(assignment);
                    self.word(&assignment.value, Place::Value);
                }
                for (at, word) in simple.words.iter().enumerate() {
                    self.word(word, at.checked_sub(1).map_or(Place::Name, |at| Place::Argument(number, at)));
                }
            }
            CommandKind::Subshell(list) => self.list(list, Holder::Subshell, checked),
            CommandKind::Group(list) => self.list(list, Holder::Group, checked),
            CommandKind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    self.list(condition, Holder::Condition, checked);
                    self.list(body, Holder::Body, checked);
                }
                self.list(otherwise.as_deref().unwrap_or_default(), Holder::Body, checked);
            }
            CommandKind::While { condition, body } => {
                self.list(condition, Holder::Condition, checked);
                self.list(body, Holder::Body, checked);
            }
            CommandKind::For { words, body, .. } => {
                for word in words.iter().flatten() {
                    self.word(word, Place::ForWord);
                }
                self.list(body, Holder::Body, checked);
            }
            CommandKind::ArithmeticFor { expression, body } => {
                self.word(expression, Place::Arithmetic);
                self.list(body, Holder::Body, checked);
            }
            CommandKind::Case { word, arms } => {
                self.word(word, Place::CaseWord);
                for (patterns, body) in arms {
                    for pattern in patterns {
                        self.word(pattern, Place::Pattern);
                    }
                    self.list(body, Holder::Body, checked);
                }
            }
            CommandKind::Function { body, .. } => {
                self.command(body, (false, 0, 1));
            }
            CommandKind::Condition(items) => {
                for item in items {
                    if let ConditionItem::Word(word) = item {
                        self.word(word, Place::Condition);
                    }
                }
            }
            CommandKind::Arithmetic(expression) => self.word(expression, Place::Arithmetic),
        }
        for redirect in &command.redirects {
            self.redirects.push(redirect);
            self.word(&redirect.target, Place::Target);
        }
    }

    fn word(&mut self, word: &'s Word, place: Place) {
        let number = self.words.len();
        self.words.push(WordSite { word, place });
        for part in &word.parts {
            self.part(part, place, false, false, Some(number));
        }
    }

    fn part(
        &mut self,
        part: &'s WordPart,
        place: Place,
        is_quoted: bool,
        is_in_parameter: bool,
        word: Option<usize>,
    ) {
        self.parts.push(PartSite { part, place, is_quoted, is_in_parameter, word });
        match &part.kind {
            PartKind::DoubleQuoted(parts) => {
                for part in parts {
                    self.part(part, place, true, is_in_parameter, word);
                }
            }
            PartKind::Parameter(parameter) => {
                for part in &parameter.argument {
                    self.part(part, place, is_quoted, true, word);
                }
            }
            PartKind::CommandSubstitution(list)
            | PartKind::Backticks(list)
            | PartKind::ProcessSubstitution(list) => {
                self.list(list, Holder::Substitution, false);
            }
            PartKind::Arithmetic(parts) => {
                for part in parts {
                    self.part(part, Place::Arithmetic, true, false, word);
                }
            }
            PartKind::ExtendedGlob(parts) => {
                for part in parts {
                    self.part(part, place, is_quoted, is_in_parameter, word);
                }
            }
            PartKind::Array(words) => {
                for word in words {
                    self.word(word, Place::ArrayElement);
                }
            }
            _ => (),
        }
    }
}
