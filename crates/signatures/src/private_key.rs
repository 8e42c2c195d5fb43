//! Private keys that signatures are made with.

use crate::{
    encrypted_key::{self, EncryptedKeyError},
    pem::{self, Block, PemError},
    public_key::{KeyAlgorithm, PublicKey},
};
use model::Redacted;
use p384::{
    ecdsa::{Signature as P384Signature, SigningKey as P384Key, signature::hazmat::PrehashSigner as _},
    pkcs8::DecodePrivateKey as _,
};
use ring::{
    error::Unspecified,
    rand::{SecureRandom as _, SystemRandom},
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A private key: ECDSA over P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    P256(Box<EcdsaKeyPair>),
    P384(Box<P384Key>),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// Why there is no private key.
#[derive(Debug, thiserror::Error)]
pub enum PrivateKeyError {
    /// Not PEM.
    #[error("cannot read the private key")]
    Pem(#[source] PemError),
    /// PEM of something else.
    #[error(
        "'{0}' is not a private key that can be used\nhint: PKCS #8 or a key of cosign; openssl pkcs8 -topk8 -nocrypt -in FILE converts older forms"
    )]
    Label(String),
    /// It is encrypted, and no password was given.
    #[error("the private key is encrypted\nhint: COSIGN_PASSWORD gives the password")]
    PasswordNeeded,
    /// It is encrypted, and cannot be decrypted.
    #[error("cannot decrypt the private key")]
    Decrypt(#[source] EncryptedKeyError),
    /// Not PKCS #8, or of a kind that is not supported.
    #[error(
        "the private key is malformed or of a kind that is not supported ({0})\nhint: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits"
    )]
    Unusable(String),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
}

/// A new key, as it is written to files.
#[derive(Debug)]
pub struct GeneratedKey {
    /// The secret half: `cosign.key`.
    pub private_pem: Redacted<String>,
    /// The public half: `cosign.pub`.
    pub public_pem: String,
    /// Its name.
    pub public: PublicKey,
}

/// The label of a key that cosign 2 and 3 encrypted.
pub(crate) const SIGSTORE_LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// The label of a key that cosign 1 encrypted.
const COSIGN_LABEL: &str = "ENCRYPTED COSIGN PRIVATE KEY";
const PKCS8_LABEL: &str = "PRIVATE KEY";

impl PrivateKey {
    /// Reads a PEM file: PKCS #8 without encryption, or cosign's encrypted form with its password. Cosign
    /// encrypts with the empty password when none was typed.
    ///
    /// # Errors
    /// When it is neither, the password is wrong or missing, or the key is of another kind.
    pub fn parse(bytes: &[u8], password: Option<&Redacted<String>>) -> Result<Self, PrivateKeyError> {
        let blocks = pem::blocks(bytes).map_err(PrivateKeyError::Pem)?;
        let is_key = |block: &&Block| block.label.ends_with("PRIVATE KEY");
        let block = blocks.iter().find(is_key).unwrap_or(&blocks[0]);
        match block.label.as_str() {
            PKCS8_LABEL => Self::from_pkcs8(&block.bytes),
            SIGSTORE_LABEL | COSIGN_LABEL => {
                let password = password.ok_or(PrivateKeyError::PasswordNeeded)?;
                let pkcs8 = encrypted_key::decrypt(&block.bytes, password.reveal().as_bytes())
                    .map_err(PrivateKeyError::Decrypt)?;
                Self::from_pkcs8(&pkcs8)
            }
            label => Err(PrivateKeyError::Label(crate::encoding::shown(label))),
        }
    }

    /// Whether a PEM file holds a key that needs a password.
    #[must_use]
    pub fn is_encrypted(bytes: &[u8]) -> bool {
        pem::blocks(bytes)
            .is_ok_and(|blocks| blocks.iter().any(|b| b.label == SIGSTORE_LABEL || b.label == COSIGN_LABEL))
    }

