//! What a script would print, told from facts.

use super::program::{Join, Pipeline, Program, Statement, of_tokens, parse};
use super::words::Part;
use super::{text_tools, tools};
use crate::bench::BenchFacts;
use std::collections::BTreeMap;

/// Commands that one script runs.
const STEPS_MAX: usize = 20_000;
/// Bytes of one text.
pub(super) const TEXT_BYTES_MAX: usize = 4 << 20;
/// Scripts inside scripts: `sh -c`, substitutions, `xargs`.
const DEPTH_MAX: usize = 8;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NotUnderstood,
    /// Something that was not looked at.
    NotKnown(String),
}

/// What a command wrote, and whether it ended well.
#[derive(Clone, Debug, Default)]
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) is_good: bool,
}

pub(super) type Answer = Result<Printed, Stop>;

/// What a command reads.
#[derive(Clone, Debug)]
pub(super) enum Input {
    Nothing,
    Text(String),
    /// All processes: which of them count is told by the program that the first filter names, not by a text that anybody
    /// can write into his arguments.
    Processes,
}

/// A good end with this text.
pub(super) fn good(text: String) -> Answer {
    Ok(Printed { text, is_good: true })
}

pub(super) fn run(program: &Program, facts: &BenchFacts) -> Result<String, Stop> {
    let mut run = Run { facts, variables: BTreeMap::new(), steps: 0, depth: 0 };
    Ok(run.program(program)?.text)
}

pub(super) struct Run<'a> {
    pub(super) facts: &'a BenchFacts,
    variables: BTreeMap<String, String>,
    steps: usize,
    depth: usize,
}

