//! Benchmark files of kube-bench (aquasecurity/kube-bench, `cfg/`, Apache-2.0), read as they are. Their commands are
//! recognised by their shape and answered from facts; nothing is ever executed.

mod commands;
mod compare;
mod evaluate;
mod file;
mod names;
mod policies;

pub use evaluate::{Bench, BenchOutcome, evaluate};
pub use file::{BenchCheck, BenchError, BenchFile, BenchGroup, BenchTests, TestItem, parse_bench};
pub use names::{Names, parse_names, wanted_paths};

use std::collections::BTreeMap;

/// What is known of a node.
#[derive(Clone, Debug, Default)]
pub struct BenchFacts {
    /// Its processes.
    pub processes: Vec<NodeProcess>,
    /// Files that were looked at, by path; none for those that are not there. A path that is missing here was not looked
    /// at.
    pub files: BTreeMap<String, Option<NodeFile>>,
    /// What units wrote into the journal, by the unit's name without `.service`: k3s tells there how it runs the components
    /// that are no processes of their own.
    pub logs: BTreeMap<String, String>,
    /// What [`crate::judge`] said of the cluster's objects: it answers the checks about policies.
    pub cluster: Option<crate::Judged>,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeProcess {
    /// Its arguments, the program first.
    pub arguments: Vec<String>,
    /// Its environment, where it is known.
    pub environment: Vec<String>,
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFile {
    /// Permission bits.
    pub mode: u32,
    /// Name of the owner, or its number.
    pub owner: String,
    /// Name of the group, or its number.
    pub group: String,
    /// The text, where it was read.
    pub text: Option<String>,
}
