//! Signatures in a registry.

use model::Digest;
use oci::Reference;
use registry::{Client, RegistryError};
use signatures::{ReferrerEntry, SignatureSource};
use std::collections::BTreeMap;
use std::io::Read;

/// One repository of a registry.
pub(crate) struct Repository<'a> {
    pub(crate) client: &'a Client,
    pub(crate) reference: &'a Reference,
}

/// Why something could not be read from a registry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the blob could not be read")]
    Blob(#[source] std::io::Error),
    #[error("the blob has more than {0} bytes")]
    TooLarge(u64),
}

impl Repository<'_> {
    /// The repository with another tag or digest.
    fn named(&self, name: &str) -> Reference {
        let separator = if name.contains(':') { '@' } else { ':' };
        format!("{}/{}{separator}{name}", self.reference.host(), self.reference.path())
            .parse()
            .expect("host and path are those of a reference, and names of cosign are valid tags")
    }
}

impl SignatureSource for Repository<'_> {
    type Error = SourceError;

    fn manifest(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.client.manifest(&self.named(name)) {
            Ok(fetched) => Ok(Some(fetched.bytes)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn referrers(&self, digest: &Digest) -> Result<Vec<ReferrerEntry>, SourceError> {
        let listed = self.client.referrers(self.reference, digest)?;
        let entry = |item: registry::Referrer| ReferrerEntry {
            digest: item.digest,
            artifact_type: item.artifact_type,
        };
        Ok(listed.into_iter().map(entry).collect())
    }

    fn blob(&self, digest: &Digest, size_bytes: u64) -> Result<Vec<u8>, SourceError> {
        let descriptor = oci::Descriptor {
            media_type: String::new(),
            digest: digest.clone(),
            size_bytes,
            platform: None,
            annotations: BTreeMap::new(),
        };
        let mut bytes = Vec::new();
        let reader = self.client.blob(self.reference, &descriptor)?;
        reader.take(size_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(SourceError::Blob)?;
        if bytes.len() as u64 > size_bytes {
            return Err(SourceError::TooLarge(size_bytes));
        }
        Ok(bytes)
    }
}
