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
    /// What other tools and benchmarks call the rule (`DL3002`, `CIS-Docker-5.4`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// An edit of the file that repairs it: without changing what it does, or with the caution that it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Box<Fix>>,
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
    /// The place in a file that somebody writes: a Dockerfile, a compose file, a manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<SourceSpan>>,
    /// What it is about, when that is no file: a container, an image, a network, a Kubernetes object
    /// (`container web`, `Deployment shop/web`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The later layer that deletes or replaces the file; whoever has the image can still extract it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_by: Option<Arc<Layer>>,
}

/// A place in a text file. Lines and columns are 1-based; columns count characters, and the end is the column
/// behind the last character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpan {
    /// The file as the user named it; `-` is standard input.
    pub file: String,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the last character.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
}

/// Edits of one file that belong together: all are made, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// One line: what the edits do.
    pub title: String,
    /// The edits; their ranges do not overlap and stand in order.
    pub edits: Vec<Edit>,
    /// What somebody has to know before the edits are made; such a fix is a suggestion, and none is made unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

/// Bytes of a file and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The bytes of the file that go; empty where text is put in.
    pub bytes: std::ops::Range<usize>,
    /// The text that comes.
    pub text: String,
    /// The same place for those who count lines.
    pub span: SourceSpan,
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
