//! `manifest.json` of a docker-archive.

use crate::find_images::{is_same_name, no_such_name};
use crate::{OpenError, OpenOptions};
use model::Digest;
use serde::Deserialize;

/// One image of a docker-archive (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DockerImage {
    /// Path of the configuration in the archive.
    pub(crate) config: String,
    pub(crate) names: Vec<String>,
    /// Paths of the layers in the archive, lowest first.
    pub(crate) layers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawImage {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// The images that are meant of those that `manifest.json` names.
pub(crate) fn parse_docker_manifest(
    bytes: &[u8],
    options: &OpenOptions<'_>,
) -> Result<Vec<DockerImage>, OpenError> {
    const WHAT: &str = "manifest.json";
    let raw: Vec<RawImage> =
        serde_json::from_slice(bytes).map_err(|source| OpenError::Json { what: WHAT.to_owned(), source })?;
    let mut images = Vec::new();
    for image in raw {
        let layers = image.layers.unwrap_or_default();
        let layers = layers.iter().map(|path| normal_path(path)).collect();
        let names = image.repo_tags.unwrap_or_default();
        images.push(DockerImage { config: normal_path(&image.config), names, layers });
    }
    let Some(wanted) = options.reference else { return Ok(images) };
    let is_meant = |image: &DockerImage| {
        image.names.iter().any(|name| is_same_name(name, wanted))
            || config_digest(&image.config).is_some_and(|digest| digest.as_str() == wanted)
    };
    let meant: Vec<DockerImage> = images.iter().filter(|image| is_meant(image)).cloned().collect();
    if meant.is_empty() {
        return Err(no_such_name(
            wanted,
            images.iter().flat_map(|image| image.names.iter().map(String::as_str)),
        ));
    }
    Ok(meant)
}

/// The path of an entry as names of files are compared: without `./`.
pub(crate) fn normal_path(path: &str) -> String {
    model::LayerPath::new(path).as_str().to_owned()
}

/// The digest that the path of a blob or configuration promises: `blobs/sha256/HEX`, `HEX.json`, `sha256:HEX`.
pub(crate) fn config_digest(path: &str) -> Option<Digest> {
    let name = path.rsplit('/').next()?;
    let hex = name.strip_suffix(".json").unwrap_or(name);
    let hex = hex.strip_prefix("sha256:").unwrap_or(hex);
    blob_digest(path).or_else(|| format!("sha256:{hex}").parse().ok())
}

/// The digest that the path of a blob of a layout promises.
pub(crate) fn blob_digest(path: &str) -> Option<Digest> {
    let (algorithm, hex) = path.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}

/// Whether the name of an entry is one that docker-archives and OCI archives have, rather than root file
/// systems.
pub(crate) fn is_archive_member(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or(path);
    let stem = first.split('.').next().unwrap_or(first);
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(path, "manifest.json" | "index.json" | "oci-layout" | "repositories" | "config.json")
        || path == "blobs/sha256"
        || path.starts_with("blobs/sha256/")
        || path.starts_with("sha256:")
        || is_hash(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_chosen_by_any_spelling_of_their_name() {
        let hex = "a".repeat(64);
        let bytes = format!(
            r#"[{{"Config":"{hex}.json","RepoTags":["alpine:3.18"],"Layers":["./x/layer.tar"]}},
                {{"Config":"blobs/sha256/{hex}","RepoTags":null,"Layers":null}}]"#
        );
        let choose = |reference: Option<&str>| {
            let options = OpenOptions { reference, ..OpenOptions::default() };
            parse_docker_manifest(bytes.as_bytes(), &options)
        };
        assert_eq!(choose(None).unwrap().len(), 2);
        let image = choose(Some("docker.io/library/alpine:3.18")).unwrap().remove(0);
        assert_eq!(image.layers, ["x/layer.tar"]);
        assert_eq!(config_digest(&image.config).unwrap().hex(), hex);
        let error = choose(Some("alpine:3.19")).unwrap_err();
        assert_eq!(error.to_string(), "there is no image 'alpine:3.19', only alpine:3.18");
    }

    #[test]
    fn root_file_systems_are_told_from_archives() {
        for (path, expected) in
            [("manifest.json", true), ("bin/sh", false), ("", false), ("blobs/sha256/ab", true)]
        {
            assert_eq!(is_archive_member(path), expected, "{path}");
        }
        assert!(is_archive_member(&format!("{}/layer.tar", "0".repeat(64))));
        assert!(is_archive_member(&format!("{}.tar.gz", "0".repeat(64))));
    }
}
