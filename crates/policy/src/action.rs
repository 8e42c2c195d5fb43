//! What to do, and from which severity on.

use model::Severity;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the gate does about something; ordered, `Block` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    Allow,
    /// It is told, and the image passes.
    Warn,
    /// The image does not pass.
    Block,
}

impl Action {
    /// The word of the policy file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// From which severity on something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Always.
    Any,
    /// From this severity on. What nobody has rated counts as medium, as it does for `--fail-on`.
    From(Severity),
    /// Never.
    Never,
}

impl Threshold {
    /// Whether a severity reaches it.
    #[must_use]
    pub fn is_reached_by(self, severity: Severity) -> bool {
        let rated = if severity == Severity::Unknown { Severity::Medium } else { severity };
        match self {
            Self::Any => true,
            Self::From(threshold) => rated >= threshold,
            Self::Never => false,
        }
    }

    /// The word of the policy file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::From(severity) => severity.as_str(),
            Self::Never => "never",
        }
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "any" => Self::Any,
            "never" => Self::Never,
            "critical" => Self::From(Severity::Critical),
            "high" => Self::From(Severity::High),
            "medium" => Self::From(Severity::Medium),
            "low" => Self::From(Severity::Low),
            "negligible" => Self::From(Severity::Negligible),
            _ => return Err(serde::de::Error::unknown_variant(&text, WORDS)),
        })
    }
}

const WORDS: &[&str] = &["any", "critical", "high", "medium", "low", "negligible", "never"];
