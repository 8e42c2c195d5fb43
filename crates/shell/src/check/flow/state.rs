//! What is known of the variables at one place of the text.

use std::collections::BTreeMap;

/// Variables that are followed; what is set beyond them counts as anything.
const VARIABLES_MAX: usize = 256;

/// Numbers that the shell itself sets.
const NUMBERS: &[&str] = &[
    "#", "?", "$", "!", "-", "LINENO", "SHLVL", "UID", "EUID", "PPID", "RANDOM", "SECONDS", "OPTIND", "BASHPID",
    "COLUMNS", "LINES", "HISTCMD", "EPOCHSECONDS", "SRANDOM",
];

/// What is known of the variables at one place of the text.
#[derive(Clone, Default)]
pub(super) struct State<'s> {
    /// Those that hold one plain word.
    plain: BTreeMap<&'s str, bool>,
    is_unreachable: bool,
}

impl<'s> State<'s> {
    /// Behind `exit`: joining it with another state leaves that as it is.
    pub(super) fn unreachable() -> Self {
        Self { plain: BTreeMap::new(), is_unreachable: true }
    }

    pub(super) fn is_plain(&self, name: &str) -> bool {
        self.plain.get(name).copied().unwrap_or_else(|| NUMBERS.contains(&name))
    }

    pub(super) fn set(&mut self, name: &'s str, is_plain: bool) {
        if is_plain && self.plain.len() >= VARIABLES_MAX {
            return;
        }
        if is_plain || self.plain.contains_key(name) {
            self.plain.insert(name, is_plain);
        }
    }

    /// What is known when either may have been.
    pub(super) fn join(&mut self, other: &Self) {
        if other.is_unreachable {
            return;
        }
        if self.is_unreachable {
            *self = other.clone();
            return;
        }
        self.plain.retain(|name, is_plain| *is_plain && other.is_plain(name));
    }
}
