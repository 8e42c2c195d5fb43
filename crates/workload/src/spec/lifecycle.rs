//! How a container starts, is watched, restarts and logs.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens when the container ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// Nothing.
    No,
    /// It starts again, always.
    Always,
    /// It starts again unless somebody stopped it.
    UnlessStopped,
    /// It starts again after an error, so many times; 0 and none are without bound.
    OnFailure(Option<i64>),
}

/// How the container is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// A check is told not to be.
    Disabled,
    /// This is run or asked; for Kubernetes the kinds of probes.
    Checked(Vec<String>),
}

/// Where its output goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// The driver (`json-file`); empty is the default of the daemon.
    pub driver: String,
    /// Its options (`max-size`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}
