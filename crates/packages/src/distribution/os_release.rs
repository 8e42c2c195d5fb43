//! The assignments of `os-release` (os-release(5): a subset of shell syntax, without expansion).

/// Keys and values in the order of the file.
pub(super) struct Assignments(Vec<(String, String)>);

/// Bytes of a value; longer ones are no names or versions.
const VALUE_BYTES_MAX: usize = 1_024;

impl Assignments {
    pub(super) fn parse(text: &str) -> Self {
        let mut assignments = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = unquote(value);
            if value.len() <= VALUE_BYTES_MAX {
                assignments.push((key.trim_end().to_owned(), value));
            }
        }
        Self(assignments)
    }

    /// The last value of a key, as in a shell; an empty one is none.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name == key)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }
}

/// Single quotes keep everything; outside of them a backslash takes the next character as it is, between double
/// quotes only one of `"`, `$`, `` ` `` and `\`.
fn unquote(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut quote = None;
    let mut rest = value.trim().chars().peekable();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '\\') => text.extend(rest.next()),
            (Some('"'), '\\') => match rest.next_if(|next| matches!(next, '"' | '$' | '`' | '\\')) {
                Some(next) => text.push(next),
                None => text.push('\\'),
            },
            // A comment, or a second word, is no part of the value.
            (None, ' ' | '\t') => break,
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_are_those_of_a_shell() {
        for (value, expected) in [
            ("plain", "plain"),
            ("\"two words\"", "two words"),
            ("'single \"$`\\ kept'", "single \"$`\\ kept"),
            (r#""a \"b\" \$c \n""#, r#"a "b" $c \n"#),
            (r"a\ b", "a b"),
            ("12 # comment", "12"),
            ("\"unclosed", "unclosed"),
            ("\"\"", ""),
            ("3'.'18", "3.18"),
        ] {
            assert_eq!(unquote(value), expected, "{value}");
        }
    }

    #[test]
    fn last_assignment_wins_and_comments_are_none() {
        let assignments = Assignments::parse("# ID=a\nID=b\n ID=c \n\nnonsense\nVERSION_ID=\n");
        assert_eq!(assignments.get("ID"), Some("c"));
        assert_eq!(assignments.get("VERSION_ID"), None);
    }

    #[test]
    fn endless_values_are_left_out() {
        assert_eq!(Assignments::parse(&format!("ID={}", "a".repeat(2000))).get("ID"), None);
    }
}
