//! Collects what is signed about an image, from wherever the caller reads it.

use crate::{
    artifact::ArtifactManifest,
    bundle::BUNDLE_PREFIX,
    dsse::DSSE_MEDIA_TYPE,
    encoding::{digest_like, shown},
    outcome::{Place, Problem, ProblemKind},
    simple_signing::SIMPLE_SIGNING_MEDIA_TYPE,
};
use model::Digest;
use std::{collections::BTreeMap, error::Error};

/// Where manifests and blobs of one repository are read: a registry, an image layout. The caller implements it.
pub trait SignatureSource {
    /// Why something could not be read.
    type Error: Error;

    /// The manifest of a tag or digest; `None` when there is none.
    ///
    /// # Errors
    /// When it may be there and cannot be read.
    fn manifest(&self, name: &str) -> Result<Option<Vec<u8>>, Self::Error>;

    /// What refers to the manifest of a digest.
    ///
    /// # Errors
    /// When the list may be there and cannot be read.
    fn referrers(&self, digest: &Digest) -> Result<Vec<ReferrerEntry>, Self::Error>;

    /// A blob of so many bytes, as its descriptor promises.
    ///
    /// # Errors
    /// When it cannot be read or has another size.
    fn blob(&self, digest: &Digest, size_bytes: u64) -> Result<Vec<u8>, Self::Error>;
}

/// An entry of the list of what refers to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferrerEntry {
    /// Digest of its manifest.
    pub digest: Digest,
    /// What it is; may be empty.
    pub artifact_type: String,
}

/// Bounds on what is read for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatherLimits {
    /// Signatures and attestations of one image.
    pub documents_max: usize,
    /// Bytes of one of them; attestations may hold a whole bill of materials.
    pub document_bytes_max: u64,
    /// Bytes of all of them.
    pub total_bytes_max: u64,
    /// Manifests that refer to the image and are opened.
    pub referrers_max: usize,
}

impl Default for GatherLimits {
    fn default() -> Self {
        Self {
            documents_max: 256,
            document_bytes_max: 32 << 20,
            total_bytes_max: 128 << 20,
            referrers_max: 256,
        }
    }
}

/// What is signed about an image, as it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Signatures and attestations.
    pub documents: Vec<Document>,
    /// The manifest of the image itself, for signatures over its bytes.
    pub subject: Option<Vec<u8>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One signed document, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where.
    pub place: Place,
    /// What it claims to be.
    pub media_type: String,
    /// The words at its descriptor; simple signing keeps the signature there.
    pub annotations: BTreeMap<String, String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Artifact type of notation's signatures (notaryproject/specifications, signature-specification.md).
pub(crate) const NOTATION: &str = "application/vnd.cncf.notary.signature";
const MANIFEST_BYTES_MAX: usize = 4 << 20;

/// The tag under which cosign keeps the signatures (`sig`) or attestations (`att`) of an image
/// (cosign, specs/SIGNATURE_SPEC.md, "Tag-based Discovery").
#[must_use]
pub fn cosign_tag(digest: &Digest, suffix: &str) -> String {
    format!("{}-{}.{suffix}", digest.algorithm(), digest.hex())
}

/// Reads all signatures and attestations of an image: cosign's tags, and whatever refers to it.
pub fn gather<S: SignatureSource>(source: &S, image: &Digest, limits: &GatherLimits) -> Gathered {
    let mut reader = Reader { source, image, limits, total_bytes: 0, gathered: Gathered::default() };
    for suffix in ["sig", "att"] {
        let tag = cosign_tag(image, suffix);
        match source.manifest(&tag) {
            Ok(None) => {}
            Ok(Some(bytes)) => reader.manifest(&Place::Tag(tag), &bytes),
            Err(error) => reader.problem(&format!("tag {tag}"), &error),
        }
    }
    reader.referrers();
    reader.subject();
    reader.gathered
}

struct Reader<'a, S> {
    source: &'a S,
    image: &'a Digest,
    limits: &'a GatherLimits,
    total_bytes: u64,
    gathered: Gathered,
}

