//! Arguments of an instruction as builders write them into a history.
//!
//! They print Go values: `["a" "b"]` and `[a b]` for lists, `map[80/tcp:{}]` for sets, `&{["CMD" "x"] "5s" …}` for
//! health checks (moby/moby, builder/dockerfile/dispatchers.go; moby/buildkit, dockerfile2llb/convert.go).

use crate::{Keyword, arguments};

/// The arguments as a Dockerfile would have them, their words, and the digest that stands for the sources.
pub(super) fn normalise(keyword: Keyword, text: &str) -> (String, Vec<String>, Option<String>) {
    match keyword {
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
            let words = list(text);
            let text = match words.is_empty() {
                true => text.to_owned(),
                false => json(&words),
            };
            (text, words, None)
        }
        Keyword::Volume => {
            let words = list_or_words(text);
            let text =
                if words.iter().any(|word| word.contains(' ')) { json(&words) } else { words.join(" ") };
            (text, words, None)
        }
        Keyword::Expose => {
            let words = match text.strip_prefix("map[") {
                // `map[443/tcp:{} 80/tcp:{}]`
                Some(map) => map
                    .trim_end_matches(']')
                    .split(' ')
                    .map(|port| port.trim_end_matches(":{}").to_owned())
                    .collect(),
                None => list_or_words(text),
            };
            (words.join(" "), words, None)
        }
        Keyword::Stopsignal | Keyword::User | Keyword::Workdir => {
            let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            (inner.to_owned(), vec![inner.to_owned()], None)
        }
        Keyword::Add | Keyword::Copy => files(text),
        Keyword::Healthcheck => healthcheck(text),
        _ => (text.to_owned(), Vec::new(), None),
    }
}

/// The words as a JSON array.
pub(crate) fn json(words: &[String]) -> String {
    serde_json::to_string(words).expect("strings always serialise").replace("\",\"", "\", \"")
}

fn list_or_words(text: &str) -> Vec<String> {
    let words = list(text);
    if words.is_empty() { text.split_ascii_whitespace().map(str::to_owned).collect() } else { words }
}

/// The words of `["a", "b"]`, `["a" "b"]` or `[a b]`; none for another text.
fn list(text: &str) -> Vec<String> {
    if let Some(words) = arguments::json_strings(text) {
        return words;
    }
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return Vec::new();
    };
    quoted(inner).unwrap_or_else(|| inner.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Go's `%q` of a list of strings, between the brackets: JSON strings separated by blanks, but for `\x..`, `\a`, `\v`.
fn quoted(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, length) = quoted_word(rest)?;
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Some(words)
}

fn quoted_word(text: &str) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((word, at + 2)),
            '\\' => match characters.next()?.1 {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                escaped @ ('u' | 'x' | 'U') => {
                    let length = match escaped {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let digits: String = characters.by_ref().take(length).map(|(_, digit)| digit).collect();
                    word.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                other => word.push(other),
            },
            other => word.push(other),
        }
    }
    None
}

/// `file:4e3f… in /app` of the classic builder, `a b /app` of BuildKit.
fn files(text: &str) -> (String, Vec<String>, Option<String>) {
    if let Some((content, destination)) = text.split_once(" in ")
        && ["file:", "dir:", "multi:"].iter().any(|kind| content.starts_with(kind))
        && !content.contains(' ')
    {
        let destination = destination.trim();
        return (text.to_owned(), vec![destination.to_owned()], Some(content.to_owned()));
    }
    // The classic builder tells the address of a remote file: `ADD https://example.com/a in /a`.
    if let Some((source, destination)) = text.split_once(" in ")
        && source.contains("://")
    {
        let words = vec![source.to_owned(), destination.trim().to_owned()];
        return (words.join(" "), words, None);
    }
    let words = list_or_words(text);
    (text.to_owned(), words, None)
}

