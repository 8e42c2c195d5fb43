//! Layers of the overlay2 storage driver (moby, layer/filestore.go, image/fs.go, daemon/graphdriver/overlay2).
//!
//! ```text
//! image/overlay2/imagedb/content/sha256/IMAGE-ID   the configuration
//! image/overlay2/layerdb/sha256/CHAIN-ID/          diff (the diff id), cache-id, size
//! overlay2/CACHE-ID/diff/                          the layer, unpacked
//! ```

use crate::{
    ImageInspect,
    in_place::{Refusal, unsuitable},
};
use model::{Digest, Limits, Target};
use oci::{
    DirectoryOptions, Flavour, Image, ImageConfig, LayerFacts, Mounts, directory_layer,
    open_image_from_config,
};
use sha2::{Digest as _, Sha256};
use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

// Records of the layer database are digests and numbers.
const RECORD_BYTES_MAX: u64 = 4_096;

/// Opens an image of the driver.
pub(crate) fn open(
    data_root: &Path,
    target: Target,
    inspect: &ImageInspect,
    limits: &Limits,
) -> Result<Image, Refusal> {
    let image_id: Digest =
        inspect.id.parse().map_err(|_| unsuitable("the engine's image id is no digest"))?;
    let database = data_root.join("image/overlay2");
    let path = database.join("imagedb/content").join(image_id.algorithm()).join(image_id.hex());
    let config = read(&path, limits.manifest_bytes_max)?;
    let parsed: ImageConfig =
        serde_json::from_slice(&config).map_err(|_| unsuitable("the image's configuration is malformed"))?;
    let diff_ids = &parsed.rootfs.diff_ids;
    // What the engine tells of the image and what lies on its disk must be the same thing.
    if !diff_ids.iter().map(Digest::as_str).eq(inspect.root_fs.layers.iter().map(String::as_str)) {
        return Err(unsuitable("the engine and its data root disagree on the layers of the image"));
    }
    if diff_ids.len() > limits.layers_max {
        return Err(Refusal::Unsuitable(format!("the image has more than {} layers", limits.layers_max)));
    }
    let mut directories = Vec::new();
    let mut facts = Vec::new();
    for chain_id in chain_ids(diff_ids).iter().zip(diff_ids) {
        let (directory, size_bytes) = locate(data_root, &database, chain_id.0, chain_id.1)?;
        directories.push(directory);
        facts.push(LayerFacts { digest: None, size_bytes, media_type: String::new() });
    }
    let options = DirectoryOptions { flavour: Flavour::Overlay, mounts: Mounts::Stay, exclude: Vec::new() };
    Ok(open_image_from_config(target, &config, Some(&image_id), &facts, limits, &mut |index, _| {
        directory_layer(directories[index].clone(), options.clone())
    }))
}

/// The identity of each layer together with all below it (OCI image-spec, config.md, "Layer ChainID").
fn chain_ids(diff_ids: &[Digest]) -> Vec<Digest> {
    let mut chain: Vec<Digest> = Vec::with_capacity(diff_ids.len());
    for diff_id in diff_ids {
        let next = match chain.last() {
            None => diff_id.clone(),
            Some(below) => Digest::from_sha256(&Sha256::digest(format!("{below} {diff_id}")).into()),
        };
        chain.push(next);
    }
    chain
}

fn locate(
    data_root: &Path,
    database: &Path,
    chain_id: &Digest,
    diff_id: &Digest,
) -> Result<(PathBuf, Option<u64>), Refusal> {
    let record = database.join("layerdb").join(chain_id.algorithm()).join(chain_id.hex());
    let text = |name: &str| -> Result<String, Refusal> {
        let bytes = read(&record.join(name), RECORD_BYTES_MAX)?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    };
    if text("diff")? != diff_id.as_str() {
        return Err(unsuitable("the layer database does not fit the image's configuration"));
    }
    let cache_id = text("cache-id")?;
    // It becomes a path component.
    let is_id =
        !cache_id.is_empty() && cache_id.len() <= 128 && cache_id.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id {
        return Err(unsuitable("the layer database names a strange directory"));
    }
    let directory = data_root.join("overlay2").join(cache_id).join("diff");
    // Opened now, so that a directory that is missing or closed to us leads to the export.
    std::fs::read_dir(&directory).map_err(|error| refused(&directory, &error))?;
    Ok((directory, text("size").ok().and_then(|size| size.parse().ok())))
}

pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| refused(path, &error))?;
    if bytes.len() as u64 > bytes_max {
        return Err(Refusal::Unsuitable(format!("{} has more than {bytes_max} bytes", path.display())));
    }
    Ok(bytes)
}

fn refused(path: &Path, error: &io::Error) -> Refusal {
    let hint = if error.kind() == io::ErrorKind::PermissionDenied { " (root can)" } else { "" };
    Refusal::Unsuitable(format!("{} cannot be read{hint}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_ids_follow_the_specification() {
        let a = Digest::from_sha256(&[1; 32]);
        let b = Digest::from_sha256(&[2; 32]);
        let chain = chain_ids(&[a.clone(), b.clone()]);
        assert_eq!(chain[0], a);
        assert_eq!(chain[1], Digest::from_sha256(&Sha256::digest(format!("{a} {b}")).into()));
    }
}
