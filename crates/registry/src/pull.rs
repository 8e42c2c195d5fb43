//! Images in a registry.

use crate::{Client, FetchedManifest, RegistryError, authorization::Scope, client::Request, http::Ask};
use model::{Gap, GapReason, Target, TargetKind};
use oci::{
    BlobLayer, Descriptor, Document, Image, ImageParts, Mismatch, Platform, PlatformChoice, Reference,
    open_image_from_parts, parse_document, select_manifests,
};

// An index in an index in an index is no honest image.
const INDEX_DEPTH_MAX: u32 = 3;
// The largest official images are for about a dozen platforms.
const IMAGES_MAX: usize = 128;

impl Client {
    /// Opens the image of a reference, or those images of a multi-platform one that are meant. Manifests and
    /// configurations are fetched; layers are streamed from the registry each time they are walked.
    ///
    /// With [`PlatformChoice::All`], an image that cannot be opened is a gap of the others.
    ///
    /// # Errors
    /// When the registry does not have it or does not let the client in, when it is no container image, or when
    /// there is none for the platform.
    pub fn open(
        &self,
        reference: &Reference,
        platforms: &PlatformChoice,
    ) -> Result<Vec<Image>, RegistryError> {
        let fetched = self.manifest(reference)?;
        let mut found = Found { images: Vec::new(), gaps: Vec::new(), mismatches: Vec::new() };
        self.collect(reference, fetched, platforms, 0, &mut found)?;
        let Found { mut images, gaps, mismatches } = found;
        keep_platform(&mut images, platforms, reference)?;
        for image in &mut images {
            image.gaps.extend(gaps.iter().cloned());
            image.mismatches.extend(mismatches.iter().cloned());
        }
        Ok(images)
    }

    fn collect(
        &self,
        reference: &Reference,
        fetched: FetchedManifest,
        platforms: &PlatformChoice,
        depth: u32,
        found: &mut Found,
    ) -> Result<(), RegistryError> {
        let limits = &self.options().limits;
        let document = parse_document(&fetched.bytes, fetched.media_type.as_deref(), limits)
            .map_err(|error| unusable("manifest", reference, error))?;
        let index = match document {
            Document::Manifest(manifest) => {
                found.images.push(self.image(reference, &fetched, &manifest.config)?);
                return Ok(());
            }
            Document::Index(index) => index,
        };
        if depth >= INDEX_DEPTH_MAX {
            return Err(unusable("index", reference, std::io::Error::other("indexes are nested too deep")));
        }
        found.mismatches.extend(fetched.mismatch);
        for problem in index.problems {
            found.gaps.push(Gap::new("image index", GapReason::Malformed, problem));
        }
        let chosen = select_manifests(&index.manifests, platforms)
            .map_err(|error| unusable("index", reference, error))?;
        let mut first_error = None;
        let before = found.images.len();
        for descriptor in chosen {
            if found.images.len() >= IMAGES_MAX {
                let detail = format!("more than {IMAGES_MAX} images in one index");
                found.gaps.push(Gap::new(descriptor.digest.as_str(), GapReason::LimitReached, detail));
                break;
            }
            let opened = self
                .manifest_named(reference, descriptor.digest.as_str())
                .and_then(|fetched| self.collect(reference, fetched, platforms, depth + 1, found));
            if let Err(error) = opened {
                let platform = descriptor.platform.as_ref().map(Platform::to_string).unwrap_or_default();
                let what = format!("image {} {platform}", descriptor.digest);
                found.gaps.push(Gap::new(what, GapReason::Unreadable, describe(&error)));
                first_error.get_or_insert(error);
            }
        }
        match first_error {
            Some(error) if found.images.len() == before => Err(error),
            _ => Ok(()),
        }
    }

    fn image(
        &self,
        reference: &Reference,
        fetched: &FetchedManifest,
        config: &Descriptor,
    ) -> Result<Image, RegistryError> {
        let bytes = self.config(reference, config)?;
        let target = Target {
            names: vec![
                reference.to_string(),
                format!("{}/{}@{}", reference.host(), reference.path(), fetched.digest),
            ],
            ..Target::new(TargetKind::Registry, reference.familiar())
        };
        let parts = ImageParts {
            target,
            manifest: &fetched.bytes,
            manifest_digest: Some(&fetched.digest),
            config: &bytes,
        };
        let mut layer = |descriptor: &Descriptor, diff_id: Option<&model::Digest>| {
            let (client, reference, wanted) = (self.clone(), reference.clone(), descriptor.clone());
            let open = move || {
                let reader = client.blob(&reference, &wanted).map_err(std::io::Error::other)?;
                Ok(Box::new(reader) as Box<dyn std::io::Read + Send>)
            };
            let layer = BlobLayer::new(
                open,
                Some(descriptor.digest.clone()),
                diff_id.cloned(),
                &descriptor.media_type,
            );
            Box::new(layer.with_size_bytes(descriptor.size_bytes)) as Box<dyn oci::LayerSource>
        };
        open_image_from_parts(parts, &self.options().limits, &mut layer)
            .map_err(|error| unusable("manifest", reference, error))
    }

    fn config(&self, reference: &Reference, config: &Descriptor) -> Result<Vec<u8>, RegistryError> {
        let request = Request {
            ask: Ask { timeout: Some(self.options().document_timeout), ..Ask::default() },
            path: format!("/v2/{}/blobs/{}", reference.path(), config.digest),
            scope: Scope::Pull(reference.path().to_owned()),
            what: format!("configuration {} of {}", config.digest, reference.path()),
        };
        let limit_bytes = self.options().limits.manifest_bytes_max.min(config.size_bytes);
        self.first_endpoint(reference, |endpoint| {
            Ok(self.document(endpoint, &request, "configuration", limit_bytes)?.bytes)
        })
    }
}

struct Found {
    images: Vec<Image>,
    gaps: Vec<Gap>,
    mismatches: Vec<Mismatch>,
}

// Images whose index did not tell their platform, and images without an index, tell it in their configuration.
fn keep_platform(
    images: &mut Vec<Image>,
    choice: &PlatformChoice,
    reference: &Reference,
) -> Result<(), RegistryError> {
    let wanted = match choice {
        PlatformChoice::All => return Ok(()),
        PlatformChoice::Host if images.len() == 1 => return Ok(()),
        PlatformChoice::Host => Platform::host(),
        PlatformChoice::One(platform) => platform.clone(),
    };
    let platform_of =
        |image: &Image| image.target.platform.as_ref().and_then(|text| text.parse::<Platform>().ok());
    let best = images
        .iter()
        .enumerate()
        .filter_map(|(at, image)| Some((wanted.distance(&platform_of(image)?)?, at)))
        .min()
        .map(|(_, at)| at);
    let Some(best) = best else {
        let available: Vec<String> =
            images.iter().filter_map(|image| image.target.platform.clone()).take(30).collect();
        let error = oci::NoPlatform { wanted: wanted.to_string(), available: available.join(", ") };
        return Err(unusable("image", reference, error));
    };
    images.swap(0, best);
    images.truncate(1);
    Ok(())
}

fn unusable(
    document: &'static str,
    reference: &Reference,
    source: impl std::error::Error + Send + Sync + 'static,
) -> RegistryError {
    RegistryError::Document { document, image: reference.familiar(), source: Box::new(source) }
}

// An error with its causes, in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.replace('\n', " ")
}
