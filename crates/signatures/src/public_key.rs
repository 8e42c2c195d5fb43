//! Public keys that signatures are checked with.

use crate::{
    der,
    encoding::{encode_base64, hex},
    pem::{self, PemError},
    prehashed,
};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use serde::Serialize;
use sha2::Digest as _;
use std::fmt;

/// A public key: ECDSA over P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    /// SubjectPublicKeyInfo (RFC 5280, section 4.1).
    spki: Vec<u8>,
    /// What the BIT STRING of it holds.
    key: Vec<u8>,
    id: KeyId,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// ECDSA over NIST P-256 with SHA-256.
    EcdsaP256,
    /// ECDSA over NIST P-384 with SHA-384 or SHA-256.
    EcdsaP384,
    /// Ed25519 (RFC 8032), also in its prehashed form.
    Ed25519,
    /// RSA, PKCS #1 v1.5 or PSS, with SHA-256.
    Rsa,
}

/// Names a key: the SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct KeyId(String);

/// Why bytes are not public keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not PEM.
    #[error("cannot read the public key")]
    Pem(#[source] PemError),
    /// PEM of something else.
    #[error("'{label}' is not a public key{hint}")]
    Label {
        /// What the block says it is.
        label: String,
        /// What to do, on a line of its own.
        hint: &'static str,
    },
    /// Not SubjectPublicKeyInfo.
    #[error("the public key is malformed")]
    Malformed,
    /// A key of a kind that is not supported.
    #[error(
        "the public key is of a kind that is not supported ({0})\nhint: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits"
    )]
    Unsupported(String),
}

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]; // 1.2.840.10045.2.1 (RFC 5480)
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]; // 1.2.840.10045.3.1.7 (RFC 5480)
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22]; // 1.3.132.0.34 (RFC 5480)
const ED25519: &[u8] = &[0x2b, 0x65, 0x70]; // 1.3.101.112 (RFC 8410)
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]; // 1.2.840.113549.1.1.1 (RFC 8017)

