//! Manifests and indexes: what they refer to, when they can be understood in one way only.

use crate::strict_json::{folded_key, parse};
use model::Digest;
use serde_json::{Map, Value};

/// A manifest or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is served and declared as.
    pub media_type: String,
    /// What it is about.
    pub kind: Kind,
    /// The configuration.
    pub config: Option<Part>,
    /// Layers, or blobs of something else than an image.
    pub layers: Vec<Part>,
    /// The manifests of an index.
    pub manifests: Vec<Part>,
    /// The manifest that this one is about.
    pub subject: Option<Digest>,
    /// What it says to be.
    pub artifact_type: Option<String>,
}

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An image that can run.
    Image,
    /// Several manifests.
    Index,
    /// Signatures, attestations or SBOMs, by the media types of all its parts.
    Attestation,
    /// Something else.
    Artifact,
}

/// A descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The type of the content.
    pub media_type: String,
    /// The content.
    pub digest: Digest,
    /// Bytes of it.
    pub size: u64,
    /// The content comes along inside the descriptor.
    pub has_data: bool,
}

/// Why a document is not taken (CVE-2021-41190, OCI image-spec, manifest.md and image-index.md).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Ambiguous(String);

/// No document is longer (distribution-spec 1.1: at least 4 MiB are to be taken).
pub(crate) const DOCUMENT_BYTES_MAX: usize = 8 << 20;
/// No document has more parts.
const PARTS_MAX: usize = 10_000;

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Configurations of images; everything else does not run.
const IMAGE_CONFIGS: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

const FIELDS: &[&str] = &[
    "annotations",
    "artifactType",
    "blobs",
    "config",
    "fsLayers",
    "history",
    "layers",
    "manifests",
    "mediaType",
    "schemaVersion",
    "signatures",
    "subject",
];
const DESCRIPTOR_FIELDS: &[&str] =
    &["annotations", "artifactType", "data", "digest", "mediaType", "platform", "size", "urls"];

impl Document {
    /// Reads a document that is served, or comes in, as `content_type`.
    ///
    /// # Errors
    /// When it is malformed, says to be something else, or could be taken for two things.
    pub fn read(bytes: &[u8], content_type: &str) -> Result<Self, Ambiguous> {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(Ambiguous(format!("the manifest is longer than {DOCUMENT_BYTES_MAX} bytes")));
        }
        let value =
            parse(bytes).map_err(|error| Ambiguous(format!("the manifest cannot be read: {error}")))?;
        let Value::Object(object) = value else { return Err(error("the manifest is no object")) };
        if let Some(key) = folded_key(&object, FIELDS) {
            return Err(Ambiguous(format!("{key:?} is almost the name of a field of manifests")));
        }
        if object.get("schemaVersion").and_then(Value::as_u64) != Some(2) {
            return Err(error("the manifest is not of schema version 2"));
        }
        let media_type = media_type(content_type)?;
        if let Some(embedded) = text(&object, "mediaType")?
            && embedded != media_type
        {
            return Err(error("the media type inside the manifest is not the one it is served as"));
        }
        let has = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
        if has("fsLayers") || has("signatures") || has("history") || has("blobs") {
            return Err(error("the manifest has fields of other formats"));
        }
        let is_index = matches!(media_type, OCI_INDEX | DOCKER_LIST);
        if !is_index && !matches!(media_type, OCI_MANIFEST | DOCKER_MANIFEST) {
            return Err(Ambiguous(format!(
                "manifests of type '{}' are not known",
                crate::refusal::shown(media_type)
            )));
        }
        // Who ignores the media type must not see another thing in it.
        if is_index && (has("layers") || has("config")) || !is_index && has("manifests") {
            return Err(error("the manifest has fields of an image and of an index"));
        }
        let config = object.get("config").filter(|value| !value.is_null()).map(part).transpose()?;
        let (layers, manifests) = (parts(&object, "layers")?, parts(&object, "manifests")?);
        if !is_index && config.is_none() {
            return Err(error("the manifest has no configuration"));
        }
        let subject = object.get("subject").filter(|value| !value.is_null()).map(part).transpose()?;
        let artifact_type = text(&object, "artifactType")?.map(str::to_owned);
        let kind = match &config {
            None => Kind::Index,
            Some(config) => kind(config, &layers),
        };
        let subject = subject.map(|subject| subject.digest);
        let media_type = media_type.to_owned();
        Ok(Self { media_type, kind, config, layers, manifests, subject, artifact_type })
    }

    /// The blobs that it refers to.
    pub fn blobs(&self) -> impl Iterator<Item = &Part> {
        self.config.iter().chain(&self.layers)
    }

    /// What it is, for those who allow kinds of artifacts: the type that it says to be, else that of its configuration.
    #[must_use]
    pub fn declared_type(&self) -> &str {
        let of_config = self.config.as_ref().map_or(self.media_type.as_str(), |config| &config.media_type);
        self.artifact_type.as_deref().unwrap_or(of_config)
    }
}

/// Whether content of this type is a signature, an attestation or an SBOM.
#[must_use]
pub fn is_attestation(media_type: &str) -> bool {
    let is_bundle = media_type.starts_with("application/vnd.dev.sigstore.bundle");
    is_bundle
        || matches!(
            media_type,
            "application/vnd.dev.cosign.simplesigning.v1+json"
                | "application/vnd.dsse.envelope.v1+json"
                | "application/vnd.in-toto+json"
                | "application/jose+json"
                | "application/spdx+json"
                | "application/vnd.syft+json"
                | "application/vnd.cyclonedx+json"
                | "text/spdx"
                | "text/spdx+json"
        )
}

