//! Whether a package was seen to be used.

use serde::{Deserialize, Serialize};

/// Whether a package was seen to be used, as a sensor's record tells (`seawall watch --used`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InUse {
    /// The answer.
    pub state: UseState,
    /// One line: what was seen, or for how long nothing was, or why that is not known.
    pub detail: String,
    /// How often its files were executed, mapped or loaded; a lower bound.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub count: u64,
    /// When first (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// When last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Some of the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// Whether something was seen to be used. In the order in which reports show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UseState {
    /// It was.
    InUse,
    /// Nobody knows: nothing was recorded, or not everything.
    #[default]
    Unknown,
    /// It was not, in the time that was watched. That is no proof.
    NotSeen,
}

impl UseState {
    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Unknown => "unknown",
            Self::NotSeen => "not-seen",
        }
    }

    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InUse => "in use",
            Self::Unknown => "not known whether in use",
            Self::NotSeen => "not seen in use",
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
