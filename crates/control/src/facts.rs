//! What a decision needs to know besides the call, and what was found.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workload::ContainerSpec;

/// Something that has to be looked up before a call can be judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A container by name or id.
    Container(String),
    /// An image by reference or id.
    Image(String),
    /// An image in its registry, by reference: what a pull would bring.
    Remote(String),
    /// A volume by name.
    Volume(String),
    /// A network by name or id.
    Network(String),
    /// A process in a container (`docker exec`) by id, with its container.
    Exec(String),
    /// A service, task, secret or config of a swarm by name or id.
    Swarm(SwarmKind, String),
    /// A path of the host, with its links resolved in the host's mount namespace.
    Path(String),
    /// What the engine does where a request says nothing.
    Engine,
}

/// What a swarm keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwarmKind {
    /// What is to run.
    Service,
    /// One container of it; it belongs to whom the service belongs to.
    Task,
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl SwarmKind {
    /// The kind that a route is about, by its template.
    pub(crate) fn of_template(template: &str) -> Option<Self> {
        [Self::Service, Self::Task, Self::Secret, Self::Config]
            .into_iter()
            .find(|kind| template.starts_with(&format!("/{}/{{id}}", kind.path())))
    }

    /// The part of paths that names it.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Service => "services",
            Self::Task => "tasks",
            Self::Secret => "secrets",
            Self::Config => "configs",
        }
    }
}

/// What was found. What is not here at all, or could not be told, counts as unknown, and unknown is refused.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// Containers, by the name that was asked for.
    pub containers: BTreeMap<String, Found<ContainerFacts>>,
    /// Images, likewise.
    pub images: BTreeMap<String, Found<ImageFacts>>,
    /// Images in registries, likewise.
    pub remotes: BTreeMap<String, Found<ImageFacts>>,
    /// Volumes, likewise.
    pub volumes: BTreeMap<String, Found<VolumeFacts>>,
    /// Networks, likewise.
    pub networks: BTreeMap<String, Found<NetworkFacts>>,
    /// Services of a swarm, likewise.
    pub services: BTreeMap<String, Found<SwarmFacts>>,
    /// Tasks, likewise.
    pub tasks: BTreeMap<String, Found<SwarmFacts>>,
    /// Secrets, likewise.
    pub secrets: BTreeMap<String, Found<SwarmFacts>>,
    /// Configs, likewise.
    pub configs: BTreeMap<String, Found<SwarmFacts>>,
    /// Processes, likewise.
    pub execs: BTreeMap<String, Found<ExecFacts>>,
    /// Paths of the host, likewise.
    pub paths: BTreeMap<String, Found<PathFacts>>,
    /// The engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineFacts>,
}

impl Facts {
    /// What is known of a kind of things of a swarm.
    #[must_use]
    pub const fn swarm(&self, kind: SwarmKind) -> &BTreeMap<String, Found<SwarmFacts>> {
        match kind {
            SwarmKind::Service => &self.services,
            SwarmKind::Task => &self.tasks,
            SwarmKind::Secret => &self.secrets,
            SwarmKind::Config => &self.configs,
        }
    }

    /// The same, to add to it.
    pub const fn swarm_mut(&mut self, kind: SwarmKind) -> &mut BTreeMap<String, Found<SwarmFacts>> {
        match kind {
            SwarmKind::Service => &mut self.services,
            SwarmKind::Task => &mut self.tasks,
            SwarmKind::Secret => &mut self.secrets,
            SwarmKind::Config => &mut self.configs,
        }
    }
}

/// What the engine does where a request says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineFacts {
    /// Containers see the host's control groups, as engines do it by default on version 1 of them.
    pub has_host_cgroup_namespace: bool,
}

/// What a look-up gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found<T> {
    /// It is there.
    Known(T),
    /// There is no such thing.
    Missing,
    /// It could not be told, and why.
    Unknown(String),
}

/// A container that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerFacts {
    /// Its full id.
    pub id: String,
    /// Its name, without a leading `/`.
    pub name: String,
    /// How it was made and runs.
    pub spec: ContainerSpec,
    /// Paths of the host that it has mounted, resolved.
    pub mounted_paths: BTreeMap<String, PathFacts>,
}

/// An image that exists here, or would be pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFacts {
    /// Its id (`sha256:…`), when it is here.
    pub id: String,
    /// The names by which the engine knows it (`RepoTags`, `RepoDigests`); empty when they were not asked for.
    pub names: Vec<String>,
    /// The digest of its manifest in the registry that the reference names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The user that its configuration names.
    pub user: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Directories that its configuration makes volumes.
    pub volumes: Vec<String>,
    /// Whether the scan of this digest passed its policy; none when it was not scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed_scan: Option<bool>,
    /// Whether a signature that the policy asks for was verified; none when none was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_signed: Option<bool>,
    /// Why the scan was not passed, or has no verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scan_reasons: Vec<String>,
    /// Why no signature counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signature_reasons: Vec<String>,
}

/// A volume that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeFacts {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// The options of the driver.
    pub options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A network that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkFacts {
    /// Its full id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A service, task, secret or config that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwarmFacts {
    /// Its full id.
    pub id: String,
    /// Its labels; of a task those of its service.
    pub labels: BTreeMap<String, String>,
}

/// A process that was prepared in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecFacts {
    /// Its full id.
    pub id: String,
    /// Whether nothing confines it.
    pub privileged: bool,
    /// Its user.
    pub user: String,
    /// Its program and arguments.
    pub command: Vec<String>,
    /// Its container.
    pub container: ContainerFacts,
}

/// A path of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathFacts {
    /// The path with all links resolved.
    pub resolved: String,
    /// Whether it is one of the guard's own sockets, or its state, configuration or certificates, or holds one, by device
    /// and inode.
    pub is_own: bool,
    /// Whether it is a socket.
    pub is_socket: bool,
}

/// Which of the facts a look-up belongs to.
pub(crate) fn known<'a, T>(map: &'a BTreeMap<String, Found<T>>, name: &str) -> Result<Option<&'a T>, String> {
    match map.get(name) {
        Some(Found::Known(value)) => Ok(Some(value)),
        Some(Found::Missing) => Ok(None),
        Some(Found::Unknown(reason)) => Err(reason.clone()),
        None => Err("it was not looked up".to_owned()),
    }
}
