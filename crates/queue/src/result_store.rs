//! The results.

use crate::QueueError;
use model::Digest;

/// Reports, one for each image.
pub trait ResultStore: Send + Sync {
    /// Keeps the report of an image, unless there is one already, which stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put(&self, image: &Digest, report: &[u8]) -> Result<Put, QueueError>;

    /// Whether there is a report of an image.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn contains(&self, image: &Digest) -> Result<bool, QueueError>;

    /// The report of an image.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, image: &Digest) -> Result<Option<Vec<u8>>, QueueError>;

    /// All reports, in the order of their images' digests.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self) -> Result<Vec<StoredResult>, QueueError>;
}

/// Whether a report was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was.
    Stored,
    /// There was one already, which stays.
    Known,
}

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResult {
    /// The image.
    pub image: Digest,
    /// The SHA-256 digest of the report.
    pub report_digest: Digest,
    /// Bytes of the report.
    pub size_bytes: u64,
}

pub(crate) fn digest_of_report(report: &[u8]) -> Digest {
    use sha2::{Digest as _, Sha256};
    Digest::from_sha256(&Sha256::digest(report).into())
}
