//! Which variables hold one plain word for sure, followed through the text in the order in which it runs. A value that
//! is a literal without blanks and pattern characters, or a number, needs no quotes.

mod state;
mod values;

use super::{Hits, Text};
use crate::rules;
use crate::{Command, CommandKind, Connector, PartKind, Redirect, SimpleCommand, Statement, Word, WordPart};
use state::{Known, State};
use std::collections::{BTreeMap, BTreeSet};

/// Commands that are followed before loops are run once only and calls are no more followed.
const STEPS_MAX: usize = 100_000;

/// Commands whose arguments `name=value` are not split.
pub(super) const DECLARATIONS: &[&str] = &["declare", "typeset", "local", "export", "readonly"];

/// `shell/unquoted-variable` and `shell/unquoted-arguments`.
pub(super) fn unquoted_variables(text: &Text<'_>, hits: &mut Hits) {
    let mut state = State::default();
    for (name, value) in &text.options.variables {
        state.set(name, value.as_deref().map_or(Known::Plain, values::of_text));
    }
    let mut flow = Flow {
        steps: 0,
        functions: BTreeMap::new(),
        called: BTreeSet::new(),
        active: Vec::new(),
        bare: BTreeMap::new(),
    };
    flow.list(&text.script.statements, &mut state);
    for heredoc in &text.script.heredocs {
        flow.parts(&heredoc.parts, &mut state, false);
    }
    for (name, body) in flow.functions.clone() {
        if !flow.called.contains(name) {
            flow.command(body, &mut state.clone());
        }
    }
    for (start, (end, name)) in flow.bare {
        let span = start..end;
        if matches!(name, "@" | "*") || text.text[span.clone()].contains("[@]") {
            hits.add(
                &rules::UNQUOTED_ARGUMENTS,
                &span,
                format!("`{}` is not quoted", &text.text[span.clone()]),
            );
            continue;
        }
        let edits = vec![super::replace(start..start, "\""), super::replace(end..end, "\"")];
        let message = format!("the value of `{name}` is split into words and expanded as a pattern");
        hits.add_with_fix(&rules::UNQUOTED_VARIABLE, &span, message, "quote the variable", edits);
    }
}

struct Flow<'s> {
    steps: usize,
    functions: BTreeMap<&'s str, &'s Command>,
    called: BTreeSet<&'s str>,
    active: Vec<&'s str>,
    /// Expansions that need quotes: start, end and name.
    bare: BTreeMap<usize, (usize, &'s str)>,
}

impl<'s> Flow<'s> {
    fn list(&mut self, statements: &'s [Statement], state: &mut State<'s>) {
        for statement in statements {
            for (connector, pipeline) in &statement.pipelines {
                let before = (*connector != Connector::First).then(|| state.clone());
                let is_piped = pipeline.commands.len() > 1;
                for command in &pipeline.commands {
                    if is_piped || statement.is_background {
                        self.command(command, &mut state.clone());
                    } else {
                        self.command(command, state);
                    }
                }
                if let Some(before) = before {
                    state.join(&before);
                }
            }
        }
    }