impl Run<'_> {
    fn program(&mut self, program: &Program) -> Answer {
        let mut all = Printed { text: String::new(), is_good: true };
        for statement in program {
            let one = self.statement(statement)?;
            all.text.push_str(&one.text);
            all.is_good = one.is_good;
            if all.text.len() > TEXT_BYTES_MAX {
                return Err(Stop::NotUnderstood);
            }
        }
        Ok(all)
    }

    fn statement(&mut self, statement: &Statement) -> Answer {
        match statement {
            Statement::Set(name, value) => {
                let mut text = String::new();
                for part in value {
                    text.push_str(&self.part(part)?);
                }
                if text.len() > TEXT_BYTES_MAX {
                    return Err(Stop::NotUnderstood);
                }
                self.variables.insert(name.clone(), text);
                good(String::new())
            }
            Statement::If(branches, otherwise) => {
                let mut printed = String::new();
                for (condition, body) in branches {
                    let condition = self.program(condition)?;
                    printed.push_str(&condition.text);
                    if condition.is_good {
                        let result = self.program(body)?;
                        return Ok(Printed { text: printed + &result.text, ..result });
                    }
                }
                let result = self.program(otherwise)?;
                Ok(Printed { text: printed + &result.text, ..result })
            }
            Statement::For { name, values, body } => {
                let mut all = Printed { text: String::new(), is_good: true };
                for value in self.expand(values)? {
                    self.step()?;
                    self.variables.insert(name.clone(), value);
                    let one = self.program(body)?;
                    all.text.push_str(&one.text);
                    all.is_good = one.is_good;
                    if all.text.len() > TEXT_BYTES_MAX {
                        return Err(Stop::NotUnderstood);
                    }
                }
                Ok(all)
            }
            Statement::Run(list) => {
                let mut all = Printed { text: String::new(), is_good: true };
                for (join, pipeline) in list {
                    let runs = match join {
                        Join::Always => true,
                        Join::AfterGood => all.is_good,
                        Join::AfterBad => !all.is_good,
                    };
                    if runs {
                        let one = self.pipeline(pipeline)?;
                        all.text.push_str(&one.text);
                        all.is_good = one.is_good;
                    }
                }
                Ok(all)
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Answer {
        let mut input = Input::Nothing;
        let mut is_good = true;
        for command in &pipeline.commands {
            let words = self.expand(command)?;
            if matches!(words.first().map(String::as_str), Some("ps" | "/bin/ps" | "/usr/bin/ps"))
                && tools::is_every_process(&words[1..])
            {
                input = Input::Processes;
                continue;
            }
            let result = self.command(&words, input)?;
            is_good = result.is_good;
            input = Input::Text(result.text);
        }
        let text = match input {
            Input::Text(text) => text,
            // All processes of a node in one text answer nothing.
            Input::Processes | Input::Nothing => return Err(Stop::NotUnderstood),
        };
        Ok(Printed { text, is_good: is_good != pipeline.is_negated })
    }

    /// One command with its words.
    pub(super) fn command(&mut self, words: &[String], input: Input) -> Answer {
        self.step()?;
        let Some((program, arguments)) = words.split_first() else { return Err(Stop::NotUnderstood) };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let program = program.rsplit('/').next().unwrap_or(program);
        match (program, arguments.as_slice()) {
            ("sh" | "bash", ["-c", script]) => {
                let program = parse(script).ok_or(Stop::NotUnderstood)?;
                self.deeper(|run| run.program(&program))
            }
            ("xargs", arguments) => {
                let Input::Text(text) = input else { return Err(Stop::NotUnderstood) };
                self.deeper(|run| tools::xargs(run, arguments, &text))
            }
            (
                "grep" | "egrep" | "fgrep" | "sed" | "awk" | "uniq" | "sort" | "head" | "tail" | "wc" | "tr"
                | "cut",
                _,
            ) => text_tools::run(self.facts, program, &arguments, input),
            ("cat", []) => text_tools::run(self.facts, program, &arguments, input),
            _ => tools::run(self.facts, program, &arguments),
        }
    }

    fn deeper(&mut self, run: impl FnOnce(&mut Self) -> Answer) -> Answer {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Stop::NotUnderstood);
        }
        let result = run(self);
        self.depth -= 1;
        result
    }

    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > STEPS_MAX { Err(Stop::NotUnderstood) } else { Ok(()) }
    }

    /// The words that the words become: substituted, split where they are not quoted, patterns of files expanded.
    fn expand(&mut self, words: &[Vec<Part>]) -> Result<Vec<String>, Stop> {
        let mut expanded = Vec::new();
        for parts in words {
            // What is gathered of the word so far; none between words.
            let mut word: Option<String> = None;
            let mut is_pattern = false;
            for part in parts {
                let text = self.part(part)?;
                match part {
                    Part::Text { is_quoted, .. } => {
                        is_pattern |= !is_quoted && text.contains('*');
                        word.get_or_insert_default().push_str(&text);
                    }
                    Part::Variable { is_quoted: true, .. } | Part::Substitution { is_quoted: true, .. } => {
                        word.get_or_insert_default().push_str(&text);
                    }
                    Part::Variable { .. } | Part::Substitution { .. } => {
                        let mut pieces = text.split_whitespace();
                        if text.starts_with(char::is_whitespace) {
                            expanded.extend(word.take());
                        }
                        if let Some(first) = pieces.next() {
                            word.get_or_insert_default().push_str(first);
                        }
                        for piece in pieces {
                            expanded.extend(word.replace(piece.to_owned()));
                        }
                        if text.ends_with(char::is_whitespace) {
                            expanded.extend(word.take());
                        }
                    }
                }
                if word.as_ref().is_some_and(|word| word.len() > TEXT_BYTES_MAX) || expanded.len() > STEPS_MAX
                {
                    return Err(Stop::NotUnderstood);
                }
            }
            match word {
                Some(pattern) if is_pattern && pattern.starts_with('/') => {
                    expanded.extend(tools::matching_files(self.facts, &pattern)?);
                }
                word => expanded.extend(word),
            }
        }
        Ok(expanded)
    }

    fn part(&mut self, part: &Part) -> Result<String, Stop> {
        Ok(match part {
            Part::Text { text, .. } => text.clone(),
            Part::Variable { name, otherwise, .. } => {
                self.variables.get(name).filter(|value| !value.is_empty()).unwrap_or(otherwise).clone()
            }
            Part::Substitution { tokens, .. } => {
                let program = of_tokens(tokens).ok_or(Stop::NotUnderstood)?;
                let result = self.deeper(|run| run.program(&program))?;
                result.text.trim_end_matches('\n').to_owned()
            }
        })
    }
}
