//! A repository in memory, and documents made by hand.
#![allow(dead_code, reason = "not every test file needs everything")]

use model::Digest;
use sha2::Digest as _;
use signatures::{
    Asked, Demand, GatherLimits, Outcome, PrivateKey, PublicKey, Publication, ReferrerEntry, SignatureSource,
    gather, verify,
};
use std::collections::BTreeMap;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A repository in memory.
#[derive(Clone, Default)]
pub(crate) struct Repository {
    pub(crate) manifests: BTreeMap<String, Vec<u8>>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    pub(crate) referrers: Vec<ReferrerEntry>,
    /// What cannot be read.
    pub(crate) broken: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the registry answers 500")]
pub(crate) struct Broken;

impl Repository {
    /// A repository that holds one image.
    pub(crate) fn with_image(text: &str) -> (Self, Digest) {
        let mut repository = Self::default();
        let digest = sha256(text.as_bytes());
        repository.manifests.insert(digest.to_string(), text.into());
        (repository, digest)
    }

    pub(crate) fn push(&mut self, publication: &Publication) {
        for blob in &publication.blobs {
            assert_eq!(sha256(&blob.bytes), blob.digest);
            self.blobs.insert(blob.digest.clone(), blob.bytes.clone());
        }
        let manifest = &publication.manifest;
        assert_eq!(sha256(&manifest.bytes), manifest.digest);
        self.manifests.insert(publication.name.clone(), manifest.bytes.clone());
        if let Some(referrer) = &publication.referrer {
            let artifact_type = referrer.artifact_type.clone().unwrap_or_default();
            self.referrers.push(ReferrerEntry { digest: referrer.digest.clone(), artifact_type });
        }
    }

    /// Pushes one blob as the only layer of a manifest; returns the digest of the manifest.
    pub(crate) fn push_layer(
        &mut self,
        tag: Option<&str>,
        media_type: &str,
        bytes: &[u8],
        words: &[(&str, &str)],
    ) -> Digest {
        let digest = sha256(bytes);
        self.blobs.insert(digest.clone(), bytes.to_vec());
        let annotations: BTreeMap<_, _> = words.iter().copied().collect();
        let config = sha256(b"{}");
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2 },
            "layers": [{
                "mediaType": media_type, "digest": digest, "size": bytes.len(), "annotations": annotations,
            }],
        });
        let manifest = serde_json::to_vec(&manifest).unwrap();
        let digest = sha256(&manifest);
        match tag {
            Some(tag) => drop(self.manifests.insert(tag.to_owned(), manifest)),
            None => {
                self.manifests.insert(digest.to_string(), manifest);
                let is_notation = media_type == "application/jose+json";
                let artifact_type =
                    if is_notation { "application/vnd.cncf.notary.signature" } else { media_type };
                let artifact_type = artifact_type.to_owned();
                self.referrers.push(ReferrerEntry { digest: digest.clone(), artifact_type });
            }
        }
        digest
    }

    pub(crate) fn verify(&self, demand: &Demand, image: &Digest) -> Outcome {
        verify(demand, &asked(image), &gather(self, image, &GatherLimits::default()))
    }
}

impl SignatureSource for Repository {
    type Error = Broken;

    fn manifest(&self, name: &str) -> Result<Option<Vec<u8>>, Broken> {
        if self.broken.iter().any(|broken| broken == name) {
            return Err(Broken);
        }
        Ok(self.manifests.get(name).cloned())
    }

    fn referrers(&self, _: &Digest) -> Result<Vec<ReferrerEntry>, Broken> {
        if self.broken.iter().any(|broken| broken == "referrers") {
            Err(Broken)
        } else {
            Ok(self.referrers.clone())
        }
    }

    fn blob(&self, digest: &Digest, size_bytes_max: u64) -> Result<Vec<u8>, Broken> {
        self.blobs.get(digest).filter(|bytes| bytes.len() as u64 <= size_bytes_max).cloned().ok_or(Broken)
    }
}

/// The day of the recordings and of what tests make.
pub(crate) const NOW_UNIX_SECS: i64 = 1_790_000_000;

/// An image of a repository that nobody names.
pub(crate) fn asked(image: &Digest) -> Asked<'_> {
    Asked { image, repository: None, now_unix_secs: NOW_UNIX_SECS }
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_sha256(&sha2::Sha256::digest(bytes).into())
}

/// A new key.
pub(crate) fn key(algorithm: signatures::KeyAlgorithm) -> PrivateKey {
    let key = PrivateKey::generate(algorithm, None).unwrap();
    PrivateKey::parse(key.private_pem.reveal().as_bytes(), None).unwrap()
}

/// Demands a signature of one of the keys.
pub(crate) fn any_of(keys: &[&PublicKey]) -> Demand {
    at_least(1, keys)
}

/// Demands signatures of so many of the keys.
pub(crate) fn at_least(threshold: usize, keys: &[&PublicKey]) -> Demand {
    Demand::new(keys.iter().map(|&key| key.clone()).collect(), threshold).unwrap()
}
