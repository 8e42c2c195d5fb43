//! What is wrong with a file of rules, and where: codes, texts and JSON shape are those of Falco's load result
//! (`userspace/engine/falco_load_result.cpp`, `rule_loader.cpp`), with lines and columns that count from 1.

use crate::codes::{ErrorCode, WarningCode};
use crate::condition::Position;
use crate::yaml::Mark;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    ValueFor,
    Exceptions,
    Exception,
    ExceptionValues,
    ExceptionValue,
    Content,
    Item,
    EngineVersion,
    PluginVersions,
    PluginVersionsEntry,
    PluginVersionsAlternative,
    List,
    ListItem,
    Macro,
    MacroCondition,
    Rule,
    RuleCondition,
    ConditionExpression,
    RuleOutput,
    RulePriority,
    Overrides,
}

impl PlaceKind {
    fn name(self) -> &'static str {
        match self {
            Self::ValueFor => "value for",
            Self::Exceptions => "exceptions",
            Self::Exception => "exception",
            Self::ExceptionValues => "exception values",
            Self::ExceptionValue => "exception value",
            Self::Content => "rules content",
            Self::Item => "rules content item",
            Self::EngineVersion => "required_engine_version",
            Self::PluginVersions => "required plugin versions",
            Self::PluginVersionsEntry => "required plugin versions entry",
            Self::PluginVersionsAlternative => "required plugin versions alternative",
            Self::List => "list",
            Self::ListItem => "list item",
            Self::Macro => "macro",
            Self::MacroCondition => "macro condition",
            Self::Rule => "rule",
            Self::RuleCondition => "rule condition",
            Self::ConditionExpression => "condition expression",
            Self::RuleOutput => "rule output",
            Self::RulePriority => "rule priority",
            Self::Overrides => "overrides",
        }
    }
}

#[derive(Clone, Debug)]
struct Place {
    kind: PlaceKind,
    name: String,
    at: Mark,
}

/// The way from a file to what is wrong in it.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    file: Arc<Source>,
    places: Vec<Place>,
    /// A condition's text and the position in it, when the last place is in one.
    condition: Option<(Arc<str>, Position)>,
}

/// A file of rules: its name and text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let starts = memchr_newlines(text).map(|index| index + 1);
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The text from a line on.
    fn starting_at_line(&self, line: usize) -> &str {
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        &self.text[start..]
    }
}

fn memchr_newlines(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index)
}

impl Context {
    pub(crate) fn of_file(file: Arc<Source>) -> Self {
        let at = Mark { line: 1, column: 1, offset: 0 };
        let places = vec![Place { kind: PlaceKind::Content, name: String::new(), at }];
        Self { file, places, condition: None }
    }

    pub(crate) fn with(&self, kind: PlaceKind, name: &str, at: Mark) -> Self {
        let mut places = self.places.clone();
        places.push(Place { kind, name: name.to_owned(), at });
        Self { file: self.file.clone(), places, condition: None }
    }

    /// A position in a condition whose value stands at this context.
    pub(crate) fn in_condition(
        &self,
        condition: &Arc<str>,
        original: &str,
        at: Position,
        original_at: usize,
    ) -> Self {
        let start = self.places.last().map_or(Mark::default(), |place| place.at);
        let found = find_in_scalar(&self.file, start, original, original_at);
        let mut context = self.with(PlaceKind::ConditionExpression, "", found);
        context.condition = Some((condition.clone(), at));
        context
    }

    fn at(&self) -> Mark {
        self.places.last().map_or(Mark::default(), |place| place.at)
    }

    /// The line in question, with a mark below the place.
    fn snippet(&self) -> String {
        if let Some((condition, at)) = &self.condition {
            return snippet_of(condition, at.offset);
        }
        let line = self.file.starting_at_line(self.at().line).lines().next().unwrap_or_default();
        let column = self.at().column.saturating_sub(1);
        let offset = line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset);
        snippet_of(line, offset)
    }
}

/// The place of a byte of a YAML scalar's value. Folding changes blanks alone, so that the same number of other
/// characters stands before it in the file.
fn find_in_scalar(file: &Source, start: Mark, value: &str, offset: usize) -> Mark {
    let wanted =
        value.get(..offset).unwrap_or(value).chars().filter(|character| !character.is_whitespace()).count();
    let mut mark = start;
    let mut characters =
        file.starting_at_line(start.line).chars().skip(start.column.saturating_sub(1)).peekable();
    let step = |mark: &mut Mark, character: char| {
        mark.offset += 1;
        mark.column += 1;
        if character == '\n' {
            mark.line += 1;
            mark.column = 1;
        }
    };
    // The header of a block, or the quote.
    if let Some(first) = characters.peek().copied() {
        if matches!(first, '>' | '|') {
            for character in characters.by_ref() {
                step(&mut mark, character);
                if character == '\n' {
                    break;
                }
            }
        } else if matches!(first, '"' | '\'') {
            characters.next();
            step(&mut mark, first);
        }
    }
    let mut seen = 0;
    for character in characters {
        if !character.is_whitespace() {
            if seen == wanted {
                return mark;
            }
            seen += 1;
        }
        step(&mut mark, character);
    }
    mark
}

const SNIPPET_CHARACTERS_MAX: usize = 160;

