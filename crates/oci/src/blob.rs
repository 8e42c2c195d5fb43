//! A layer that is a blob: a tar, plain or compressed.

use crate::blob_walk::{BlobFacts, walk_blob};
use crate::{LayerSource, Outcome, Visitor};
use model::{Digest, Limits};
use std::io::{self, Read};

/// Opens the bytes of a blob from their beginning, each time it is called.
pub type OpenBlob = Box<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// How many threads walk one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerThreads {
    /// The caller's alone: for many layers at once.
    One,
    /// One that reads and decompresses, and the caller's, which hashes and parses.
    Two,
}

/// A layer that is a blob: a tar, plain or compressed. What it is compressed with is told by its first bytes.
pub struct BlobLayer {
    open: OpenBlob,
    digest: Option<Digest>,
    diff_id: Option<Digest>,
    media_type: String,
    size_bytes: Option<u64>,
    threads: LayerThreads,
}

/// A layer that is a blob. Both digests are verified on every walk, when they are known; `media_type` may be
/// empty, and a wrong one is a gap.
#[must_use]
pub fn blob_layer(
    open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
    digest: Option<Digest>,
    diff_id: Option<Digest>,
    media_type: &str,
) -> Box<dyn LayerSource> {
    Box::new(BlobLayer::new(open, digest, diff_id, media_type))
}

impl BlobLayer {
    /// As [`blob_layer`].
    #[must_use]
    pub fn new(
        open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
        digest: Option<Digest>,
        diff_id: Option<Digest>,
        media_type: &str,
    ) -> Self {
        Self {
            open: Box::new(open),
            digest,
            diff_id,
            media_type: media_type.to_owned(),
            size_bytes: None,
            threads: LayerThreads::Two,
        }
    }

    /// The size that a descriptor promises; bytes beyond it are not read.
    #[must_use]
    pub fn with_size_bytes(mut self, size_bytes: u64) -> Self {
        self.size_bytes = Some(size_bytes);
        self
    }

    /// How many threads walk it.
    #[must_use]
    pub fn with_threads(mut self, threads: LayerThreads) -> Self {
        self.threads = threads;
        self
    }
}

impl LayerSource for BlobLayer {
    fn walk(&self, limits: &Limits, visitor: &mut dyn Visitor) -> io::Result<Outcome> {
        let mut reader = (self.open)()?;
        let facts = BlobFacts {
            digest: self.digest.as_ref(),
            diff_id: self.diff_id.as_ref(),
            media_type: &self.media_type,
            size_bytes: self.size_bytes,
        };
        walk_blob(&mut *reader, &facts, self.threads, limits, visitor).map(|walk| walk.outcome)
    }
}
