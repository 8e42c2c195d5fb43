//! What a scan of an image said.

use serde::{Deserialize, Serialize};

/// The result of `seawall scan` for an image, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanRecord {
    /// When the report was written (RFC 3339).
    pub scanned: Option<String>,
    /// Vulnerabilities by severity, `critical` and `high` alone.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Credentials.
    pub secrets: u64,
    /// Setuid and setgid files that no package record expects.
    pub setuid_files: u64,
    /// Whether content was looked at, so that no credentials found means something.
    pub has_content: bool,
    /// Findings that package sources are not verified, or records do not fit.
    pub integrity: u64,
    /// Packages in it.
    pub packages: u64,
    /// Gaps.
    pub gaps: u64,
}
