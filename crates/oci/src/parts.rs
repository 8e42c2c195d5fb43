//! An image from its manifest, its configuration and a way to its blobs.

use crate::{
    Descriptor, Document, Image, ImageConfig, ImageLayer, LayerSource, Manifest, ManifestError, Mismatch,
    Platform, RootFs, attribute_history, parse_document,
};
use model::{Digest, Gap, GapReason, Layer, Limits, Target};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// The documents of one image.
pub struct ImageParts<'a> {
    /// Kind, name and names; digests, platform and date are filled in.
    pub target: Target,
    /// The manifest's bytes.
    pub manifest: &'a [u8],
    /// The digest by which the manifest was found; a tag has none.
    pub manifest_digest: Option<&'a Digest>,
    /// The bytes of the configuration that the manifest names ([`Manifest::config`]).
    pub config: &'a [u8],
}

/// Gives the content of a layer for its descriptor and, when it is known, its diff id.
pub type LayerByDescriptor<'a> = dyn FnMut(&Descriptor, Option<&Digest>) -> Box<dyn LayerSource> + 'a;

/// Gives the content of a layer for its position and, when it is known, its diff id.
pub type LayerByPosition<'a> = dyn FnMut(usize, Option<&Digest>) -> Box<dyn LayerSource> + 'a;

/// Makes an image of its documents. `layer` gets each layer's descriptor and diff id, lowest first. Documents
/// that do not hash to their digests are recorded in [`Image::mismatches`] and read all the same.
///
/// ```
/// # use model::{Digest, Limits, Target, TargetKind};
/// # fn open(target: Target, manifest: &[u8], config: &[u8]) -> Result<oci::Image, oci::ManifestError> {
/// let parts = oci::ImageParts { target, manifest, manifest_digest: None, config };
/// oci::open_image_from_parts(parts, &Limits::default(), &mut |descriptor, diff_id| {
///     let digest = descriptor.digest.clone();
///     let open = move || Err(std::io::Error::other(format!("fetch {digest} here")));
///     oci::blob_layer(open, Some(descriptor.digest.clone()), diff_id.cloned(), &descriptor.media_type)
/// })
/// # }
/// ```
///
/// # Errors
/// When the manifest is not that of an image.
pub fn open_image_from_parts(
    parts: ImageParts<'_>,
    limits: &Limits,
    layer: &mut LayerByDescriptor<'_>,
) -> Result<Image, ManifestError> {
    let Document::Manifest(manifest) = parse_document(parts.manifest, None, limits)? else {
        return Err(ManifestError::Unknown("an index, where an image manifest was expected".to_owned()));
    };
    let mut target = parts.target;
    let mut mismatches = Vec::new();
    let manifest_digest = verify("manifest", parts.manifest, parts.manifest_digest, &mut mismatches);
    target.manifest_digest = Some(manifest_digest);
    let mut gaps = foreign_gaps(&manifest);
    let mut layers = Vec::new();
    for descriptor in &manifest.layers {
        layers.push(LayerFacts {
            digest: Some(descriptor.digest.clone()),
            size_bytes: Some(descriptor.size_bytes),
            media_type: descriptor.media_type.clone(),
        });
    }
    let mut descriptors = manifest.layers.iter();
    let expected = Some(&manifest.config.digest);
    let mut image =
        open_image_from_config(target, parts.config, expected, &layers, limits, &mut |_, diff_id| {
            layer(descriptors.next().expect("there is one descriptor for each layer"), diff_id)
        });
    mismatches.append(&mut image.mismatches);
    gaps.append(&mut image.gaps);
    (image.mismatches, image.gaps) = (mismatches, gaps);
    Ok(image)
}

/// What is known of a layer without an image manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerFacts {
    /// Digest of the blob.
    pub digest: Option<Digest>,
    /// Size of the blob.
    pub size_bytes: Option<u64>,
    /// What the blob claims to be.
    pub media_type: String,
}

