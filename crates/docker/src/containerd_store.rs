//! Images of the containerd image store: manifests and compressed layers as blobs in its content store
//! (containerd, docs/content-flow.md and plugins/content/local), addressed by digest.

use crate::{
    DockerError, ImageInspect,
    in_place::{Refusal, unsuitable},
    overlay2::read,
};
use model::{Digest, Limits, Target};
use oci::{
    BlobLayer, Descriptor, Document, Image, ImageParts, LayerSource, Manifest, PlatformChoice,
    open_image_from_parts, parse_document, select_manifests,
};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

const CONTENT_STORE: &str = "io.containerd.content.v1.content/blobs";
const INDEX_DEPTH_MAX: u32 = 3;

/// Opens the images of a name: those platforms that are meant and whose content the engine has.
pub(crate) fn open(
    roots: &[PathBuf],
    target: &Target,
    inspect: &ImageInspect,
    platforms: &PlatformChoice,
    limits: &Limits,
) -> Result<Vec<Image>, Refusal> {
    // In this store the image id is the digest of what the name points at, index or manifest.
    let id: Digest = inspect.id.parse().map_err(|_| unsuitable("the engine's image id is no digest"))?;
    let mut last = unsuitable("there is no containerd content store");
    for root in roots {
        let store = Store { blobs: root.join(CONTENT_STORE), limits };
        match store.read(&id) {
            Ok(bytes) => return store.open(&id, &bytes, target, platforms),
            Err(refusal) => last = refusal,
        }
    }
    Err(last)
}

struct Store<'a> {
    blobs: PathBuf,
    limits: &'a Limits,
}

impl Store<'_> {
    fn path(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(digest.algorithm()).join(digest.hex())
    }

    fn read(&self, digest: &Digest) -> Result<Vec<u8>, Refusal> {
        read(&self.path(digest), self.limits.manifest_bytes_max)
    }

    fn open(
        &self,
        id: &Digest,
        bytes: &[u8],
        target: &Target,
        platforms: &PlatformChoice,
    ) -> Result<Vec<Image>, Refusal> {
        let mut images = Vec::new();
        self.collect(id, bytes, target, platforms, 0, &mut images)?;
        if images.is_empty() {
            return Err(unsuitable("the engine does not have the content of the image"));
        }
        Ok(images)
    }

    fn collect(
        &self,
        digest: &Digest,
        bytes: &[u8],
        target: &Target,
        platforms: &PlatformChoice,
        depth: u32,
        images: &mut Vec<Image>,
    ) -> Result<(), Refusal> {
        let document = parse_document(bytes, None, self.limits)
            .map_err(|error| Refusal::Unsuitable(format!("{digest} is no image manifest: {error}")))?;
        let index = match document {
            Document::Manifest(manifest) => {
                images.push(self.image(digest, bytes, &manifest, target)?);
                return Ok(());
            }
            Document::Index(_) if depth >= INDEX_DEPTH_MAX => {
                return Err(unsuitable("indexes are nested too deep"));
            }
            Document::Index(index) => index,
        };
        // Of a multi-platform image the engine has only those manifests that were pulled.
        let present: Vec<Descriptor> = index
            .manifests
            .into_iter()
            .filter(|descriptor| self.path(&descriptor.digest).is_file())
            .collect();
        let chosen = select_manifests(&present, platforms)
            .map_err(|source| Refusal::Error(DockerError::Platform { name: target.name.clone(), source }))?;
        let mut last = None;
        for descriptor in chosen {
            let opened = self.read(&descriptor.digest).and_then(|bytes| {
                self.collect(&descriptor.digest, &bytes, target, platforms, depth + 1, images)
            });
            match opened {
                // Content of this platform is not there; of all platforms, those that are there count.
                Err(refusal) if *platforms == PlatformChoice::All => last = Some(refusal),
                other => other?,
            }
        }
        match last {
            Some(refusal) if images.is_empty() => Err(refusal),
            _ => Ok(()),
        }
    }

    fn image(
        &self,
        digest: &Digest,
        bytes: &[u8],
        manifest: &Manifest,
        target: &Target,
    ) -> Result<Image, Refusal> {
        let config = self.read(&manifest.config.digest)?;
        for layer in &manifest.layers {
            let path = self.path(&layer.digest);
            if !File::open(&path).and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file()) {
                return Err(Refusal::Unsuitable(format!("{} is missing or cannot be read", path.display())));
            }
        }
        let parts = ImageParts {
            target: target.clone(),
            manifest: bytes,
            manifest_digest: Some(digest),
            config: &config,
        };
        let mut layer = |descriptor: &Descriptor, diff_id: Option<&Digest>| {
            blob(&self.path(&descriptor.digest), descriptor, diff_id)
        };
        open_image_from_parts(parts, self.limits, &mut layer)
            .map_err(|error| Refusal::Unsuitable(format!("{digest} is no image manifest: {error}")))
    }
}

fn blob(path: &Path, descriptor: &Descriptor, diff_id: Option<&Digest>) -> Box<dyn LayerSource> {
    let path = path.to_owned();
    let open = move || Ok(Box::new(File::open(&path)?) as Box<dyn Read + Send>);
    let layer =
        BlobLayer::new(open, Some(descriptor.digest.clone()), diff_id.cloned(), &descriptor.media_type);
    Box::new(layer.with_size_bytes(descriptor.size_bytes))
}
