//! The signed list of the shards of a database.
//!
//! ```json
//! {"payload": "{\"format\":1,…}", "signatures": [{"key": "0123456789abcdef", "signature": "base64"}]}
//! ```
//!
//! The signature is that of `seawall manifest 1\n` and the bytes of `payload`, so nothing has to be written in a
//! canonical form.

use super::key::{PublicKey, SigningKey};
use super::timestamp::Timestamp;
use crate::meta::{ShardCounts, ShardMeta};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) const MANIFEST_BYTES_MAX: usize = 16 << 20;
const SHARDS_MAX: usize = 10_000;
const SHARD_BYTES_MAX: u64 = 4 << 30;
const FORMAT: u32 = 1;
const CONTEXT: &[u8] = b"seawall manifest 1\n";

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is not JSON of the expected form.
    #[error("malformed manifest: {0}")]
    Malformed(String),
    /// The format is of another release.
    #[error("manifest of format {0}, this program reads format 1 (hint: update the program)")]
    Format(u32),
    /// No trusted key signed it.
    #[error(
        "no trusted key signed the manifest; it names {0} (hint: trust the publisher's key with --key, or put it into the directory of keys as NAME.pub)"
    )]
    Untrusted(String),
    /// A trusted key is named, but the signature is not that of the content.
    #[error("signature of the manifest is wrong: it was changed after key {0} signed it")]
    Signature(String),
    /// It is older than one that was seen before.
    #[error(
        "manifest version {offered} of key {key} is older than {seen}, which was seen before: a rollback (hint: get the newest; databases that are published apart need keys of their own)"
    )]
    Rollback {
        /// Id of the key.
        key: String,
        /// Version of this manifest.
        offered: u64,
        /// Greatest version seen.
        seen: u64,
    },
}

/// The shards of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// Grows with every update.
    pub version: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When its publisher should have made a newer one.
    pub expires: Timestamp,
    /// The shards, sorted by name.
    pub shards: Vec<ShardEntry>,
    /// Versions of other publishers' manifests whose shards are in here, by key id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, u64>,
}

/// A shard of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardEntry {
    /// `debian:12`, `npm`.
    pub name: String,
    /// SHA-256 of the file in hexadecimal; also its name.
    pub sha256: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// What is known of it.
    #[serde(flatten)]
    pub meta: ShardMeta,
    /// How much it holds.
    #[serde(flatten)]
    pub counts: ShardCounts,
    /// Id of the publisher's key, when it came in a bundle.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signed_by: String,
}

/// A manifest whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedManifest {
    manifest: Manifest,
    key_id: String,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
struct Signature {
    key: String,
    signature: String,
}

impl Manifest {
    /// Signs it; the bytes are the file.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let payload = serde_json::to_string(self).expect("texts and numbers are JSON");
        let signature = BASE64_STANDARD.encode(key.sign(&[CONTEXT, payload.as_bytes()].concat()));
        let signatures = vec![Signature { key: key.public().id(), signature }];
        let mut bytes =
            serde_json::to_vec_pretty(&Envelope { payload, signatures }).expect("texts and numbers are JSON");
        bytes.push(b'\n');
        bytes
    }

    /// The entry of a shard.
    #[must_use]
    pub fn shard(&self, name: &str) -> Option<&ShardEntry> {
        self.shards.iter().find(|entry| entry.name == name)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let malformed = |why: &str| Err(ManifestError::Malformed(why.to_owned()));
        if self.format != FORMAT {
            return Err(ManifestError::Format(self.format));
        }
        if self.shards.len() > SHARDS_MAX {
            return malformed("too many shards");
        }
        for pair in self.shards.windows(2) {
            if pair[0].name >= pair[1].name {
                return malformed("shards are not sorted, or one is named twice");
            }
        }
        for entry in &self.shards {
            let is_hex = entry.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if entry.sha256.len() != 64 || !is_hex || crate::shard::check_name(&entry.name).is_err() {
                return malformed("name or SHA-256 of a shard");
            }
            if entry.size_bytes > SHARD_BYTES_MAX {
                return malformed("a shard of more than 4 GiB");
            }
        }
        Ok(())
    }
}

impl VerifiedManifest {
    /// Verifies a manifest file with the keys that are trusted.
    ///
    /// # Errors
    /// When it is malformed or none of the keys signed it.
    pub fn verify(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, ManifestError> {
        let malformed = |error: serde_json::Error| ManifestError::Malformed(error.to_string());
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestError::Malformed("too large".to_owned()));
        }
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(malformed)?;
        let message = [CONTEXT, envelope.payload.as_bytes()].concat();
        let mut refused = None;
        for signature in envelope.signatures.iter().take(16) {
            let Some(key) = keys.iter().find(|key| key.id() == signature.key) else { continue };
            let is_genuine = BASE64_STANDARD
                .decode(&signature.signature)
                .is_ok_and(|signature| key.verifies(&message, &signature));
            if is_genuine {
                let manifest: Manifest = serde_json::from_str(&envelope.payload).map_err(malformed)?;
                manifest.check()?;
                return Ok(Self { manifest, key_id: key.id() });
            }
            refused = Some(key.id());
        }
        let named = || {
            let shown = |s: &Signature| s.key.chars().take(16).collect::<String>();
            let ids: Vec<String> = envelope.signatures.iter().take(4).map(shown).collect();
            if ids.is_empty() { "no key".to_owned() } else { ids.join(", ") }
        };
        Err(refused.map_or_else(|| ManifestError::Untrusted(named()), ManifestError::Signature))
    }

    /// What was signed.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Id of the key that signed it.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
