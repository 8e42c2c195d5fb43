//! What a client tells while it works.

use model::Digest;
use std::{sync::Arc, time::Duration};

/// Receives events, from any thread.
pub type Progress = Arc<dyn Fn(ProgressEvent) + Send + Sync>;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgressEvent {
    /// A blob begins; its size is known when its descriptor tells it.
    BlobStarted {
        /// Which.
        digest: Digest,
        /// Its size in bytes.
        size_bytes: Option<u64>,
    },
    /// Bytes of a blob arrived, at most one event for each 64 KiB.
    BlobBytes {
        /// Which.
        digest: Digest,
        /// Bytes so far.
        bytes: u64,
    },
    /// A blob is at its end, or nobody reads it any more.
    BlobFinished {
        /// Which.
        digest: Digest,
    },
    /// Something is tried again after a wait.
    Retrying {
        /// The host.
        host: String,
        /// Why, one line.
        reason: String,
        /// The wait.
        wait: Duration,
    },
    /// A mirror did not help; the next address is asked.
    MirrorFailed {
        /// The mirror's host.
        host: String,
        /// Why, one line.
        reason: String,
    },
}
