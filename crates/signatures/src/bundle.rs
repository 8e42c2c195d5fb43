//! Sigstore bundles (sigstore/protobuf-specs, sigstore_bundle.proto, in its JSON form).

use crate::{
    dsse::{Envelope, RawEnvelope},
    encoding::decode_base64,
};
use serde::Deserialize;

/// Media type of a bundle, and artifact type of its manifest.
pub const BUNDLE_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// What the media types of all versions begin with.
pub(crate) const BUNDLE_PREFIX: &str = "application/vnd.dev.sigstore.bundle";

/// A sigstore bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// What was signed, and the signature.
    pub content: Content,
    /// A hint which key made it, when a key did.
    pub key_hint: Option<String>,
    /// Whether it carries a certificate instead of a key hint.
    pub has_certificate: bool,
    /// Entries of transparency logs that it carries.
    pub log_entries: usize,
    /// Timestamps (RFC 3161) that it carries.
    pub timestamps: usize,
}

/// What was signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An envelope with its one signature.
    Envelope(Envelope),
    /// A signature over the bytes of the artifact itself.
    Message {
        /// Digest of the signed bytes as the bundle tells it, with its algorithm; nobody has checked it.
        claimed: Option<(String, Vec<u8>)>,
        /// The signature.
        signature: Vec<u8>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBundle {
    media_type: String,
    #[serde(default)]
    verification_material: Option<RawMaterial>,
    #[serde(default)]
    dsse_envelope: Option<RawEnvelope>,
    #[serde(default)]
    message_signature: Option<RawMessage>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMaterial {
    #[serde(default)]
    public_key: Option<RawKey>,
    #[serde(default)]
    x509_certificate_chain: Option<serde_json::Value>,
    #[serde(default)]
    certificate: Option<serde_json::Value>,
    #[serde(default)]
    tlog_entries: Option<Vec<serde_json::Value>>,
    #[serde(default)]
    timestamp_verification_data: Option<RawTimestamps>,
}

#[derive(Deserialize)]
struct RawKey {
    #[serde(default)]
    hint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTimestamps {
    #[serde(default)]
    rfc3161_timestamps: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMessage {
    #[serde(default)]
    message_digest: Option<RawDigest>,
    signature: String,
}

#[derive(Deserialize)]
struct RawDigest {
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    digest: String,
}

/// Why bytes are not a bundle that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not a bundle, or one against the rules.
    #[error("{0}")]
    Malformed(String),
    /// A version that is not known.
    #[error("bundle of type '{0}', which is not supported")]
    Version(String),
}

impl Bundle {
    /// Reads a bundle of version 0.1 to 0.3.
    ///
    /// # Errors
    /// When it is malformed, of another version, or holds an envelope with other than one signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let malformed = |reason: String| BundleError::Malformed(reason);
        let raw: RawBundle = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        match raw.media_type.as_str() {
            BUNDLE_MEDIA_TYPE
            | "application/vnd.dev.sigstore.bundle+json;version=0.1"
            | "application/vnd.dev.sigstore.bundle+json;version=0.2"
            | "application/vnd.dev.sigstore.bundle+json;version=0.3" => {}
            other => return Err(BundleError::Version(crate::encoding::shown(other))),
        }
        let content = match (raw.dsse_envelope, raw.message_signature) {
            (Some(envelope), None) => {
                let envelope = Envelope::from_raw(&envelope).map_err(|error| malformed(error.to_string()))?;
                // sigstore_bundle.proto: a client must reject any other number.
                if envelope.signatures.len() != 1 {
                    return Err(malformed(format!(
                        "its envelope has {} signatures",
                        envelope.signatures.len()
                    )));
                }
                Content::Envelope(envelope)
            }
            (None, Some(message)) => message_content(&message)?,
            (Some(_), Some(_)) => {
                return Err(malformed("it has both an envelope and a signature".to_owned()));
            }
            (None, None) => return Err(malformed("it has neither an envelope nor a signature".to_owned())),
        };
        let material = raw.verification_material.unwrap_or_default();
        let timestamps = material.timestamp_verification_data.and_then(|data| data.rfc3161_timestamps);
        Ok(Self {
            content,
            key_hint: material.public_key.map(|key| key.hint),
            has_certificate: material.certificate.is_some() || material.x509_certificate_chain.is_some(),
            log_entries: material.tlog_entries.map_or(0, |entries| entries.len()),
            timestamps: timestamps.map_or(0, |timestamps| timestamps.len()),
        })
    }
}

fn message_content(message: &RawMessage) -> Result<Content, BundleError> {
    let malformed = |what: &str| BundleError::Malformed(format!("its {what} is not base64"));
    let signature = decode_base64(&message.signature).ok_or_else(|| malformed("signature"))?;
    let claimed = match &message.message_digest {
        None => None,
        Some(raw) => {
            let digest = decode_base64(&raw.digest).ok_or_else(|| malformed("message digest"))?;
            Some((raw.algorithm.clone(), digest))
        }
    };
    Ok(Content::Message { claimed, signature })
}
