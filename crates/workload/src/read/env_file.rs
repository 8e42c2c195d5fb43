//! Files of variables: `.env`, `--env-file`, `env_file` (Docker documentation, "Env file syntax").

use std::collections::BTreeMap;

/// Variables of one file.
const VARIABLES_MAX: usize = 10_000;

/// Reads a file of variables: `NAME=value`, `NAME="value"` with escapes, `NAME='value'` as it is, comments. Outside of
/// single quotes variables are expanded: those of `outer`, then those above in the file.
#[must_use]
pub fn read_env_file(text: &str, outer: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut own: BTreeMap<String, String> = BTreeMap::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| !letter.is_whitespace()) {
        rest = &rest[start..];
        let line_end = rest.find('\n').unwrap_or(rest.len());
        let line = &rest[..line_end];
        let Some((name, offset)) = name(line) else {
            rest = &rest[line_end..];
            continue;
        };
        let (value, used) = value(&rest[offset..]);
        rest = &rest[offset + used..];
        let value = match value {
            Written::AsItIs(text) => text,
            Written::WithVariables(text) => {
                let known: BTreeMap<String, String> =
                    own.iter().chain(outer).map(|(a, b)| (a.clone(), b.clone())).collect();
                super::compose::expand_or_empty(&text, &known)
            }
        };
        if own.len() < VARIABLES_MAX {
            own.insert(name.to_owned(), value);
        }
    }
    own
}

/// The name that a line gives a value, and where the value begins.
fn name(line: &str) -> Option<(&str, usize)> {
    let at = line.find('=')?;
    let name = line[..at].trim();
    let name = name.strip_prefix("export ").map_or(name, str::trim);
    let is_name = !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
    is_name.then_some((name, at + 1))
}

enum Written {
    AsItIs(String),
    WithVariables(String),
}

/// The value that a text begins with, and the bytes up to the end of its last line.
fn value(text: &str) -> (Written, usize) {
    let line_end = text.find('\n').unwrap_or(text.len());
    let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
    let quoted = text[blanks..].chars().next().filter(|quote| matches!(quote, '"' | '\''));
    if let Some(quote) = quoted
        && let Some((inner, used)) = between(&text[blanks + 1..], quote)
    {
        let used = blanks + 1 + used;
        let end = text[used..].find('\n').map_or(text.len(), |end| used + end);
        let written = if quote == '"' { Written::WithVariables(inner) } else { Written::AsItIs(inner) };
        return (written, end);
    }
    let line = &text[..line_end];
    let comment =
        line.char_indices().find(|(at, letter)| *letter == '#' && line[..*at].ends_with([' ', '\t']));
    let line = comment.map_or(line, |(at, _)| &line[..at]);
    (Written::WithVariables(line.trim().to_owned()), line_end)
}

/// What stands in front of the closing quote, and the bytes up to behind it.
fn between(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next()?.1 {
                escaped if escaped == quote => out.push(quote),
                'n' if quote == '"' => out.push('\n'),
                'r' if quote == '"' => out.push('\r'),
                't' if quote == '"' => out.push('\t'),
                '\\' if quote == '"' => out.push('\\'),
                '$' if quote == '"' => out.push_str("$$"),
                other => out.extend(['\\', other]),
            },
            letter if letter == quote => return Some((out, at + letter.len_utf8())),
            letter => out.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_value_is_read() {
        let outer = BTreeMap::from([("HOME".to_owned(), "/h".to_owned())]);
        let text = "# c\nA=1\nB = two words # c\nexport C=\"x\\ty$A\" # c\nD='$A # no'\nE=a#b\nF=${HOME}/${N:-n}$\nG=\"1\n2\"\nnoise\nH=\n  I=i\r\nJ=\"it\\\"s\"\n";
        let read = read_env_file(text, &outer);
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "x\ty1"),
            ("D", "$A # no"),
            ("E", "a#b"),
            ("F", "/h/n$"),
            ("G", "1\n2"),
            ("H", ""),
            ("I", "i"),
            ("J", "it\"s"),
        ];
        let seen: Vec<(&str, &str)> =
            read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(seen, expected);
        assert!(read_env_file("A=\"open\nB=1\n", &outer).contains_key("B"));
    }
}
