//! What a detector saw.

use model::{RuleInfo, Severity};
use serde::{Deserialize, Serialize};

/// What a detector saw in one file. The engine adds path, layer and visibility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The rule: `engine/bad-state`, `secrets/aws-access-token`, `yara/<namespace>/<rule>`.
    pub rule: String,
    /// One line: what is wrong here.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// 1-based line in the file, for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What was seen, one fact a line; credentials only redacted ([`crate::redact`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// How to repair it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Addresses to read on; author and licence of a rule that is not Seawall's stand in the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// What tells two risks of the same rule in the same file apart, and stays the same from scan to scan: a hash
    /// of the secret, never the line. Empty when there can be only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// Credentials in clear, one for each place in the evidence that is redacted; shown only on demand and never
    /// kept or serialised.
    #[serde(skip)]
    pub clear: Vec<String>,
}

impl Hit {
    /// A hit of a fixed rule, with its severity, remedy and references.
    #[must_use]
    pub fn of(rule: &RuleInfo, title: impl Into<String>) -> Self {
        Self {
            rule: rule.id.to_owned(),
            title: title.into(),
            severity: rule.severity,
            line: None,
            evidence: Vec::new(),
            remedy: Some(rule.remedy.to_owned()),
            references: rule.references.iter().map(|&address| address.to_owned()).collect(),
            identity: String::new(),
            clear: Vec::new(),
        }
    }
}