/// `&{["CMD-SHELL" "curl -f x"] "5s" "3s" "0s" "0s" '\x03'}`, or an instruction as it is written.
fn healthcheck(text: &str) -> (String, Vec<String>, Option<String>) {
    let Some((words, rest)) = text.strip_prefix("&{[").and_then(go_list) else {
        let words = match text.split_once("CMD ") {
            Some((_, command)) => {
                let words = list(command.trim());
                if words.is_empty() {
                    vec!["CMD-SHELL".to_owned(), command.trim().to_owned()]
                } else {
                    [vec!["CMD".to_owned()], words].concat()
                }
            }
            None if text.trim().eq_ignore_ascii_case("NONE") => vec!["NONE".to_owned()],
            None => Vec::new(),
        };
        return (text.to_owned(), words, None);
    };
    let mut out = String::new();
    let times: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
    for (name, time) in ["interval", "timeout", "start-period", "start-interval"].into_iter().zip(&times) {
        if !matches!(*time, "0s" | "") {
            out.push_str(&format!("--{name}={time} "));
        }
    }
    if let Some(retries) = retries(rest) {
        out.push_str(&format!("--retries={retries} "));
    }
    match words.split_first() {
        Some((kind, _)) if kind == "NONE" => out.push_str("NONE"),
        Some((kind, command)) if kind == "CMD-SHELL" => out.push_str(&format!("CMD {}", command.join(" "))),
        Some((_, command)) => out.push_str(&format!("CMD {}", json(command))),
        None => out.push_str("NONE"),
    }
    (out, words, None)
}

/// The strings up to a closing bracket, and what follows it.
fn go_list(text: &str) -> Option<(Vec<String>, &str)> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Some((words, after));
        }
        let (word, length) = quoted_word(rest)?;
        words.push(word);
        rest = rest[length..].trim_start();
    }
}

/// The number that Go prints as a character: `'\x03'`, `'\n'`, or as digits.
fn retries(text: &str) -> Option<u32> {
    let inner = text.trim_end_matches('}').rsplit(['"', ' ']).next()?.trim();
    let inner = inner.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(inner);
    let number = match inner.strip_prefix('\\') {
        Some("a") => 7,
        Some("b") => 8,
        Some("t") => 9,
        Some("n") => 10,
        Some("v") => 11,
        Some("f") => 12,
        Some("r") => 13,
        Some(rest) => u32::from_str_radix(rest.trim_start_matches(['x', 'u', 'U']), 16).ok()?,
        None => inner.parse().ok().or_else(|| inner.chars().next().map(u32::from))?,
    };
    (number > 0 && number < 10_000).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(keyword: Keyword, text: &str, expected: &str) {
        assert_eq!(normalise(keyword, text).0, expected);
    }

    #[test]
    fn go_values_become_what_a_dockerfile_says() {
        gives(Keyword::Cmd, "[\"nginx\" \"-g\" \"daemon off;\"]", "[\"nginx\", \"-g\", \"daemon off;\"]");
        gives(Keyword::Shell, "[/bin/bash -o pipefail -c]", "[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]");
        gives(Keyword::Expose, "map[443/tcp:{} 80/tcp:{}]", "443/tcp 80/tcp");
        gives(Keyword::Expose, "[80/tcp]", "80/tcp");
        gives(Keyword::Volume, "[/data /with space]", "/data /with space");
        gives(Keyword::Volume, "[\"/with space\"]", "[\"/with space\"]");
        gives(Keyword::Stopsignal, "[SIGTERM]", "SIGTERM");
        gives(Keyword::Cmd, "exec foo", "exec foo");
    }

    #[test]
    fn health_checks_are_read_from_their_go_form() {
        gives(
            Keyword::Healthcheck,
            "&{[\"CMD-SHELL\" \"curl -f x || exit 1\"] \"5s\" \"3s\" \"0s\" \"0s\" '\\x03'}",
            "--interval=5s --timeout=3s --retries=3 CMD curl -f x || exit 1",
        );
        gives(
            Keyword::Healthcheck,
            "&{[\"CMD\" \"a\" \"b\"] \"0s\" \"0s\" \"0s\" '\\x00'}",
            "CMD [\"a\", \"b\"]",
        );
        gives(Keyword::Healthcheck, "&{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}", "NONE");
        gives(Keyword::Healthcheck, "NONE", "NONE");
    }
}
