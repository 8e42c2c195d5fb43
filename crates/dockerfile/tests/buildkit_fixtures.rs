//! BuildKit's own parser fixtures give BuildKit's own trees.
//!
//! They are read when `SEAWALL_BUILDKIT` names a checkout of moby/buildkit (Apache-2.0), and skipped otherwise.

#![allow(clippy::disallowed_methods, reason = "the test reads a checkout of BuildKit")]

use dockerfile::{Arguments, Instruction, Keyword, parse};
use std::{fs, path::PathBuf};

/// The tree as `Node.Dump` of BuildKit prints it, an instruction a line.
fn dump(instruction: &Instruction) -> String {
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
        Arguments::Onbuild(inner) => out.push_str(&format!(" ({})", dump(inner))),
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

fn fixtures(kind: &str) -> Option<Vec<PathBuf>> {
    let Some(root) = std::env::var_os("SEAWALL_BUILDKIT") else {
        eprintln!("skipped: SEAWALL_BUILDKIT is not set");
        return None;
    };
    let folder = PathBuf::from(root).join("frontend/dockerfile/parser").join(kind);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a checkout of BuildKit").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Some(paths)
}

#[test]
fn trees_are_those_of_buildkit() {
    let Some(paths) = fixtures("testfiles") else { return };
    let mut wrong = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path.join("Dockerfile")).unwrap();
        let expected = fs::read_to_string(path.join("result")).unwrap();
        let file = parse(&text);
        let found: String =
            file.instructions.iter().map(|instruction| format!("({})\n", dump(instruction))).collect();
        let squeeze = |text: &str| {
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
                .replace("\n)", ")")
        };
        if squeeze(&found) != squeeze(&expected) {
            wrong.push(format!("{}\n--- found\n{found}--- expected\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), paths.len(), wrong.join("\n"));
    println!("{} fixtures agree", paths.len());
}

#[test]
fn what_buildkit_refuses_is_a_problem() {
    for path in fixtures("testfiles-negative").unwrap_or_default() {
        let text = fs::read_to_string(path.join("Dockerfile")).unwrap();
        assert!(!parse(&text).problems.is_empty(), "{}", path.display());
    }
}
