//! What refers to an image: signatures, bills of materials (distribution-spec, "Listing Referrers").

use crate::{Client, RegistryError, authorization::Scope, client::Request, http::Ask};
use model::Digest;
use oci::{Reference, media_type};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An artifact that refers to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Digest of its manifest.
    pub digest: Digest,
    /// Media type of its manifest.
    pub media_type: String,
    /// What it is: `application/vnd.dev.cosign.artifact.sig.v1+json`; may be empty.
    pub artifact_type: String,
    /// Size of its manifest.
    pub size_bytes: u64,
    /// Free words.
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    digest: Digest,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

const REFERRERS_MAX: usize = 10_000;

impl Client {
    /// What refers to the manifest of a digest. Registries without the referrers API are asked for the tag
    /// `sha256-HEX` (distribution-spec, "Referrers Tag Schema"). Malformed entries are left out.
    ///
    /// # Errors
    /// When the registry refuses or its answer is malformed.
    pub fn referrers(&self, reference: &Reference, digest: &Digest) -> Result<Vec<Referrer>, RegistryError> {
        let endpoint = self.origin(reference.registry_host())?;
        let fallback_tag = digest.as_str().replace(':', "-");
        let paths = [
            format!("/v2/{}/referrers/{digest}", reference.path()),
            format!("/v2/{}/manifests/{}", reference.path(), &fallback_tag[..fallback_tag.len().min(128)]),
        ];
        for path in paths {
            let request = Request {
                ask: Ask {
                    accept: Some(media_type::OCI_INDEX.to_owned()),
                    timeout: Some(self.options().document_timeout),
                    ..Ask::default()
                },
                path,
                scope: Scope::Pull(reference.path().to_owned()),
                what: format!("referrers of {digest}"),
            };
            let limit_bytes = self.options().limits.manifest_bytes_max;
            match self.document(&endpoint, &request, "list of referrers", limit_bytes) {
                Ok(document) => return entries(&document.bytes, &endpoint.authority),
                Err(error) if matches!(error.status(), Some(400 | 404 | 405)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }
}

fn entries(bytes: &[u8], host: &str) -> Result<Vec<Referrer>, RegistryError> {
    let index: Index = serde_json::from_slice(bytes).map_err(|error| RegistryError::Malformed {
        host: host.to_owned(),
        what: "list of referrers",
        reason: error.to_string(),
    })?;
    let entries = index
        .manifests
        .into_iter()
        .take(REFERRERS_MAX)
        .filter_map(|value| serde_json::from_value::<Entry>(value).ok());
    Ok(entries
        .map(|entry| Referrer {
            digest: entry.digest,
            media_type: entry.media_type,
            artifact_type: entry.artifact_type,
            size_bytes: entry.size,
            annotations: entry.annotations.unwrap_or_default(),
        })
        .collect())
}
