//! What the rules about package managers share.

use crate::file::{Cmd, Run};
use dockerfile::Word;

/// The arguments of a command that are no options and no values of options.
pub(super) fn operands<'c>(cmd: &Cmd<'c, '_>, with_value: &[&str]) -> Vec<&'c Word> {
    let mut operands = Vec::new();
    let mut words = cmd.command.arguments().iter();
    let mut is_behind_dashes = false;
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if is_behind_dashes {
            operands.push(word);
        } else if text == "--" {
            is_behind_dashes = true;
        } else if with_value.contains(&text) {
            words.next();
        } else if !text.starts_with('-') || text == "-" {
            operands.push(word);
        }
    }
    operands
}

/// The operands behind a subcommand (`install`), when the command is one of these programs and has it as its first.
pub(super) fn behind<'c>(
    cmd: &Cmd<'c, '_>,
    programs: &[&str],
    subcommands: &[&str],
    with_value: &[&str],
) -> Option<Vec<&'c Word>> {
    if !programs.contains(&cmd.program()) {
        return None;
    }
    let mut operands = operands(cmd, with_value);
    let at = operands.iter().position(|word| subcommands.contains(&word.text.as_str()))?;
    Some(operands.split_off(at + 1))
}

/// Whether an option is given: a short one (`y`) alone or among others, or a long one (`--yes`).
pub(super) fn has_option(cmd: &Cmd<'_, '_>, short: &[char], long: &[&str]) -> bool {
    short.iter().any(|option| cmd.has_short_option(*option))
        || cmd.arguments().iter().any(|word| {
            let name = word.text.split_once('=').map_or(word.text.as_str(), |(name, _)| name);
            long.contains(&name)
        })
}

/// Whether a command behind this one in the `RUN` does something.
pub(super) fn is_followed_by(cmd: &Cmd<'_, '_>, does: impl Fn(&Cmd<'_, '_>) -> bool) -> bool {
    let mut is_behind = false;
    for other in cmd.run.commands() {
        if is_behind && does(&other) {
            return true;
        }
        is_behind |= std::ptr::eq(other.command, cmd.command);
    }
    false
}

/// Whether a command of the `RUN` does something.
pub(super) fn any_command(run: &Run<'_>, does: impl Fn(&Cmd<'_, '_>) -> bool) -> bool {
    run.commands().any(|cmd| does(&cmd))
}

/// Whether a command removes everything beneath a directory (`rm -rf /var/lib/apt/lists/*`).
pub(super) fn removes(cmd: &Cmd<'_, '_>, directory: &str) -> bool {
    cmd.program() == "rm"
        && has_option(cmd, &['r', 'R'], &["--recursive"])
        && operands(cmd, &[]).iter().any(|word| {
            let path = word.text.trim_end_matches('*').trim_end_matches('/');
            directory == path
                || directory.strip_prefix(path).is_some_and(|rest| rest.starts_with('/') && !path.is_empty())
        })
}

/// The edit that puts a text behind a word.
pub(super) fn insert_behind(
    cmd: &Cmd<'_, '_>,
    word: &Word,
    text: &str,
) -> Vec<(std::ops::Range<usize>, String)> {
    cmd.word_bytes(word).map(|bytes| (bytes.end..bytes.end, text.to_owned())).into_iter().collect()
}

/// The edit that puts a text behind the last word of a command that is written as it is read.
pub(super) fn append(cmd: &Cmd<'_, '_>, text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    // Behind a redirection or a here-document the command is not at its end, so those are left alone.
    match cmd.command.words.last() {
        Some(last) if cmd.command.redirects.is_empty() && cmd.command.depth == 0 => {
            insert_behind(cmd, last, text)
        }
        _ => Vec::new(),
    }
}
