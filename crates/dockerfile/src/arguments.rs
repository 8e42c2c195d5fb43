//! The arguments of an instruction (moby/buildkit, frontend/dockerfile/parser/line_parsers.go).

use crate::{Arguments, Keyword, Pair};

/// Blanks as the builder's parser splits at them; a line break cannot stand in a joined line.
pub(crate) const BLANKS: [char; 5] = ['\t', '\u{b}', '\u{c}', '\r', ' '];

/// Reads the arguments in the form that the keyword has; `ONBUILD` is read by its caller. What a builder refuses is
/// an error with its message, beside the best that can be said.
pub(crate) fn read(keyword: Keyword, text: &str, escape: char) -> (Arguments, Option<String>) {
    if text.is_empty() {
        return (Arguments::None, None);
    }
    match keyword {
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => match json(text) {
            Json::Strings(words) => (Arguments::Json(words), None),
            Json::Mixed => (Arguments::Text, Some(MIXED.to_owned())),
            Json::No => (Arguments::Text, None),
        },
        Keyword::Add | Keyword::Copy | Keyword::Volume => match json(text) {
            Json::Strings(words) => (Arguments::Json(words), None),
            Json::Mixed => (Arguments::Words(split(text)), Some(MIXED.to_owned())),
            Json::No => (Arguments::Words(split(text)), None),
        },
        Keyword::From | Keyword::Expose => (Arguments::Words(split(text)), None),
        Keyword::Arg => (Arguments::Words(words(text, escape)), None),
        Keyword::Env | Keyword::Label => pairs(keyword, text, escape),
        Keyword::Healthcheck => healthcheck(text),
        Keyword::Maintainer
        | Keyword::Stopsignal
        | Keyword::User
        | Keyword::Workdir
        | Keyword::Onbuild
        | Keyword::Unknown => (Arguments::Text, None),
    }
}

const MIXED: &str = "when using JSON array syntax, arrays must be comprised of strings only";

enum Json {
    Strings(Vec<String>),
    Mixed,
    No,
}

fn json(text: &str) -> Json {
    if !text.starts_with('[') {
        return Json::No;
    }
    match serde_json::from_str::<Vec<serde_json::Value>>(text) {
        Err(_) => Json::No,
        Ok(values) => {
            let words: Option<Vec<String>> =
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            words.map_or(Json::Mixed, Json::Strings)
        }
    }
}

/// The strings of a JSON array, when the text is one of strings alone.
pub(crate) fn json_strings(text: &str) -> Option<Vec<String>> {
    match json(text.trim()) {
        Json::Strings(words) => Some(words),
        Json::Mixed | Json::No => None,
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(BLANKS).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Words separated by blanks outside quotes; quotes and escapes are kept.
pub(crate) fn words(text: &str, escape: char) -> Vec<String> {
    let mut words: Vec<String> =
        word_ranges(text, escape).into_iter().map(|range| text[range].to_owned()).collect();
    // An escape at the very end is skipped.
    if let Some(last) = words.last_mut()
        && text.ends_with(escape)
        && is_lone_escape_at_end(last, escape)
    {
        last.pop();
        if last.is_empty() {
            words.pop();
        }
    }
    words
}

/// Where the words of [`words`] stand.
pub(crate) fn word_ranges(text: &str, escape: char) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote.is_none() && character.is_whitespace() {
            if let Some(start) = start.take() {
                ranges.push(start..at);
            }
            continue;
        }
        start.get_or_insert(at);
        if character == escape && quote != Some('\'') {
            characters.next();
            continue;
        }
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
    }
    ranges.extend(start.map(|start| start..text.len()));
    ranges
}

/// Whether the word ends in an escape that escapes nothing.
fn is_lone_escape_at_end(word: &str, escape: char) -> bool {
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        if character == escape && quote != Some('\'') {
            if characters.next().is_none() {
                return true;
            }
            continue;
        }
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
    }
    false
}

fn pairs(keyword: Keyword, text: &str, escape: char) -> (Arguments, Option<String>) {
    let words = words(text, escape);
    if !words.first().is_some_and(|word| word.contains('=')) {
        let Some((name, value)) = text.split_once(BLANKS) else {
            return (Arguments::Pairs(Vec::new()), Some(format!("{keyword} must have two arguments")));
        };
        let value = value.trim_start_matches(BLANKS).to_owned();
        return (Arguments::Pairs(vec![Pair { name: name.to_owned(), value, is_old_form: true }]), None);
    }
    let mut pairs = Vec::new();
    let mut problem = None;
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => {
                pairs.push(Pair { name: name.to_owned(), value: value.to_owned(), is_old_form: false });
            }
            None => {
                let shown: String = word.chars().take(80).collect();
                problem =
                    Some(format!("cannot find = in '{shown}' (hint: it must be of the form name=value)"));
            }
        }
    }
    (Arguments::Pairs(pairs), problem)
}

fn healthcheck(text: &str) -> (Arguments, Option<String>) {
    let (kind, command) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (command, kind) = (command.trim_start().to_owned(), kind.to_owned());
    let (json, problem) = match json(&command) {
        Json::Strings(words) => (Some(words), None),
        Json::Mixed => (None, Some(MIXED.to_owned())),
        Json::No => (None, None),
    };
    (Arguments::Healthcheck { kind, json, command }, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_quotes_and_escapes() {
        assert_eq!(words(r#"a="b c" d='e f' g\ h"#, '\\'), [r#"a="b c""#, "d='e f'", r"g\ h"]);
        assert_eq!(words("", '\\'), [""; 0]);
        assert_eq!(words(r#"a="b\"c d""#, '\\'), [r#"a="b\"c d""#]);
    }

    #[test]
    fn json_of_other_things_than_strings_is_refused() {
        assert_eq!(read(Keyword::Cmd, "[\"a\"]", '\\'), (Arguments::Json(vec!["a".to_owned()]), None));
        assert!(read(Keyword::Cmd, "[\"a\", 1]", '\\').1.is_some());
        assert_eq!(read(Keyword::Cmd, "[ -f x ] && y", '\\'), (Arguments::Text, None));
    }

    #[test]
    fn the_old_form_takes_the_whole_rest_as_value() {
        let expected = vec![Pair { name: "a".into(), value: "b = c".into(), is_old_form: true }];
        assert_eq!(read(Keyword::Env, "a  b = c", '\\').0, Arguments::Pairs(expected));
        assert!(read(Keyword::Env, "a", '\\').1.is_some());
    }
}
