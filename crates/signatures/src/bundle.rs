//! Sigstore bundles (sigstore/protobuf-specs, sigstore_bundle.proto, in its JSON form).

use crate::{
    dsse::{Envelope, RawEnvelope},
    encoding::decode_base64,
    keyless::{LogEntry, Material, RawEntry},
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
    /// Certificates, log entries and timestamps.
    pub(crate) material: Material,
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
    x509_certificate_chain: Option<RawChain>,
    #[serde(default)]
    certificate: Option<RawBytes>,
    #[serde(default)]
    tlog_entries: Option<Vec<RawEntry>>,
    #[serde(default)]
    timestamp_verification_data: Option<RawTimestamps>,
}

#[derive(Deserialize)]
struct RawChain {
    #[serde(default)]
    certificates: Vec<RawBytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes {
    raw_bytes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTimestamp {
    signed_timestamp: String,
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
    rfc3161_timestamps: Option<Vec<RawTimestamp>>,
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
        let raw_material = raw.verification_material.unwrap_or_default();
        // sigstore_bundle.proto: the first version may have a promise of the log instead of a proof.
        let needs_proof = !raw.media_type.ends_with("version=0.1");
        let material = material(&raw_material, needs_proof).map_err(malformed)?;
        Ok(Self { content, key_hint: raw_material.public_key.map(|key| key.hint), material })
    }
}

const ITEMS_MAX: usize = 64;

fn material(raw: &RawMaterial, needs_proof: bool) -> Result<Material, String> {
    let decode =
        |text: &str| decode_base64(text).ok_or_else(|| "a certificate or timestamp is not base64".to_owned());
    let chain = raw.x509_certificate_chain.iter().flat_map(|chain| &chain.certificates);
    if raw.x509_certificate_chain.as_ref().is_some_and(|chain| chain.certificates.is_empty()) {
        return Err("its chain of certificates is empty".to_owned());
    }
    let certificates = raw.certificate.iter().chain(chain).take(ITEMS_MAX);
    let entries = raw.tlog_entries.iter().flatten().take(ITEMS_MAX);
    let timestamps = raw.timestamp_verification_data.iter().flat_map(|data| &data.rfc3161_timestamps);
    Ok(Material {
        certificates: certificates.map(|one| decode(&one.raw_bytes)).collect::<Result<_, _>>()?,
        log_entries: entries.map(LogEntry::from_raw).collect::<Result<_, _>>()?,
        timestamps: timestamps
            .flatten()
            .take(ITEMS_MAX)
            .map(|one| decode(&one.signed_timestamp))
            .collect::<Result<_, _>>()?,
        needs_proof,
    })
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
