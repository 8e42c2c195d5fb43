//! What benchmarks of Kubernetes ask of a node.

use crate::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What benchmarks of Kubernetes ask of a node: collected when a benchmark is named, for the paths that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchmarkNode {
    /// Processes that may be components.
    pub processes: Fact<Vec<BenchmarkProcess>>,
    /// Files and directories by path, what lies in the directories too; known to be none when nothing is there.
    pub files: BTreeMap<String, Fact<Option<BenchmarkFile>>>,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchmarkProcess {
    /// Its words, without the values of credentials; the first is the program that really runs, where that is known.
    pub arguments: Vec<String>,
    /// Its environment, without the values of credentials.
    pub environment: Vec<String>,
}

/// A file or directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BenchmarkFile {
    /// Permission bits.
    pub mode: u32,
    /// Name of the owner, else the number.
    pub owner: String,
    /// Name of the group, else the number.
    pub group: String,
    /// The text of a configuration, without the values of credentials; never of a key.
    pub text: Option<String>,
}