    /// Makes a key. With a password it is encrypted as cosign does it; without one it is plain PKCS #8.
    ///
    /// # Errors
    /// When the kind cannot be generated here (P-384, RSA), or there are no random bytes.
    pub fn generate(
        algorithm: KeyAlgorithm,
        password: Option<&Redacted<String>>,
    ) -> Result<GeneratedKey, PrivateKeyError> {
        let random = SystemRandom::new();
        let no_random = |_: Unspecified| PrivateKeyError::Random;
        let pkcs8 = match algorithm {
            KeyAlgorithm::EcdsaP256 => {
                let kind = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
                EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(no_random)?.as_ref().to_vec()
            }
            KeyAlgorithm::Ed25519 => {
                // The first version of PKCS #8 (RFC 8410, section 7, first example): not every reader knows
                // the second, which ring writes.
                let mut seed = [0; 32];
                random.fill(&mut seed).map_err(no_random)?;
                [ED25519_PREFIX, &seed].concat()
            }
            other => {
                let detail = format!("{} keys are not generated here", other.as_str());
                return Err(PrivateKeyError::Unusable(detail));
            }
        };
        let public = Self::from_pkcs8(&pkcs8)?.public;
        let private_pem = match password {
            None => pem::write(PKCS8_LABEL, &pkcs8),
            Some(password) => {
                let document = encrypted_key::encrypt(&pkcs8, password.reveal().as_bytes())
                    .map_err(|_| PrivateKeyError::Random)?;
                pem::write(SIGSTORE_LABEL, &document)
            }
        };
        Ok(GeneratedKey { private_pem: Redacted::new(private_pem), public_pem: public.to_pem(), public })
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, PrivateKeyError> {
        let random = SystemRandom::new();
        let mut reasons: Vec<String> = Vec::new();
        match EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, bytes, &random) {
            Ok(pair) => return Self::new(Pair::P256(Box::new(pair))),
            Err(error) => reasons.push(error.to_string()),
        }
        // ring reads the key more strictly, and signs with SHA-384 alone.
        match EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, bytes, &random) {
            Ok(_) => {
                let key = P384Key::from_pkcs8_der(bytes)
                    .map_err(|error| PrivateKeyError::Unusable(error.to_string()))?;
                return Self::new(Pair::P384(Box::new(key)));
            }
            Err(error) => reasons.push(error.to_string()),
        }
        // Not every writer repeats the public half of an Ed25519 key (RFC 8410, section 7).
        match Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes) {
            Ok(pair) => return Self::new(Pair::Ed25519(pair)),
            Err(error) => reasons.push(error.to_string()),
        }
        match RsaKeyPair::from_pkcs8(bytes) {
            Ok(pair) => return Self::new(Pair::Rsa(Box::new(pair))),
            Err(error) => reasons.push(error.to_string()),
        }
        // Every kind but the right one answers that the algorithm is another.
        let reason = reasons.into_iter().find(|reason| reason != "WrongAlgorithm");
        Err(PrivateKeyError::Unusable(reason.unwrap_or_else(|| "another algorithm".to_owned())))
    }

    fn new(pair: Pair) -> Result<Self, PrivateKeyError> {
        let point;
        let (algorithm, bytes) = match &pair {
            Pair::P256(pair) => (KeyAlgorithm::EcdsaP256, pair.public_key().as_ref()),
            Pair::P384(key) => {
                point = key.verifying_key().to_sec1_point(false);
                (KeyAlgorithm::EcdsaP384, point.as_bytes())
            }
            Pair::Ed25519(pair) => (KeyAlgorithm::Ed25519, pair.public_key().as_ref()),
            Pair::Rsa(pair) => (KeyAlgorithm::Rsa, pair.public_key().as_ref()),
        };
        let public = PublicKey::from_parts(algorithm, bytes)
            .map_err(|error| PrivateKeyError::Unusable(error.to_string()))?;
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message: ECDSA in ASN.1 DER or RSA PKCS #1 v1.5, both with SHA-256, or Ed25519. With these
    /// `cosign verify` of every version and containers/image verify without being told of a hash: of P-384 too
    /// they expect SHA-256, though cosign 2.6 and 3 sign with SHA-384.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Pair::P384(key) => {
                let signed: P384Signature =
                    key.sign_prehash(&Sha256::digest(message)).map_err(|_| Unspecified)?;
                Ok(signed.to_der().as_bytes().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut signed)?;
                Ok(signed)
            }
        }
    }
}

/// PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7).
const ED25519_PREFIX: &[u8] =
    &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret half of {:?}", self.public)
    }
}
