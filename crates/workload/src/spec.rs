//! The one typed container specification.

mod environment;
mod lifecycle;
mod limits;
mod mounts;
mod namespaces;
mod place;
mod security;
mod stated;
mod user;

pub use environment::EnvironmentVariable;
pub use lifecycle::{Health, Logging, Restart};
pub use limits::ContainerLimits;
pub use mounts::{Device, DeviceRequest, Mount, MountKind, Port};
pub use namespaces::{Namespace, Namespaces};
pub use place::{Place, Places};
pub use security::{Profile, Security, SelinuxLabel};
pub use stated::Stated;
pub use user::User;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a container is, or will be, started: one specification for every door.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerSpec {
    /// Where it was read from; the meaning of absent settings depends on it.
    pub origin: Origin,
    /// The name of the container or service, without a leading `/`.
    pub name: String,
    /// What it is about in findings (`container web`, `service web`, `Deployment shop/web, container web`).
    pub object: String,
    /// Its id, when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether it is the work, a preparation, or a debugger, in a pod.
    pub role: Role,
    /// State of the engine (`running`, `exited`), when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The first process on the host, when it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The image as named.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub image: Stated<String>,
    /// The id of the image, when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// When the image is pulled (`always`, `IfNotPresent`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub pull_policy: Stated<String>,
    /// Whether the image is built from this description (compose `build`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_built: bool,
    /// The user. Absent in texts means the image's; in inspect JSON it means root.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub user: Stated<User>,
    /// The primary group, where it is told apart from the user (Kubernetes `runAsGroup`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub group: Stated<String>,
    /// Whether the kubelet refuses to start it as root.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub run_as_non_root: Stated<bool>,
    /// Additional groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The entrypoint that is given (Kubernetes: `command`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub entrypoint: Stated<Vec<String>>,
    /// The command that is given (Kubernetes: `args`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub command: Stated<Vec<String>>,
    /// Whether an init process reaps children.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub init: Stated<bool>,
    /// Whether nothing confines it.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub privileged: Stated<bool>,
    /// Capabilities added, as [`crate::capability_name`] writes them (`NET_ADMIN`, `ALL`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub capabilities_added: Stated<Vec<String>>,
    /// Capabilities dropped, likewise.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub capabilities_dropped: Stated<Vec<String>>,
    /// The namespaces.
    pub namespaces: Namespaces,
    /// The mounts: binds, volumes, tmpfs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Containers whose volumes it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes_from: Vec<String>,
    /// Devices of the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Rules of the device cgroup (`c 189:* rwm`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_rules: Vec<String>,
    /// Devices by driver.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_requests: Vec<DeviceRequest>,
    /// Ports of the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// Whether every exposed port is published.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub publish_all: Stated<bool>,
    /// Ports that it listens on, as declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposed_ports: Vec<String>,
    /// Whether the root file system cannot be written.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub read_only_root: Stated<bool>,
    /// What confines it.
    pub security: Security,
    /// The AppArmor profile that the engine applied (inspect JSON only); given and empty is none.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub applied_apparmor: Stated<String>,
    /// The SELinux label that the engine applied (inspect JSON only); given and empty is none.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub applied_selinux: Stated<String>,
    /// Paths that the container cannot see; given and empty is none.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub masked_paths: Stated<Vec<String>>,
    /// Paths that the container cannot write; given and empty is none.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub readonly_paths: Stated<Vec<String>>,
    /// Kernel settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sysctls: BTreeMap<String, String>,
    /// How much it may take.
    pub limits: ContainerLimits,
    /// What happens when it ends.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub restart: Stated<Restart>,
    /// How it is watched.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub health: Stated<Health>,
    /// The environment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<EnvironmentVariable>,
    /// The labels (Kubernetes: of the pod).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Where its output goes.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub logging: Stated<Logging>,
    /// The parent of its control group.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cgroup_parent: Stated<String>,
    /// The OCI runtime.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub runtime: Stated<String>,
    /// The storage driver, when it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_driver: Option<String>,
    /// Networks it is connected to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// Entries it adds to `/etc/hosts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_hosts: Vec<String>,
    /// Whether it is a Windows process of the host (Kubernetes `hostProcess`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub host_process: Stated<bool>,
    /// Where the settings stand in their text.
    #[serde(skip_serializing_if = "Places::is_empty")]
    pub places: Places,
}

/// Where a specification was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The Engine API tells of a container that exists.
    #[default]
    EngineInspect,
    /// Somebody asks the Engine API to make one.
    EngineCreate,
    /// A compose file.
    Compose,
    /// A pod, or the template of one.
    Kubernetes,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The work.
    #[default]
    Main,
    /// It prepares the pod, or goes along with it (an init container that restarts).
    Init,
    /// It debugs.
    Ephemeral,
}
