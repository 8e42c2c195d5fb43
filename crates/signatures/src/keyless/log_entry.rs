//! Entries of transparency logs: read from bundles (sigstore/protobuf-specs, sigstore_rekor.proto) and from cosign's
//! annotation, and checked.

use super::{
    inclusion,
    log_body::{self, Logged},
    trusted_root::TrustedRoot,
};
use crate::encoding::{decode_base64, decode_hex, encode_base64, hex};
use serde::{Deserialize, Deserializer};

/// An entry of a transparency log with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub(crate) log_id: Vec<u8>,
    index: i64,
    integrated_unix_secs: i64,
    body: Vec<u8>,
    promise: Option<Vec<u8>>,
    proof: Option<Proof>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Proof {
    index: u64,
    size: u64,
    root: inclusion::Root,
    hashes: Vec<inclusion::Root>,
    checkpoint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawEntry {
    #[serde(default, deserialize_with = "integer")]
    log_index: i64,
    #[serde(default)]
    log_id: RawId,
    #[serde(default, deserialize_with = "integer")]
    integrated_time: i64,
    #[serde(default)]
    inclusion_promise: Option<RawPromise>,
    #[serde(default)]
    inclusion_proof: Option<RawProof>,
    canonicalized_body: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawId {
    #[serde(default)]
    key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPromise {
    #[serde(default)]
    signed_entry_timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawProof {
    #[serde(default, deserialize_with = "integer")]
    log_index: i64,
    root_hash: String,
    #[serde(deserialize_with = "integer")]
    tree_size: i64,
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(default)]
    checkpoint: RawCheckpoint,
}

#[derive(Default, Deserialize)]
struct RawCheckpoint {
    #[serde(default)]
    envelope: String,
}

/// What cosign keeps in an annotation (cosign, pkg/cosign/bundle, `RekorBundle`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawAnnotation {
    signed_entry_timestamp: String,
    payload: RawPayload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPayload {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

// ProtoJSON writes 64-bit numbers as texts, and reads both.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// A tree has fewer levels than this.
const HASHES_MAX: usize = 64;

impl LogEntry {
    pub(crate) fn from_raw(raw: &RawEntry) -> Result<Self, String> {
        let decode = |text: &str| decode_base64(text).ok_or("a log entry has something that is not base64");
        let promise = match &raw.inclusion_promise {
            Some(promise) if !promise.signed_entry_timestamp.is_empty() => {
                Some(decode(&promise.signed_entry_timestamp)?)
            }
            _ => None,
        };
        let proof = match &raw.inclusion_proof {
            None => None,
            Some(proof) => {
                let hash = |text: &String| {
                    <[u8; 32]>::try_from(decode(text)?)
                        .map_err(|_| "a hash of a log entry is no SHA-256".to_owned())
                };
                if proof.hashes.len() > HASHES_MAX {
                    return Err(format!("a log entry has {} hashes", proof.hashes.len()));
                }
                let number =
                    |number: i64| u64::try_from(number).map_err(|_| "a log entry has a negative number");
                Some(Proof {
                    index: number(proof.log_index)?,
                    size: number(proof.tree_size)?,
                    root: hash(&proof.root_hash)?,
                    hashes: proof.hashes.iter().map(hash).collect::<Result<_, String>>()?,
                    checkpoint: proof.checkpoint.envelope.clone(),
                })
            }
        };
        if raw.log_index < 0 || raw.integrated_time < 0 {
            return Err("a log entry has a negative number".to_owned());
        }
        Ok(Self {
            log_id: decode(&raw.log_id.key_id)?,
            index: raw.log_index,
            integrated_unix_secs: raw.integrated_time,
            body: decode(&raw.canonicalized_body)?,
            promise,
            proof,
        })
    }

    /// Reads cosign's annotation.
    pub(crate) fn from_annotation(text: &str) -> Result<Self, String> {
        let raw: RawAnnotation =
            serde_json::from_str(text).map_err(|error| format!("the log entry: {error}"))?;
        let not = |what: &str| format!("the log entry's {what} cannot be read");
        Ok(Self {
            log_id: decode_hex(&raw.payload.log_id).ok_or_else(|| not("log"))?,
            index: raw.payload.log_index,
            integrated_unix_secs: raw.payload.integrated_time,
            body: decode_base64(&raw.payload.body).ok_or_else(|| not("body"))?,
            promise: Some(decode_base64(&raw.signed_entry_timestamp).ok_or_else(|| not("timestamp"))?),
            proof: None,
        })
    }

    /// Checks that a trusted log has this entry and that it is about what is `logged`. The time is the log's own, when it
    /// has signed one.
    pub(crate) fn check(
        &self,
        root: &TrustedRoot,
        logged: &Logged<'_>,
        is_proof_needed: bool,
        now_unix_secs: i64,
    ) -> Result<Option<i64>, String> {
        let log = root
            .transparency_logs
            .iter()
            .find(|log| log.id == self.log_id)
            .ok_or("the transparency log is not one that is trusted")?;
        let mut at = None;
        if let Some(promise) = &self.promise {
            if !log.key.is_signature_of(self.promised().as_bytes(), promise) {
                return Err(
                    "the log's signed entry timestamp is not its own, or about another entry".to_owned()
                );
            }
            // A log that promised in the future has a clock that nobody should trust.
            if self.integrated_unix_secs > now_unix_secs + SKEW_SECS {
                return Err("the log's time is in the future".to_owned());
            }
            if !log.period.holds(self.integrated_unix_secs) {
                return Err("the log is not trusted at the time of the entry".to_owned());
            }
            at = Some(self.integrated_unix_secs);
        }
        match &self.proof {
            Some(proof) => {
                let found =
                    inclusion::root(inclusion::leaf(&self.body), proof.index, proof.size, &proof.hashes);
                if found != Some(proof.root) {
                    return Err("the entry is not in the tree of its log: the proof is another's".to_owned());
                }
                inclusion::check_checkpoint(&proof.checkpoint, log, proof.size, &proof.root)?;
            }
            None if is_proof_needed || self.promise.is_none() => {
                return Err("nothing proves that the log has the entry".to_owned());
            }
            None => {}
        }
        log_body::check(&self.body, logged)?;
        Ok(at)
    }

    /// What the log signs (rekor, types/signedEntryTimestamp: JSON by RFC 8785).
    fn promised(&self) -> String {
        let id = hex(&self.log_id);
        format!(
            "{{\"body\":\"{}\",\"integratedTime\":{},\"logID\":\"{id}\",\"logIndex\":{}}}",
            encode_base64(&self.body),
            self.integrated_unix_secs,
            self.index
        )
    }
}

/// Seconds by which clocks may differ.
const SKEW_SECS: i64 = 300;
