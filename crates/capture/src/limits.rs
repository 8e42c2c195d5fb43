//! How much of a capture is taken.

/// Bounds against captures that lie.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes after decompression; what comes after is not read.
    pub bytes_max: u64,
    /// Bytes of one event's block.
    pub event_bytes_max: usize,
    /// Bytes of one table's block: processes, descriptors, users.
    pub table_bytes_max: usize,
    /// Threads taken from tables.
    pub threads_max: usize,
    /// Descriptors taken from tables.
    pub descriptors_max: usize,
    /// Users and groups taken from tables.
    pub users_max: usize,
    /// Enter events kept for their exit events, when old captures are converted.
    pub waiting_max: usize,
    /// Problems that are told; all are counted.
    pub problems_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 64 << 30,
            event_bytes_max: 16 << 20,
            table_bytes_max: 256 << 20,
            threads_max: 262_144,
            descriptors_max: 1 << 20,
            users_max: 65_536,
            waiting_max: 65_536,
            problems_max: 100,
        }
    }
}
