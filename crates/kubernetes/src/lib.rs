//! Kubernetes manifests and live objects, judged.
//!
//! [`read_objects`] takes apart what people write, Helm renders or the API answers; [`judge`] is a pure function of the
//! objects. Containers are judged by the rules of `workload`, so that one rule holds for every door.
//!
//! ```
//! let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: a}]}\n";
//! let read = kubernetes::read_objects(text, Some("pod.yaml"), &workload::DocumentLimits::default());
//! let judged = kubernetes::judge(&read.objects, &kubernetes::Options::default());
//! assert!(judged.findings.iter().any(|finding| finding.rule == "kubernetes/violates-baseline"));
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; every predicate on pods sees containers, init containers
//! and ephemeral ones; a document that cannot be read is a gap and does not hide the others; no command of a benchmark
//! file is ever executed.

mod bench;
mod components;
mod judge;
mod object;
mod pod_security;
mod rbac;
mod rules;
mod sink;
mod unanswered;

pub use bench::{
    Bench, BenchCheck, BenchError, BenchFacts, BenchFile, BenchGroup, BenchOutcome, BenchTests, Names,
    NodeFile, NodeProcess, TestItem, evaluate, parse_bench, parse_names, wanted_paths,
};
pub use components::{Arguments, KubeletConfig, judge_arguments, judge_kubelet};
pub use judge::{Options, judge, rule_infos, rules};
pub use object::{Object, Objects, PodView, is_manifest, objects_of, read_objects};
pub use pod_security::{Level, Violation, violations};
pub use rbac::{Binding, Grant, Graph, PolicyRule, RoleView, Subject};
pub use sink::{Judged, Rule};

#[cfg(test)]
mod tests;
