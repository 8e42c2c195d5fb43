//! Digests of what streams past.

use model::Digest;
use sha2::{Digest as _, Sha256, Sha512, digest::common::hazmat::SerializableState};

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

    /// As text, to go on with after a restart.
    pub(crate) fn pause(&self) -> String {
        let state = match self {
            Self::Sha256(state) => hex(&state.serialize()),
            Self::Sha512(state) => hex(&state.serialize()),
        };
        format!("{}:{state}", self.algorithm())
    }

    /// What [`Self::pause`] wrote.
    pub(crate) fn resume(text: &str) -> Option<Self> {
        let (algorithm, state) = text.split_once(':')?;
        let bytes = unhex(state)?;
        match algorithm {
            "sha256" => Sha256::deserialize(bytes.as_slice().try_into().ok()?).ok().map(Self::Sha256),
            "sha512" => Sha512::deserialize(bytes.as_slice().try_into().ok()?).ok().map(Self::Sha512),
            _ => None,
        }
    }

    pub(crate) fn finish(self) -> Digest {
        let (algorithm, bytes) = match self {
            Self::Sha256(state) => ("sha256", state.finalize().to_vec()),
            Self::Sha512(state) => ("sha512", state.finalize().to_vec()),
        };
        format!("{algorithm}:{}", hex(&bytes)).parse().expect("it is a digest of that algorithm")
    }
}

/// The digest of bytes by an algorithm.
pub(crate) fn digest_of(bytes: &[u8], algorithm: &str) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_goes_on_where_it_paused() {
        let content: Vec<u8> = (0..1_000).map(|number| number as u8).collect();
        for algorithm in ["sha256", "sha512"] {
            for at in [0, 1, 63, 64, 100, 128, 999] {
                let mut hasher = Hasher::new(algorithm);
                hasher.update(&content[..at]);
                let mut resumed = Hasher::resume(&hasher.pause()).unwrap();
                resumed.update(&content[at..]);
                assert_eq!(resumed.finish(), digest_of(&content, algorithm));
            }
        }
        assert!(
            ["", "sha256:", "sha256:00", "sha1:00", "sha256:zz"]
                .iter()
                .all(|text| Hasher::resume(text).is_none())
        );
    }
}
