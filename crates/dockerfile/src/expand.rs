//! Variables in the words of a Dockerfile.

/// Characters that an expansion may grow to.
const LENGTH_MAX: usize = 64 << 10;
/// Words inside words (`${a:-${b:-c}}`).
const DEPTH_MAX: usize = 8;

/// A word with its quotes taken off and its variables filled in: `$name`, `${name}`, `${name:-word}`, `${name-word}`,
/// `${name:+word}`, `${name+word}`; variables without a value become nothing (Dockerfile reference, "Environment
/// replacement"). Forms beyond these stay as they are written.
#[must_use]
pub fn expand(word: &str, value_of: &dyn Fn(&str) -> Option<String>) -> String {
    expand_nested(word, value_of, 0)
}

fn expand_nested(word: &str, value_of: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut at = 0;
    while let Some(character) = word[at..].chars().next() {
        if out.len() > LENGTH_MAX {
            break;
        }
        at += character.len_utf8();
        match character {
            '\'' | '"' if quote == Some(character) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some('\'') => out.push(character),
            '\\' => {
                if let Some(escaped) = word[at..].chars().next() {
                    at += escaped.len_utf8();
                    if quote.is_some() && !matches!(escaped, '"' | '$' | '\\') {
                        out.push('\\');
                    }
                    out.push(escaped);
                }
            }
            '$' => {
                let (text, length) = variable(&word[at..], value_of, depth);
                out.push_str(&text);
                at += length;
            }
            other => out.push(other),
        }
    }
    out
}

// The text that stands for a variable, and how many bytes behind the dollar sign it took.
fn variable(rest: &str, value_of: &dyn Fn(&str) -> Option<String>, depth: usize) -> (String, usize) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let Some(braced) = rest.strip_prefix('{') else {
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        return match name {
            "" => ("$".to_owned(), 0),
            name => (value_of(name).unwrap_or_default(), name.len()),
        };
    };
    let Some(end) = closing_brace(braced) else { return ("$".to_owned(), 0) };
    let inside = &braced[..end];
    let length = end + 2;
    let name = &inside[..inside.find(|c| !is_name(c)).unwrap_or(inside.len())];
    let value = value_of(name);
    let (wants_text, operator) =
        inside[name.len()..].strip_prefix(':').map_or((false, &inside[name.len()..]), |rest| (true, rest));
    let is_set = value.as_ref().is_some_and(|value| !wants_text || !value.is_empty());
    let word = |text: &str| {
        if depth < DEPTH_MAX { expand_nested(text, value_of, depth + 1) } else { text.to_owned() }
    };
    let text = match (operator.get(..1), operator.get(1..)) {
        (None, _) if !name.is_empty() => value.unwrap_or_default(),
        (Some("-"), Some(_)) if is_set => value.unwrap_or_default(),
        (Some("-"), Some(default)) => word(default),
        (Some("+"), Some(other)) if is_set => word(other),
        (Some("+"), Some(_)) => String::new(),
        (Some("?"), Some(_)) => value.unwrap_or_default(),
        _ => format!("${{{inside}}}"),
    };
    (text, length)
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(word: &str, expected: &str) {
        let value_of = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(expand(word, &value_of), expected);
    }

    #[test]
    fn variables_are_filled_in_as_the_reference_says() {
        gives("x-$A-${A}", "x-1-1");
        gives("${NO:-d}${NO-d}${EMPTY:-e}${EMPTY-e}", "dde");
        gives("${A:+y}${NO:+y}", "y");
        gives("${NO:-${A}}", "1");
        gives("'$A' \"$A\" \\$A", "$A 1 $A");
        gives("$ $", "$ $");
        gives("${A", "${A");
        gives("${A#x}", "${A#x}");
    }
}
