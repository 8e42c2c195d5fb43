//! An image, wherever it lies.

use crate::{LayerSource, Mismatch};
use model::{Digest, Gap, Layer, Target};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// An image whose manifest and configuration were read; its layers are read on demand.
pub struct Image {
    /// What reports say of it.
    pub target: Target,
    /// The configuration; empty for a plain directory.
    pub config: ImageConfig,
    /// Its layers, lowest first, with how to read them.
    pub layers: Vec<ImageLayer>,
    /// Digests of manifest or configuration that did not match.
    pub mismatches: Vec<Mismatch>,
    /// What could not be understood while opening it.
    pub gaps: Vec<Gap>,
}

/// A layer with how to read it.
pub struct ImageLayer {
    /// What reports say of it.
    pub layer: Arc<Layer>,
    /// Its content.
    pub source: Box<dyn LayerSource>,
}

/// The parts of an image configuration that are used (OCI image-spec, config.md; Docker image-spec v1.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
    /// `v8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// How a container is started.
    #[serde(deserialize_with = "null_is_default")]
    pub config: ContainerConfig,
    /// The uncompressed layers.
    #[serde(deserialize_with = "null_is_default")]
    pub rootfs: RootFs,
    /// How it was built, lowest first.
    #[serde(deserialize_with = "null_is_default")]
    pub history: Vec<History>,
}

/// How a container of the image is started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// `USER`.
    pub user: String,
    /// `ENV`, `KEY=value`.
    #[serde(deserialize_with = "null_is_default")]
    pub env: Vec<String>,
    /// `ENTRYPOINT`.
    #[serde(deserialize_with = "null_is_default")]
    pub entrypoint: Vec<String>,
    /// `CMD`.
    #[serde(deserialize_with = "null_is_default")]
    pub cmd: Vec<String>,
    /// `WORKDIR`.
    pub working_dir: String,
    /// `LABEL`.
    #[serde(deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
    /// `EXPOSE`: `80/tcp`.
    #[serde(deserialize_with = "keys", serialize_with = "as_keys", skip_serializing_if = "Vec::is_empty")]
    pub exposed_ports: Vec<String>,
    /// `VOLUME`.
    #[serde(deserialize_with = "keys", serialize_with = "as_keys", skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// `HEALTHCHECK` (Docker image-spec v1.2, "Healthcheck"; no part of OCI).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// `SHELL`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
    /// `ONBUILD`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub on_build: Vec<String>,
    /// `STOPSIGNAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
}

/// How the engine tells whether a container works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `NONE`; `CMD` and its words; or `CMD-SHELL` and a shell command.
    #[serde(deserialize_with = "null_is_default")]
    pub test: Vec<String>,
}

/// Digests of the uncompressed layers, lowest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// `diff_ids`.
    #[serde(deserialize_with = "null_is_default")]
    pub diff_ids: Vec<Digest>,
}

/// One instruction of the build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who made it, as the builder says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

// Sets are written as objects whose values are empty objects (OCI image-spec, config.md, "properties").
fn keys<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let set = Option::<BTreeMap<String, serde::de::IgnoredAny>>::deserialize(deserializer)?;
    Ok(set.unwrap_or_default().into_keys().collect())
}

fn as_keys<S: serde::Serializer>(keys: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(keys.iter().map(|key| (key, BTreeMap::<String, String>::new())))
}

// Docker writes `null` for empty lists and maps.
fn null_is_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
