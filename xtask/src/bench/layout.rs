//! Writes an image of one layer as an OCI layout (image-spec, image-layout.md) and as `docker save` does.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

/// The name that the image has in every form.
pub(crate) const NAME: &str = "seawall-bench:1";

#[derive(Clone, Copy)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

pub(crate) fn write_oci(tar: &Path, layout: &Path, compression: Compression) -> Result<()> {
    let blobs = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).with_context(|| format!("cannot create {}", blobs.display()))?;
    let partial = blobs.join("layer.partial");
    let media_type = compress(tar, &partial, compression)
        .with_context(|| format!("cannot compress {} into {}", tar.display(), partial.display()))?;
    let layer = sha256_of(&partial)?;
    std::fs::rename(&partial, blobs.join(&layer)).context("cannot rename the layer")?;
    let layer_bytes = std::fs::metadata(blobs.join(&layer))?.len();

    let config = config(&sha256_of(tar)?);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &sha256(&config), config.len() as u64),
        "layers": [descriptor(media_type, &layer, layer_bytes)],
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

pub(crate) fn write_docker_archive(tar: &Path, archive: &Path) -> Result<()> {
    let config = config(&sha256_of(tar)?);
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

fn config(diff_id: &str) -> String {
    json!({
        "architecture": std::env::consts::ARCH.replace("x86_64", "amd64").replace("aarch64", "arm64"),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{diff_id}")] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "ADD rootfs.tar / # buildkit" }],
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
