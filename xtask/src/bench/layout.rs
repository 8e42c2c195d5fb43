//! Writes an image as an OCI layout (image-spec, image-layout.md), and one of one layer as `docker save` does.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// The name that the image has in every form.
pub(crate) const NAME: &str = "seawall-bench:1";

#[derive(Clone, Copy)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

/// A layer that lies in a layout.
#[derive(Clone)]
pub(crate) struct Layer {
    media_type: &'static str,
    /// SHA-256 of the blob.
    hex: String,
    size_bytes: u64,
    /// SHA-256 of what it unpacks to.
    diff_id: String,
}

pub(crate) fn write_oci(tar: &Path, layout: &Path, compression: Compression) -> Result<()> {
    let layer = add_layer(tar, layout, compression)?;
    write_index(layout, &[layer])
}

pub(crate) fn add_layer(tar: &Path, layout: &Path, compression: Compression) -> Result<Layer> {
    let blobs = blobs(layout)?;
    let partial = blobs.join("layer.partial");
    let media_type = compress(tar, &partial, compression)
        .with_context(|| format!("cannot compress {} into {}", tar.display(), partial.display()))?;
    let hex = sha256_of(&partial)?;
    std::fs::rename(&partial, blobs.join(&hex)).context("cannot rename the layer")?;
    let size_bytes = std::fs::metadata(blobs.join(&hex))?.len();
    Ok(Layer { media_type, hex, size_bytes, diff_id: sha256_of(tar)? })
}

/// Puts a layer of one layout into another one.
pub(crate) fn link_layer(layer: &Layer, from: &Path, into: &Path) -> Result<()> {
    let blob = from.join("blobs/sha256").join(&layer.hex);
    std::fs::hard_link(&blob, blobs(into)?.join(&layer.hex))
        .with_context(|| format!("cannot link {} into {}", blob.display(), into.display()))
}

/// Makes an image of the layers.
pub(crate) fn write_index(layout: &Path, layers: &[Layer]) -> Result<()> {
    let blobs = blobs(layout)?;
    let config = config(layers.iter().map(|layer| layer.diff_id.as_str()));
    let listed = layers.iter().map(|layer| descriptor(layer.media_type, &layer.hex, layer.size_bytes));
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &sha256(&config), config.len() as u64),
        "layers": listed.collect::<Vec<Value>>(),
    })
    .to_string();
    let listed =
        descriptor("application/vnd.oci.image.manifest.v1+json", &sha256(&manifest), manifest.len() as u64);
    let index = json!({ "schemaVersion": 2, "manifests": [listed] }).to_string();
    for (path, content) in [
        (blobs.join(sha256(&config)), &config),
        (blobs.join(sha256(&manifest)), &manifest),
        (layout.join("index.json"), &index),
        (layout.join("oci-layout"), &json!({ "imageLayoutVersion": "1.0.0" }).to_string()),
    ] {
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn blobs(layout: &Path) -> Result<PathBuf> {
    let blobs = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).with_context(|| format!("cannot create {}", blobs.display()))?;
    Ok(blobs)
}

pub(crate) fn write_docker_archive(tar: &Path, archive: &Path) -> Result<()> {
    let config = config([sha256_of(tar)?.as_str()]);
    let config_name = format!("{}.json", sha256(&config));
    let manifest =
        json!([{ "Config": config_name, "RepoTags": [NAME], "Layers": ["layer/layer.tar"] }]).to_string();
    let write = || -> io::Result<()> {
        let mut builder = tar::Builder::new(File::create(archive)?);
        for (name, content) in [(config_name.as_str(), &config), ("manifest.json", &manifest)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, content.as_bytes())?;
        }
        builder.append_file("layer/layer.tar", &mut File::open(tar)?)?;
        builder.into_inner()?.flush()
    };
    write().with_context(|| format!("cannot write {}", archive.display()))
}

fn config<'a>(diff_ids: impl IntoIterator<Item = &'a str>) -> String {
    let diff_ids: Vec<String> = diff_ids.into_iter().map(|diff_id| format!("sha256:{diff_id}")).collect();
    let step = json!({ "created": "1970-01-01T00:00:00Z", "created_by": "ADD rootfs.tar / # buildkit" });
    json!({
        "architecture": std::env::consts::ARCH.replace("x86_64", "amd64").replace("aarch64", "arm64"),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {},
        "history": vec![step; diff_ids.len()],
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    })
    .to_string()
}

fn descriptor(media_type: &str, hex: &str, size_bytes: u64) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{hex}"), "size": size_bytes })
}

// The levels that `docker push` takes when nobody asks for another.
fn compress(tar: &Path, into: &Path, compression: Compression) -> io::Result<&'static str> {
    let mut tar = BufReader::new(File::open(tar)?);
    let file = File::create(into)?;
    Ok(match compression {
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::new(6));
            io::copy(&mut tar, &mut encoder)?;
            encoder.finish()?;
            "application/vnd.oci.image.layer.v1.tar+gzip"
        }
        Compression::Zstd => {
            zstd::stream::copy_encode(&mut tar, file, 3)?;
            "application/vnd.oci.image.layer.v1.tar+zstd"
        }
    })
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn sha256_of(path: &Path) -> Result<String> {
    let hash = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(hex(&hash.finalize()));
            }
            hash.update(&buffer[..count]);
        }
    };
    hash().with_context(|| format!("cannot read {}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
