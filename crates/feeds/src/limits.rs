//! Bounds on feeds.

/// Bounds on one feed, since feeds come over the network and from users. Reaching one is a
/// [`Problem`](crate::Problem), never silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Bytes of one file as it was downloaded.
    pub download_bytes_max: u64,
    /// Decompressed bytes of one file, or of all members of one archive.
    pub file_bytes_max: u64,
    /// Bytes of one record: one JSON object, XML element, YAML document or archive member.
    pub record_bytes_max: u64,
    /// Records of one file, archive or directory.
    pub records_max: u64,
    /// Rows (affected packages) that one record may make.
    pub rows_per_record_max: usize,
    /// Versions that one row may list one by one.
    pub versions_per_row_max: usize,
    /// Directories inside directories.
    pub directory_depth_max: usize,
    /// Problems that are kept with their text; the rest is counted.
    pub problems_max: usize,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            download_bytes_max: 2 << 30,
            file_bytes_max: 16 << 30,
            record_bytes_max: 64 << 20,
            records_max: 5_000_000,
            rows_per_record_max: 500_000,
            versions_per_row_max: 20_000,
            directory_depth_max: 8,
            problems_max: 200,
        }
    }
}
