//! How bad a finding is.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How bad a finding is; ordered, `Critical` is the greatest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody has rated it.
    #[default]
    Unknown,
    /// Rated as of no practical consequence (Debian "unimportant", Ubuntu "negligible").
    Negligible,
    /// Low.
    Low,
    /// Medium ("moderate" at Red Hat and GitHub).
    Medium,
    /// High ("important" at Red Hat and SUSE).
    High,
    /// Critical.
    Critical,
}

/// A text that names no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown severity '{0}' (hint: critical, high, medium, low, negligible or unknown)")]
pub struct SeverityError(pub String);

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 6] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Negligible, Self::Unknown];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The qualitative rating of a CVSS v3 or v4 base score, in tenths (CVSS v3.1, section 5: 9.0 and
    /// above critical, 7.0 high, 4.0 medium, 0.1 low).
    #[must_use]
    pub const fn from_score_tenths(tenths: u8) -> Self {
        match tenths {
            0 => Self::Negligible,
            1..=39 => Self::Low,
            40..=69 => Self::Medium,
            70..=89 => Self::High,
            _ => Self::Critical,
        }
    }
}

impl FromStr for Severity {
    type Err = SeverityError;
    /// Reads the words that publishers use, in any case.
    fn from_str(text: &str) -> Result<Self, SeverityError> {
        Ok(match text.trim().to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" => Self::Low,
            "negligible" | "unimportant" | "none" => Self::Negligible,
            "unknown" | "" | "untriaged" | "not yet assigned" | "end-of-life" => Self::Unknown,
            other => return Err(SeverityError(other.chars().take(80).collect())),
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
