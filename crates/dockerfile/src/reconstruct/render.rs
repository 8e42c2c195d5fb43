//! One history entry as lines of a Dockerfile.

use crate::{
    Builder, Keyword, Step,
    heredoc::announced,
    history::{json, name_offsets},
};

/// Characters of a `RUN` that stay on one line.
const LINE_LENGTH_MAX: usize = 80;

/// The shell of an image that sets none.
pub(super) fn default_shell() -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned()]
}

/// The lines of a step; `shell` is the one that holds there.
pub(super) fn step(step: &Step, shell: &mut Vec<String>) -> String {
    match step.keyword {
        Keyword::Run => run(step, shell),
        Keyword::Env | Keyword::Label if step.builder != Builder::Kaniko => pairs(step),
        Keyword::Add | Keyword::Copy => files(step),
        Keyword::Unknown => unknown(step),
        keyword => {
            if keyword == Keyword::Shell && !step.words.is_empty() {
                shell.clone_from(&step.words);
            }
            format!("{keyword} {}", one_line(&step.text))
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ").trim().to_owned()
}

fn unknown(step: &Step) -> String {
    let text = one_line(&step.text);
    let text = if text.is_empty() { "(the history says nothing)".to_owned() } else { text };
    let text = text.trim_start_matches(['#', ' ']);
    match step.layer {
        Some(layer) => format!("# layer {layer}: {text}"),
        None => format!("# {text}"),
    }
}

fn files(step: &Step) -> String {
    let flags = flags(step);
    let keyword = step.keyword;
    if let (Some(content), Some(destination)) = (&step.content, step.destination()) {
        return format!("# {content}\n{keyword} {flags}unknown-source {destination}");
    }
    if let Some((first, body)) = step.text.split_once('\n') {
        return format!("{keyword} {flags}{first}\n{body}");
    }
    format!("{keyword} {flags}{}", step.text)
}

fn flags(step: &Step) -> String {
    let mut text = String::new();
    for flag in &step.flags {
        match &flag.value {
            Some(value) => text.push_str(&format!("--{}={} ", flag.name, quote(value))),
            None => text.push_str(&format!("--{} ", flag.name)),
        }
    }
    text
}

fn run(step: &Step, shell: &[String]) -> String {
    let flags = flags(step);
    let mut comment = String::new();
    if !step.build_args.is_empty() {
        let names: Vec<&str> = step.build_args.iter().map(|(name, _)| name.as_str()).collect();
        comment = format!("# build arguments: {}\n", one_line(&names.join(" ")));
    }
    let text = &step.text;
    if step.builder == Builder::Kaniko || step.shell == shell {
        if let Some((first, rest)) = text.split_once('\n') {
            if !announced(first).is_empty() {
                return format!("{comment}RUN {flags}{first}\n{rest}");
            }
            let end = unused_word(text);
            return format!("{comment}RUN {flags}<<{end}\n{text}\n{end}");
        }
        return format!("{comment}RUN {flags}{}", chain(text));
    }
    let words = match step.shell.is_empty() {
        true => text.split_ascii_whitespace().map(str::to_owned).collect(),
        false => [step.shell.clone(), vec![text.clone()]].concat(),
    };
    format!("{comment}RUN {flags}{}", json(&words))
}

fn unused_word(text: &str) -> String {
    let mut word = "EOF".to_owned();
    while text.lines().any(|line| line == word) {
        word.push('_');
    }
    word
}

/// A long command with one part of its `&&` chain a line.
fn chain(text: &str) -> String {
    if text.chars().count() <= LINE_LENGTH_MAX {
        return text.to_owned();
    }
    let mut parts = Vec::new();
    let mut begin = 0;
    for at in chain_offsets(text) {
        parts.push(text[begin..at].trim());
        begin = at;
    }
    parts.push(text[begin..].trim());
    parts.retain(|part| !part.is_empty());
    parts.join(" \\\n    ")
}

/// Offsets of `&&` and behind `;` outside quotes and brackets.
fn chain_offsets(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut offsets = Vec::new();
    let (mut quote, mut depth) = (None, 0_usize);
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (Some('\''), b'\'') | (Some('"'), b'"') => quote = None,
            (Some('\''), _) => {}
            (_, b'\\') => at += 1,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(char::from(byte)),
            (None, b'(' | b'{') => depth += 1,
            (None, b')' | b'}') => depth = depth.saturating_sub(1),
            (None, b'&') if depth == 0 && text[at..].starts_with("&&") => {
                offsets.push(at);
                at += 1;
            }
            (None, b';') if depth == 0 && bytes.get(at + 1) == Some(&b' ') => offsets.push(at + 1),
            _ => {}
        }
        at += 1;
    }
    offsets
}

fn pairs(step: &Step) -> String {
    let text = one_line(&step.text);
    let begins = name_offsets(&text, step.keyword == Keyword::Label);
    if begins.first() != Some(&0) {
        return format!("{} {text}", step.keyword);
    }
    let mut lines = Vec::new();
    for (at, begin) in begins.iter().enumerate() {
        let end = begins.get(at + 1).copied().unwrap_or(text.len());
        if let Some((name, value)) = text[*begin..end].split_once('=') {
            let value = if end < text.len() { value.strip_suffix(' ').unwrap_or(value) } else { value };
            lines.push(format!("{name}={}", quote(value)));
        }
    }
    format!("{} {}", step.keyword, lines.join(" \\\n    "))
}

/// A value in quotes when it needs them.
fn quote(value: &str) -> String {
    let is_plain =
        !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-_./:@,+%=~$".contains(c));
    let is_quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    if is_plain || is_quoted || value.is_empty() {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