    fn command(&mut self, command: &'s Command, state: &mut State<'s>) {
        self.steps += 1;
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple, state),
            CommandKind::Subshell(list) => self.list(list, &mut state.clone()),
            CommandKind::Group(list) => self.list(list, state),
            CommandKind::If { branches, otherwise } => self.branches(branches, otherwise.as_deref(), state),
            CommandKind::While { condition, body } => self.repeat(state, |flow, state| {
                flow.list(condition, state);
                let after_condition = state.clone();
                flow.list(body, state);
                state.join(&after_condition);
            }),
            CommandKind::For { variable, words, body, .. } => {
                let mut is_plain = words.is_some();
                for word in words.iter().flatten() {
                    self.word(word, state, false);
                    is_plain &=
                        word.literal().is_some() && values::of_parts(&word.parts, state) != Known::Anything;
                    self.loop_word(word);
                }
                self.repeat(state, |flow, state| {
                    state.set(variable, if is_plain { Known::Plain } else { Known::Anything });
                    flow.list(body, state);
                });
            }
            CommandKind::ArithmeticFor { expression, body } => {
                for name in values::names_set_in(expression) {
                    state.set(name, Known::Plain);
                }
                self.repeat(state, |flow, state| flow.list(body, state));
            }
            CommandKind::Case { word, arms } => {
                self.word(word, state, false);
                let mut joined = State::unreachable();
                let mut has_default = false;
                for (patterns, body) in arms {
                    has_default |= patterns.iter().any(|pattern| pattern.plain() == Some("*"));
                    let mut inside = state.clone();
                    self.list(body, &mut inside);
                    joined.join(&inside);
                }
                if !has_default {
                    joined.join(state);
                }
                *state = joined;
            }
            CommandKind::Function { name, body, .. } => {
                self.functions.insert(name, body);
            }
            CommandKind::Condition(items) => {
                for item in items {
                    if let crate::ConditionItem::Word(word) = item {
                        self.word(word, state, false);
                    }
                }
            }
            CommandKind::Arithmetic(expression) => {
                for name in values::names_set_in(expression) {
                    state.set(name, Known::Plain);
                }
            }
        }
        for redirect in &command.redirects {
            self.redirect(redirect, state);
        }
    }

    fn redirect(&mut self, redirect: &'s Redirect, state: &mut State<'s>) {
        let is_split = redirect.heredoc.is_none() && redirect.operator != "<<<";
        self.word(&redirect.target, state, is_split);
    }

    fn branches(
        &mut self,
        branches: &'s [(Vec<Statement>, Vec<Statement>)],
        otherwise: Option<&'s [Statement]>,
        state: &mut State<'s>,
    ) {
        let mut joined = State::unreachable();
        for (condition, body) in branches {
            self.list(condition, state);
            let mut inside = state.clone();
            self.list(body, &mut inside);
            joined.join(&inside);
        }
        self.list(otherwise.unwrap_or_default(), state);
        joined.join(state);
        *state = joined;
    }

    /// A loop: its body runs never, once or often.
    fn repeat(&mut self, state: &mut State<'s>, body: impl Fn(&mut Self, &mut State<'s>)) {
        let before = state.clone();
        body(self, state);
        state.join(&before);
        if self.steps < STEPS_MAX {
            body(self, state);
            state.join(&before);
        }
    }

    fn simple(&mut self, simple: &'s SimpleCommand, state: &mut State<'s>) {
        let is_alone = simple.words.is_empty();
        for assignment in &simple.assignments {
            self.parts(&assignment.value.parts, state, false);
            if is_alone {
                let mut known = values::of_parts(&assignment.value.parts, state);
                if assignment.is_append {
                    known = values::join_text(state.get(&assignment.name), known);
                }
                if assignment.subscript.is_some() {
                    known = Known::Anything;
                }
                state.set(&assignment.name, known);
            }
        }
        let name = simple.words.first().and_then(Word::plain).unwrap_or("");
        let is_declaration = DECLARATIONS.contains(&name);
        for (at, word) in simple.words.iter().enumerate() {
            let is_lone_name = at == 0 && word.parts.len() == 1;
            let is_assignment = is_declaration && word.as_assignment().is_some();
            let is_default = name == ":" && is_default_setter(word);
            self.word(word, state, !is_lone_name && !is_assignment && !is_default && name != "let");
        }
        values::effects(simple, name, state);
        if let Some((called, body)) =
            self.functions.get_key_value(name).map(|(called, body)| (*called, *body))
        {
            self.called.insert(called);
            if !self.active.contains(&called) && self.steps < STEPS_MAX {
                self.active.push(called);
                self.command(body, state);
                self.active.pop();
            }
        }
        if matches!(name, "exit" | "return") {
            *state = State::unreachable();
        }
    }

    /// `for x in $@`: the only expansion that is told in the words of a loop.
    fn loop_word(&mut self, word: &'s Word) {
        for part in &word.parts {
            if let PartKind::Parameter(parameter) = &part.kind
                && parameter.name == "@"
                && !parameter.is_length
            {
                self.bare.insert(part.span.start, (part.span.end, &parameter.name));
            }
        }
    }

    fn word(&mut self, word: &'s Word, state: &mut State<'s>, is_split: bool) {
        self.parts(&word.parts, state, is_split);
    }

    fn parts(&mut self, parts: &'s [WordPart], state: &mut State<'s>, is_split: bool) {
        for part in parts {
            match &part.kind {
                PartKind::Parameter(parameter) => {
                    let is_exempt = parameter.is_length || matches!(parameter.operator, "+" | ":+");
                    let is_plain = !parameter.is_indirect && state.get(&parameter.name) == Known::Plain;
                    if is_split && !is_exempt && !is_plain {
                        self.bare.insert(part.span.start, (part.span.end, &parameter.name));
                    }
                    self.parts(&parameter.argument, state, false);
                    if matches!(parameter.operator, "=" | ":=") {
                        state.set(&parameter.name, Known::Anything);
                    }
                }
                PartKind::DoubleQuoted(parts) | PartKind::Arithmetic(parts) => {
                    self.parts(parts, state, false);
                }
                PartKind::ExtendedGlob(parts) => self.parts(parts, state, is_split),
                PartKind::CommandSubstitution(list)
                | PartKind::Backticks(list)
                | PartKind::ProcessSubstitution(list) => self.list(list, &mut state.clone()),
                PartKind::Array(words) => {
                    for word in words {
                        self.parts(&word.parts, state, false);
                    }
                }
                _ => (),
            }
        }
    }
}

fn is_default_setter(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [WordPart { kind: PartKind::Parameter(parameter), .. }]
        if matches!(parameter.operator, "=" | ":="))
}
