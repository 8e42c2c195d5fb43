//! Images of the engine.

use crate::{Fact, ImageSignature, ScanRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An image (`GET /images/json`, `/images/{id}/json`, `/images/{id}/history`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// Its names.
    pub tags: Vec<String>,
    /// Its names by digest; only images that came from a registry have some.
    pub digests: Vec<String>,
    /// When it was made (seconds since 1970).
    pub created_secs: i64,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// `Config.User`.
    pub user: Fact<String>,
    /// Whether it has a health check that is not `NONE`.
    pub has_health_check: Fact<bool>,
    /// `Config.ExposedPorts` (`80/tcp`).
    pub exposed_ports: Fact<Vec<String>>,
    /// `Config.Labels`.
    pub labels: BTreeMap<String, String>,
    /// How it was built, newest first.
    pub history: Fact<Vec<HistoryStep>>,
    /// What a scan of it said; none when there was none.
    pub scan: Fact<Option<ScanRecord>>,
    /// What its registry holds in signatures.
    pub signature: Fact<ImageSignature>,
}

/// A step of an image's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryStep {
    /// The instruction as the builder wrote it.
    pub created_by: String,
    /// When (seconds since 1970).
    pub created_secs: i64,
    /// Bytes that it added.
    pub size_bytes: i64,
}

impl Image {
    /// A name for people: the first tag, else the short id.
    #[must_use]
    pub fn name(&self) -> String {
        match self.tags.iter().find(|tag| !tag.contains("<none>")) {
            Some(tag) => tag.clone(),
            None => self.id.trim_start_matches("sha256:").chars().take(12).collect(),
        }
    }
}
