//! Digests as package managers record them.

use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A hash function that a package manager uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    /// dpkg.
    Md5,
    /// apk version 2.
    Sha1,
    /// rpm, apk version 3, Python.
    Sha256,
}

impl Algorithm {
    /// Every one, with the number that stands for it in the cache.
    pub(crate) const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// The lower-case name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// The first 16 bytes of a digest: all of MD5, and of the others as much as a second preimage needs to be out of
/// reach; half the memory for a million files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShortDigest {
    pub(crate) algorithm: Algorithm,
    pub(crate) bytes: [u8; 16],
}

impl ShortDigest {
    /// A recorded digest (`md5:…` in hexadecimal); `None` for other algorithms.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, hexadecimal) = text.split_once(':')?;
        let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)?;
        let mut bytes = [0; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hexadecimal.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self { algorithm, bytes })
    }

    /// The digest of content.
    #[cfg(test)]
    pub(crate) fn of(algorithm: Algorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }
}

impl std::fmt::Display for ShortDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.algorithm.as_str())?;
        for byte in self.bytes {
            write!(f, "{byte:02x}")?;
        }
        if self.algorithm == Algorithm::Md5 { Ok(()) } else { f.write_str("…") }
    }
}

/// A running digest.
pub(crate) enum Hasher {
    /// MD5.
    Md5(Md5),
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-256.
    Sha256(Sha256),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> ShortDigest {
        let (algorithm, first) = match self {
            Self::Md5(hasher) => (Algorithm::Md5, first_16(&hasher.finalize())),
            Self::Sha1(hasher) => (Algorithm::Sha1, first_16(&hasher.finalize())),
            Self::Sha256(hasher) => (Algorithm::Sha256, first_16(&hasher.finalize())),
        };
        ShortDigest { algorithm, bytes: first }
    }
}

fn first_16(digest: &[u8]) -> [u8; 16] {
    digest.first_chunk().copied().expect("every digest has at least 16 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_and_computed_digests_agree() {
        for text in [
            "md5:900150983cd24fb0d6963f7d28e17f72",
            "sha1:a9993e364706816aba3e25717850c26c9cd0d89d",
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ] {
            let recorded = ShortDigest::parse(text).unwrap();
            assert_eq!(ShortDigest::of(recorded.algorithm, b"abc"), recorded);
            assert!(text.starts_with(recorded.to_string().trim_end_matches('…')));
        }
        assert_eq!(ShortDigest::parse("sha512:00"), None);
        assert_eq!(ShortDigest::parse("md5:zz"), None);
    }
}
