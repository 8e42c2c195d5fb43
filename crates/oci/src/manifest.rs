//! Manifests and indexes, of OCI and of Docker.

use crate::Platform;
use model::{Digest, Limits};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Media types of manifests, indexes and configurations.
pub mod media_type {
    /// OCI image-spec, media-types.md.
    pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// OCI image-spec, media-types.md.
    pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// OCI image-spec, media-types.md.
    pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// distribution, docs/spec/manifest-v2-2.md.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// distribution, docs/spec/manifest-v2-2.md.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// distribution, docs/spec/manifest-v2-2.md.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// What a registry is asked to send, as the value of an `Accept` header.
    pub const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
        application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
}

/// Points at a blob (OCI image-spec, descriptor.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What the blob claims to be.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The machine it is for, in indexes.
    pub platform: Option<Platform>,
    /// Free words.
    pub annotations: BTreeMap<String, String>,
}

/// A list of manifests (OCI image-spec, image-index.md; Docker's manifest list).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The manifests that could be understood.
    pub manifests: Vec<Descriptor>,
    /// Free words.
    pub annotations: BTreeMap<String, String>,
    /// Entries of the list that are malformed, one line each.
    pub problems: Vec<String>,
}

/// An image manifest (OCI image-spec, manifest.md; Docker's schema 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The image configuration.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// Free words.
    pub annotations: BTreeMap<String, String>,
}

/// What a manifest address may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// One of several images.
    Index(Index),
    /// One image.
    Manifest(Manifest),
}

/// Why bytes are not a manifest that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is larger than [`Limits::manifest_bytes_max`].
    #[error("the manifest has {size_bytes} bytes, more than {limit_bytes}")]
    TooLarge {
        /// Its bytes.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// It is not JSON of the expected shape.
    #[error("the manifest is malformed")]
    Json(#[source] serde_json::Error),
    /// It is both an index and an image (GHSA-77vh-xpmg-72qh: readers disagree on what such a document means).
    #[error("the manifest has both 'manifests' and 'layers', so readers disagree on what it is")]
    Ambiguous,
    /// Docker image manifest version 2, schema 1.
    #[error(
        "the manifest is of Docker's schema 1, which is not supported\nhint: push the image again with a Docker newer than 1.10"
    )]
    Schema1,
    /// It is neither.
    #[error("the document is neither an image manifest nor an index (media type '{0}')")]
    Unknown(String),
    /// A descriptor in it is malformed.
    #[error("{part} of the manifest is malformed: {problem}")]
    Descriptor {
        /// `config`, `layer 3`.
        part: String,
        /// What is wrong.
        problem: String,
    },
    /// It describes no container image but some other artifact.
    #[error("the manifest describes an artifact of type '{0}', not a container image")]
    Artifact(String),
}

/// Reads an index or a manifest. `declared` is the media type by which it was found; the document's own word
/// and its shape count more, since registries and tools mislabel documents.
///
/// # Errors
/// When it is too large, malformed, ambiguous or not supported.
pub fn parse_document(
    bytes: &[u8],
    declared: Option<&str>,
    limits: &Limits,
) -> Result<Document, ManifestError> {
    let size_bytes = bytes.len() as u64;
    if size_bytes > limits.manifest_bytes_max {
        return Err(ManifestError::TooLarge { size_bytes, limit_bytes: limits.manifest_bytes_max });
    }
    let raw: RawDocument = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
    if raw.manifests.is_some() && (raw.layers.is_some() || raw.config.is_some()) {
        return Err(ManifestError::Ambiguous);
    }
    if raw.schema_version == Some(1) || raw.fs_layers.is_some() {
        return Err(ManifestError::Schema1);
    }
    if let Some(manifests) = raw.manifests {
        return Ok(Document::Index(index(manifests, raw.annotations.unwrap_or_default())));
    }
    let media_type = raw.media_type.as_deref().or(declared).unwrap_or_default();
    match (raw.config, raw.layers) {
        (Some(config), Some(layers)) => {
            manifest(config, layers, raw.annotations.unwrap_or_default()).map(Document::Manifest)
        }
        _ => match raw.artifact_type {
            Some(artifact) => Err(ManifestError::Artifact(shown(&artifact))),
            None => Err(ManifestError::Unknown(shown(media_type))),
        },
    }
}

