//! SHA-256 and SHA-512 while bytes stream past.

use model::Digest;
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt::Write as _;

/// A hash of the algorithm that a digest names.
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

impl Hasher {
    pub(crate) fn sha256() -> Self {
        Self::Sha256(Sha256::new())
    }

    /// A hasher whose result can be compared with `expected`; SHA-256 when nothing is expected.
    pub(crate) fn like(expected: Option<&Digest>) -> Self {
        match expected.map(Digest::algorithm) {
            Some("sha512") => Self::Sha512(Box::default()),
            _ => Self::sha256(),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Self::Sha256(hash) => Digest::from_sha256(&hash.finalize().into()),
            Self::Sha512(hash) => {
                let mut text = String::from("sha512:");
                for byte in hash.finalize() {
                    write!(text, "{byte:02x}").expect("writing to a String cannot fail");
                }
                text.parse().expect("128 hexadecimal digits are a SHA-512 digest")
            }
        }
    }
}

/// The digest of bytes by the algorithm of `expected`.
pub(crate) fn digest_like(expected: &Digest, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::like(Some(expected));
    hasher.update(bytes);
    hasher.finish()
}
