//! A risk that was seen.

use crate::{Layer, LayerPath, Severity, Vulnerability};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A risk that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule (`image/digest-mismatch`, see [`crate::RULES`]), or the id of the vulnerability
    /// (`CVE-2021-44228`): rule ids hold a `/`, those of vulnerabilities never do.
    pub rule: String,
    /// One line: what is wrong here.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub location: Location,
    /// What was seen, one fact a line; never a credential in clear.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// How to repair it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Addresses to read on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The same for the same risk in the next scan.
    pub fingerprint: Fingerprint,
    /// What is known of the vulnerability, for findings that are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Box<Vulnerability>>,
}

/// Where a finding is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file, when it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<LayerPath>,
    /// Path inside nested archives, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nested: Vec<String>,
    /// 1-based line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based line in the Dockerfile that made it: the real one when it was given, else the one that the image's
    /// history tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile_line: Option<u32>,
    /// The layer that brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Arc<Layer>>,
    /// The later layer that deletes or replaces the file; whoever has the image can still extract it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_by: Option<Arc<Layer>>,
}

/// Recognises the same risk in another report: 64 bits over the parts that name it, in hexadecimal. Layers,
/// times and severities are no part of it, so a rebuilt image keeps its fingerprints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of the parts that name a risk, in order.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut joined = String::new();
        for part in parts {
            joined.push_str(&format!("{}:{part}\n", part.len()));
        }
        Self(format!("{:016x}", crate::path_hash(&joined)))
    }

    /// 16 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_fingerprint_do_not_run_together() {
        assert_ne!(Fingerprint::of(&["ab", "c"]), Fingerprint::of(&["a", "bc"]));
        assert_eq!(Fingerprint::of(&["ab", "c"]), Fingerprint::of(&["ab", "c"]));
    }
}
