//! Bounds on what is unpacked.

/// Bounds on what is unpacked of one file. Reaching one is a [`crate::Problem`], never silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Archives inside archives, the outermost included; a compressed tar counts as one.
    pub depth_max: u32,
    /// Members at all depths together.
    pub members_max: u64,
    /// Decompressed bytes at all depths together.
    pub bytes_max: u64,
    /// Bytes of one member that are shown; of a larger one, its beginning.
    pub member_bytes_max: u64,
    /// Bytes of members that are in memory at a time: an archive's and, while it is open, those of the members in it.
    pub held_bytes_max: u64,
    /// Decompressed bytes for each byte of the outermost file, counted once more than
    /// [`Self::ratio_free_bytes`] came out.
    pub ratio_max: u64,
    /// Decompressed bytes that may come out of any file, however small.
    pub ratio_free_bytes: u64,
    /// Bytes of the window of a decompressor, which the archive asks for.
    pub window_bytes_max: u64,
    /// Problems that are told one by one; more are counted.
    pub problems_max: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            depth_max: 8,
            // Java programs with all their libraries in one jar have up to 60,000; bytes and time are bounded anyway.
            members_max: 100_000,
            bytes_max: 1 << 30,
            member_bytes_max: 64 << 20,
            held_bytes_max: 128 << 20,
            ratio_max: 200,
            ratio_free_bytes: 32 << 20,
            // `xz -9` and `7z -mx=9` ask for 64 MiB.
            window_bytes_max: 128 << 20,
            problems_max: 100,
        }
    }
}

impl From<&model::Limits> for ArchiveLimits {
    fn from(limits: &model::Limits) -> Self {
        Self { depth_max: limits.archive_depth_max, bytes_max: limits.archive_bytes_max, ..Self::default() }
    }
}
