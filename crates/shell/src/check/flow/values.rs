//! Values that need no quotes, and commands that set variables.

use super::state::State;
use crate::{PartKind, SimpleCommand, Word, WordPart};

/// Whether a text stays one word when it is expanded without quotes.
pub(super) fn is_plain_text(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '\t', '\n', '*', '?', '['])
}

/// Whether the value of an assignment stays one word when it is expanded without quotes.
pub(super) fn is_plain(parts: &[WordPart], state: &State<'_>) -> bool {
    let is_empty = parts.iter().all(|part| match &part.kind {
        PartKind::SingleQuoted(text) | PartKind::AnsiQuoted(text) => text.is_empty(),
        PartKind::DoubleQuoted(parts) => parts.is_empty(),
        _ => false,
    });
    !is_empty && parts.iter().all(|part| is_part_plain(part, state))
}

fn is_part_plain(part: &WordPart, state: &State<'_>) -> bool {
    match &part.kind {
        PartKind::Literal(text) => is_plain_text(text) && !(text.contains('{') && text.contains([',', '.'])),
        PartKind::SingleQuoted(text) | PartKind::AnsiQuoted(text) => text.is_empty() || is_plain_text(text),
        PartKind::Escaped(character) => is_plain_text(character.encode_utf8(&mut [0; 4])),
        PartKind::DoubleQuoted(parts) => parts.iter().all(|part| is_part_plain(part, state)),
        PartKind::Arithmetic(_) => true,
        PartKind::Parameter(parameter) => {
            let is_simple = parameter.operator.is_empty() && !parameter.is_length && !parameter.is_indirect;
            is_simple && parameter.subscript.is_none() && state.is_plain(&parameter.name)
        }
        _ => false,
    }
}

/// The variables that an arithmetic expression sets.
pub(super) fn names_set_in(expression: &Word) -> Vec<&str> {
    let mut names = Vec::new();
    for part in &expression.parts {
        let PartKind::Literal(text) = &part.kind else { continue };
        for piece in text.split([';', ',', '(', ')']) {
            let piece = piece.trim();
            let length = piece.find(|byte: char| !byte.is_ascii_alphanumeric() && byte != '_').unwrap_or(piece.len());
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
                    let is_value_plain = match (value.is_empty(), rest.is_empty()) {
                        (true, true) => false,
                        (true, false) => is_plain(rest, state),
                        (false, _) => is_plain_text(value) && (rest.is_empty() || is_plain(rest, state)),
                    };
                    state.set(name, is_integer || is_value_plain);
                } else if name == "local"
                    && let Some(name) = word.plain()
                {
                    state.set(name, is_integer);
                }
            }
        }
        "let" => {
            for word in simple.arguments() {
                for name in names_set_in(word) {
                    state.set(name, true);
                }
            }
        }
        "read" | "unset" | "getopts" | "mapfile" | "readarray" | "printf" | "wait" => {
            for word in simple.arguments() {
                if let Some(name) = word.plain() {
                    state.set(name, false);
                }
            }
        }
        _ => (),
    }
}
