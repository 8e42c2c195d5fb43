//! Containers of Podman, as its files describe them: there need not be a daemon.

use super::{name_and_tag, spec};
use serde_json::Value;
use state::Container;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// The container whose bundle this is: `<storage>/<driver>-containers/<id>/userdata`, as containers/storage lays it out.
pub(super) fn find(bundle: &Path, id: &str) -> Option<Container> {
    let containers = bundle.parent()?.parent()?;
    let listed = read(&containers.join("containers.json")).unwrap_or_default();
    let entry = listed.as_array()?.iter().find(|entry| entry["id"] == id)?;
    // `overlay-containers`, `vfs-containers`: the driver's name comes first.
    let driver = containers.file_name()?.to_str()?.strip_suffix("-containers")?;
    let images = containers.parent()?.join(format!("{driver}-images/images.json"));
    let images = read(&images).unwrap_or_default();
    let image = images.as_array().into_iter().flatten().find(|image| image["id"] == entry["image"]);
    let mut container = container(id, entry, image);
    spec::describe(&mut container, &read(&bundle.join("config.json"))?);
    Some(container)
}

fn container(id: &str, entry: &Value, image: Option<&Value>) -> Container {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // A document in a text.
    let metadata: Value =
        serde_json::from_str(entry["metadata"].as_str().unwrap_or_default()).unwrap_or_default();
    let name = text(&metadata["image-name"]);
    let (repository, tag) = if name.is_empty() { ("", "") } else { name_and_tag(&name) };
    let created =
        time::OffsetDateTime::parse(&text(&entry["created"]), &time::format_description::well_known::Rfc3339);
    Container {
        id: id.to_owned(),
        name: text(&entry["names"][0]),
        engine: "podman".to_owned(),
        image_repository: repository.to_owned(),
        image_tag: tag.to_owned(),
        image_id: text(&entry["image"]),
        image_digest: image.map(|image| text(&image["digest"])).unwrap_or_default(),
        created_ns: created
            .ok()
            .and_then(|time| u64::try_from(time.unix_timestamp_nanos()).ok())
            .unwrap_or(0),
        // One without a name (`--rootfs`) is known by what its files are.
        image: if name.is_empty() { text(&entry["image"]) } else { name.clone() },
        ..Container::default()
    }
}

fn read(path: &Path) -> Option<Value> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_storage_describe_a_container() {
        let storage = tempfile::tempdir().unwrap();
        let bundle = storage.path().join("overlay-containers/ab/userdata");
        std::fs::create_dir_all(&bundle).unwrap();
        std::fs::create_dir_all(storage.path().join("overlay-images")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(storage.path().join(path), text).unwrap();
        write(
            "overlay-containers/containers.json",
            r#"[{"id":"ab","names":["shop"],"image":"cd","created":"2026-01-02T03:04:05Z",
                "metadata":"{\"image-name\":\"localhost/web:1\"}"}]"#,
        );
        write("overlay-images/images.json", r#"[{"id":"cd","digest":"sha256:ef"}]"#);
        write(
            "overlay-containers/ab/userdata/config.json",
            r#"{"process":{"user":{"uid":33}},"linux":{"seccomp":{}}}"#,
        );
        let container = find(&bundle, "ab").unwrap();
        assert_eq!((container.name.as_str(), container.image_repository.as_str()), ("shop", "localhost/web"));
        assert_eq!((container.image_digest.as_str(), container.user.as_str()), ("sha256:ef", "33"));
        assert_eq!(find(&bundle, "other"), None);
    }
}