fn kind(config: &Part, layers: &[Part]) -> Kind {
    let is_all = !layers.is_empty() && layers.iter().all(|layer| is_attestation(&layer.media_type));
    if is_all {
        return Kind::Attestation;
    }
    if IMAGE_CONFIGS.contains(&config.media_type.as_str()) { Kind::Image } else { Kind::Artifact }
}

fn parts(object: &Map<String, Value>, name: &str) -> Result<Vec<Part>, Ambiguous> {
    let list = match object.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Ambiguous(format!("'{name}' is no list"))),
    };
    if list.len() > PARTS_MAX {
        return Err(Ambiguous(format!("'{name}' has more than {PARTS_MAX} parts")));
    }
    list.iter().map(part).collect()
}

fn part(value: &Value) -> Result<Part, Ambiguous> {
    let Value::Object(object) = value else { return Err(error("a descriptor is no object")) };
    if let Some(key) = folded_key(object, DESCRIPTOR_FIELDS) {
        return Err(Ambiguous(format!("{key:?} is almost the name of a field of descriptors")));
    }
    let digest = text(object, "digest")?.ok_or_else(|| error("a descriptor has no digest"))?;
    let digest = digest.parse().map_err(|error: model::DigestError| Ambiguous(error.to_string()))?;
    let size = object.get("size").and_then(Value::as_u64).ok_or_else(|| error("a descriptor has no size"))?;
    let media_type = text(object, "mediaType")?.unwrap_or_default().to_owned();
    let has_data = object.get("data").is_some_and(|data| !data.is_null());
    Ok(Part { media_type, digest, size, has_data })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Ambiguous> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Ambiguous(format!("'{name}' is no text"))),
    }
}

// A parameter (`; charset=utf-8`) says nothing about JSON.
fn media_type(content_type: &str) -> Result<&str, Ambiguous> {
    let plain = content_type.split(';').next().unwrap_or_default().trim();
    if plain.is_empty() { Err(error("the manifest has no media type")) } else { Ok(plain) }
}

fn error(message: &str) -> Ambiguous {
    Ambiguous(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn descriptor(media_type: &str, letter: &str) -> Value {
        json!({"mediaType": media_type, "digest": format!("sha256:{}", letter.repeat(64)), "size": 3})
    }

    fn image() -> Value {
        json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": descriptor(IMAGE_CONFIGS[0], "a"),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "b")],
        })
    }

    #[track_caller]
    fn check(value: &Value, content_type: &str, expected: Result<Kind, &str>) {
        match (Document::read(value.to_string().as_bytes(), content_type), expected) {
            (Ok(document), Ok(kind)) => assert_eq!(document.kind, kind),
            (Err(error), Err(part)) => assert!(error.0.contains(part), "{error}"),
            (read, expected) => panic!("{read:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn image_is_told_by_its_configuration() {
        check(&image(), OCI_MANIFEST, Ok(Kind::Image));
        check(&image(), "application/vnd.oci.image.manifest.v1+json; charset=utf-8", Ok(Kind::Image));
        let mut chart = image();
        chart["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json");
        check(&chart, OCI_MANIFEST, Ok(Kind::Artifact));
    }

    #[test]
    fn attestation_is_one_by_all_of_its_layers() {
        let mut signature = image();
        signature["layers"] = json!([descriptor("application/vnd.dev.cosign.simplesigning.v1+json", "b")]);
        check(&signature, OCI_MANIFEST, Ok(Kind::Attestation));
        let layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", "c");
        signature["layers"].as_array_mut().unwrap().push(layer);
        check(&signature, OCI_MANIFEST, Ok(Kind::Image));
        signature["artifactType"] = json!("application/vnd.dev.sigstore.bundle.v0.3+json");
        check(&signature, OCI_MANIFEST, Ok(Kind::Image));
    }

    #[test]
    fn document_with_two_meanings_is_refused() {
        let list = json!([descriptor(OCI_MANIFEST, "c")]);
        let mut both = image();
        both["manifests"] = list;
        check(&both, OCI_MANIFEST, Err("of an image and of an index"));
        check(&image(), OCI_INDEX, Err("not the one it is served as"));
        let mut untyped = image();
        untyped.as_object_mut().unwrap().remove("mediaType");
        check(&untyped, OCI_MANIFEST, Ok(Kind::Image));
        check(&untyped, OCI_INDEX, Err("of an image and of an index"));
        let mut folded = image();
        folded["Layers"] = json!([]);
        check(&folded, OCI_MANIFEST, Err("almost the name"));
        let mut folded = image();
        folded["config"]["\u{17F}ize"] = json!(1);
        check(&folded, OCI_MANIFEST, Err("almost the name"));
        let mut old = image();
        old["fsLayers"] = json!([{}]);
        check(&old, OCI_MANIFEST, Err("other formats"));
        let twice = image().to_string().replacen('{', "{\"layers\":[],", 1);
        let error = Document::read(twice.as_bytes(), OCI_MANIFEST).unwrap_err();
        assert!(error.0.contains("stands twice"), "{error}");
    }

    #[test]
    fn index_lists_its_manifests() {
        let index = json!({"schemaVersion": 2, "manifests": [descriptor(OCI_MANIFEST, "c")]});
        let read = Document::read(index.to_string().as_bytes(), OCI_INDEX).unwrap();
        assert_eq!((read.kind, read.manifests.len()), (Kind::Index, 1));
    }

    #[test]
    fn mutated_documents_never_panic() {
        let bytes = image().to_string().into_bytes();
        for at in 0..bytes.len() {
            let _ = Document::read(&bytes[..at], OCI_MANIFEST);
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let _ = Document::read(&changed, OCI_MANIFEST);
            }
        }
    }
}
