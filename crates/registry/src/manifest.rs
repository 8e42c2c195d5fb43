//! Manifests, by tag or digest (distribution-spec, "Pulling manifests").

use crate::{
    Client, RegistryError,
    authorization::Scope,
    client::{FetchedDocument, Request},
    endpoint::Endpoint,
    http::{Ask, Method},
};
use model::Digest;
use oci::{Mismatch, Reference, media_type};
use sha2::Digest as _;

/// A manifest or index as a registry sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedManifest {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its declared media type.
    pub media_type: Option<String>,
    /// The digest by which it was asked for, or which the registry declared; else the computed one.
    pub digest: Digest,
    /// When the bytes do not hash to that digest.
    pub mismatch: Option<Mismatch>,
}

/// What a registry tells of a manifest without sending it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestSummary {
    /// Its digest.
    pub digest: Digest,
    /// Its declared media type.
    pub media_type: Option<String>,
    /// Its size.
    pub size_bytes: Option<u64>,
}

impl Client {
    /// Fetches the manifest or index of a reference: mirrors first, then the registry. A mirror whose manifest
    /// does not hash to the digest asked for is passed over; from the registry itself it is returned with the
    /// mismatch.
    ///
    /// # Errors
    /// When no address has it.
    pub fn manifest(&self, reference: &Reference) -> Result<FetchedManifest, RegistryError> {
        self.manifest_named(reference, reference.manifest_name())
    }

    pub(crate) fn manifest_named(
        &self,
        reference: &Reference,
        name: &str,
    ) -> Result<FetchedManifest, RegistryError> {
        let request = manifest_request(reference, name, Method::Get, self);
        let expected: Option<Digest> = name.parse().ok();
        self.first_endpoint(reference, |endpoint| {
            let limit = self.options().limits.manifest_bytes_max;
            let document = self.document(endpoint, &request, "manifest", limit)?;
            let fetched = checked(document, expected.as_ref());
            match &fetched.mismatch {
                Some(mismatch) if endpoint.is_mirror => Err(RegistryError::Malformed {
                    host: endpoint.authority.clone(),
                    what: "manifest of that digest",
                    reason: format!("it hashes to {}", mismatch.actual),
                }),
                _ => Ok(fetched),
            }
        })
    }

    /// Asks what a reference means at present, without fetching it (`HEAD`); a registry that does not answer
    /// with a digest is asked for the manifest.
    ///
    /// # Errors
    /// When no address has it.
    pub fn resolve(&self, reference: &Reference) -> Result<ManifestSummary, RegistryError> {
        let request = manifest_request(reference, reference.manifest_name(), Method::Head, self);
        let head =
            self.first_endpoint(reference, |endpoint| self.document(endpoint, &request, "manifest", 0));
        let digest =
            head.as_ref().ok().and_then(|head| head.content_digest.as_deref()?.parse::<Digest>().ok());
        match (head, digest) {
            (Ok(head), Some(digest)) => {
                Ok(ManifestSummary { digest, media_type: head.media_type, size_bytes: head.content_length })
            }
            (Err(error), _) if error.status().is_none_or(|status| status != 405) => Err(error),
            _ => {
                let fetched = self.manifest(reference)?;
                let size_bytes = Some(fetched.bytes.len() as u64);
                Ok(ManifestSummary { digest: fetched.digest, media_type: fetched.media_type, size_bytes })
            }
        }
    }

    /// Tries mirrors and then the registry, which has the last word.
    pub(crate) fn first_endpoint<T>(
        &self,
        reference: &Reference,
        mut attempt: impl FnMut(&Endpoint) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let endpoints = self.endpoints(reference)?;
        let (origin, mirrors) = endpoints.split_last().expect("the registry itself is always among them");
        for mirror in mirrors {
            match attempt(mirror) {
                Ok(found) => return Ok(found),
                Err(error) => self.mirror_failed(mirror, &error),
            }
        }
        attempt(origin)
    }
}

fn manifest_request(reference: &Reference, name: &str, method: Method, client: &Client) -> Request {
    let timeout = Some(client.options().document_timeout);
    Request {
        ask: Ask { method, accept: Some(media_type::ACCEPT.to_owned()), timeout, ..Ask::default() },
        path: format!("/v2/{}/manifests/{name}", reference.path()),
        scope: Scope::Pull(reference.path().to_owned()),
        what: format!("manifest {name} of {}", reference.path()),
    }
}

fn checked(document: FetchedDocument, expected: Option<&Digest>) -> FetchedManifest {
    let declared = document.content_digest.as_deref().and_then(|text| text.parse().ok());
    let (digest, mismatch) = match expected.cloned().or(declared) {
        None => (digest_like("sha256", &document.bytes), None),
        Some(expected) => {
            let actual = digest_like(expected.algorithm(), &document.bytes);
            let is_same = actual == expected;
            (expected.clone(), (!is_same).then_some(Mismatch { what: "manifest", expected, actual }))
        }
    };
    FetchedManifest { bytes: document.bytes, media_type: document.media_type, digest, mismatch }
}

fn digest_like(algorithm: &str, bytes: &[u8]) -> Digest {
    if algorithm == "sha512" {
        let hex: String = sha2::Sha512::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("sha512:{hex}").parse().expect("a SHA-512 in hexadecimal is a digest");
    }
    Digest::from_sha256(&sha2::Sha256::digest(bytes).into())
}
