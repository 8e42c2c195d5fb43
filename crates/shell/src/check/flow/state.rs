//! What is known of the variables at one place of the text.

use std::collections::BTreeMap;

/// Variables that are followed; what is set beyond them counts as anything.
const VARIABLES_MAX: usize = 256;

/// Numbers that the shell itself sets.
const NUMBERS: &[&str] = &[
    "#",
    "?",
    "$",
    "!",
    "-",
    "LINENO",
    "SHLVL",
    "UID",
    "EUID",
    "PPID",
    "RANDOM",
    "SECONDS",
    "OPTIND",
    "BASHPID",
    "COLUMNS",
    "LINES",
    "HISTCMD",
    "EPOCHSECONDS",
    "SRANDOM",
];

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// One word without blanks and pattern characters, or nothing.
    Plain,
    /// Nothing.
    Empty,
    /// Anything.
    Anything,
}

/// What is known of the variables at one place of the text.
#[derive(Clone, Default)]
pub(super) struct State<'s> {
    /// Those of which something is known.
    known: BTreeMap<&'s str, Known>,
    is_unreachable: bool,
}

impl<'s> State<'s> {
    /// Behind `exit`: joining it with another state leaves that as it is.
    pub(super) fn unreachable() -> Self {
        Self { known: BTreeMap::new(), is_unreachable: true }
    }

    pub(super) fn get(&self, name: &str) -> Known {
        let number = if NUMBERS.contains(&name) { Known::Plain } else { Known::Anything };
        self.known.get(name).copied().unwrap_or(number)
    }

    pub(super) fn set(&mut self, name: &'s str, known: Known) {
        if self.known.len() < VARIABLES_MAX || self.known.contains_key(name) {
            self.known.insert(name, known);
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
        for (name, known) in &mut self.known {
            *known = match (*known, other.get(name)) {
                (Known::Anything, _) | (_, Known::Anything) => Known::Anything,
                (Known::Empty, Known::Empty) => Known::Empty,
                _ => Known::Plain,
            };
        }
        for (name, known) in &other.known {
            let own = self.get(name);
            if own != *known && !self.known.contains_key(name) {
                self.set(name, Known::Anything);
            }
        }
    }
}
