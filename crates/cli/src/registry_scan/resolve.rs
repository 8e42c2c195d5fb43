//! From a tag to the manifests of the platforms that are meant.

use anyhow::{Result, bail};
use model::{Digest, Limits};
use oci::{
    Document, Manifest, Platform, PlatformChoice, Reference, media_type, parse_document, select_manifests,
};
use registry::{Client, FetchedManifest};

// An index in an index in an index is no honest image.
const INDEX_DEPTH_MAX: u32 = 3;

/// What a tag means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// Manifests of images, with their platforms when they are known.
    Images(Vec<(Digest, Option<String>)>),
    /// Something else, in words.
    NoImage(String),
}

/// Asks a registry what a tag means.
///
/// # Errors
/// When the registry does not have it, it is malformed, or there is none for the platform.
pub(crate) fn resolve(
    client: &Client,
    reference: &Reference,
    platforms: &PlatformChoice,
    limits: &Limits,
) -> Result<Resolved> {
    let mut images = Vec::new();
    let asked = Asked { client, reference, platforms, limits };
    if let Some(reason) = asked.collect(client.manifest(reference)?, None, 0, &mut images)? {
        return Ok(Resolved::NoImage(reason));
    }
    if images.is_empty() {
        return Ok(Resolved::NoImage("an index without images".to_owned()));
    }
    Ok(Resolved::Images(images))
}

struct Asked<'a> {
    client: &'a Client,
    reference: &'a Reference,
    platforms: &'a PlatformChoice,
    limits: &'a Limits,
}

impl Asked<'_> {
    /// Adds the images of a document; tells when it is something else.
    fn collect(
        &self,
        fetched: FetchedManifest,
        platform: Option<&Platform>,
        depth: u32,
        images: &mut Vec<(Digest, Option<String>)>,
    ) -> Result<Option<String>> {
        let document = match parse_document(&fetched.bytes, fetched.media_type.as_deref(), self.limits) {
            Err(error @ oci::ManifestError::Artifact(_)) => return Ok(Some(error.to_string())),
            other => other?,
        };
        let index = match document {
            Document::Manifest(manifest) => {
                if let Some(reason) = other_thing(&manifest) {
                    return Ok(Some(reason));
                }
                let platform = platform.map(Platform::to_string);
                let platform =
                    if platform.is_none() { self.own_platform(&fetched.digest)? } else { platform };
                images.push((fetched.digest, platform));
                return Ok(None);
            }
            Document::Index(index) => index,
        };
        if depth >= INDEX_DEPTH_MAX {
            bail!("its indexes are nested too deep");
        }
        if index.manifests.iter().all(oci::Descriptor::is_attestation) {
            return Ok(Some("an index without images".to_owned()));
        }
        for descriptor in select_manifests(&index.manifests, self.platforms)? {
            if let (Some(platform), false) = (&descriptor.platform, descriptor.is_index()) {
                images.push((descriptor.digest.clone(), Some(platform.to_string())));
                continue;
            }
            let inner = self.reference.clone().with_digest(descriptor.digest.clone());
            let fetched = self.client.manifest(&inner)?;
            self.collect(fetched, descriptor.platform.as_ref(), depth + 1, images)?;
        }
        Ok(None)
    }

    /// The platform of an image without index, which its configuration tells; asked for only when it matters.
    fn own_platform(&self, digest: &Digest) -> Result<Option<String>> {
        if !matches!(self.platforms, PlatformChoice::One(_)) {
            return Ok(None);
        }
        let reference = self.reference.clone().with_digest(digest.clone());
        let images = self.client.open(&reference, self.platforms)?;
        Ok(images.first().and_then(|image| image.target.platform.clone()))
    }
}

/// What a manifest is when it is no image: cosign's signatures have the configuration of an image and other layers,
/// charts and other artifacts a configuration of their own (OCI image-spec, manifest.md, "Guidelines for Artifact Usage").
fn other_thing(manifest: &Manifest) -> Option<String> {
    let config = manifest.config.media_type.as_str();
    if !matches!(config, media_type::OCI_CONFIG | media_type::DOCKER_CONFIG | "") {
        return Some(format!("an artifact ({config}), not a container image"));
    }
    let is_layer =
        |kind: &str| kind.is_empty() || kind.contains(".image.layer.") || kind.contains(".image.rootfs.");
    let other = manifest.layers.iter().find(|layer| !is_layer(&layer.media_type))?;
    let has_layer = manifest.layers.iter().any(|layer| is_layer(&layer.media_type));
    (!has_layer).then(|| format!("an artifact ({}), not a container image", other.media_type))
}
