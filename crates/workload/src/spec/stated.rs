//! What a specification says about one setting.

use serde::{Deserialize, Serialize};

/// What a specification says about one setting: nothing, a value, or something that could not be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated<T> {
    /// Nothing is said: the default of the engine holds.
    #[default]
    Absent,
    /// The value.
    Given(T),
    /// Something is said that cannot be told here, and why (a variable without a value, a wrong type).
    Unknown(String),
}

impl<T> Stated<T> {
    /// The value, when there is one.
    pub const fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// The value itself.
    pub fn into_given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Whether nothing is said; also what `skip_serializing_if` asks.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Why the value cannot be told.
    pub const fn unknown(&self) -> Option<&String> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Absent | Self::Given(_) => None,
        }
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Stated<U> {
        match self {
            Self::Absent => Stated::Absent,
            Self::Given(value) => Stated::Given(change(value)),
            Self::Unknown(reason) => Stated::Unknown(reason),
        }
    }

    /// This, or the other when nothing is said here.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_absent() { other } else { self }
    }
}

impl Stated<bool> {
    /// Whether the value is `true`.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self, Self::Given(true))
    }
}

impl<T> From<Option<T>> for Stated<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Given)
    }
}
