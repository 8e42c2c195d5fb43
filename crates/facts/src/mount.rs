//! Mounted file systems.

use serde::{Deserialize, Serialize};

/// A line of `/proc/self/mountinfo` (`proc(5)`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Where.
    pub point: String,
    /// Which directory of the file system is seen there.
    pub root: String,
    /// `ext4`.
    pub file_system: String,
    /// The device or name.
    pub source: String,
    /// Options of the mount and of the file system.
    pub options: Vec<String>,
    /// Whether it propagates to others.
    pub is_shared: bool,
}

/// Room on a file system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileSystemSpace {
    /// A path on it.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// What is free for all.
    pub free_bytes: u64,
    /// Its inodes; 0 when the file system has no fixed number.
    pub inodes: u64,
    /// Free inodes.
    pub free_inodes: u64,
}
