//! Images made by code, as layouts and as archives.

use super::{Tar, digest, gzip};
use model::Digest;
use serde_json::{Value, json};
use std::path::Path;

/// Files by their path.
#[derive(Clone, Default)]
pub struct Files(pub Vec<(String, Vec<u8>)>);

impl Files {
    pub fn put(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.0.push((path.to_owned(), content.into()));
    }

    pub fn blob(&mut self, content: &[u8]) -> Digest {
        let digest = digest(content);
        self.put(&format!("blobs/sha256/{}", digest.hex()), content);
        digest
    }

    pub fn json(&mut self, value: &Value) -> (Digest, usize) {
        let bytes = serde_json::to_vec(value).unwrap();
        (self.blob(&bytes), bytes.len())
    }

    pub fn get(&self, path: &str) -> &[u8] {
        &self.0.iter().find(|(of, _)| of == path).unwrap().1
    }

    pub fn replace(&mut self, path: &str, content: &[u8]) {
        self.0.iter_mut().find(|(of, _)| of == path).unwrap().1 = content.to_vec();
    }

    pub fn write(&self, directory: &Path) {
        for (path, content) in &self.0 {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }

    pub fn tar(&self) -> Vec<u8> {
        let mut tar = Tar::new();
        for (path, content) in &self.0 {
            tar = tar.file(path, content);
        }
        tar.finish()
    }
}

pub fn layers() -> [Vec<u8>; 2] {
    [Tar::new().file("base", b"1").finish(), Tar::new().file("own", b"2").finish()]
}

pub fn config(architecture: &str) -> Value {
    let diff_ids: Vec<Digest> = layers().iter().map(|layer| digest(layer)).collect();
    json!({
        "os": "linux", "architecture": architecture, "created": "2026-01-02T03:04:05Z",
        "config": {"Env": ["A=b"], "Cmd": null, "User": "app"},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": [
            {"created_by": "ADD base"}, {"created_by": "CMD [\"sh\"]", "empty_layer": true}, {"created_by": "COPY own"},
        ],
    })
}

/// Adds an image of two gzip layers; its manifest's descriptor.
pub fn add_image(files: &mut Files, architecture: &str) -> Value {
    let (config, config_size) = files.json(&config(architecture));
    let layers: Vec<Value> = layers()
        .iter()
        .map(|layer| {
            let blob = gzip(layer);
            json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": files.blob(&blob), "size": blob.len()})
        })
        .collect();
    let (manifest, size) = files.json(&json!({
        "schemaVersion": 2,
        "mediaType": oci::media_type::OCI_MANIFEST,
        "config": {"mediaType": oci::media_type::OCI_CONFIG, "digest": config, "size": config_size},
        "layers": layers,
    }));
    json!({
        "mediaType": oci::media_type::OCI_MANIFEST, "digest": manifest, "size": size,
        "platform": {"os": "linux", "architecture": architecture},
    })
}

pub fn named(mut descriptor: Value, name: &str) -> Value {
    descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": name});
    descriptor
}

/// A layout that leads to these descriptors.
pub fn finish_layout(files: &mut Files, manifests: &[Value]) {
    files.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files
        .put("index.json", serde_json::to_vec(&json!({"schemaVersion": 2, "manifests": manifests})).unwrap());
}

/// A layout of one image.
pub fn layout() -> Files {
    let mut files = Files::default();
    let manifest = named(add_image(&mut files, "amd64"), "app:1");
    finish_layout(&mut files, &[manifest]);
    files
}

/// A docker-archive as Docker wrote it before version 25: the second layer is a link to where it lies, and the
/// manifest comes last.
pub fn docker_archive(compress: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let [base, own] = layers();
    let config = serde_json::to_vec(&config("amd64")).unwrap();
    let config_name = format!("{}.json", digest(&config).hex());
    let (first, second, third) = ("1".repeat(64), "2".repeat(64), "3".repeat(64));
    let manifest = json!([{
        "Config": config_name, "RepoTags": ["app:1"],
        "Layers": [format!("{first}/layer.tar"), format!("{second}/layer.tar")],
    }]);
    let tar = Tar::new()
        .directory(&format!("{first}/"))
        .file(&format!("{first}/VERSION"), b"1.0")
        .file(&format!("{first}/json"), b"{}");
    // Names of 74 bytes leave room for no prefix in a header, which is what Docker writes as well.
    let tar = tar
        .file(&format!("{first}/layer.tar"), &compress(&base))
        .symlink(&format!("{second}/layer.tar"), &format!("../{third}/layer.tar"))
        .file(&format!("{third}/layer.tar"), &compress(&own))
        .file(&config_name, &config)
        .file("manifest.json", &serde_json::to_vec(&manifest).unwrap())
        .file("repositories", b"{}");
    tar.finish()
}
