//! `--flag=value` between an instruction and its arguments.

use crate::Flag;

/// The flags at the beginning of a text, and the offset where the arguments begin (moby/buildkit,
/// frontend/dockerfile/parser/split_command.go: quotes are taken off, the escape character keeps the next one, `--`
/// ends the flags). Their places are those in the text.
pub(crate) fn take_flags(text: &str, escape: char) -> (Vec<Flag>, usize) {
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let start = at + (rest.len() - rest.trim_start().len());
        if !text[start..].starts_with("--") {
            return (flags, start);
        }
        let (word, end) = word(text, start, escape);
        if word == "--" {
            return (flags, end);
        }
        let word = &word[2..];
        flags.push(match word.split_once('=') {
            Some((name, value)) => {
                Flag { name: name.to_owned(), value: Some(value.to_owned()), bytes: start..end }
            }
            None => Flag { name: word.to_owned(), value: None, bytes: start..end },
        });
        at = end;
    }
}

// The word begins with `--`, so it is at least two bytes long.
fn word(text: &str, start: usize, escape: char) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text[start..].char_indices();
    while let Some((at, character)) = characters.next() {
        if character == escape {
            if let Some((_, escaped)) = characters.next() {
                word.push(escaped);
            }
        } else if quote == Some(character) {
            quote = None;
        } else if quote.is_some() {
            word.push(character);
        } else if character.is_whitespace() {
            return (word, start + at);
        } else if matches!(character, '\'' | '"') {
            quote = Some(character);
        } else {
            word.push(character);
        }
    }
    (word, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn takes(text: &str, expected: &[(&str, Option<&str>)], rest: &str) {
        let (flags, at) = take_flags(text, '\\');
        let found: Vec<_> = flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_deref())).collect();
        assert_eq!((found.as_slice(), &text[at..]), (expected, rest));
    }

    #[test]
    fn flags_end_where_the_arguments_begin() {
        takes("--link --chown=a:b src dst", &[("link", None), ("chown", Some("a:b"))], "src dst");
        takes(
            "--mount=type=cache,target=/x make --x",
            &[("mount", Some("type=cache,target=/x"))],
            "make --x",
        );
        takes("--a='b c' -- --d", &[("a", Some("b c"))], " --d");
        takes("--a=b\\ c d", &[("a", Some("b c"))], "d");
        takes("--a", &[("a", None)], "");
        takes("", &[], "");
    }
}
