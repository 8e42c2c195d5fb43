//! The calls of the Engine API that are used (moby, api/swagger.yaml), and their answers.

use crate::{DockerError, Engine};
use serde::{Deserialize, Deserializer};

/// `GET /info`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Info {
    /// The storage driver: `overlay2`; with the containerd image store, the snapshotter: `overlayfs`.
    pub driver: String,
    /// What the driver tells, name and value.
    #[serde(deserialize_with = "null_is_default")]
    pub driver_status: Vec<Vec<String>>,
    /// The data root.
    pub docker_root_dir: String,
    /// Version of the engine.
    pub server_version: String,
    /// `linux`.
    #[serde(rename = "OSType")]
    pub os_type: String,
    /// Name of the machine.
    pub name: String,
}

impl Info {
    /// A value of [`Info::driver_status`].
    #[must_use]
    pub fn status(&self, name: &str) -> Option<&str> {
        let pair = self.driver_status.iter().find(|pair| pair.first().is_some_and(|key| key == name))?;
        pair.get(1).map(String::as_str)
    }

    /// Whether images lie in containerd's store (docs.docker.com, "containerd image store").
    #[must_use]
    pub fn has_containerd_store(&self) -> bool {
        self.status("driver-type").is_some_and(|kind| kind.starts_with("io.containerd.snapshotter"))
    }
}

/// `GET /images/NAME/json`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageInspect {
    /// The image id: digest of the configuration; with the containerd image store, of the manifest or index.
    pub id: String,
    /// Its names.
    #[serde(deserialize_with = "null_is_default")]
    pub repo_tags: Vec<String>,
    /// Its names by manifest digest.
    #[serde(deserialize_with = "null_is_default")]
    pub repo_digests: Vec<String>,
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// `v8`.
    #[serde(deserialize_with = "null_is_default")]
    pub variant: String,
    /// RFC 3339.
    #[serde(deserialize_with = "null_is_default")]
    pub created: String,
    /// Size of its layers in bytes.
    pub size: i64,
    /// Its layers.
    #[serde(rename = "RootFS")]
    pub root_fs: InspectRootFs,
}

/// The layers of [`ImageInspect`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectRootFs {
    /// Diff ids, lowest first.
    #[serde(deserialize_with = "null_is_default")]
    pub layers: Vec<String>,
}

/// One image of `GET /images/json`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageListing {
    /// The image id.
    pub id: String,
    /// Its names; Docker writes `<none>:<none>` or nothing for an image without one.
    #[serde(deserialize_with = "null_is_default")]
    pub repo_tags: Vec<String>,
    /// Its names by manifest digest.
    #[serde(deserialize_with = "null_is_default")]
    pub repo_digests: Vec<String>,
    /// Seconds since 1970.
    pub created: i64,
    /// Size in bytes.
    pub size: i64,
}

/// One instruction of `GET /images/NAME/history`, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HistoryEntry {
    /// Seconds since 1970.
    pub created: i64,
    /// The instruction.
    pub created_by: String,
    /// Bytes that it added.
    pub size: i64,
    /// Free text.
    pub comment: String,
}

// Docker writes `null` for empty lists, and some engines for texts.
pub(crate) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    d: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

impl Engine {
    /// What the engine is, and where it keeps things.
    ///
    /// # Errors
    /// When the engine does not answer as its API says.
    pub fn info(&self) -> Result<Info, DockerError> {
        self.get_json("/info")
    }

    /// The images that have a name or no child.
    ///
    /// # Errors
    /// When the engine does not answer as its API says.
    pub fn images(&self) -> Result<Vec<ImageListing>, DockerError> {
        self.get_json("/images/json")
    }

    /// What the engine knows of an image, by name, id or the beginning of its id.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn inspect_image(&self, name: &str) -> Result<ImageInspect, DockerError> {
        check_name(name)?;
        self.get_json(&format!("/images/{name}/json")).map_err(|error| missing(error, name))
    }

    /// How an image was built, newest instruction first.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn history(&self, name: &str) -> Result<Vec<HistoryEntry>, DockerError> {
        check_name(name)?;
        self.get_json(&format!("/images/{name}/history")).map_err(|error| missing(error, name))
    }
}

/// A name becomes a part of a path of the API, where it must not mean another call.
pub(crate) fn check_name(name: &str) -> Result<(), DockerError> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(is_word);
    if name.len() > 512 || !name.split('/').all(is_part) {
        return Err(DockerError::Name { name: name.chars().filter(|c| !c.is_control()).take(200).collect() });
    }
    Ok(())
}

pub(crate) fn missing(error: DockerError, name: &str) -> DockerError {
    match error {
        DockerError::Status { status: 404, .. } => DockerError::NoSuchImage { name: name.to_owned() },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_mean_another_call() {
        for good in ["alpine", "alpine:3.18", "a.b:5000/c/d@sha256:00", "sha256:0011", "0011"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "../containers", "a/../b", "a b", "a?b", "a#b", "a%2fb", "/a", "a/"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nulls_of_the_engine_are_empty_lists() {
        let inspect: ImageInspect = serde_json::from_str(
            r#"{"Id":"sha256:1","RepoTags":null,"RootFS":{"Type":"layers","Layers":null}}"#,
        )
        .unwrap();
        assert_eq!((inspect.repo_tags.len(), inspect.root_fs.layers.len()), (0, 0));
    }
}
