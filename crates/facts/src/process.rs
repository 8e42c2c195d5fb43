//! What `/proc` says of processes.

use crate::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A process of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostProcess {
    /// Its id.
    pub pid: u32,
    /// `/proc/PID/comm`; any process can change its own.
    pub command: String,
    /// Where `/proc/PID/exe` leads; none for kernel threads and processes of others.
    pub executable: Option<String>,
    /// Effective user.
    pub uid: u32,
    /// The systemd unit that its control group names.
    pub unit: Option<String>,
    /// Whether it is in a container of this engine.
    pub is_in_container: bool,
}

/// The process of the engine, found by the socket that it holds and its executable, never by its words alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DaemonProcess {
    /// Its id.
    pub pid: u32,
    /// Its executable.
    pub executable: Option<String>,
    /// Its words, without the values of secrets.
    pub arguments: Fact<Vec<String>>,
    /// Real user.
    pub uid: u32,
    /// Open file limit, soft and hard; `unlimited` as the greatest number.
    pub open_files: Fact<(u64, u64)>,
}

/// A process of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessFacts {
    /// Its id on the host.
    pub pid: u32,
    /// Parent's id on the host.
    pub parent: u32,
    /// Its id inside its own namespace.
    pub inner_pid: Option<u32>,
    /// `/proc/PID/comm`.
    pub command: String,
    /// Where `/proc/PID/exe` leads, inside the container.
    pub executable: Fact<Option<String>>,
    /// Real, effective, saved and file system user on the host.
    pub uids: [u32; 4],
    /// The same of groups.
    pub gids: [u32; 4],
    /// Effective capabilities, a bit each.
    pub capabilities_effective: u64,
    /// Permitted.
    pub capabilities_permitted: u64,
    /// The bounding set.
    pub capabilities_bounding: u64,
    /// Ambient.
    pub capabilities_ambient: u64,
    /// `Seccomp` of `/proc/PID/status`: 0 off, 1 strict, 2 filter.
    pub seccomp_mode: Fact<u8>,
    /// `Seccomp_filters`.
    pub seccomp_filters: Option<u32>,
    /// `NoNewPrivs`.
    pub has_no_new_privileges: Fact<bool>,
    /// `/proc/PID/attr/current`: `docker-default (enforce)`, an SELinux context, `unconfined`.
    pub label: Fact<Option<String>>,
    /// Its namespaces.
    pub namespaces: Fact<Namespaces>,
    /// `/proc/PID/uid_map`.
    pub uid_map: Fact<Vec<UidMapEntry>>,
    /// Open file limit, soft and hard.
    pub open_files: Fact<(u64, u64)>,
    /// Process limit, soft and hard.
    pub processes: Fact<(u64, u64)>,
    /// Whether its root is mounted read-only, as its own mountinfo says.
    pub is_root_read_only: Fact<bool>,
}

/// Namespaces by kind (`net`, `pid`, `ipc`, `uts`, `user`, `cgroup`, `mnt`, `time`) and inode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Namespaces(pub BTreeMap<String, u64>);

/// A line of `/proc/PID/uid_map` (`user_namespaces(7)`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UidMapEntry {
    /// First id inside.
    pub inside: u32,
    /// First id outside.
    pub outside: u32,
    /// How many.
    pub count: u32,
}

impl ProcessFacts {
    /// The effective user as the container sees it; none when the map is missing or does not hold it.
    #[must_use]
    pub fn inner_uid(&self) -> Option<u32> {
        let uid = self.uids[1];
        let map = self.uid_map.known()?;
        let entry = map.iter().find(|entry| uid >= entry.outside && uid - entry.outside < entry.count)?;
        entry.inside.checked_add(uid - entry.outside)
    }
}
