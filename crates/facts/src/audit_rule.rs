//! Rules of the kernel's audit system.

use serde::{Deserialize, Serialize};

/// A rule that watches a path (`auditctl(8)`: `-w PATH -p PERMISSIONS -k KEY`, or `-F path=`, `-F dir=`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRule {
    /// The watched file or directory.
    pub path: String,
    /// Whether everything below it is watched; for `-w` that depends on what the path is.
    pub is_directory: Option<bool>,
    /// Letters of `rwxa`; all when a rule names none.
    pub permissions: String,
    /// The word that marks its events (`-k`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether it takes events out instead (`never`, list `exclude`).
    #[serde(default)]
    pub is_exclusion: bool,
    /// Whether it has further conditions (`-F auid>=1000`), so that it does not record everybody.
    #[serde(default)]
    pub is_narrowed: bool,
}

/// Whether the audit system works (`auditctl -s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStatus {
    /// Whether rules record anything.
    pub is_enabled: bool,
    /// Whether a daemon takes the records; without one they go to the kernel's log, which drops what comes too fast.
    pub has_daemon: bool,
}
