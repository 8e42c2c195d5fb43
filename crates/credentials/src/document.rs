//! What the readers of configuration formats make of a file.

use std::cell::Cell;
use std::rc::Rc;

/// Bound on the values of one file.
pub(crate) const ENTRIES_MAX: usize = 100_000;

/// A value of a configuration file and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Sections, keys and elements above it, outermost first, joined by line breaks.
    pub(crate) parent: Rc<str>,
    /// Its own name.
    pub(crate) key: String,
    /// The value without quotes.
    pub(crate) value: String,
    /// 1-based line.
    pub(crate) line: u32,
}

impl Entry {
    /// The names above it, outermost first, without the numbers that tell equal elements apart.
    pub(crate) fn ancestors(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.parent
            .split('\n')
            .filter(|name| !name.is_empty())
            .map(|name| name.rsplit_once('#').map_or(name, |(n, _)| n))
    }

    /// The name directly above it.
    pub(crate) fn section(&self) -> &str {
        self.ancestors().next_back().unwrap_or("")
    }

    /// Whether a name stands above it, in any case.
    pub(crate) fn is_below(&self, name: &str) -> bool {
        self.ancestors().any(|ancestor| ancestor.eq_ignore_ascii_case(name))
    }

    /// Whether it has one of these names, in any case.
    pub(crate) fn is_named(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.key.eq_ignore_ascii_case(name))
    }
}

/// The values of a file in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) entries: Vec<Entry>,
    /// Whether [`ENTRIES_MAX`] or a depth was reached, so that values are missing.
    pub(crate) is_cut: bool,
    /// Values that were compared in look-ups.
    looked: Cell<usize>,
}

/// Bound on the values that are compared in all look-ups of one file; beyond it, titles name no owner.
const LOOKED_MAX: usize = 10_000_000;

impl Document {
    /// Adds a value; false when there are too many.
    pub(crate) fn push(&mut self, parent: &Rc<str>, key: &str, value: String, line: u32) -> bool {
        if self.entries.len() >= ENTRIES_MAX {
            self.is_cut = true;
            return false;
        }
        self.entries.push(Entry { parent: Rc::clone(parent), key: key.to_owned(), value, line });
        true
    }

    /// The first value that is not empty beside an entry under one of the names, in the order of the names.
    pub(crate) fn beside(&self, entry: &Entry, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            self.find(|other| {
                other.parent == entry.parent
                    && other.key.eq_ignore_ascii_case(name)
                    && !other.value.is_empty()
            })
            .map(|other| other.value.as_str())
        })
    }

    /// The first value that fits, while the look-ups stay within bounds.
    pub(crate) fn find(&self, fits: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        self.looked.set(self.looked.get().saturating_add(self.entries.len()));
        if self.looked.get() > LOOKED_MAX {
            return None;
        }
        self.entries.iter().find(|entry| fits(entry))
    }

    /// Values under one of these names, anywhere.
    pub(crate) fn named<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|entry| entry.is_named(names))
    }
}

/// The name of a place below `parent`.
pub(crate) fn below(parent: &str, name: &str) -> Rc<str> {
    let name: String = name.chars().map(|c| if c == '\n' { ' ' } else { c }).take(256).collect();
    if parent.is_empty() { Rc::from(name) } else { Rc::from(format!("{parent}\n{name}")) }
}
