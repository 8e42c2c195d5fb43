//! What files of rules define, before lists and macros are put into conditions.

use crate::condition::Comparison;
use crate::diagnosis::Context;
use std::collections::{BTreeSet, HashMap};

/// How urgent an alert is, by the names of syslog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// The system is unusable.
    Emergency,
    /// Act at once.
    Alert,
    /// Critical.
    Critical,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// Normal but noteworthy.
    Notice,
    /// For information; `Informational` in files.
    Informational,
    /// For debugging.
    Debug,
}

impl Priority {
    const ALL: [Self; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Informational,
        Self::Debug,
    ];

    /// Its name in alerts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "Emergency",
            Self::Alert => "Alert",
            Self::Critical => "Critical",
            Self::Error => "Error",
            Self::Warning => "Warning",
            Self::Notice => "Notice",
            Self::Informational => "Informational",
            Self::Debug => "Debug",
        }
    }

    /// The priority of a name, in any case; `info` is `informational`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("info") {
            return Some(Self::Informational);
        }
        Self::ALL.into_iter().find(|priority| priority.name().eq_ignore_ascii_case(name))
    }
}

/// Things by name, in the order of their first definition.
#[derive(Clone, Debug)]
pub(crate) struct Named<T> {
    all: Vec<T>,
    by_name: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T> Named<T> {
    pub(crate) fn put(&mut self, name: &str, value: T) {
        match self.by_name.get(name) {
            Some(index) => self.all[*index] = value,
            None => {
                self.by_name.insert(name.to_owned(), self.all.len());
                self.all.push(value);
            }
        }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.position(name).map(|index| &self.all[index])
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.position(name).map(|index| &mut self.all[index])
    }

    pub(crate) fn all(&self) -> &[T] {
        &self.all
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

/// When something was defined first and changed last: macros and lists see only what came before their last change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Order {
    pub(crate) index: usize,
    pub(crate) visibility: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct ListInfo {
    pub(crate) name: String,
    pub(crate) items: Vec<String>,
    pub(crate) order: Order,
    pub(crate) context: Context,
}

#[derive(Clone, Debug)]
pub(crate) struct MacroInfo {
    pub(crate) name: String,
    pub(crate) condition: String,
    pub(crate) order: Order,
    pub(crate) context: Context,
    pub(crate) condition_context: Context,
}

#[derive(Clone, Debug)]
pub(crate) struct RuleInfo {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) is_source_unknown: bool,
    pub(crate) description: String,
    pub(crate) condition: String,
    pub(crate) output: String,
    pub(crate) priority: Priority,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) exceptions: Vec<ExceptionInfo>,
    pub(crate) switches: Switches,
    pub(crate) capture_duration_milliseconds: u32,
    pub(crate) context: Context,
    pub(crate) condition_context: Context,
    pub(crate) output_context: Context,
}

/// Keys of rules that are true or false.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switches {
    pub(crate) is_enabled: bool,
    pub(crate) warns_of_event_types: bool,
    pub(crate) skips_if_unknown_filter: bool,
    pub(crate) captures: bool,
}

/// What an append or a replacement changes of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleChange {
    pub(crate) source: String,
    pub(crate) condition: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Option<BTreeSet<String>>,
    pub(crate) exceptions: Option<Vec<ExceptionInfo>>,
    pub(crate) priority: Option<Priority>,
    pub(crate) captures: Option<bool>,
    pub(crate) capture_duration_milliseconds: Option<u32>,
    pub(crate) is_enabled: Option<bool>,
    pub(crate) warns_of_event_types: Option<bool>,
    pub(crate) skips_if_unknown_filter: Option<bool>,
}

impl RuleChange {
    pub(crate) fn is_empty(&self) -> bool {
        self.condition.is_none()
            && self.output.is_none()
            && self.description.is_none()
            && self.tags.is_none()
            && self.exceptions.is_none()
            && self.priority.is_none()
            && self.captures.is_none()
            && self.capture_duration_milliseconds.is_none()
            && self.is_enabled.is_none()
            && self.warns_of_event_types.is_none()
            && self.skips_if_unknown_filter.is_none()
    }
}

/// A text, or a list of such, as exceptions have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    One(String),
    Many(Vec<Entry>),
}

impl Entry {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::One(text) => text.is_empty(),
            Self::Many(entries) => entries.is_empty(),
        }
    }

    /// The text; empty for a list.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(_) => "",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ExceptionInfo {
    pub(crate) name: String,
    pub(crate) fields: Option<Entry>,
    pub(crate) comparisons: Option<Entry>,
    pub(crate) values: Vec<Entry>,
    pub(crate) context: Context,
}

/// A plugin that rules need, or one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRequirement {
    /// Name of the plugin.
    pub name: String,
    /// Version, at least.
    pub version: String,
}

/// A version of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number: another is not compatible.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

impl Version {
    /// Reads `1.2.3`, with or without a pre-release behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let core = text.split(['-', '+']).next()?;
        let mut numbers = core.split('.').map(|part| part.parse::<u32>().ok());
        let version = Self { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? };
        numbers.next().is_none().then_some(version)
    }

    /// Whether this can stand in for what is asked for.
    #[must_use]
    pub fn serves(self, asked: Self) -> bool {
        self.major == asked.major && (self.minor, self.patch) >= (asked.minor, asked.patch)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Comparisons that an exception of one field may use.
pub(crate) fn suits_one_field(comparison: Comparison) -> bool {
    comparison.takes_list()
}
