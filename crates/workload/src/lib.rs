//! The one container specification, its formats, and the rules about it.
//!
//! A container is described by the Engine API, by somebody who asks the engine to make one, by a compose file or by a
//! pod. All are read into one [`ContainerSpec`]; each rule `container/<bad-state>` is one predicate on it.
//!
//! ```
//! use workload::{ContainerSpec, Stated, User};
//! let spec = ContainerSpec { user: Stated::Given(User("0:0".into())), ..ContainerSpec::default() };
//! assert!(spec.user.given().is_some_and(User::is_root));
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; a setting that is not understood is
//! [`Stated::Unknown`], never a default; values of the environment are never serialised.

mod amend;
mod capabilities;
mod node;
mod read;
mod repairs;
mod rules;
mod spec;
mod tree;

pub use capabilities::{CAPABILITIES, DEFAULT_CAPABILITIES, capability_name};
pub use node::{Document, DocumentLimits, Entry, Node, Value, parse_documents, parse_json};
pub use read::{
    Compose, ComposeOptions, LoadFile, Overlay, PodContext, Read, ReadError, mask_secret, read_compose,
    read_create, read_create_tree, read_env_file, read_inspect, read_pod, setting, why_secret,
};
pub use repairs::{PodRepair, fix_compose, fix_pods, repair_pod};
pub use rules::{
    Hit, HostPathPatterns, HostPathRisk, Judged, Judgement, RULES, Rule, SAFE_SYSCTLS, Surroundings, Verdict,
    dangerous_capabilities, engine_socket, host_path_patterns, host_path_risk, judge, report, rules,
};
pub use spec::{
    ContainerLimits, ContainerSpec, Device, DeviceRequest, EnvironmentVariable, Health, Logging, Mount,
    MountKind, Namespace, Namespaces, Origin, Place, Places, Port, Profile, Restart, Role, Security,
    SelinuxLabel, Stated, User,
};
pub use tree::Tree;
