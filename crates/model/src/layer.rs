//! What a report says of a layer.

use crate::Digest;
use serde::{Deserialize, Serialize};

/// A layer as reports show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Position, 0 is the lowest.
    pub index: usize,
    /// Digest of the blob as stored or transferred (compressed), when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar (OCI image-spec, config.md, "rootfs.diff_ids"), when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
    /// The history instruction that made the layer (`created_by`), when the image tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// When the layer was made, as the image tells it (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Whether the layer belongs to the base image; `None` when that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_base: Option<bool>,
    /// 1-based line of that instruction in the Dockerfile: the real one when it was given, else the one that the
    /// image's history tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile_line: Option<u32>,
    /// Size of the blob in bytes, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}
