//! Reading history entries.

use super::{Builder, HistoryEntry, Step, build_args, instruction};
use crate::{Keyword, flags};

/// Bytes of one entry that are read; Linux itself limits an argument to 128 KiB.
const ENTRY_BYTES_MAX: usize = 256 << 10;
/// Names of build arguments that are remembered.
const DECLARED_MAX: usize = 1_000;

/// Reads a history, lowest entry first. Shells set by `SHELL` and names told by `ARG` help to read later entries, and
/// entries that made layers are numbered.
#[must_use]
pub fn parse_history(history: &[HistoryEntry]) -> Vec<Step> {
    let mut shell: Option<String> = None;
    let mut declared: Vec<String> = Vec::new();
    let mut layers = 0;
    let mut steps = Vec::with_capacity(history.len());
    for (index, entry) in history.iter().enumerate() {
        let mut step = parse_step(entry, shell.as_deref(), &declared);
        step.index = index;
        if !entry.empty_layer {
            step.layer = Some(layers);
            layers += 1;
        }
        match step.keyword {
            Keyword::Shell if !step.words.is_empty() => shell = Some(step.words.join(" ")),
            Keyword::Arg if declared.len() < DECLARED_MAX => {
                declared.push(step.text.split('=').next().unwrap_or_default().to_owned());
            }
            _ => {}
        }
        steps.push(step);
    }
    steps
}

