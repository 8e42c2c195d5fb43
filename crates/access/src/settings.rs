//! What the file says besides rights, for one repository or principal.

use serde::Deserialize;

/// What happens to an image that did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nobody looks.
    Off,
    /// It leaves with a warning.
    Warn,
    /// It does not leave.
    Enforce,
}

/// How images of a repository are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// What happens to one that did not pass.
    pub mode: Mode,
    /// How long a first pull waits for the verdict.
    pub wait_secs: u32,
    /// Types of artifacts that leave although nothing can be said of them.
    pub artifacts: Vec<String>,
}

/// How much may be brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of one blob.
    pub blob_bytes_max: Option<u64>,
    /// Bytes that came into one repository.
    pub repository_bytes_max: Option<u64>,
}

/// How often may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute, in the long run.
    pub requests_per_minute: u32,
    /// So many at once.
    pub burst: u32,
}
