//! The key of a node, and the form in which its public half is handed out.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Signs checkpoints: Ed25519, with the name that signatures carry.
pub struct NodeKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
    redaction: [u8; 32],
}

/// What a verifier needs: name and public key, written `NAME+ID+BASE64` (C2SP signed-note).
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

/// Why a text is not the key of a verifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the key of a verifier\nhint: NAME+ID+BASE64, as `seawall ledger verify` shows it")]
pub struct VerifierKeyError(String);

/// The algorithm byte of Ed25519 in signed notes.
const ED25519_ALGORITHM: u8 = 1;

impl NodeKey {
    /// Makes a key; returns it in PKCS #8.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Vec<u8>, ring::error::Unspecified> {
        Ok(Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())?.as_ref().to_vec())
    }

    /// Reads PKCS #8; `name` must have no space and no plus sign.
    #[must_use]
    pub fn from_pkcs8(name: &str, pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let verifier = VerifierKey::new(name, public)?;
        // A key of its own, so that values hidden in a log can be compared with a guess by whoever holds the node's key alone.
        let redaction =
            Sha256::new().chain_update(b"seawall ledger redaction\0").chain_update(pkcs8).finalize();
        Some(Self { pair, verifier, redaction: redaction.into() })
    }

    /// Its public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }

    pub(crate) fn redaction_key(&self) -> &[u8] {
        &self.redaction
    }
}

impl VerifierKey {
    fn new(name: &str, public: [u8; 32]) -> Option<Self> {
        let is_plain = !name.is_empty()
            && name.len() <= 256
            && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
        is_plain.then(|| Self { name: name.to_owned(), public })
    }

    /// Reads `NAME+ID+BASE64`.
    ///
    /// # Errors
    /// When it is of another form, of another algorithm, or the id does not belong to the key.
    pub fn parse(text: &str) -> Result<Self, VerifierKeyError> {
        let read = || {
            let mut parts = text.trim().splitn(3, '+');
            let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
            let key = STANDARD.decode(key).ok()?;
            let (&ED25519_ALGORITHM, public) = key.split_first()? else { return None };
            let key = Self::new(name, public.try_into().ok()?)?;
            (format!("{:08x}", u32::from_be_bytes(key.id())) == id).then_some(key)
        };
        read().ok_or_else(|| VerifierKeyError(text.chars().take(100).collect()))
    }

    /// The name that its signatures carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ line feed ‖ algorithm ‖ key).
    pub(crate) fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519_ALGORITHM])
            .chain_update(self.public)
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_ALGORITHM], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id()), STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_key_of_the_specification_is_read() {
        // golang.org/x/mod/sumdb/note, the key of its documentation.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(VerifierKey::parse(text).unwrap().to_string(), text);
        let other_id = text.replace("c74f20a3", "c74f20a4");
        assert!(VerifierKey::parse(&other_id).is_err());
    }

    #[test]
    fn generated_key_signs_what_its_public_half_verifies() {
        let key = NodeKey::from_pkcs8("node.example", &NodeKey::generate().unwrap()).unwrap();
        let again = VerifierKey::parse(&key.verifier().to_string()).unwrap();
        assert!(again.verifies(b"text", &key.sign(b"text")));
        assert!(!again.verifies(b"Text", &key.sign(b"text")));
    }
}
