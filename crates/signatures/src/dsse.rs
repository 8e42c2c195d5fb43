//! Signed envelopes (secure-systems-lab/dsse, protocol.md and envelope.md, version 1.0.2).

use crate::encoding::decode_base64;
use serde::Deserialize;

/// Media type of an envelope, as a layer of an attestation's manifest.
pub const DSSE_MEDIA_TYPE: &str = "application/vnd.dsse.envelope.v1+json";

/// A signed envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is: `application/vnd.in-toto+json`.
    pub payload_type: String,
    /// What was signed.
    pub payload: Vec<u8>,
    /// By whom.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// A hint that nobody has authenticated.
    pub key_hint: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

#[derive(Deserialize)]
pub(crate) struct RawEnvelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<RawSignature>,
}

#[derive(Deserialize)]
struct RawSignature {
    #[serde(default)]
    keyid: Option<String>,
    sig: String,
}

/// Why bytes are not an envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON of the expected shape.
    #[error("not an envelope: {0}")]
    Json(serde_json::Error),
    /// Something in it is not base64.
    #[error("its {0} is not base64")]
    Base64(&'static str),
    /// It has no signature, or more than anyone would make.
    #[error("it has {0} signatures")]
    Signatures(usize),
}

const SIGNATURES_MAX: usize = 64;

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// When it is malformed, or has no or too many signatures.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::from_raw(&serde_json::from_slice(bytes).map_err(EnvelopeError::Json)?)
    }

    pub(crate) fn from_raw(raw: &RawEnvelope) -> Result<Self, EnvelopeError> {
        if raw.signatures.is_empty() || raw.signatures.len() > SIGNATURES_MAX {
            return Err(EnvelopeError::Signatures(raw.signatures.len()));
        }
        let payload = decode_base64(&raw.payload).ok_or(EnvelopeError::Base64("payload"))?;
        let mut signatures = Vec::new();
        for signature in &raw.signatures {
            signatures.push(EnvelopeSignature {
                key_hint: signature.keyid.clone().unwrap_or_default(),
                bytes: decode_base64(&signature.sig).ok_or(EnvelopeError::Base64("signature"))?,
            });
        }
        Ok(Self { payload_type: raw.payload_type.clone(), payload, signatures })
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        pre_authentication_encoding(&self.payload_type, &self.payload)
    }
}

/// PAE of protocol.md: the lengths keep type and payload from running together.
#[must_use]
pub(crate) fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of protocol.md.
    #[test]
    fn the_signed_bytes_are_those_of_the_specification() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn an_envelope_without_signature_is_none() {
        let text = br#"{"payload":"","payloadType":"a","signatures":[]}"#;
        assert!(matches!(Envelope::parse(text), Err(EnvelopeError::Signatures(0))));
    }
}
