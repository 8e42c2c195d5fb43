//! What a command really runs.

use super::{Command, Word};

/// Commands that run another one, and their options that take a value.
const WRAPPERS: [(&str, &[&str], usize); 19] = [
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D"], 0),
    ("doas", &["-u", "-C"], 0),
    ("env", &["-u", "-C", "-S"], 0),
    ("exec", &["-a"], 0),
    ("nohup", &[], 0),
    ("time", &["-o", "-f"], 0),
    ("nice", &["-n"], 0),
    ("ionice", &["-c", "-n"], 0),
    ("command", &[], 0),
    ("builtin", &[], 0),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("timeout", &["-s", "-k"], 1),
    ("xargs", &["-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E"], 0),
    ("eatmydata", &[], 0),
    ("gosu", &[], 1),
    ("su-exec", &[], 1),
    ("busybox", &[], 0),
    ("setarch", &[], 1),
    ("chroot", &[], 1),
];

/// Wrappers around wrappers.
const WRAPPERS_MAX: usize = 6;

impl Command {
    /// The file name of what is run, behind `sudo`, `env`, `exec`, `xargs` and their like: `/usr/bin/env sudo -E
    /// apt-get update` runs `apt-get`. Empty when nothing is run.
    #[must_use]
    pub fn program(&self) -> &str {
        self.effective().first().map_or("", |word| file_name(&word.text))
    }

    /// The words behind [`Command::program`].
    #[must_use]
    pub fn arguments(&self) -> &[Word] {
        self.effective().get(1..).unwrap_or(&[])
    }

    /// Whether an argument is exactly this text.
    #[must_use]
    pub fn has_argument(&self, text: &str) -> bool {
        self.arguments().iter().any(|word| word.text == text)
    }

    /// Whether a short option (`k`) is given, alone or among others (`-sSLk`).
    #[must_use]
    pub fn has_short_option(&self, option: char) -> bool {
        self.arguments().iter().any(|word| {
            word.text.strip_prefix('-').is_some_and(|letters| {
                // `-qO-`: the last one's value is standard output.
                let letters = letters.strip_suffix('-').unwrap_or(letters);
                !letters.starts_with('-')
                    && letters.chars().all(char::is_alphanumeric)
                    && letters.contains(option)
            })
        })
    }

    /// The value of a long option, as `--option=value` or `--option value`.
    #[must_use]
    pub fn option(&self, option: &str) -> Option<&str> {
        let arguments = self.arguments();
        arguments.iter().enumerate().find_map(|(at, word)| {
            let rest = word.text.strip_prefix(option)?;
            match rest.strip_prefix('=') {
                Some(value) => Some(value),
                None if rest.is_empty() => arguments.get(at + 1).map(|next| next.text.as_str()),
                None => None,
            }
        })
    }

    /// The arguments that are no options.
    pub fn operands(&self) -> impl Iterator<Item = &str> {
        self.arguments().iter().map(|word| word.text.as_str()).filter(|text| !text.starts_with('-'))
    }

    /// Whether it is run through this wrapper (`sudo`).
    #[must_use]
    pub fn is_wrapped_in(&self, wrapper: &str) -> bool {
        let outer = self.words.len() - self.effective().len();
        self.words[..outer].iter().any(|word| file_name(&word.text) == wrapper)
    }

    fn effective(&self) -> &[Word] {
        let mut words = self.words.as_slice();
        for _ in 0..WRAPPERS_MAX {
            let Some(first) = words.first() else { break };
            let name = file_name(&first.text);
            let Some((_, with_value, positional)) = WRAPPERS.iter().find(|wrapper| wrapper.0 == name) else {
                break;
            };
            let Some(inner) = behind_options(&words[1..], with_value, *positional) else { break };
            words = inner;
        }
        words
    }
}

/// What a wrapper runs; `None` when it runs nothing.
fn behind_options<'a>(
    mut words: &'a [Word],
    with_value: &[&str],
    mut positional: usize,
) -> Option<&'a [Word]> {
    loop {
        let first = words.first()?.text.as_str();
        if first == "--" {
            words = &words[1..];
            return (!words.is_empty()).then_some(words);
        }
        let is_assignment = first.split_once('=').is_some_and(|(name, _)| is_name(name));
        if with_value.contains(&first) {
            words = words.get(2..)?;
        } else if first.starts_with('-') || is_assignment {
            words = &words[1..];
        } else if positional > 0 {
            positional -= 1;
            words = &words[1..];
        } else {
            return Some(words);
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a text may name a variable (POSIX.1-2017, Base Definitions, 3.235).
pub(super) fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a program is a shell.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "mksh")
}
