//! What is wrong with a file of responses.

/// What is wrong with a file of responses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the responses: {message}{}", hint.as_deref().map(|hint| format!(" (hint: {hint})")).unwrap_or_default())]
pub struct ResponsesError {
    /// The line, from 1; 1 as well when it cannot be told.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl ResponsesError {
    pub(crate) fn of_yaml(error: &serde_yaml_ng::Error) -> Self {
        let line = error.location().map_or(1, |location| location.line());
        let message = error.to_string();
        Self { line, hint: hint(&message), message }
    }

    /// An error about entry `index` of the list, from 0.
    pub(crate) fn in_entry(text: &str, index: usize, message: String, hint: &str) -> Self {
        let is_entry = |line: &&(usize, &str)| {
            line.1.trim_start().starts_with("- ") && indent(line.1) == list_indent(text)
        };
        let lines: Vec<(usize, &str)> = text.lines().enumerate().collect();
        let line = lines.iter().filter(is_entry).nth(index).map_or(1, |(at, _)| at + 1);
        Self { line, message, hint: Some(hint.to_owned()) }
    }

    /// An error about the first line that holds a word.
    pub(crate) fn at_word(text: &str, word: &str, message: String, hint: &str) -> Self {
        let is_there = |line: &str| {
            let parts = line.split(['[', ']', ',', '\'', '"']);
            parts
                .flat_map(|part| [part, part.trim().trim_start_matches("- ")])
                .any(|part| part.trim() == word)
        };
        let position = text.lines().position(is_there);
        let line =
            position.or_else(|| text.lines().position(|line| line.contains(word))).map_or(1, |at| at + 1);
        Self { line, message, hint: Some(hint.to_owned()) }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// How far right the entries of `responses` begin.
fn list_indent(text: &str) -> usize {
    let after = text.lines().skip_while(|line| !line.starts_with("responses:")).skip(1);
    after.filter(|line| line.trim_start().starts_with("- ")).map(indent).next().unwrap_or(0)
}

/// serde names the word that it does not know and all that it knows.
fn hint(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("expected one of ").or_else(|| message.split_once("expected "))?;
    let words: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
