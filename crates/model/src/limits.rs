//! Bounds on untrusted input.

use serde::{Deserialize, Serialize};

/// Bounds on untrusted input. Reaching one is a [`crate::Gap`], never silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Decompressed bytes of one layer.
    pub layer_bytes_max: u64,
    /// Entries of one layer.
    pub layer_entries_max: u64,
    /// Decompressed bytes for each compressed byte, counted once more than 64 MiB came out.
    pub compression_ratio_max: u64,
    /// Bytes of one file that is parsed as a whole (package databases, manifests, jars).
    pub file_bytes_max: u64,
    /// Bytes of one executable that is looked through.
    pub binary_bytes_max: u64,
    /// Characters of a path.
    pub path_length_max: usize,
    /// Components of a path.
    pub path_depth_max: usize,
    /// Archives inside archives.
    pub archive_depth_max: u32,
    /// Decompressed bytes of all archives inside one file.
    pub archive_bytes_max: u64,
    /// Layers of one image.
    pub layers_max: usize,
    /// Bytes of a manifest, index or image configuration.
    pub manifest_bytes_max: u64,
    /// Packages of one image.
    pub packages_max: usize,
    /// Seconds for one whole scan.
    pub scan_secs_max: u64,
    /// Bytes of one file that detectors look through; of a longer one they see this much of its beginning.
    pub content_bytes_max: u64,
    /// Seconds of one detector for one file.
    pub file_secs_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            layer_bytes_max: 64 << 30,
            layer_entries_max: 5_000_000,
            compression_ratio_max: 1_100,
            file_bytes_max: 256 << 20,
            binary_bytes_max: 1 << 30,
            path_length_max: 4_096,
            path_depth_max: 256,
            archive_depth_max: 8,
            archive_bytes_max: 1 << 30,
            layers_max: 512,
            manifest_bytes_max: 8 << 20,
            packages_max: 500_000,
            scan_secs_max: 3_600,
            content_bytes_max: 96 << 20,
            file_secs_max: 20,
        }
    }
}