/// Reads one entry; `shell` is the one that the history set before, `declared` are the names of earlier `ARG`s.
#[must_use]
pub fn parse_step(entry: &HistoryEntry, shell: Option<&str>, declared: &[String]) -> Step {
    let text = cut(&entry.created_by);
    let (text, is_marked) = match text.trim().strip_suffix("# buildkit") {
        Some(text) => (text.trim_end(), true),
        None => (text.trim(), false),
    };
    let mut step = Step {
        index: 0,
        builder: if is_marked { Builder::BuildKit } else { builder_of(entry, text) },
        keyword: Keyword::Unknown,
        flags: Vec::new(),
        text: text.to_owned(),
        build_args: Vec::new(),
        shell: Vec::new(),
        words: Vec::new(),
        content: None,
        layer: None,
    };
    if let Some(nop) = after_nop(text) {
        read_instruction(&mut step, nop, shell, declared);
    } else if keyword_in_front(text).is_some() && reads_instructions(step.builder) {
        read_instruction(&mut step, text, shell, declared);
    } else if text.starts_with('|') || strip_shell(text, shell).is_some() {
        read_run(&mut step, text, shell, declared);
    }
    if step.builder == Builder::Unknown && step.keyword != Keyword::Unknown {
        step.builder = Builder::Classic;
    }
    step
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(ENTRY_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn builder_of(entry: &HistoryEntry, text: &str) -> Builder {
    let (comment, author) = (entry.comment.as_str(), entry.author.as_str());
    if comment.starts_with("buildkit.") || comment.contains("buildkit.dockerfile") {
        Builder::BuildKit
    } else if author == "kaniko" {
        Builder::Kaniko
    } else if author == "Bazel" || text.starts_with("bazel ") {
        Builder::Bazel
    } else if text.starts_with("jib-") || author == "Jib" {
        Builder::Jib
    } else if comment.starts_with("store paths:") || comment.starts_with("nix ") {
        Builder::Nix
    } else if text.starts_with("ko build ")
        || text.starts_with("ko publish ")
        || author == "github.com/ko-build/ko"
    {
        Builder::Ko
    } else if text.starts_with("Buildpacks ") || text.contains("Created by buildpack:") {
        Builder::Buildpacks
    } else if text.starts_with("apko") || author == "apko" {
        Builder::Apko
    } else if text.starts_with("# debian.sh") || comment.starts_with("debuerreotype") {
        Builder::Debuerreotype
    } else if super::base::base_of_comment(comment).is_some() || text.starts_with("/bin/sh -c #(buildah)") {
        Builder::Buildah
    } else if comment.starts_with("Imported from")
        || comment.contains("Image Factory")
        || text.starts_with("KIWI ")
    {
        Builder::Import
    } else {
        Builder::Unknown
    }
}

// Other builders write free text that may begin with such a word ("Run image").
fn reads_instructions(builder: Builder) -> bool {
    matches!(
        builder,
        Builder::BuildKit | Builder::Kaniko | Builder::Buildah | Builder::Classic | Builder::Unknown
    )
}

/// The instruction that the classic builder wraps into a shell command that does nothing.
fn after_nop(text: &str) -> Option<&str> {
    let at = text.find("#(nop)")?;
    // Anywhere else it is text of the user.
    (at <= 64 && !text.starts_with("RUN ")).then(|| text[at + "#(nop)".len()..].trim())
}

fn keyword_in_front(text: &str) -> Option<(Keyword, &str)> {
    let (word, rest) = text.split_once([' ', '\t'])?;
    let keyword = Keyword::of(word);
    // Builders write upper case; `env x` in lower case is a command.
    (keyword != Keyword::Unknown && word == keyword.as_str()).then_some((keyword, rest.trim_start()))
}

fn read_instruction(step: &mut Step, text: &str, shell: Option<&str>, declared: &[String]) {
    let Some((keyword, rest)) = keyword_in_front(text) else {
        step.keyword = Keyword::of(text);
        step.text = if step.keyword == Keyword::Unknown { text.to_owned() } else { String::new() };
        return;
    };
    let (flags, at) = match keyword {
        Keyword::Run | Keyword::Add | Keyword::Copy => flags::take_flags(rest, '\\'),
        _ => (Vec::new(), 0),
    };
    step.flags = flags;
    let rest = rest[at..].trim();
    if keyword == Keyword::Run {
        read_run(step, rest, shell, declared);
        return;
    }
    step.keyword = keyword;
    let (text, words, content) = instruction::normalise(keyword, rest);
    (step.text, step.words, step.content) = (text, words, content);
}

fn read_run(step: &mut Step, text: &str, shell: Option<&str>, declared: &[String]) {
    step.keyword = Keyword::Run;
    let mut command = text;
    if let Some((arguments, rest)) = build_args::take(text, shell, declared) {
        step.build_args = arguments;
        command = rest;
    }
    if let Some((shell, rest)) = strip_shell(command, shell) {
        step.shell = shell.split(' ').map(str::to_owned).collect();
        command = rest;
    }
    step.text = command.trim().to_owned();
}

/// The shell in front of a command, and the command.
fn strip_shell<'a>(command: &'a str, known: Option<&str>) -> Option<(&'a str, &'a str)> {
    if let Some(rest) = known.and_then(|known| command.strip_prefix(known))
        && rest.starts_with(char::is_whitespace)
    {
        return Some((&command[..command.len() - rest.len()], rest));
    }
    // A shell, its options, and `-c`, `/C` or `-Command` last.
    let mut end = 0;
    for (at, word) in command.split(' ').take(12).enumerate() {
        let begin = end;
        end = begin + word.len() + 1;
        let lower = word.to_ascii_lowercase();
        if at == 0 {
            let name = lower.rsplit(['/', '\\']).next().unwrap_or_default();
            let name = name.strip_suffix(".exe").unwrap_or(name);
            if !matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "cmd" | "powershell" | "pwsh")
            {
                return None;
            }
            continue;
        }
        let is_last = matches!(lower.as_str(), "/c" | "-command")
            || (lower.starts_with('-')
                && !lower.starts_with("--")
                && lower.ends_with('c')
                && lower.len() <= 8);
        if is_last {
            return command.get(end..).map(|rest| (&command[..end - 1], rest));
        }
        if !(lower.starts_with(['-', '/'])
            || matches!(lower.as_str(), "pipefail" | "errexit" | "nounset" | "bypass"))
        {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests;
