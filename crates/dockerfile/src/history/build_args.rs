//! Build arguments in front of a `RUN`: `|2 A=1 B=two words /bin/sh -c make`.
//!
//! Both builders join number, arguments and command with single blanks and quote nothing (moby/moby,
//! builder/dockerfile/dispatchers.go; moby/buildkit, dockerfile2llb/convert.go, `runCommandString`), so where a value
//! ends must be found out: the next argument or the shell begins there.

/// Beginnings of commands that a shell is given, the longest first of those with the same beginning.
const SHELLS: [&str; 14] = [
    "/bin/sh -c",
    "/bin/bash -o pipefail -c",
    "/bin/bash -eo pipefail -c",
    "/bin/bash -euo pipefail -c",
    "/bin/bash -euxo pipefail -c",
    "/bin/bash -c",
    "/bin/ash -eo pipefail -c",
    "/bin/ash -o pipefail -c",
    "/bin/ash -c",
    "/bin/zsh -c",
    "bash -c",
    "sh -c",
    "cmd /S /C",
    "powershell -Command",
];

/// Arguments, and the command behind them with its shell still in front.
pub(super) type Split<'a> = (Vec<(String, String)>, &'a str);

/// Takes the arguments off a command that begins with `|`. `shell` is the one that the history set last; `declared`
/// are the names that `ARG` entries told.
pub(super) fn take<'a>(command: &'a str, shell: Option<&str>, declared: &[String]) -> Option<Split<'a>> {
    let rest = command.strip_prefix('|')?;
    let (count, rest) = rest.split_once(' ')?;
    let count: usize = count.parse().ok().filter(|count| *count <= 1_000)?;
    if count == 0 {
        return Some((Vec::new(), rest));
    }
    let begins = name_offsets(rest, false);
    // An argument needs at least its name, so a shell cannot begin before the last of `count` names.
    let earliest = *begins.get(count - 1)?;
    let end = shell
        .into_iter()
        .chain(SHELLS)
        .filter_map(|shell| find_word(rest, shell, earliest))
        .min()
        .unwrap_or_else(|| rest[earliest..].find(' ').map_or(rest.len(), |blank| earliest + blank + 1));
    let names = choose(rest, &begins, count, end, declared);
    let mut arguments = Vec::new();
    for (at, begin) in names.iter().enumerate() {
        let next = names.get(at + 1).copied().unwrap_or(end);
        let (name, value) = rest[*begin..next].split_once('=')?;
        let value = value.strip_suffix(' ').unwrap_or(value);
        arguments.push((name.to_owned(), value.to_owned()));
    }
    Some((arguments, &rest[end..]))
}

/// Offsets of every `NAME=` that begins a word; labels may hold dots, dashes and slashes.
pub(crate) fn name_offsets(text: &str, is_label: bool) -> Vec<usize> {
    let mut offsets = Vec::new();
    let mut begin = 0;
    for word in text.split_inclusive(' ') {
        if let Some((name, _)) = word.split_once('=') {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || (is_label && "./-".contains(c)));
            if is_name && offsets.len() < 2_000 {
                offsets.push(begin);
            }
        }
        begin += word.len();
    }
    offsets
}

fn find_word(text: &str, word: &str, from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text.get(at..)?.find(word) {
        let begin = at + found;
        let is_word = begin > 0
            && text.as_bytes()[begin - 1] == b' '
            && text[begin + word.len()..].chars().next().is_none_or(char::is_whitespace);
        if is_word {
            return Some(begin);
        }
        at = begin + word.len().max(1);
    }
    None
}

/// Which of the words that look like arguments are some: all when there are as many as promised, otherwise those
/// whose names were declared, filled up with the first ones.
fn choose(text: &str, begins: &[usize], count: usize, end: usize, declared: &[String]) -> Vec<usize> {
    let candidates: Vec<usize> = begins.iter().copied().filter(|begin| *begin < end).collect();
    if candidates.len() <= count {
        return candidates;
    }
    let name_at = |begin: usize| text[begin..].split('=').next().unwrap_or_default();
    let mut chosen: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|begin| declared.iter().any(|name| name == name_at(*begin)))
        .take(count)
        .collect();
    for begin in candidates {
        if chosen.len() == count {
            break;
        }
        if !chosen.contains(&begin) {
            chosen.push(begin);
        }
    }
    chosen.sort_unstable();
    // Text in front of the first argument would be lost: it always begins the list.
    if let Some(first) = chosen.first_mut() {
        *first = 0;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn takes(text: &str, declared: &[&str], arguments: &[(&str, &str)], command: &str) {
        let declared: Vec<String> = declared.iter().map(|&name| name.to_owned()).collect();
        let (found, rest) = take(text, Some("/usr/bin/fish -c"), &declared).unwrap();
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!((found.as_slice(), rest), (arguments, command));
    }

    #[test]
    fn values_with_blanks_end_where_the_next_argument_or_the_shell_begins() {
        takes(
            "|2 A=1 B=two words /bin/sh -c make",
            &[],
            &[("A", "1"), ("B", "two words")],
            "/bin/sh -c make",
        );
        takes(
            "|2 A=one two B= /bin/bash -o pipefail -c x",
            &[],
            &[("A", "one two"), ("B", "")],
            "/bin/bash -o pipefail -c x",
        );
        takes("|1 A=b /usr/bin/fish -c x", &[], &[("A", "b")], "/usr/bin/fish -c x");
        takes("|1 A=b apt-get update", &[], &[("A", "b")], "apt-get update");
        takes("|0 /bin/sh -c x", &[], &[], "/bin/sh -c x");
    }

    #[test]
    fn declared_names_tell_arguments_from_values_that_look_like_some() {
        takes("|2 A=x C=1 B=2 /bin/sh -c y", &["A", "B"], &[("A", "x C=1"), ("B", "2")], "/bin/sh -c y");
        takes("|1 OPTS=-Da=b X=c /bin/sh -c y", &["OPTS"], &[("OPTS", "-Da=b X=c")], "/bin/sh -c y");
    }

    #[test]
    fn a_wrong_number_is_no_list_of_arguments() {
        for text in ["|x A=b", "|3 A=b /bin/sh -c y", "|99999999999999999999 A=b", "|", "|1", "|1 "] {
            assert_eq!(take(text, None, &[]), None, "{text}");
        }
    }
}
