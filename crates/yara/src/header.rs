//! What is known of a compiled pack without loading it.

use crate::head_class::HeadClass;
use crate::source::{PackOptions, RuleProblem};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// First bytes of a serialised header.
const MAGIC: &[u8; 8] = b"SWYARAP1";
/// Bytes of a header; a larger file is none.
pub(crate) const HEADER_BYTES_MAX: usize = 64 << 20;

/// What is known of a compiled pack without loading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackHeader {
    /// Version of yara-x and of this crate's own way to split: another one compiles anew.
    pub engine: String,
    /// SHA-256 over engine, options and sources, in hexadecimal.
    pub digest: String,
    /// How it was made.
    pub options: PackOptions,
    /// Rules that are used.
    pub rules: usize,
    /// Rules that are not used, and why.
    pub problems: Vec<RuleProblem>,
    /// Rules left out on demand.
    pub left_out: Vec<RuleProblem>,
    /// Variables that conditions mention.
    pub variables: Vec<String>,
    /// Whether a rule's metadata limit the paths that it counts for.
    pub has_path_filters: bool,
    /// The compiled parts, together for every class that any rule can match.
    pub parts: Vec<PartHeader>,
}

/// The rules for some classes of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartHeader {
    /// The classes.
    pub classes: Vec<HeadClass>,
    /// Rules that can match them.
    pub rules: usize,
    /// SHA-256 of the serialised rules, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of what files must hold for one of the rules to match, serialised; `None` when every file meets them.
    pub needs_sha256: Option<String>,
}

impl PackHeader {
    /// Magic, SHA-256 of the rest, JSON.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("headers hold no map with keys that are not text");
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&Sha256::digest(&json));
        out.extend_from_slice(&json);
        out
    }

    /// Reads what [`Self::encode`] wrote; nothing when it is damaged.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > HEADER_BYTES_MAX {
            return None;
        }
        let (checksum, json) = bytes.strip_prefix(MAGIC)?.split_at_checked(32)?;
        if Sha256::digest(json).as_slice() != checksum {
            return None;
        }
        serde_json::from_slice(json).ok()
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_header_is_none() {
        let header = PackHeader {
            engine: "e".into(),
            digest: "d".into(),
            options: PackOptions::new("p"),
            rules: 1,
            problems: vec![RuleProblem { file: "f".into(), line: 1, rule: None, message: "m".into() }],
            left_out: Vec::new(),
            variables: vec!["filename".into()],
            has_path_filters: false,
            parts: vec![PartHeader {
                classes: vec![HeadClass::Elf],
                rules: 1,
                sha256: "s".into(),
                needs_sha256: None,
            }],
        };
        let bytes = header.encode();
        assert_eq!(PackHeader::decode(&bytes), Some(header));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(PackHeader::decode(&damaged), None, "bit flip at {at}");
            assert_eq!(PackHeader::decode(&bytes[..at]), None, "truncated at {at}");
        }
    }
}
