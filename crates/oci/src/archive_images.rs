//! The images of an archive, of Docker, of OCI, or of both in one.

use crate::docker_archive::{blob_digest, config_digest, parse_docker_manifest};
use crate::find_images::{Documents, blob_path, find_images};
use crate::{
    Image, ImageParts, LayerFacts, LayerSource, OpenError, OpenOptions, open_image_from_config,
    open_image_from_parts,
};
use model::{Digest, Gap, GapReason, Target, TargetKind};

/// An image of an archive, with the paths of its layers in it.
pub(crate) struct ArchiveImage {
    pub(crate) image: Image,
    pub(crate) layer_paths: Vec<String>,
}

/// A layer that an image of an archive wants.
pub(crate) struct WantedLayer<'a> {
    pub(crate) path: &'a str,
    pub(crate) digest: Option<&'a Digest>,
    pub(crate) diff_id: Option<&'a Digest>,
    pub(crate) media_type: &'a str,
    pub(crate) size_bytes: Option<u64>,
}

/// What an archive is called, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct ArchiveName {
    pub(crate) kind: TargetKind,
    pub(crate) name: String,
}

/// The images of an archive. Docker 25 and newer write archives that are both a docker-archive and an OCI
/// layout: the index is read first, since it tells more; images that only `manifest.json` names, which is what
/// `docker load` reads, are added, and that is a gap.
pub(crate) fn archive_images(
    documents: &dyn Documents,
    name: &ArchiveName,
    options: &OpenOptions<'_>,
    layer: &mut dyn FnMut(&WantedLayer<'_>) -> Box<dyn LayerSource>,
) -> Result<Vec<ArchiveImage>, OpenError> {
    let mut images = match oci_images(documents, name, options, layer) {
        Ok(images) => Ok(images),
        // Without an index, what `manifest.json` says of itself is the better explanation.
        Err(OpenError::Read { what, source })
            if what == "index.json" && source.kind() == std::io::ErrorKind::NotFound =>
        {
            Err(None)
        }
        Err(error) => Err(Some(error)),
    };
    let bytes = match documents.document("manifest.json", options.limits.manifest_bytes_max) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            return images.map_err(|error| error.unwrap_or_else(|| OpenError::NoManifest(name.name.clone())));
        }
        Err(source) => {
            let what = "manifest.json".to_owned();
            return images.map_err(|error| error.unwrap_or(OpenError::Read { what, source }));
        }
    };
    let docker = parse_docker_manifest(&bytes, options);
    match (&mut images, docker) {
        (Ok(images), Ok(docker)) => {
            for image in docker {
                let is_known = |known: &&mut ArchiveImage| {
                    known.image.target.image_id.as_ref() == config_digest(&image.config).as_ref()
                };
                if let Some(known) = images.iter_mut().find(is_known) {
                    for name in image.names {
                        if !known.image.target.names.contains(&name) {
                            known.image.target.names.push(name);
                        }
                    }
                    continue;
                }
                let mut added = docker_image(documents, image, name, options, layer)?;
                let detail = "index.json does not lead to the image that manifest.json names; both were read";
                added.image.gaps.push(Gap::new("manifest.json", GapReason::Malformed, detail));
                images.push(added);
            }
        }
        // Names and platforms of the index are as good.
        (Ok(_), Err(OpenError::NoSuchName { .. })) => {}
        (Ok(images), Err(error)) => {
            for image in images {
                image.image.gaps.push(Gap::new("manifest.json", GapReason::Malformed, error.to_string()));
            }
        }
        (Err(index_error), Ok(docker)) => {
            let mut opened = Vec::new();
            for image in docker {
                let mut image = docker_image(documents, image, name, options, layer)?;
                if let Some(error) = index_error
                    && !matches!(error, OpenError::NoSuchName { .. })
                {
                    image.image.gaps.push(Gap::new("index.json", GapReason::Malformed, error.to_string()));
                }
                opened.push(image);
            }
            images = Ok(opened);
        }
        (Err(index_error), Err(error)) => return Err(index_error.take().unwrap_or(error)),
    }
    images.map_err(|error| error.unwrap_or_else(|| OpenError::NoManifest(name.name.clone())))
}

fn target(name: &ArchiveName, names: Vec<String>) -> Target {
    Target { names, ..Target::new(name.kind, name.name.clone()) }
}

fn oci_images(
    documents: &dyn Documents,
    name: &ArchiveName,
    options: &OpenOptions<'_>,
    layer: &mut dyn FnMut(&WantedLayer<'_>) -> Box<dyn LayerSource>,
) -> Result<Vec<ArchiveImage>, OpenError> {
    let found = find_images(documents, options)?;
    let mut images = Vec::new();
    for image in found.images {
        let parts = ImageParts {
            target: target(name, image.names),
            manifest: &image.manifest_bytes,
            manifest_digest: Some(&image.digest),
            config: &image.config,
        };
        let opened = open_image_from_parts(parts, &options.limits, &mut |descriptor, diff_id| {
            layer(&WantedLayer {
                path: &blob_path(&descriptor.digest),
                digest: Some(&descriptor.digest),
                diff_id,
                media_type: &descriptor.media_type,
                size_bytes: Some(descriptor.size_bytes),
            })
        });
        let mut opened =
            opened.map_err(|source| OpenError::Manifest { what: image.digest.to_string(), source })?;
        opened.gaps.extend(found.gaps.iter().cloned());
        let layer_paths = image.manifest.layers.iter().map(|layer| blob_path(&layer.digest)).collect();
        images.push(ArchiveImage { image: opened, layer_paths });
    }
    Ok(images)
}

fn docker_image(
    documents: &dyn Documents,
    image: crate::docker_archive::DockerImage,
    name: &ArchiveName,
    options: &OpenOptions<'_>,
    layer: &mut dyn FnMut(&WantedLayer<'_>) -> Box<dyn LayerSource>,
) -> Result<ArchiveImage, OpenError> {
    let config = documents
        .document(&image.config, options.limits.manifest_bytes_max)
        .map_err(|source| OpenError::Read { what: image.config.clone(), source })?;
    let digests: Vec<Option<Digest>> = image.layers.iter().map(|path| blob_digest(path)).collect();
    let facts: Vec<LayerFacts> =
        digests.iter().map(|digest| LayerFacts { digest: digest.clone(), ..LayerFacts::default() }).collect();
    let config_digest = config_digest(&image.config);
    let target = target(name, image.names);
    let opened = open_image_from_config(
        target,
        &config,
        config_digest.as_ref(),
        &facts,
        &options.limits,
        &mut |at, diff_id| {
            let (path, digest) = (image.layers[at].as_str(), digests[at].as_ref());
            layer(&WantedLayer { path, digest, diff_id, media_type: "", size_bytes: None })
        },
    );
    Ok(ArchiveImage { image: opened, layer_paths: image.layers })
}
