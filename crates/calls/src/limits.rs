//! How much is read, and what is done with what is not known.

/// How much is read, and what is done with what is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The oldest version of the API, the part behind `1.`.
    pub version_min: u8,
    /// The newest version of the API, likewise.
    pub version_max: u8,
    /// Bytes of a target.
    pub target_bytes_max: usize,
    /// Values inside values of a body.
    pub depth_max: usize,
    /// Keys of bodies and queries that are not known.
    pub unknown_keys: UnknownKeys,
}

/// What is done with keys that are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownKeys {
    /// The call is refused.
    Refuse,
    /// Keys of bodies are passed on, those of queries are left out; both are told.
    #[default]
    Warn,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            version_min: 24,
            version_max: 56,
            target_bytes_max: 16 << 10,
            depth_max: 64,
            unknown_keys: UnknownKeys::Warn,
        }
    }
}
