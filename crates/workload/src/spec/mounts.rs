//! What of the outside a container sees in its file system.

use super::Stated;
use serde::{Deserialize, Serialize};

/// One mount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Which kind.
    pub kind: MountKind,
    /// A path of the host (bind), the name of a volume, else empty. As written: neither resolved nor cleaned.
    pub source: String,
    /// Where the container sees it.
    pub target: String,
    /// Whether the container cannot write to it. Absent: it can.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub read_only: Stated<bool>,
    /// Propagation (`rprivate`, `rshared`, `Bidirectional`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub propagation: Stated<String>,
    /// Options as written (`noexec`, `size=64m`, `z`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// A volume that nobody named.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_anonymous: bool,
}

impl Mount {
    /// Whether the container can write to it.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        !self.read_only.is_true()
    }
}

/// Kinds of mounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountKind {
    /// A path of the host.
    #[default]
    Bind,
    /// A volume of the engine, or a claim of Kubernetes.
    Volume,
    /// Memory.
    Tmpfs,
    /// A file system inside an image.
    Image,
    /// A named pipe (Windows).
    Pipe,
    /// A cluster volume of Swarm (CSI).
    Cluster,
    /// What the orchestrator makes: secrets, config maps, the downward API.
    Projected,
    /// Something else.
    Other,
}

/// A device of the host inside the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Path on the host (`/dev/sda`), or the name of a CDI device.
    pub host_path: String,
    /// Path in the container.
    pub container_path: String,
    /// `r`, `w`, `m`.
    pub permissions: String,
}

/// A request for devices by their driver (`--gpus`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceRequest {
    /// The driver (`nvidia`, `cdi`), may be empty.
    pub driver: String,
    /// How many, −1 for all.
    pub count: Option<i64>,
    /// Which.
    pub device_ids: Vec<String>,
    /// What they can (`gpu`).
    pub capabilities: Vec<String>,
}

/// A port of the host that leads into the container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Port {
    /// Address of the host; empty means every address.
    pub host_address: String,
    /// First port of the host; none when the engine chooses.
    pub host_port: Option<u16>,
    /// Last port of a range; none for a single port.
    pub host_port_end: Option<u16>,
    /// Port in the container; 0 when not told.
    pub container_port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}
