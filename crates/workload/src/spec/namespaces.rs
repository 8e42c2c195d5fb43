//! Whose namespaces a container lives in.

use super::Stated;
use serde::{Deserialize, Serialize};

/// The namespaces of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Namespaces {
    /// Network.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub network: Stated<Namespace>,
    /// Processes.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub pid: Stated<Namespace>,
    /// System V IPC and POSIX queues.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub ipc: Stated<Namespace>,
    /// Host name.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub uts: Stated<Namespace>,
    /// Users. `Private` where the engine or the pod maps users, `Host` where it is told not to.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub user: Stated<Namespace>,
    /// Control groups.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cgroup: Stated<Namespace>,
}

impl Namespaces {
    /// All, with their names as rules and evidence use them.
    #[must_use]
    pub const fn all(&self) -> [(&'static str, &Stated<Namespace>); 6] {
        [
            ("network", &self.network),
            ("pid", &self.pid),
            ("ipc", &self.ipc),
            ("uts", &self.uts),
            ("user", &self.user),
            ("cgroup", &self.cgroup),
        ]
    }
}

/// Whose namespace it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Namespace {
    /// The container's own.
    Private,
    /// The container's own, which others may join (`--ipc shareable`).
    Shareable,
    /// The host's.
    Host,
    /// That of another container (its id or name).
    Container(String),
    /// That of another service of the same compose file.
    Service(String),
    /// The network namespace has no interface but loopback.
    None,
    /// The network namespace is the container's own, connected to the default bridge.
    DefaultBridge,
    /// It is the container's own, connected to these networks.
    Networks(Vec<String>),
    /// That of the pod, which its containers share.
    Pod,
}

impl Namespace {
    /// Reads the words of the Engine API (`host`, `container:web`, `private`, `ns:/path`; moby
    /// `api/types/container/hostconfig.go`), for every namespace but the network.
    #[must_use]
    pub fn from_mode(mode: &str) -> Option<Self> {
        match mode {
            "" => None,
            "host" => Some(Self::Host),
            "shareable" => Some(Self::Shareable),
            "none" => Some(Self::None),
            other => Some(Self::other(other).unwrap_or(Self::Private)),
        }
    }

    /// Reads the network mode of the Engine API and of compose.
    #[must_use]
    pub fn from_network_mode(mode: &str) -> Option<Self> {
        match mode {
            "" => None,
            "host" => Some(Self::Host),
            "none" => Some(Self::None),
            "default" | "bridge" => Some(Self::DefaultBridge),
            other => Some(Self::other(other).unwrap_or_else(|| Self::Networks(vec![other.to_owned()]))),
        }
    }

    fn other(mode: &str) -> Option<Self> {
        if let Some(name) = mode.strip_prefix("container:") {
            return Some(Self::Container(name.to_owned()));
        }
        mode.strip_prefix("service:").map(|name| Self::Service(name.to_owned()))
    }
}
