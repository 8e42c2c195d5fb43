//! Digests of what streams past.

use model::Digest;
use sha2::{Digest as _, Sha256, Sha512};

/// A digest in the making.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(algorithm: &str) -> Self {
        if algorithm == "sha512" { Self::Sha512(Sha512::new()) } else { Self::Sha256(Sha256::new()) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha256",
            Self::Sha512(_) => "sha512",
        }
    }

    pub(crate) fn finish(self) -> Digest {
        let (algorithm, bytes) = match self {
            Self::Sha256(state) => ("sha256", state.finalize().to_vec()),
            Self::Sha512(state) => ("sha512", state.finalize().to_vec()),
        };
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{algorithm}:{hex}").parse().expect("it is a digest of that algorithm")
    }
}

/// The digest of bytes by an algorithm.
pub(crate) fn digest_of(bytes: &[u8], algorithm: &str) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}
