//! A value, or why there is none.

use model::GapReason;
use serde::{Deserialize, Serialize};

/// A value, or why there is none. In JSON `{"known": …}` or `{"missing": {"reason": …, "detail": …}}`; a field that a
/// document does not have reads as missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact<T> {
    /// It was seen.
    Known(T),
    /// It could not be seen.
    Missing(Missing),
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The kind of reason.
    pub reason: GapReason,
    /// The circumstances, one line.
    pub detail: String,
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::missing(GapReason::Unsupported, "the facts do not hold it")
    }
}

impl<T> Fact<T> {
    /// A missing value; the detail is cut at 400 characters, since it may come from untrusted input.
    #[must_use]
    pub fn missing(reason: GapReason, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        Self::Missing(Missing { reason, detail: detail.chars().take(400).collect() })
    }

    /// The value.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing(_) => None,
        }
    }

    /// The value, or why there is none.
    ///
    /// # Errors
    /// When there is none.
    pub const fn get(&self) -> Result<&T, &Missing> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Missing(missing) => Err(missing),
        }
    }

    /// Changes the value.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Missing(missing) => Fact::Missing(missing),
        }
    }
}

impl<T, E: std::fmt::Display> From<Result<T, E>> for Fact<T> {
    /// An error becomes unreadable.
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(error) => Self::missing(GapReason::Unreadable, error.to_string()),
        }
    }
}