fn snippet_of(text: &str, offset: usize) -> String {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let start = text[..offset].rfind('\n').map_or(0, |index| index + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |index| offset + index);
    let before: Vec<char> = text[start..offset].chars().collect();
    let cut = before.len().saturating_sub(SNIPPET_CHARACTERS_MAX / 2);
    let mut line: String = if cut > 0 { "...".to_owned() } else { String::new() };
    line.extend(&before[cut..]);
    let column = line.chars().count();
    let after: Vec<char> = text[offset..end].chars().take(SNIPPET_CHARACTERS_MAX / 2 + 1).collect();
    line.extend(&after);
    if after.len() > SNIPPET_CHARACTERS_MAX / 2 {
        line.push_str("...");
    }
    if line.trim().is_empty() {
        return "<No context available>\n".to_owned();
    }
    format!("{line}\n{}^\n", " ".repeat(column))
}

/// An error or a warning of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The code as Falco writes it.
    pub code: &'static str,
    /// What the code means.
    #[serde(rename = "codedesc")]
    pub meaning: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// Where it is, in Falco's shape: the places from the file inwards, and the line in question.
    pub context: Value,
}

impl Diagnosis {
    fn new(code: &'static str, meaning: &'static str, message: String, context: &Context) -> Self {
        let at = context.at();
        let locations: Vec<Value> = context
            .places
            .iter()
            .map(|place| {
                json!({
                    "item_type": place.kind.name(),
                    "item_name": place.name,
                    "position": {
                        "name": context.file.name,
                        "line": place.at.line,
                        "column": place.at.column,
                        "offset": place.at.offset,
                    },
                })
            })
            .collect();
        let mut shape = json!({ "locations": locations, "snippet": context.snippet() });
        if let Some((_, position)) = &context.condition {
            shape["condition"] = json!({ "line": position.line, "column": position.column });
        }
        Self {
            code,
            meaning,
            message,
            hint: None,
            file: context.file.name.clone(),
            line: at.line,
            column: at.column,
            context: shape,
        }
    }

    pub(crate) fn error(code: ErrorCode, message: impl Into<String>, context: &Context) -> Self {
        Self::new(code.code(), code.meaning(), message.into(), context)
    }

    pub(crate) fn warning(code: WarningCode, message: impl Into<String>, context: &Context) -> Self {
        let hint = Some(code.hint());
        Self { hint, ..Self::new(code.code(), code.meaning(), message.into(), context) }
    }

    pub(crate) fn with_hint(self, hint: Option<&'static str>) -> Self {
        Self { hint, ..self }
    }
}

/// A failed step: the file is not loaded.
#[derive(Clone, Debug)]
pub(crate) struct Failure(pub(crate) Box<Diagnosis>);

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>, context: &Context) -> Self {
        Self(Box::new(Diagnosis::error(code, message, context)))
    }
}

/// What loading a file gave.
#[derive(Clone, Debug, Serialize)]
pub struct LoadResult {
    /// Name of the file.
    pub name: String,
    /// Whether its rules, and those of the files before it, can be used.
    pub successful: bool,
    /// What is wrong.
    pub errors: Vec<Diagnosis>,
    /// What is odd.
    pub warnings: Vec<Diagnosis>,
}

impl LoadResult {
    pub(crate) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), successful: true, errors: Vec::new(), warnings: Vec::new() }
    }

    /// A result for a file that could not be read.
    #[must_use]
    pub fn unreadable(name: &str, message: &str) -> Self {
        let file = Arc::new(Source::new(name, ""));
        let error = Diagnosis::error(ErrorCode::FileRead, message, &Context::of_file(file));
        Self { successful: false, errors: vec![error], ..Self::of(name) }
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.successful = false;
        self.errors.push(*failure.0);
    }

    pub(crate) fn warn(&mut self, code: WarningCode, message: impl Into<String>, context: &Context) {
        self.warnings.push(Diagnosis::warning(code, message, context));
    }

    /// The text for a terminal: a line a file, and a paragraph for each error and warning.
    #[must_use]
    pub fn text(&self) -> String {
        let state = match (self.successful, self.warnings.is_empty()) {
            (true, true) => "Ok",
            (true, false) => "Ok, with warnings",
            (false, _) => "Invalid",
        };
        let mut text = format!("{}: {state}\n", self.name);
        for (kind, diagnosis) in self
            .errors
            .iter()
            .map(|one| ("error", one))
            .chain(self.warnings.iter().map(|one| ("warning", one)))
        {
            let Diagnosis { code, meaning, message, file, line, column, .. } = diagnosis;
            let message = if message.is_empty() { *meaning } else { message.as_str() };
            text.push_str(&format!("{kind}: {message} ({code})\n  --> {file}:{line}:{column}"));
            for place in diagnosis.context["locations"].as_array().into_iter().flatten().skip(1) {
                if let (Some(kind), Some(name @ ("rule" | "macro" | "list"))) =
                    (place["item_name"].as_str().filter(|name| !name.is_empty()), place["item_type"].as_str())
                {
                    text.push_str(&format!(", {name} '{kind}'"));
                }
            }
            text.push('\n');
            for line in diagnosis.context["snippet"].as_str().unwrap_or_default().lines() {
                text.push_str(&format!("   | {line}\n"));
            }
            if let Some(hint) = diagnosis.hint {
                text.push_str(&format!("  hint: {hint}\n"));
            }
        }
        text
    }
}
