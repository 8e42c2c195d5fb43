//! JWS envelopes of notation (notaryproject/specifications, signature-envelope-jws.md).

use super::decode_url;
use crate::{
    KeyAlgorithm,
    certificate::Certificate,
    encoding::{decode_base64, shown},
    keyless::unix_secs,
};
use model::Digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A signature of notation, read and not judged.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// What was signed.
    pub(crate) digest: Digest,
    pub(crate) expires_unix_secs: Option<i64>,
    /// The certificate of the signer first.
    pub(crate) chain: Vec<Certificate>,
    pub(crate) signature: Vec<u8>,
    /// A token over the signature.
    pub(crate) timestamp: Option<Vec<u8>>,
    algorithm: Algorithm,
    signed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Es256,
    Es384,
    Ps256,
    Ps384,
    Ps512,
}

#[derive(Deserialize)]
struct RawEnvelope {
    payload: String,
    protected: String,
    header: RawHeader,
    signature: String,
}

#[derive(Deserialize)]
struct RawHeader {
    x5c: Vec<String>,
    #[serde(default, rename = "io.cncf.notary.timestampSignature")]
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPayload {
    target_artifact: RawTarget,
}

#[derive(Deserialize)]
struct RawTarget {
    digest: Digest,
}

const SCHEME: &str = "io.cncf.notary.signingScheme";
const EXPIRY: &str = "io.cncf.notary.expiry";
const PAYLOAD_TYPE: &str = "application/vnd.cncf.notary.payload.v1+json";
const CERTIFICATES_MAX: usize = 16;

impl Envelope {
    /// Reads an envelope.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: RawEnvelope = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let decode =
            |what: &str, text: &str| decode_url(text).ok_or_else(|| format!("its {what} is not base64"));
        let protected: Map<String, Value> =
            serde_json::from_slice(&decode("protected header", &raw.protected)?)
                .map_err(|error| format!("its protected header: {error}"))?;
        let word = |name: &str| protected.get(name).and_then(Value::as_str);
        if word("cty") != Some(PAYLOAD_TYPE) {
            return Err(format!("its content is of type '{}'", shown(word("cty").unwrap_or_default())));
        }
        check_critical(&protected)?;
        match word(SCHEME) {
            Some("notary.x509") => {}
            Some(other) => return Err(format!("its signing scheme '{}' is not supported", shown(other))),
            None => return Err("it has no signing scheme".to_owned()),
        }
        let algorithm = match word("alg") {
            Some("ES256") => Algorithm::Es256,
            Some("ES384") => Algorithm::Es384,
            Some("PS256") => Algorithm::Ps256,
            Some("PS384") => Algorithm::Ps384,
            Some("PS512") => Algorithm::Ps512,
            other => {
                return Err(format!("its algorithm '{}' is not supported", shown(other.unwrap_or_default())));
            }
        };
        let expires_unix_secs = match protected.get(EXPIRY) {
            None => None,
            Some(value) => Some(value.as_str().and_then(unix_secs).ok_or("its expiry is no time")?),
        };
        let payload: RawPayload = serde_json::from_slice(&decode("payload", &raw.payload)?)
            .map_err(|error| format!("its payload: {error}"))?;
        if raw.header.x5c.is_empty() || raw.header.x5c.len() > CERTIFICATES_MAX {
            return Err(format!("it has {} certificates", raw.header.x5c.len()));
        }
        let mut chain = Vec::new();
        for text in &raw.header.x5c {
            let der = decode_base64(text).ok_or("a certificate is not base64")?;
            chain.push(Certificate::parse(&der)?);
        }
        let timestamp = match &raw.header.timestamp {
            None => None,
            Some(text) => Some(decode_base64(text).ok_or("its timestamp is not base64")?),
        };
        Ok(Self {
            digest: payload.target_artifact.digest,
            expires_unix_secs,
            chain,
            signature: decode("signature", &raw.signature)?,
            timestamp,
            algorithm,
            signed: format!("{}.{}", raw.protected, raw.payload),
        })
    }

    /// Checks that the first certificate's key has signed it.
    pub(crate) fn check_signature(&self) -> Result<(), String> {
        let key = self.chain[0].key()?;
        let (kind, algorithm): (KeyAlgorithm, &dyn VerificationAlgorithm) = match self.algorithm {
            Algorithm::Es256 => (KeyAlgorithm::EcdsaP256, &signature::ECDSA_P256_SHA256_FIXED),
            Algorithm::Es384 => (KeyAlgorithm::EcdsaP384, &signature::ECDSA_P384_SHA384_FIXED),
            Algorithm::Ps256 => (KeyAlgorithm::Rsa, &signature::RSA_PSS_2048_8192_SHA256),
            Algorithm::Ps384 => (KeyAlgorithm::Rsa, &signature::RSA_PSS_2048_8192_SHA384),
            Algorithm::Ps512 => (KeyAlgorithm::Rsa, &signature::RSA_PSS_2048_8192_SHA512),
        };
        if key.algorithm() != kind {
            return Err("its algorithm is not that of the certificate's key".to_owned());
        }
        UnparsedPublicKey::new(algorithm, key.bits())
            .verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| "it was not made with the key of its certificate, or was changed".to_owned())
    }
}

/// What must be understood is, and what must be marked so is (signature-specification.md, "Signed Attributes").
fn check_critical(protected: &Map<String, Value>) -> Result<(), String> {
    let list = protected.get("crit").and_then(Value::as_array).ok_or("it has no list of critical headers")?;
    for name in list {
        match name.as_str() {
            Some(SCHEME | EXPIRY) => {}
            other => {
                return Err(format!(
                    "its header '{}' must be understood, and is not",
                    shown(other.unwrap_or_default())
                ));
            }
        }
    }
    for name in [SCHEME, EXPIRY] {
        if protected.contains_key(name) && !list.iter().any(|listed| listed == name) {
            return Err(format!("its header '{name}' is not marked as critical"));
        }
    }
    Ok(())
}
