//! OCI image layouts made by code.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

/// An OCI image layout (OCI image-spec, image-layout.md) in a directory, with a blob for each digest.
pub struct Layout {
    directory: PathBuf,
    manifests: Vec<Value>,
}

/// How a layer blob is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerEncoding {
    /// The bare tar.
    Plain,
    /// gzip.
    Gzip,
}

impl Layout {
    /// Starts a layout in a directory that need not exist.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        std::fs::create_dir_all(directory.join("blobs/sha256")).unwrap();
        Self { directory: directory.to_owned(), manifests: Vec::new() }
    }

    /// Stores a blob; returns its descriptor.
    pub fn blob(&self, media_type: &str, content: &[u8]) -> Value {
        let hex = sha256_hex(content);
        std::fs::write(self.directory.join("blobs/sha256").join(&hex), content).unwrap();
        json!({ "mediaType": media_type, "digest": format!("sha256:{hex}"), "size": content.len() })
    }

    /// Stores an image of the given layers (tars) for `linux/ARCHITECTURE`; returns the manifest's descriptor.
    pub fn image(&self, architecture: &str, layers: &[Vec<u8>], encoding: LayerEncoding) -> Value {
        let history: Vec<Value> =
            (0..layers.len()).map(|index| json!({ "created_by": format!("ADD layer-{index} /") })).collect();
        self.image_of(architecture, layers, encoding, &json!({}), &json!(history))
    }

    /// Stores an image with a container configuration (`Env`, `Labels` …) and a history of its own.
    pub fn image_of(
        &self,
        architecture: &str,
        layers: &[Vec<u8>],
        encoding: LayerEncoding,
        container: &Value,
        history: &Value,
    ) -> Value {
        let diff_ids: Vec<String> = layers.iter().map(|tar| format!("sha256:{}", sha256_hex(tar))).collect();
        let config = json!({
            "os": "linux", "architecture": architecture, "config": container,
            "rootfs": { "type": "layers", "diff_ids": diff_ids }, "history": history,
        });
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let layers: Vec<Value> = layers
            .iter()
            .map(|tar| match encoding {
                LayerEncoding::Plain => self.blob("application/vnd.oci.image.layer.v1.tar", tar),
                LayerEncoding::Gzip => self.blob("application/vnd.oci.image.layer.v1.tar+gzip", &gzip(tar)),
            })
            .collect();
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers });
        let mut descriptor = self.blob(media_type, manifest.to_string().as_bytes());
        descriptor["platform"] = json!({ "os": "linux", "architecture": architecture });
        descriptor
    }

    /// Stores an index of manifests (a multi-platform image); returns its descriptor.
    pub fn index(&self, manifests: &[Value]) -> Value {
        let media_type = "application/vnd.oci.image.index.v1+json";
        let index = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": manifests });
        self.blob(media_type, index.to_string().as_bytes())
    }

    /// Lists a manifest or index in `index.json` under a tag.
    pub fn tag(&mut self, name: &str, descriptor: &Value) {
        let mut descriptor = descriptor.clone();
        descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
        self.manifests.push(descriptor);
    }

    /// Writes `index.json` and `oci-layout`; returns the directory.
    #[must_use]
    pub fn finish(self) -> PathBuf {
        let index = json!({ "schemaVersion": 2, "manifests": self.manifests });
        std::fs::write(self.directory.join("index.json"), index.to_string()).unwrap();
        std::fs::write(self.directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        self.directory
    }
}

fn sha256_hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
