//! Patterns of names.

use serde::Deserialize;

/// A pattern: `*` stands for any characters but `/`, `**` for any characters, `?` for one but `/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Glob {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    One(u8),
    AnyOne,
    AnyInPart,
    AnyAtAll,
}

const LENGTH_MAX: usize = 512;
const TEXT_LENGTH_MAX: usize = 4_096;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is empty, too long, or has a character that no name has.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > LENGTH_MAX {
            return Err(format!("a pattern has 1 to {LENGTH_MAX} characters"));
        }
        if let Some(other) =
            text.chars().find(|letter| !letter.is_ascii_graphic() || "[]{}\\!".contains(*letter))
        {
            return Err(format!("a pattern has no {other:?}; known are '*', '**' and '?'"));
        }
        let mut tokens = Vec::new();
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            tokens.push(match byte {
                b'*' if bytes.peek() == Some(&b'*') => {
                    while bytes.next_if_eq(&b'*').is_some() {}
                    Token::AnyAtAll
                }
                b'*' => Token::AnyInPart,
                b'?' => Token::AnyOne,
                other => Token::One(other),
            });
        }
        Ok(Self { text: text.to_owned(), tokens })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a text has this form. Takes length of pattern times length of text at most. What is too long for a name matches
    /// nothing; the caller has refused it before.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if text.len() > TEXT_LENGTH_MAX {
            return false;
        }
        // The states of a finite automaton: how many tokens may have been used up.
        let mut states = vec![false; self.tokens.len() + 1];
        states[0] = true;
        self.skip_empty(&mut states);
        for byte in text.bytes() {
            let mut next = vec![false; states.len()];
            for (at, token) in self.tokens.iter().enumerate().filter(|(at, _)| states[*at]) {
                match token {
                    Token::One(wanted) if *wanted == byte => next[at + 1] = true,
                    Token::AnyOne if byte != b'/' => next[at + 1] = true,
                    Token::AnyInPart if byte != b'/' => next[at] = true,
                    Token::AnyAtAll => next[at] = true,
                    _ => {}
                }
            }
            self.skip_empty(&mut next);
            states = next;
        }
        states[self.tokens.len()]
    }

    // '*' and '**' also stand for nothing.
    fn skip_empty(&self, states: &mut [bool]) {
        for (at, token) in self.tokens.iter().enumerate() {
            if states[at] && matches!(token, Token::AnyInPart | Token::AnyAtAll) {
                states[at + 1] = true;
            }
        }
    }
}

impl TryFrom<String> for Glob {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_within_a_part() {
        for (pattern, text, expected) in [
            ("team-a/*", "team-a/app", true),
            ("team-a/*", "team-a/app/x", false),
            ("team-a/*", "team-a", false),
            ("team-a/**", "team-a/app/x", true),
            ("**", "a/b", true),
            ("*", "a/b", false),
            ("v?.*", "v1.0", true),
            ("team-a/**", "team-abc/x", false),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        assert!(Glob::parse("team-{a,b}/*").is_err());
        assert!(Glob::parse("").is_err());
    }
}