impl Descriptor {
    /// Whether it points at an index.
    #[must_use]
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), media_type::OCI_INDEX | media_type::DOCKER_LIST)
    }

    /// Whether it points at buildkit's provenance or bill of materials rather than an image
    /// (moby/buildkit, docs/attestations/attestation-storage.md).
    #[must_use]
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|kind| kind == "attestation-manifest")
            || self.platform.as_ref().is_some_and(Platform::is_unknown)
    }

    /// Whether its blob may not be pushed to registries, so that it may be missing
    /// (OCI image-spec, layer.md, "Non-Distributable Layers").
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.media_type.contains(".nondistributable.") || self.media_type.contains(".foreign.")
    }

    /// The name that an index gives the image: the full name of containerd, else
    /// `org.opencontainers.image.ref.name` (OCI image-spec, annotations.md).
    #[must_use]
    pub fn ref_name(&self) -> Option<&str> {
        ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
            .iter()
            .find_map(|key| self.annotations.get(*key))
            .map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDocument {
    schema_version: Option<u64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<RawDescriptor>,
    layers: Option<Vec<RawDescriptor>>,
    manifests: Option<Vec<RawDescriptor>>,
    fs_layers: Option<serde::de::IgnoredAny>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    digest: String,
    size: Option<i64>,
    platform: Option<Platform>,
    annotations: Option<BTreeMap<String, String>>,
}

impl RawDescriptor {
    fn check(self) -> Result<Descriptor, String> {
        let digest = self.digest.parse::<Digest>().map_err(|error| error.to_string())?;
        let size = self.size.ok_or("it has no size")?;
        let size_bytes = u64::try_from(size).map_err(|_| format!("its size is {size}"))?;
        let platform = self.platform.map(|p| Platform::new(&p.os, &p.architecture, p.variant.as_deref()));
        let annotations = self.annotations.unwrap_or_default();
        Ok(Descriptor { media_type: self.media_type, digest, size_bytes, platform, annotations })
    }
}

fn index(raw: Vec<RawDescriptor>, annotations: BTreeMap<String, String>) -> Index {
    let mut index = Index { manifests: Vec::new(), annotations, problems: Vec::new() };
    for (position, descriptor) in raw.into_iter().enumerate() {
        match descriptor.check() {
            Ok(descriptor) => index.manifests.push(descriptor),
            Err(problem) if index.problems.len() < 20 => {
                index.problems.push(format!("entry {position}: {problem}"));
            }
            Err(_) => {}
        }
    }
    index
}

fn manifest(
    config: RawDescriptor,
    layers: Vec<RawDescriptor>,
    annotations: BTreeMap<String, String>,
) -> Result<Manifest, ManifestError> {
    let check = |raw: RawDescriptor, part: String| {
        raw.check().map_err(|problem| ManifestError::Descriptor { part, problem })
    };
    let config = check(config, "config".to_owned())?;
    // Other artifacts (Helm charts, signatures, WebAssembly) use the image manifest with another configuration
    // (OCI image-spec, manifest.md, "Guidelines for Artifact Usage").
    let is_image =
        matches!(config.media_type.as_str(), media_type::OCI_CONFIG | media_type::DOCKER_CONFIG | "")
            || config.media_type == "application/octet-stream";
    if !is_image {
        return Err(ManifestError::Artifact(shown(&config.media_type)));
    }
    let layers = layers.into_iter().enumerate();
    let layers = layers.map(|(at, raw)| check(raw, format!("layer {at}"))).collect::<Result<_, _>>()?;
    Ok(Manifest { config, layers, annotations })
}

fn shown(text: &str) -> String {
    text.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn digest(letter: char) -> String {
        format!("sha256:{}", letter.to_string().repeat(64))
    }

    fn parse(value: &serde_json::Value) -> Result<Document, ManifestError> {
        parse_document(&serde_json::to_vec(value).unwrap(), None, &Limits::default())
    }

    fn image() -> serde_json::Value {
        json!({
            "schemaVersion": 2,
            "mediaType": media_type::DOCKER_MANIFEST,
            "config": {"mediaType": media_type::DOCKER_CONFIG, "digest": digest('a'), "size": 3},
            "layers": [{"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": digest('b'), "size": 4}],
        })
    }

    #[test]
    fn docker_and_oci_manifests_are_read_alike() {
        let Document::Manifest(manifest) = parse(&image()).unwrap() else { panic!("an image") };
        assert_eq!(manifest.layers[0].size_bytes, 4);
        assert!(manifest.layers[0].is_foreign());
    }

    #[test]
    fn a_malformed_entry_of_an_index_loses_only_itself() {
        let list = json!({"schemaVersion": 2, "manifests": [
            {"mediaType": media_type::OCI_MANIFEST, "digest": "md5:1", "size": 1},
            {"mediaType": media_type::OCI_MANIFEST, "digest": digest('a'), "size": -1},
            {"mediaType": media_type::OCI_MANIFEST, "digest": digest('a'), "size": 1, "platform": {"os": "linux", "architecture": "x86_64"}},
            {"mediaType": media_type::OCI_MANIFEST, "digest": digest('b'), "size": 1, "platform": {"os": "unknown", "architecture": "unknown"}},
        ]});
        let Document::Index(index) = parse(&list).unwrap() else { panic!("an index") };
        assert_eq!(index.manifests.len(), 2);
        assert_eq!(index.problems.len(), 2);
        assert_eq!(index.manifests[0].platform.as_ref().unwrap().architecture, "amd64");
        assert!(!index.manifests[0].is_attestation() && index.manifests[1].is_attestation());
    }

    #[test]
    fn a_document_that_readers_disagree_on_is_refused() {
        let mut both = image();
        both["manifests"] = json!([]);
        assert!(matches!(parse(&both), Err(ManifestError::Ambiguous)));
    }

    #[test]
    fn schema_1_artifacts_and_oversized_documents_are_refused() {
        assert!(matches!(parse(&json!({"schemaVersion": 1, "fsLayers": []})), Err(ManifestError::Schema1)));
        let mut chart = image();
        chart["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json");
        assert!(matches!(parse(&chart), Err(ManifestError::Artifact(_))));
        assert!(matches!(parse(&json!({})), Err(ManifestError::Unknown(_))));
        let limits = Limits { manifest_bytes_max: 10, ..Limits::default() };
        assert!(matches!(parse_document(&[b' '; 11], None, &limits), Err(ManifestError::TooLarge { .. })));
    }
}