impl PublicKey {
    /// The keys of a PEM file (`cosign.pub`): one or several `PUBLIC KEY` or `RSA PUBLIC KEY` blocks.
    ///
    /// # Errors
    /// When there is none, or one of them cannot be used: leaving it out would change a threshold silently.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, PublicKeyError> {
        let blocks = pem::blocks(bytes).map_err(PublicKeyError::Pem)?;
        blocks.iter().map(Self::from_block).collect()
    }

    fn from_block(block: &pem::Block) -> Result<Self, PublicKeyError> {
        let label = |hint| PublicKeyError::Label { label: crate::encoding::shown(&block.label), hint };
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_spki(&block.bytes),
            "RSA PUBLIC KEY" => {
                let id = der::element(der::OBJECT_IDENTIFIER, &[RSA]);
                let algorithm = der::element(der::SEQUENCE, &[&id, &[der::NULL, 0]]);
                Self::new(&algorithm, &block.bytes)
            }
            "CERTIFICATE" => Err(label("\nhint: openssl x509 -in FILE -noout -pubkey writes its public key")),
            private if private.ends_with("PRIVATE KEY") => {
                Err(label("\nhint: this is the secret half; verifying needs the public one (cosign.pub)"))
            }
            _ => Err(label("")),
        }
    }

    /// A key from its SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When it is malformed or of a kind that is not supported.
    pub fn from_spki(spki: &[u8]) -> Result<Self, PublicKeyError> {
        let malformed = PublicKeyError::Malformed;
        let content = der::only(spki, der::SEQUENCE).ok_or(malformed.clone())?;
        let (algorithm, bits) = der::take(content, der::SEQUENCE).ok_or(malformed.clone())?;
        let bits = der::only(bits, der::BIT_STRING).ok_or(malformed.clone())?;
        let (&0, key) = bits.split_first().ok_or(malformed.clone())? else { return Err(malformed) };
        Self::new(&der::element(der::SEQUENCE, &[algorithm]), key)
    }

    /// Assembles a key from an AlgorithmIdentifier and the content of the bit string.
    fn new(algorithm_identifier: &[u8], key: &[u8]) -> Result<Self, PublicKeyError> {
        let malformed = PublicKeyError::Malformed;
        let content = der::only(algorithm_identifier, der::SEQUENCE).ok_or(malformed.clone())?;
        let (kind, parameters) = der::take(content, der::OBJECT_IDENTIFIER).ok_or(malformed)?;
        let algorithm = match kind {
            EC_PUBLIC_KEY => curve(parameters, key)?,
            ED25519 if parameters.is_empty() && key.len() == 32 => KeyAlgorithm::Ed25519,
            ED25519 => return Err(PublicKeyError::Malformed),
            RSA => rsa(key)?,
            other => {
                return Err(PublicKeyError::Unsupported(format!(
                    "object identifier {}",
                    hex(&other[..other.len().min(32)])
                )));
            }
        };
        let bits = der::element(der::BIT_STRING, &[&[0], key]);
        let spki = der::element(der::SEQUENCE, &[algorithm_identifier, &bits]);
        let id = KeyId(hex(&sha2::Sha256::digest(&spki)));
        Ok(Self { algorithm, spki, key: key.to_vec(), id })
    }

    /// A key from its kind and the content of the bit string, which the caller made.
    pub(crate) fn from_parts(algorithm: KeyAlgorithm, key: &[u8]) -> Result<Self, PublicKeyError> {
        let id = |name| der::element(der::OBJECT_IDENTIFIER, &[name]);
        let parts = match algorithm {
            KeyAlgorithm::EcdsaP256 => [id(EC_PUBLIC_KEY), id(P256)].concat(),
            KeyAlgorithm::EcdsaP384 => [id(EC_PUBLIC_KEY), id(P384)].concat(),
            KeyAlgorithm::Ed25519 => id(ED25519),
            KeyAlgorithm::Rsa => [id(RSA), vec![der::NULL, 0]].concat(),
        };
        Self::new(&der::element(der::SEQUENCE, &[&parts]), key)
    }

    /// What it is for.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The hint by which cosign's bundles name it: the base64 of the SHA-256 of its SubjectPublicKeyInfo.
    #[must_use]
    pub fn hint(&self) -> String {
        encode_base64(&sha2::Sha256::digest(&self.spki))
    }

    /// Its SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What the bit string of it holds, as `ring` reads keys.
    pub(crate) fn bits(&self) -> &[u8] {
        &self.key
    }

    /// As `cosign.pub` holds it.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.spki)
    }

    /// Whether a signature over a message was made by the secret half.
    #[must_use]
    pub fn is_signature_of(&self, message: &[u8], signature: &[u8]) -> bool {
        // Cosign prehashes for Ed25519 keys unless told otherwise (pkg/cosign/keys.go, GetDefaultLoadOptions).
        if self.algorithm == KeyAlgorithm::Ed25519
            && prehashed::is_signature_of(&self.key, message, signature)
        {
            return true;
        }
        let algorithms: &[&'static dyn VerificationAlgorithm] = match self.algorithm {
            KeyAlgorithm::EcdsaP256 => &[&signature::ECDSA_P256_SHA256_ASN1],
            KeyAlgorithm::EcdsaP384 => {
                &[&signature::ECDSA_P384_SHA384_ASN1, &signature::ECDSA_P384_SHA256_ASN1]
            }
            KeyAlgorithm::Ed25519 => &[&signature::ED25519],
            KeyAlgorithm::Rsa => {
                &[&signature::RSA_PKCS1_2048_8192_SHA256, &signature::RSA_PSS_2048_8192_SHA256]
            }
        };
        algorithms
            .iter()
            .any(|&algorithm| UnparsedPublicKey::new(algorithm, &self.key).verify(message, signature).is_ok())
    }
}

fn curve(parameters: &[u8], key: &[u8]) -> Result<KeyAlgorithm, PublicKeyError> {
    let name = der::only(parameters, der::OBJECT_IDENTIFIER).ok_or(PublicKeyError::Malformed)?;
    let (algorithm, length) = match name {
        P256 => (KeyAlgorithm::EcdsaP256, 65),
        P384 => (KeyAlgorithm::EcdsaP384, 97),
        other => {
            return Err(PublicKeyError::Unsupported(format!("curve {}", hex(&other[..other.len().min(32)]))));
        }
    };
    match key.first() {
        Some(4) if key.len() == length => Ok(algorithm),
        Some(2 | 3) => Err(PublicKeyError::Unsupported("compressed point".to_owned())),
        _ => Err(PublicKeyError::Malformed),
    }
}

fn rsa(key: &[u8]) -> Result<KeyAlgorithm, PublicKeyError> {
    let content = der::only(key, der::SEQUENCE).ok_or(PublicKeyError::Malformed)?;
    let (modulus, _) = der::take(content, der::INTEGER).ok_or(PublicKeyError::Malformed)?;
    let start = modulus.iter().position(|&byte| byte != 0).unwrap_or(modulus.len());
    let digits = &modulus[start..];
    let first_bits = digits.first().map_or(0, |first| 8 - first.leading_zeros() as usize);
    let bits = digits.len().saturating_sub(1) * 8 + first_bits;
    if (2_048..=8_192).contains(&bits) {
        Ok(KeyAlgorithm::Rsa)
    } else {
        Err(PublicKeyError::Unsupported(format!("RSA of {bits} bits")))
    }
}

impl KeyAlgorithm {
    /// The name that people use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::Ed25519 => "Ed25519",
            Self::Rsa => "RSA",
        }
    }
}

impl KeyId {
    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 16 hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..self.0.len().min(16)]
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm.as_str(), self.id.short())
    }
}