impl<S: SignatureSource> Reader<'_, S> {
    fn referrers(&mut self) {
        let entries = match self.source.referrers(self.image) {
            Ok(entries) => entries,
            Err(error) => return self.problem("the list of referrers", &error),
        };
        let entries = entries.iter().filter(|entry| may_hold_signatures(&entry.artifact_type));
        for (opened, entry) in entries.enumerate() {
            if opened == self.limits.referrers_max {
                return self.told(
                    ProblemKind::Limit,
                    "the list of referrers",
                    format!("only the first {opened} were read"),
                );
            }
            match self.source.manifest(entry.digest.as_str()) {
                Ok(Some(bytes)) => self.manifest(&Place::Referrer(entry.digest.clone()), &bytes),
                Ok(None) => self.told(
                    ProblemKind::Content,
                    "a referrer",
                    format!("{} is listed and not there", entry.digest),
                ),
                Err(error) => self.problem(&format!("referrer {}", entry.digest), &error),
            }
        }
    }

    fn manifest(&mut self, place: &Place, bytes: &[u8]) {
        if bytes.len() > MANIFEST_BYTES_MAX {
            return self.told(
                ProblemKind::Limit,
                &place.to_string(),
                format!("its manifest has {} bytes", bytes.len()),
            );
        }
        if let Place::Referrer(digest) = place
            && digest_like(digest, bytes) != *digest
        {
            return self.told(
                ProblemKind::Content,
                &place.to_string(),
                "its manifest does not match its digest".to_owned(),
            );
        }
        let manifest: ArtifactManifest = match serde_json::from_slice(bytes) {
            Ok(manifest) => manifest,
            Err(error) => {
                return self.told(ProblemKind::Content, &place.to_string(), shown(&error.to_string()));
            }
        };
        for layer in &manifest.layers {
            if !is_signed_document(&layer.media_type) {
                continue;
            }
            if self.gathered.documents.len() == self.limits.documents_max {
                let read = self.limits.documents_max;
                return self.told(
                    ProblemKind::Limit,
                    &place.to_string(),
                    format!("more than {read} signatures"),
                );
            }
            let what = format!("{} of {place}", layer.digest);
            let left = self.limits.total_bytes_max.saturating_sub(self.total_bytes);
            let bytes_max = self.limits.document_bytes_max.min(left);
            if layer.size > bytes_max {
                self.told(ProblemKind::Limit, &what, format!("{} bytes, more than {bytes_max}", layer.size));
                continue;
            }
            let bytes = match self.source.blob(&layer.digest, layer.size) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.problem(&what, &error);
                    continue;
                }
            };
            self.total_bytes = self.total_bytes.saturating_add(bytes.len() as u64);
            if digest_like(&layer.digest, &bytes) != layer.digest {
                self.told(ProblemKind::Content, &what, "the content does not match its digest".to_owned());
                continue;
            }
            self.gathered.documents.push(Document {
                place: place.clone(),
                media_type: layer.media_type.clone(),
                annotations: layer.annotations.clone().unwrap_or_default(),
                bytes,
            });
        }
    }

    // Only bundles may hold a signature over the image's own bytes.
    fn subject(&mut self) {
        if !self.gathered.documents.iter().any(|document| document.media_type.starts_with(BUNDLE_PREFIX)) {
            return;
        }
        match self.source.manifest(self.image.as_str()) {
            Ok(bytes) => self.gathered.subject = bytes,
            Err(error) => self.problem("the manifest of the image", &error),
        }
    }

    fn problem(&mut self, what: &str, error: &dyn Error) {
        let mut detail = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            detail.push_str(&format!(": {error}"));
            source = error.source();
        }
        self.told(ProblemKind::Source, what, shown(&detail));
    }

    fn told(&mut self, kind: ProblemKind, what: &str, detail: String) {
        self.gathered.problems.push(Problem { kind, what: what.to_owned(), detail });
    }
}

// An empty type may be anything; older registries do not copy it.
fn may_hold_signatures(artifact_type: &str) -> bool {
    artifact_type.is_empty()
        || artifact_type.starts_with(BUNDLE_PREFIX)
        || artifact_type.starts_with("application/vnd.dev.cosign")
        || artifact_type.starts_with("application/vnd.in-toto")
        || artifact_type.starts_with("application/vnd.oci.empty")
        || artifact_type.starts_with("application/vnd.oci.image.config")
        || artifact_type == DSSE_MEDIA_TYPE
        || artifact_type == NOTATION
}

fn is_signed_document(media_type: &str) -> bool {
    media_type == SIMPLE_SIGNING_MEDIA_TYPE
        || media_type == DSSE_MEDIA_TYPE
        || media_type.starts_with(BUNDLE_PREFIX)
        || is_notation(media_type)
}

/// Envelopes of notation (notaryproject/specifications, signature-specification.md, "Storage").
pub(crate) fn is_notation(media_type: &str) -> bool {
    matches!(media_type, "application/jose+json" | "application/cose")
}
