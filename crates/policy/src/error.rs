//! Why a policy cannot be used, and what is odd about one that can.

use serde::Serialize;
use std::fmt;

/// Why a policy file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or a key or value is unknown.
    #[error("line {line} of the policy: {message}{hint}")]
    Line {
        /// 1-based.
        line: usize,
        /// What is wrong.
        message: String,
        /// What may be meant, on a line of its own; or empty.
        hint: String,
    },
    /// The file is too long.
    #[error("the policy has {size_bytes} bytes, more than {limit_bytes}")]
    TooLarge {
        /// Its bytes.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
}

/// Something odd about a policy that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyWarning {
    /// 1-based.
    pub line: usize,
    /// What is odd.
    pub message: String,
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the policy: {}", self.line, self.message)
    }
}

impl PolicyError {
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self::Line { line: line_of(text, offset), message: message.into(), hint: String::new() }
    }

    pub(crate) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        Self::Line { line, hint: hint(&message), message }
    }
}

/// The 1-based line of an offset in bytes.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text.as_bytes()[..end].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// The known word that is closest to an unknown one, from serde's own message:
/// "unknown field `a`, expected one of `b`, `c`".
fn hint(message: &str) -> String {
    let (Some((_, expected)), true) = (message.split_once("expected"), message.starts_with("unknown")) else {
        return String::new();
    };
    let words =
        |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let Some(unknown) = words(message).into_iter().next() else { return String::new() };
    let closest = words(expected).into_iter().min_by_key(|word| distance(word, &unknown));
    match closest {
        Some(word) if distance(&word, &unknown) <= 1 + word.len() / 4 => {
            format!("\nhint: did you mean '{word}'?")
        }
        _ => String::new(),
    }
}

/// The edit distance of two words (Levenshtein), of their first 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = number + 1;
        for (at, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_word_is_offered() {
        assert_eq!(hint("unknown field `blok`, expected `block` or `warn`"), "\nhint: did you mean 'block'?");
        assert_eq!(hint("unknown field `zzzzz`, expected `block` or `warn`"), "");
        assert_eq!(hint("invalid type"), "");
    }
}
