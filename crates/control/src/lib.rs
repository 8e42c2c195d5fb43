//! The policy core of the guard: who may do what, with which objects.
//!
//! A call that was read by `calls` is judged in this order: who asks, may they ask it, rewrite, validate the final object
//! by the rules, warn or deny. Everything that is not known is refused.
//!
//! Invariants: no I/O and no clock; the call of a decision is the one that was judged; nothing panics on any input.

mod archive;
mod client;
mod decision;
mod document;
mod explain;
mod facts;
mod glob;
mod judge;
mod learn;
mod policy;
mod profiles;
mod recorded;
mod rules;
mod socket_proxy;
mod words;

pub use ::policy::{Date, DateError};
pub use archive::{ArchiveRefused, DockerfileFinding, DockerfileJudge, Inspection};
pub use client::{Client, ClientCertificate, ClientContainer};
pub use decision::{Decision, Matched, Mode, Rewrite, Tagging, Verdict};
pub use explain::explain;
pub use facts::{
    ContainerFacts, EngineFacts, ExecFacts, Facts, Found, ImageFacts, Need, NetworkFacts, PathFacts,
    SwarmFacts, SwarmKind, VolumeFacts,
};
pub use learn::{Observed, learn};
pub use policy::{Asked, GeneralRule, ImageSettings, Policy, PolicyError, Rate, Scope, Warning};
pub use profiles::{client_profiles, profiles};
pub use recorded::{Recorded, Replayed};
pub use rules::RULES;
pub use socket_proxy::socket_proxy_yaml;

/// The repository of a name without tag, with the registry that the engine takes (`docker.io/library/alpine`).
#[must_use]
pub fn full_repository(name: &str) -> String {
    judge::image::reference(name).name
}

/// How to repair what a rule found.
pub(crate) fn remedy(rule: &str) -> Option<&'static str> {
    RULES.iter().chain(workload::RULES).find(|info| info.id == rule).map(|info| info.remedy)
}
