//! Kinds of findings, for which a policy has a table each.

use model::Finding;
use serde::{Deserialize, Serialize};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A known vulnerability of a package.
    Vulnerability,
    /// A leaked credential.
    Secret,
    /// Malware, also a package that is known to be malicious.
    Malware,
    /// A webshell.
    Webshell,
    /// Content that was changed against the record of its packages or against its digest.
    Integrity,
    /// How the image is configured and built.
    Configuration,
    /// A licence.
    Licence,
}

impl FindingKind {
    /// Every kind, in the order of the guide.
    pub const ALL: [Self; 7] = [
        Self::Vulnerability,
        Self::Secret,
        Self::Malware,
        Self::Webshell,
        Self::Integrity,
        Self::Configuration,
        Self::Licence,
    ];

    /// The name of its table in a policy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Secret => "secret",
            Self::Malware => "malware",
            Self::Webshell => "webshell",
            Self::Integrity => "integrity",
            Self::Configuration => "configuration",
            Self::Licence => "licence",
        }
    }

    /// The kind of a finding, by its rule: ids of rules hold a `/` and begin with their engine, those of
    /// vulnerabilities hold none.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let rule = finding.rule.as_str();
        if finding.vulnerability.is_some() || !rule.contains('/') {
            // Malicious packages of the OSV database (ossf/malicious-packages).
            return if rule.starts_with("MAL-") { Self::Malware } else { Self::Vulnerability };
        }
        let engine = rule.split('/').next().unwrap_or("");
        match engine {
            "secrets" | "credentials" => Self::Secret,
            "malware" | "yara" => Self::Malware,
            "webshell" => Self::Webshell,
            "licence" => Self::Licence,
            "integrity" => Self::Integrity,
            "image" if rule.starts_with("image/secret-") => Self::Secret,
            "image" if rule.starts_with("image/package-") => Self::Integrity,
            _ if matches!(rule, "image/digest-mismatch" | "image/link-outside-root") => Self::Integrity,
            _ => Self::Configuration,
        }
    }
}
