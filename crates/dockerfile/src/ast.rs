//! The syntax tree as BuildKit prints it (moby/buildkit, frontend/dockerfile/parser/parser.go, `Node.Dump`).

use crate::{Arguments, Dockerfile, Instruction, Keyword};

/// The syntax tree as `Node.Dump` of BuildKit prints it, an instruction a line: what both read in a file can be compared.
#[must_use]
pub fn print_tree(file: &Dockerfile) -> String {
    file.instructions.iter().map(|instruction| format!("({})\n", node(instruction))).collect()
}

fn node(instruction: &Instruction) -> String {
    let mut out = instruction.keyword_text.to_lowercase();
    if !instruction.flags.is_empty() {
        let flags = instruction.flags.iter().map(|flag| match &flag.value {
            Some(value) => quote(&format!("--{}={value}", flag.name)),
            None => quote(&format!("--{}", flag.name)),
        });
        out.push_str(&format!(" [{}]", flags.collect::<Vec<_>>().join(" ")));
    }
    let mut push = |text: &str| out.push_str(&format!(" {}", quote(text)));
    match &instruction.arguments {
        Arguments::None => {}
        Arguments::Json(words) | Arguments::Words(words) => words.iter().for_each(|word| push(word)),
        Arguments::Text if instruction.keyword == Keyword::Unknown => push(""),
        Arguments::Text => push(&instruction.text),
        Arguments::Pairs(pairs) => {
            for pair in pairs {
                push(&pair.name);
                push(&pair.value);
                push(if pair.is_old_form { "" } else { "=" });
            }
        }
        Arguments::Healthcheck { kind, json, command } => {
            push(kind);
            match json {
                Some(words) => words.iter().for_each(|word| push(word)),
                None if command.is_empty() => {}
                None => push(command),
            }
        }
        Arguments::Onbuild(inner) => out.push_str(&format!(" ({})", node(inner))),
    }
    out
}

/// Go's `strconv.Quote`.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0' => out.push_str("\\x00"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
