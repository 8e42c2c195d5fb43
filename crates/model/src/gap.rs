//! What could not be looked at.

use serde::{Deserialize, Serialize};

/// Something that was not looked at, and why. A report with gaps is never called clean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// What was not looked at: a path, a layer, an ecosystem.
    pub what: String,
    /// Why.
    pub reason: GapReason,
    /// The concrete circumstances, one line.
    pub detail: String,
}

/// Why something was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// A bound of [`crate::Limits`] was reached.
    LimitReached,
    /// The input is not in the format that its name or type promises.
    Malformed,
    /// The input ended early.
    Truncated,
    /// The format or a feature of it is not understood.
    Unsupported,
    /// The operating system refused to open it.
    Unreadable,
    /// No advisories are at hand for this ecosystem or distribution release.
    NoAdvisories,
    /// Advisories are at hand, but are known to be a part of all.
    PartialAdvisories,
    /// The publisher no longer maintains advisories for this release.
    EndOfLife,
    /// The part of Seawall that looks at it failed; a defect to report.
    Internal,
}

impl GapReason {
    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LimitReached => "limit-reached",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::Unsupported => "unsupported",
            Self::Unreadable => "unreadable",
            Self::NoAdvisories => "no-advisories",
            Self::PartialAdvisories => "partial-advisories",
            Self::EndOfLife => "end-of-life",
            Self::Internal => "internal",
        }
    }
}

impl Gap {
    /// A gap; `what` and `detail` are cut at 400 characters, since both may come from untrusted input.
    #[must_use]
    pub fn new(what: impl Into<String>, reason: GapReason, detail: impl Into<String>) -> Self {
        let cut = |text: String| match text.char_indices().nth(400) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        };
        Self { what: cut(what.into()), reason, detail: cut(detail.into()) }
    }
}
