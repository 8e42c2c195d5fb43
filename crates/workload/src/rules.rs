//! Rules `container/<bad-state>`: predicates on [`ContainerSpec`].

mod confinement;
mod devices;
mod host_files;
mod image;
mod judge;
mod life;
mod limits;
mod namespaces;
mod ports;
mod privileges;
mod storage;

pub use confinement::SAFE_SYSCTLS;
pub use host_files::{HostPathPatterns, HostPathRisk, engine_socket, host_path_patterns, host_path_risk};
pub use judge::{Judged, Judgement, judge, report};
pub use privileges::dangerous_capabilities;

use crate::spec::ContainerSpec;
use model::{RuleInfo, Severity};

/// A rule about containers.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What is the same for every hit.
    pub info: RuleInfo,
    /// What other tools and benchmarks call it, sorted.
    pub aliases: &'static [&'static str],
    /// The predicate.
    pub check: fn(&ContainerSpec, &Surroundings) -> Verdict,
}

/// What is known of the place where a container runs; what is not known is taken as the engine's default.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The daemon starts every container with `no-new-privileges`.
    pub no_new_privileges: bool,
    /// Root of the containers is nobody on the host: user namespaces remapped, or a rootless engine.
    pub is_user_remapped: bool,
    /// The daemon's own seccomp profile is off.
    pub seccomp_unconfined: bool,
    /// The kubelet gives its default seccomp profile to pods that name none.
    pub seccomp_default: bool,
    /// The daemon sets limits on open files for every container.
    pub has_file_limit: bool,
    /// The driver where logs go when a container names none.
    pub log_driver: String,
    /// Options of that driver bound the size of logs.
    pub are_logs_bounded: bool,
    /// The first port that needs no privilege.
    pub unprivileged_port_start: u16,
    /// Restarts after errors before one gives up.
    pub restarts_max: i64,
    /// The kernel of the host runs without SELinux, whose options mean nothing then.
    pub has_no_selinux: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            no_new_privileges: false,
            is_user_remapped: false,
            seccomp_unconfined: false,
            seccomp_default: false,
            has_file_limit: false,
            log_driver: "json-file".to_owned(),
            are_logs_bounded: false,
            unprivileged_port_start: 1024,
            restarts_max: 5,
            has_no_selinux: false,
        }
    }
}

/// What a rule says of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be; what was seen.
    Passed(String),
    /// It is not.
    Failed(Vec<Hit>),
    /// The rule means nothing here, and why.
    NotApplicable(String),
    /// A setting that counts cannot be told, and why.
    Unknown(String),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// One line: what is wrong here.
    pub title: String,
    /// What was seen: the effective value, one fact a line.
    pub evidence: Vec<String>,
    /// The setting, as [`crate::Places`] names it.
    pub field: String,
    /// How bad it is here, when that differs from the rule.
    pub severity: Option<Severity>,
}

impl Hit {
    fn new(title: impl Into<String>, field: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self { title: title.into(), evidence: vec![evidence.into()], field: field.into(), severity: None }
    }

    const fn rated(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

impl Verdict {
    fn passed(seen: impl Into<String>) -> Self {
        Self::Passed(seen.into())
    }

    fn failed(title: impl Into<String>, field: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::Failed(vec![Hit::new(title, field, evidence)])
    }

    /// Failed with these hits, or passed when there are none.
    fn of(hits: Vec<Hit>, seen: &str) -> Self {
        if hits.is_empty() { Self::passed(seen) } else { Self::Failed(hits) }
    }
}

/// All rules, sorted by id.
const ALL: [Rule; 51] = [
    privileges::ADDED_CAPABILITY,
    ports::ALL_PORTS_PUBLISHED,
    storage::ANONYMOUS_VOLUME,
    confinement::APPARMOR_UNCONFINED,
    privileges::CAPABILITIES_NOT_DROPPED,
    namespaces::CGROUP_PARENT_CHANGED,
    privileges::DANGEROUS_CAPABILITY,
    namespaces::DEFAULT_BRIDGE,
    host_files::ENGINE_SOCKET_MOUNTED,
    namespaces::HOST_CGROUP_NAMESPACE,
    devices::HOST_DEVICE,
    namespaces::HOST_IPC_NAMESPACE,
    namespaces::HOST_NETWORK,
    namespaces::HOST_PID_NAMESPACE,
    ports::HOST_PORT,
    namespaces::HOST_USER_NAMESPACE,
    namespaces::HOST_UTS_NAMESPACE,
    image::IMAGE_TAG_LATEST,
    image::IMAGE_WITHOUT_DIGEST,
    life::LOGGING_OFF,
    life::LOGS_WITHOUT_BOUND,
    privileges::NET_RAW_KEPT,
    privileges::NEW_PRIVILEGES_ALLOWED,
    limits::NO_CPU_LIMIT,
    limits::NO_FILE_LIMIT,
    life::NO_HEALTH_CHECK,
    confinement::NO_MANDATORY_ACCESS_CONTROL,
    limits::NO_MEMORY_LIMIT,
    limits::NO_PIDS_LIMIT,
    limits::NO_STORAGE_QUOTA,
    limits::OOM_KILLER_AVOIDED,
    ports::PORT_ON_ALL_INTERFACES,
    privileges::PRIVILEGED,
    ports::PRIVILEGED_PORT,
    life::RESTARTS_WITHOUT_BOUND,
    privileges::ROOT_GROUP,
    privileges::RUNS_AS_ROOT,
    confinement::SECCOMP_UNCONFINED,
    life::SECRET_IN_ENVIRONMENT,
    confinement::SELINUX_DISABLED,
    host_files::SENSITIVE_DIRECTORY_MOUNTED,
    host_files::SHARED_MOUNT_PROPAGATION,
    namespaces::SHARED_NAMESPACE,
    ports::SSH_PORT_PUBLISHED,
    life::STARTS_SSH_SERVER,
    host_files::SYSTEM_SOCKET_MOUNTED,
    storage::TMPFS_WITH_EXEC,
    confinement::UNMASKED_SYSTEM_PATHS,
    confinement::UNSAFE_SYSCTL,
    confinement::WRITABLE_CGROUPS,
    storage::WRITABLE_ROOT,
];

const fn infos() -> [RuleInfo; ALL.len()] {
    let mut infos = [ALL[0].info; ALL.len()];
    let mut at = 0;
    while at < ALL.len() {
        infos[at] = ALL[at].info;
        at += 1;
    }
    infos
}

/// What is the same for every hit of each rule, sorted by id.
pub static RULES: &[RuleInfo] = &infos();

/// Every rule with its aliases and predicate, sorted by id.
#[must_use]
pub fn rules() -> &'static [Rule] {
    static RULES: [Rule; ALL.len()] = ALL;
    &RULES
}

#[cfg(test)]
mod tests;
