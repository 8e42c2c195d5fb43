//! Putting small things into a repository: signatures and what lists them (distribution-spec, "Pushing").

use crate::{
    Client, RegistryError,
    authorization::Scope,
    client::Request,
    endpoint::Endpoint,
    http::{Ask, Method},
    url::{origin, resolve},
};
use model::Digest;
use oci::Reference;
use std::sync::Arc;

/// Bytes that one request may carry; images are pushed by other tools.
const BYTES_MAX: usize = 64 << 20;

impl Client {
    /// Whether a repository has a blob.
    ///
    /// # Errors
    /// When the registry refuses to tell.
    pub fn has_blob(&self, reference: &Reference, digest: &Digest) -> Result<bool, RegistryError> {
        let endpoint = self.origin(reference.registry_host())?;
        let path = format!("/v2/{}/blobs/{digest}", reference.path());
        let ask = self.bounded(Method::Head);
        match self.stream(&endpoint, &request(ask, path, reference, format!("blob {digest}"))) {
            Ok(_) => Ok(true),
            Err(error) if error.status() == Some(404) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Stores a blob in a repository, unless it is there (distribution-spec, "POST then PUT").
    ///
    /// # Errors
    /// When the registry refuses, or the blob is longer than 64 MiB.
    pub fn push_blob(
        &self,
        reference: &Reference,
        digest: &Digest,
        bytes: &[u8],
    ) -> Result<(), RegistryError> {
        if self.has_blob(reference, digest)? {
            return Ok(());
        }
        let endpoint = self.origin(reference.registry_host())?;
        let bytes = self.small(&endpoint, "blob", bytes)?;
        let what = format!("upload to {}", reference.path());
        let path = format!("/v2/{}/blobs/uploads/", reference.path());
        let begin = request(self.bounded(Method::Post), path, reference, what.clone());
        let answer = self.stream(&endpoint, &begin)?;
        let location = answer.header("location").unwrap_or_default();
        if location.is_empty() {
            let (host, reason) = (answer.host.clone(), "it names no place for the bytes".to_owned());
            return Err(RegistryError::Malformed { host, what: "answer to an upload", reason });
        }
        let target = resolve(&answer.url, location);
        if origin(&target) != origin(&answer.url) {
            // The token for the registry is none of another host's business.
            let (host, reason) = (answer.host.clone(), "it leads to another host".to_owned());
            return Err(RegistryError::Malformed { host, what: "answer to an upload", reason });
        }
        let separator = if target.contains('?') { '&' } else { '?' };
        let put = Method::Put { media_type: "application/octet-stream".to_owned(), bytes };
        let finish = format!("{target}{separator}digest={digest}");
        self.stream(&endpoint, &request(self.bounded(put), finish, reference, what)).map(drop)
    }

    /// Stores a manifest under a tag or digest. True when the registry keeps the list of what refers to its subject
    /// by itself (`OCI-Subject`; distribution-spec, "Pushing Manifests with Subject").
    ///
    /// # Errors
    /// When the registry refuses.
    pub fn push_manifest(
        &self,
        reference: &Reference,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, RegistryError> {
        let endpoint = self.origin(reference.registry_host())?;
        let bytes = self.small(&endpoint, "manifest", bytes)?;
        let path = format!("/v2/{}/manifests/{name}", reference.path());
        let put = Method::Put { media_type: media_type.to_owned(), bytes };
        let what = format!("manifest {name} of {}", reference.path());
        let answer = self.stream(&endpoint, &request(self.bounded(put), path, reference, what))?;
        Ok(answer.header("oci-subject").is_some())
    }

    fn bounded(&self, method: Method) -> Ask {
        Ask { method, timeout: Some(self.options().document_timeout), ..Ask::default() }
    }

    fn small(
        &self,
        endpoint: &Endpoint,
        what: &'static str,
        bytes: &[u8],
    ) -> Result<Arc<[u8]>, RegistryError> {
        if bytes.len() > BYTES_MAX {
            let (host, limit_bytes) = (endpoint.authority.clone(), BYTES_MAX as u64);
            return Err(RegistryError::TooLarge { host, what, limit_bytes });
        }
        Ok(bytes.into())
    }
}

fn request(ask: Ask, path: String, reference: &Reference, what: String) -> Request {
    Request { ask, path, scope: Scope::Push(reference.path().to_owned()), what }
}
