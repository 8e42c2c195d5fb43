//! What is known of an image before it is judged.

mod config;
mod tree;

pub use config::FactsError;
pub use tree::{CacheUse, SeenKind, TreeEntry, TreeFacts};

use dockerfile::HistoryEntry;
use std::collections::BTreeMap;

/// What is known of an image before it is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageFacts {
    /// References by which it is known (`nginx:1.27`, `registry.example.com/a/b@sha256:…`), as written.
    pub names: Vec<String>,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// `linux/amd64`.
    pub platform: Option<String>,
    /// How a container of it is started.
    pub config: ConfigFacts,
    /// How it was built, lowest first.
    pub history: Vec<HistoryEntry>,
    /// How many entries of the history are the base image's, when the caller knows; found out otherwise.
    pub base_entries: Option<usize>,
    /// Its file system; `None` when nobody looked at it.
    pub tree: Option<TreeFacts>,
}

/// How a container of the image is started (OCI image-spec, config.md; Docker adds health check, `OnBuild`, `Shell`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFacts {
    /// `USER`.
    pub user: String,
    /// `ENV`, `KEY=value`.
    pub env: Vec<String>,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub cmd: Vec<String>,
    /// `LABEL`.
    pub labels: BTreeMap<String, String>,
    /// `EXPOSE`: `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// `VOLUME`.
    pub volumes: Vec<String>,
    /// `HEALTHCHECK`.
    pub healthcheck: Healthcheck,
    /// `WORKDIR`.
    pub working_dir: String,
    /// `SHELL`.
    pub shell: Vec<String>,
    /// `ONBUILD`, without the word.
    pub on_build: Vec<String>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<String>,
}

/// Whether and how a container says that it is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Healthcheck {
    /// Nothing is set.
    #[default]
    Absent,
    /// `HEALTHCHECK NONE`.
    Disabled,
    /// `["CMD", …]` or `["CMD-SHELL", …]`.
    Command(Vec<String>),
}
