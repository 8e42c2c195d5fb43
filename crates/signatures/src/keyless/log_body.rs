//! What transparency logs keep of a signature (rekor, pkg/types: hashedrekord, dsse and intoto; rekor-tiles for the
//! versions 0.0.2 of the first two).

use crate::{
    encoding::{decode_base64, decode_hex, shown},
    pem,
};
use serde_json::Value;
use sha2::Digest as _;

/// What the entry must be about.
pub(crate) struct Logged<'a> {
    pub(crate) content: LoggedContent<'a>,
    pub(crate) signature: &'a [u8],
    /// The certificate in DER, or the SubjectPublicKeyInfo of the key that signed.
    pub(crate) verifier: &'a [u8],
}

/// What was signed.
#[derive(Clone, Copy)]
pub(crate) enum LoggedContent<'a> {
    /// Bytes.
    Message(&'a [u8]),
    /// The payload of an envelope.
    Envelope {
        /// What is in it.
        payload: &'a [u8],
        /// What is signed of it.
        signed: &'a [u8],
    },
}

/// Checks that an entry is about this signature of this content by this signer.
pub(crate) fn check(body: &[u8], logged: &Logged<'_>) -> Result<(), String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("the log entry: {error}"))?;
    let word = |name: &str| body[name].as_str().unwrap_or_default();
    let spec = &body["spec"];
    let is_about = match (word("kind"), word("apiVersion"), logged.content) {
        ("hashedrekord", "0.0.1", LoggedContent::Message(message)) => {
            let hash = &spec["data"]["hash"];
            is_hash(&hash["algorithm"], of_hex(&hash["value"]), message)
                && is_bytes(&spec["signature"]["content"], logged.signature)
                && is_verifier(decoded(&spec["signature"]["publicKey"]["content"]), logged.verifier)
        }
        // Newer logs keep of envelopes the digest of what is signed too.
        (
            "hashedrekord",
            "0.0.2",
            LoggedContent::Message(message) | LoggedContent::Envelope { signed: message, .. },
        ) => {
            let spec = &spec["hashedRekordV002"];
            is_hash(&spec["data"]["algorithm"], decoded(&spec["data"]["digest"]), message)
                && is_bytes(&spec["signature"]["content"], logged.signature)
                && is_raw_verifier(&spec["signature"]["verifier"], logged.verifier)
        }
        ("dsse", "0.0.1", LoggedContent::Envelope { payload, .. }) => {
            let hash = &spec["payloadHash"];
            let signatures = list(&spec["signatures"]);
            is_hash(&hash["algorithm"], of_hex(&hash["value"]), payload)
                && signatures.len() == 1
                && is_bytes(&signatures[0]["signature"], logged.signature)
                && is_verifier(decoded(&signatures[0]["verifier"]), logged.verifier)
        }
        ("dsse", "0.0.2", LoggedContent::Envelope { payload, .. }) => {
            let spec = &spec["dsseV002"];
            let signatures = list(&spec["signatures"]);
            is_hash(&spec["payloadHash"]["algorithm"], decoded(&spec["payloadHash"]["digest"]), payload)
                && signatures.len() == 1
                && is_bytes(&signatures[0]["content"], logged.signature)
                && is_raw_verifier(&signatures[0]["verifier"], logged.verifier)
        }
        ("intoto", "0.0.2", LoggedContent::Envelope { payload, .. }) => {
            let content = &spec["content"];
            let hash = &content["payloadHash"];
            let signatures = list(&content["envelope"]["signatures"]);
            is_hash(&hash["algorithm"], of_hex(&hash["value"]), payload)
                && signatures.len() == 1
                // The envelope's own base64, encoded once more.
                && decoded(&signatures[0]["sig"])
                    .and_then(|text| decode_base64(std::str::from_utf8(&text).ok()?))
                    .as_deref() == Some(logged.signature)
                && is_verifier(decoded(&signatures[0]["publicKey"]), logged.verifier)
        }
        (kind, version, _) => {
            return Err(format!(
                "the log entry is of kind '{}' {}, which is not supported for this signature",
                shown(kind),
                shown(version)
            ));
        }
    };
    if is_about {
        Ok(())
    } else {
        Err("the log entry is about another signature, content or signer".to_owned())
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn decoded(value: &Value) -> Option<Vec<u8>> {
    decode_base64(value.as_str()?)
}

fn is_bytes(value: &Value, expected: &[u8]) -> bool {
    decoded(value).as_deref() == Some(expected)
}

fn of_hex(value: &Value) -> Option<Vec<u8>> {
    decode_hex(value.as_str()?)
}

fn is_hash(algorithm: &Value, value: Option<Vec<u8>>, bytes: &[u8]) -> bool {
    let Some(value) = value else { return false };
    let found = match algorithm.as_str().unwrap_or_default() {
        "sha256" | "SHA2_256" => sha2::Sha256::digest(bytes).to_vec(),
        "sha384" | "SHA2_384" => sha2::Sha384::digest(bytes).to_vec(),
        "sha512" | "SHA2_512" => sha2::Sha512::digest(bytes).to_vec(),
        _ => return false,
    };
    value == found
}

/// A certificate or public key in PEM.
fn is_verifier(text: Option<Vec<u8>>, expected: &[u8]) -> bool {
    let Some(blocks) = text.and_then(|text| pem::blocks(&text).ok()) else { return false };
    blocks.first().is_some_and(|block| block.bytes == expected)
}

fn is_raw_verifier(verifier: &Value, expected: &[u8]) -> bool {
    [&verifier["x509Certificate"]["rawBytes"], &verifier["publicKey"]["rawBytes"]]
        .into_iter()
        .any(|value| is_bytes(value, expected))
}
