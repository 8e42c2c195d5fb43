//! OCI image layouts in a directory.

use crate::find_images::{Documents, blob_path, find_images, keep_platform};
use crate::{BlobLayer, Descriptor, Image, ImageParts, OpenError, OpenOptions, open_image_from_parts};
use model::{Digest, Gap, GapReason, Target, TargetKind};
use rustix::fs::OFlags;
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Opens the images of an OCI image layout (OCI image-spec, image-layout.md). Blobs may be symbolic links; one
/// that leads out of the layout is followed, since its content is verified, and is a gap. They may also be the
/// small text files that git makes of symbolic links.
///
/// # Errors
/// When there is no such layout, or none of its images is meant.
pub fn open_layout(directory: &Path, options: &OpenOptions<'_>) -> Result<Vec<Image>, OpenError> {
    if !directory.join("index.json").exists() {
        return Err(OpenError::NotALayout(directory.display().to_string()));
    }
    let layout = LayoutDirectory { root: directory.to_owned() };
    let found = find_images(&layout, options)?;
    let mut images = Vec::new();
    for image in found.images {
        let target =
            Target { names: image.names, ..Target::new(TargetKind::Oci, directory.display().to_string()) };
        let parts = ImageParts {
            target,
            manifest: &image.manifest_bytes,
            manifest_digest: Some(&image.digest),
            config: &image.config,
        };
        let opened = open_image_from_parts(parts, &options.limits, &mut |descriptor, diff_id| {
            Box::new(layout.layer(descriptor, diff_id, options))
        });
        let mut opened =
            opened.map_err(|source| OpenError::Manifest { what: image.digest.to_string(), source })?;
        opened.gaps.extend(found.gaps.iter().cloned());
        let manifest = &image.manifest;
        let blobs = manifest.layers.iter().chain([&manifest.config]).map(|descriptor| &descriptor.digest);
        opened.gaps.extend(blobs.chain([&image.digest]).filter_map(|digest| layout.escape_gap(digest)));
        images.push(opened);
    }
    keep_platform(&mut images, &options.platform)?;
    Ok(images)
}

#[derive(Clone)]
struct LayoutDirectory {
    root: PathBuf,
}

impl LayoutDirectory {
    fn layer(
        &self,
        descriptor: &Descriptor,
        diff_id: Option<&Digest>,
        options: &OpenOptions<'_>,
    ) -> BlobLayer {
        let path = self.root.join(blob_path(&descriptor.digest));
        let layout = self.clone();
        let open = move || Ok(Box::new(layout.open(&path)?) as Box<dyn Read + Send>);
        BlobLayer::new(open, Some(descriptor.digest.clone()), diff_id.cloned(), &descriptor.media_type)
            .with_size_bytes(descriptor.size_bytes)
            .with_threads(options.threads)
    }

    // A checkout of a repository without symbolic links has small files with the targets in their place, as git
    // writes them (git-config, "core.symlinks"); official images are published in repositories.
    fn open(&self, path: &Path) -> io::Result<File> {
        let file = open_regular(path)?;
        let Some(target) = text_link(&file) else { return Ok(file) };
        let real = path.parent().unwrap_or(path).join(target).canonicalize();
        match (real, self.root.canonicalize()) {
            (Ok(real), Ok(root)) if real.starts_with(&root) => open_regular(&real),
            _ => Ok(file),
        }
    }

    fn escape_gap(&self, digest: &Digest) -> Option<Gap> {
        let root = self.root.canonicalize().ok()?;
        let real = self.root.join(blob_path(digest)).canonicalize().ok()?;
        if real.starts_with(&root) {
            return None;
        }
        let detail = format!("the blob is a link to {}, outside of the layout", real.display());
        Some(Gap::new(digest.as_str(), GapReason::Malformed, detail))
    }
}

impl Documents for LayoutDirectory {
    fn document(&self, path: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        read_bounded(&mut self.open(&self.root.join(path))?, bytes_max)
    }
}

fn text_link(file: &File) -> Option<String> {
    let mut start = [0; 512];
    let count = file.read_at(&mut start, 0).ok()?;
    let text = std::str::from_utf8(&start[..count]).ok()?;
    let is_link = text.starts_with("../") && count < start.len() && !text.chars().any(char::is_control);
    is_link.then(|| text.to_owned())
}

/// The whole of a small file; more than `bytes_max` bytes are an error.
pub(crate) fn read_bounded(reader: &mut dyn Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {bytes_max} bytes"),
        ));
    }
    Ok(bytes)
}

// A FIFO in the place of a blob would stop the program for ever.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(file)
}
