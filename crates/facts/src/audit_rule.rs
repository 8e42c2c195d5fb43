//! Rules of the kernel's audit system.

use serde::{Deserialize, Serialize};

/// A rule that watches a path (`auditctl(8)`: `-w PATH -p PERMISSIONS -k KEY`, or `-F path=`, `-F dir=`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRule {
    /// The watched file or directory.
    pub path: String,
    /// Whether everything below it is watched; for `-w` that depends on what the path is.
    pub is_directory: Option<bool>,
    /// Letters of `rwxa`; all when a rule names none.
    pub permissions: String,
    /// Whether it takes events out instead (`never`, list `exclude`).
    #[serde(default)]
    pub is_exclusion: bool,
    /// Whether it has further conditions (`-F auid>=1000`), so that it does not record everybody.
    #[serde(default)]
    pub is_narrowed: bool,
}