/// Makes an image of its configuration alone, for Docker's own storage and archives, which have no manifest.
/// `layers` says how many there are; `layer` gets each one's position and diff id. A configuration that cannot
/// be understood is a gap: the layers are read without it.
pub fn open_image_from_config(
    mut target: Target,
    config: &[u8],
    config_digest: Option<&Digest>,
    layers: &[LayerFacts],
    limits: &Limits,
    layer: &mut LayerByPosition<'_>,
) -> Image {
    let mut mismatches = Vec::new();
    let mut gaps = Vec::new();
    let image_id = verify("config", config, config_digest, &mut mismatches);
    let config = parse_config(config, limits, &mut gaps);
    target.image_id = Some(image_id);
    target.created.clone_from(&config.created);
    if !config.os.is_empty() || !config.architecture.is_empty() {
        let platform = Platform::new(&config.os, &config.architecture, config.variant.as_deref());
        target.platform = Some(platform.to_string());
    }
    let diff_ids = &config.rootfs.diff_ids;
    let are_diff_ids_usable = diff_ids.len() == layers.len();
    if !are_diff_ids_usable {
        let detail = format!(
            "the configuration has {} diff ids, the image has {} layers",
            diff_ids.len(),
            layers.len()
        );
        gaps.push(Gap::new("diff ids of the layers", GapReason::Malformed, detail));
    }
    let (history, gap) = attribute_history(&config, layers.len());
    gaps.extend(gap);
    let layers = layers.iter().zip(history).enumerate().map(|(index, (facts, history))| {
        let diff_id = diff_ids.get(index).filter(|_| are_diff_ids_usable);
        let described = Layer {
            index,
            digest: facts.digest.clone(),
            diff_id: diff_id.cloned(),
            instruction: history.instruction,
            created: history.created,
            is_base: history.is_base,
            dockerfile_line: None,
            size_bytes: facts.size_bytes,
        };
        ImageLayer { layer: Arc::new(described), source: layer(index, diff_id) }
    });
    let layers = layers.collect();
    Image { target, layers, mismatches, gaps, config }
}

/// The configuration of an image; what cannot be understood of it is left empty and is a gap.
pub(crate) fn parse_config(bytes: &[u8], limits: &Limits, gaps: &mut Vec<Gap>) -> ImageConfig {
    /// The parts that layers cannot be verified without.
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Core {
        os: String,
        architecture: String,
        variant: Option<String>,
        rootfs: RootFs,
    }
    const WHAT: &str = "image configuration";
    if bytes.len() as u64 > limits.manifest_bytes_max {
        let detail = format!("{} bytes, more than {}", bytes.len(), limits.manifest_bytes_max);
        gaps.push(Gap::new(WHAT, GapReason::LimitReached, detail));
        return ImageConfig::default();
    }
    let error = match serde_json::from_slice::<ImageConfig>(bytes) {
        Ok(config) => return config,
        Err(error) => error,
    };
    gaps.push(Gap::new(WHAT, GapReason::Malformed, error.to_string()));
    let core: Core = serde_json::from_slice(bytes).unwrap_or_default();
    let Core { os, architecture, variant, rootfs } = core;
    ImageConfig { os, architecture, variant, rootfs, ..ImageConfig::default() }
}

/// The digest of a document; a mismatch is recorded.
pub(crate) fn verify(
    what: &'static str,
    bytes: &[u8],
    expected: Option<&Digest>,
    mismatches: &mut Vec<Mismatch>,
) -> Digest {
    let actual = Digest::from_sha256(&Sha256::digest(bytes).into());
    let Some(expected) = expected else { return actual };
    let actual_alike = crate::hash::digest_like(expected, bytes);
    if actual_alike != *expected {
        mismatches.push(Mismatch { what, expected: expected.clone(), actual: actual_alike });
    }
    actual
}

fn foreign_gaps(manifest: &Manifest) -> Vec<Gap> {
    let foreign = manifest.layers.iter().filter(|layer| layer.is_foreign());
    foreign
        .map(|layer| {
            let detail =
                format!("layer of type {} is not distributable and may be missing", layer.media_type);
            Gap::new(layer.digest.as_str(), GapReason::Unsupported, detail)
        })
        .collect()
}
