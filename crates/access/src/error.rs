//! What is wrong with a file of rights.

/// What is wrong with a file of rights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the access file: {message}{}", hint.as_deref().map(|hint| format!(" (hint: {hint})")).unwrap_or_default())]
pub struct AccessError {
    /// The line, from 1; 1 as well when it cannot be told.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl AccessError {
    pub(crate) fn of_yaml(error: &serde_yaml_ng::Error) -> Self {
        let line = error.location().map_or(1, |location| location.line());
        let message = error.to_string();
        let hint = hint(&message);
        Self { line, message, hint }
    }

    /// An error about the `nth` line that holds `needle`.
    pub(crate) fn at(text: &str, needle: &str, nth: usize, message: String) -> Self {
        let mut lines = text.lines().enumerate().filter(|(_, line)| line.contains(needle));
        let line = lines.nth(nth).map_or(1, |(at, _)| at + 1);
        Self { line, message, hint: None }
    }
}

// serde names the word that it does not know and all that it knows.
fn hint(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("unknown ")?;
    let mut words = rest.split('`').skip(1).step_by(2);
    let wrong = words.next()?;
    let (nearest, distance) =
        words.map(|word| (word, distance(word, wrong))).min_by_key(|(_, steps)| *steps)?;
    (distance <= 1 + wrong.len() / 3).then(|| format!("did you mean '{nearest}'?"))
}

// Levenshtein.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let next = (diagonal + usize::from(a != *b)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[other.len()]
}
