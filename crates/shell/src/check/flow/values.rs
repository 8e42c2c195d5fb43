//! Values that need no quotes, and commands that set variables.

use super::state::{Known, State};
use crate::{PartKind, SimpleCommand, Word, WordPart};

/// Whether a text stays one word when it is expanded without quotes.
pub(super) fn is_plain_text(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '\t', '\n', '*', '?', '['])
}

/// What is known of a literal text.
pub(super) fn of_text(text: &str) -> Known {
    match (text.is_empty(), is_plain_text(text)) {
        (true, _) => Known::Empty,
        (false, true) => Known::Plain,
        (false, false) => Known::Anything,
    }
}

/// What is known of the value of an assignment.
pub(super) fn of_parts(parts: &[WordPart], state: &State<'_>) -> Known {
    parts.iter().map(|part| of_part(part, state)).fold(Known::Empty, join_text)
}

/// What is known of two texts put together.
pub(super) fn join_text(one: Known, other: Known) -> Known {
    match (one, other) {
        (Known::Anything, _) | (_, Known::Anything) => Known::Anything,
        (Known::Empty, Known::Empty) => Known::Empty,
        _ => Known::Plain,
    }
}

fn of_part(part: &WordPart, state: &State<'_>) -> Known {
    match &part.kind {
        PartKind::Literal(text) if text.contains('{') && text.contains([',', '.']) => Known::Anything,
        PartKind::Literal(text) | PartKind::SingleQuoted(text) | PartKind::AnsiQuoted(text) => of_text(text),
        PartKind::Escaped(character) => of_text(character.encode_utf8(&mut [0; 4])),
        PartKind::DoubleQuoted(parts) => of_parts(parts, state),
        PartKind::Arithmetic(_) => Known::Plain,
        PartKind::Parameter(parameter) => {
            let is_simple = parameter.operator.is_empty() && !parameter.is_length && !parameter.is_indirect;
            if is_simple && parameter.subscript.is_none() {
                state.get(&parameter.name)
            } else {
                Known::Anything
            }
        }
        _ => Known::Anything,
    }
}

/// The variables that an arithmetic expression sets.
pub(super) fn names_set_in(expression: &Word) -> Vec<&str> {
    let mut names = Vec::new();
    for part in &expression.parts {
        let PartKind::Literal(text) = &part.kind else { continue };
        for piece in text.split([';', ',', '(', ')']) {
            let piece = piece.trim();
            let length =
                piece.find(|byte: char| !byte.is_ascii_alphanumeric() && byte != '_').unwrap_or(piece.len());
            let rest = piece[length..].trim_start();
            if length > 0 && (rest.contains('=') || rest.starts_with("++") || rest.starts_with("--")) {
                names.push(&piece[..length]);
            }
        }
    }
    names
}

/// What a command does to variables.
pub(super) fn effects<'s>(simple: &'s SimpleCommand, name: &str, state: &mut State<'s>) {
    match name {
        "export" | "readonly" | "declare" | "typeset" | "local" => {
            let is_integer = simple.arguments().iter().any(|word| word.plain() == Some("-i"));
            for word in simple.arguments() {
                if let Some((name, value, rest)) = word.as_assignment() {
                    let known = join_text(of_text(value), of_parts(rest, state));
                    state.set(name, if is_integer { Known::Plain } else { known });
                } else if name == "local"
                    && let Some(name) = word.plain()
                {
                    state.set(name, if is_integer { Known::Plain } else { Known::Anything });
                }
            }
        }
        "let" => {
            for word in simple.arguments() {
                for name in names_set_in(word) {
                    state.set(name, Known::Plain);
                }
            }
        }
        "read" | "unset" | "getopts" | "mapfile" | "readarray" | "printf" | "wait" => {
            for word in simple.arguments() {
                if let Some(name) = word.plain() {
                    state.set(name, Known::Anything);
                }
            }
        }
        _ => (),
    }
}
