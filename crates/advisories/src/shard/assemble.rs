//! Puts the sections of a shard together.

use super::format::{CHECKSUM_AT, FORMAT, HEADER_BYTES, MAGIC, SECTIONS, ShardKind, checksum};
use super::tables::BuildError;
use crate::meta::{ShardCounts, ShardMeta};
use serde::{Deserialize, Serialize};

/// What the section `Meta` holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) meta: ShardMeta,
    #[serde(flatten)]
    pub(crate) counts: ShardCounts,
}

/// The bytes of a shard.
pub(crate) fn assemble(kind: ShardKind, sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let body: usize = sections.iter().map(Vec::len).sum();
    let mut out = Vec::with_capacity(HEADER_BYTES + body);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&kind.code().to_le_bytes());
    out.extend_from_slice(&((HEADER_BYTES + body) as u64).to_le_bytes());
    let mut offset = HEADER_BYTES as u64;
    for section in sections {
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&(section.len() as u64).to_le_bytes());
        offset += section.len() as u64;
    }
    debug_assert_eq!(out.len(), CHECKSUM_AT);
    let sum = checksum(&out);
    out.extend_from_slice(&sum);
    for section in sections {
        out.extend_from_slice(section);
    }
    out
}

/// Shard names become part of manifests and messages, so they are plain.
pub(crate) fn check_name(name: &str) -> Result<(), BuildError> {
    let is_plain =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b':' | b'.' | b'-' | b'_');
    if name.is_empty() || name.len() > 100 || !name.bytes().all(is_plain) {
        return Err(BuildError::Name(name.chars().take(120).collect()));
    }
    Ok(())
}
