//! Patterns of names and paths.

use std::fmt;

/// A pattern: `*` stands for any characters but `/`, `**` for any characters, `?` for one character but `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    text: String,
    tokens: Vec<Token>,
    is_literal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    One(char),
    AnyOne,
    AnyInPart,
    AnyAtAll,
}

const LENGTH_MAX: usize = 1_024;
const TEXT_LENGTH_MAX: usize = 8_192;

impl Glob {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        if text.chars().count() > LENGTH_MAX {
            return Err(format!("the pattern has more than {LENGTH_MAX} characters"));
        }
        let mut tokens = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' if characters.peek() == Some(&'*') => {
                    while characters.next_if_eq(&'*').is_some() {}
                    Token::AnyAtAll
                }
                '*' => Token::AnyInPart,
                '?' => Token::AnyOne,
                other => Token::One(other),
            });
        }
        let is_literal = tokens.iter().all(|token| matches!(token, Token::One(_)));
        Ok(Self { text: text.to_owned(), tokens, is_literal })
    }

    /// The pattern as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands for itself alone.
    pub(crate) fn is_literal(&self) -> bool {
        self.is_literal
    }

    /// Whether a text has this form. Takes length of pattern times length of text at most.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if self.is_literal {
            return self.text == text;
        }
        if text.len() > TEXT_LENGTH_MAX {
            return false;
        }
        // The states of a finite automaton: how many tokens may have been used up.
        let mut states = vec![false; self.tokens.len() + 1];
        states[0] = true;
        self.skip_empty(&mut states);
        for character in text.chars() {
            let mut next = vec![false; states.len()];
            for (at, token) in self.tokens.iter().enumerate().filter(|(at, _)| states[*at]) {
                match token {
                    Token::One(wanted) if *wanted == character => next[at + 1] = true,
                    Token::AnyOne if character != '/' => next[at + 1] = true,
                    Token::AnyInPart if character != '/' => next[at] = true,
                    Token::AnyAtAll => next[at] = true,
                    _ => {}
                }
            }
            self.skip_empty(&mut next);
            if !next.contains(&true) {
                return false;
            }
            states = next;
        }
        states[self.tokens.len()]
    }

    fn skip_empty(&self, states: &mut [bool]) {
        for (at, token) in self.tokens.iter().enumerate() {
            if states[at] && matches!(token, Token::AnyInPart | Token::AnyAtAll) {
                states[at + 1] = true;
            }
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stop_at_slashes_unless_doubled() {
        for (pattern, text, expected) in [
            ("registry.example/*", "registry.example/app", true),
            ("registry.example/*", "registry.example/team/app", false),
            ("registry.example/**", "registry.example/team/app", true),
            ("registry.example/**", "registry.example.evil/app", false),
            ("**/app", "registry.example/team/app", true),
            ("*/app", "registry.example/team/app", false),
            ("CVE-2020-*", "CVE-2020-1234", true),
            ("CVE-2020-?", "CVE-2020-1234", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("**a**a**a**b", "aaaaaaaaaaaaaaaa", false),
            ("usr/**/x?", "usr/lib/deep/xy", true),
            ("", "", false),
            ("*", "", true),
            ("exact", "exact", true),
            ("exact", "Exact", false),
        ] {
            let matches = Glob::parse(pattern).is_ok_and(|glob| glob.matches(text));
            assert_eq!(matches, expected, "{pattern} {text}");
        }
    }
}
