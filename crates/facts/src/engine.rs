//! The Docker Engine.

use crate::{Container, Fact, Image, Network, Swarm};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The Docker Engine and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EngineFacts {
    /// Where it was asked.
    pub address: Fact<String>,
    /// `GET /info`.
    pub info: Fact<EngineInfo>,
    /// `daemon.json` and words of the process.
    pub configuration: DaemonConfiguration,
    /// Networks.
    pub networks: Fact<Vec<Network>>,
    /// `GET /system/df`.
    pub disk_usage: Fact<DiskUsage>,
    /// The swarm; known to be none when the engine is in none.
    pub swarm: Fact<Option<Swarm>>,
    /// Images.
    pub images: Fact<Vec<Image>>,
    /// Containers, also those that do not run.
    pub containers: Fact<Vec<Container>>,
}

/// What the engine was told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DaemonConfiguration {
    /// The file that it reads.
    pub path: String,
    /// Its content; known to be none without a file.
    pub content: Fact<Option<Value>>,
}

/// `GET /info`, in part (moby, api/swagger.yaml, SystemInfo).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EngineInfo {
    /// Version of the engine.
    pub version: String,
    /// `linux`.
    pub os_type: String,
    /// Data root.
    pub data_root: String,
    /// Storage driver.
    pub storage_driver: String,
    /// What the driver tells.
    pub driver_status: Vec<(String, String)>,
    /// Log driver for containers that name none.
    pub log_driver: String,
    /// Control group driver.
    pub cgroup_driver: String,
    /// Version of control groups.
    pub cgroup_version: String,
    /// Kernel.
    pub kernel: String,
    /// The operating system in words.
    pub operating_system: String,
    /// `SecurityOptions`.
    pub security_options: Vec<SecurityOption>,
    /// Whether running containers survive the engine.
    pub is_live_restore: Option<bool>,
    /// Whether experimental features are on.
    pub is_experimental: bool,
    /// Authorization plugins.
    pub authorization_plugins: Vec<String>,
    /// Address ranges and hosts that are reached without verification; the engine always has `127.0.0.0/8` and `::1/128`.
    pub insecure_registries: Vec<String>,
    /// Mirrors.
    pub mirrors: Vec<String>,
    /// What the engine warns of itself.
    pub warnings: Vec<String>,
    /// Containers that the engine counts.
    pub containers: u64,
    /// Images that the engine counts.
    pub images: u64,
    /// Version of runc's source (for packaged builds the package's revision).
    pub runc_commit: String,
    /// Version of containerd's source.
    pub containerd_commit: String,
    /// Name of the seccomp profile, when told.
    pub seccomp_profile: Option<String>,
}

/// One of `SecurityOptions`: `name=seccomp,profile=builtin`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecurityOption {
    /// `apparmor`, `seccomp`, `selinux`, `userns`, `rootless`, `cgroupns`, `no-new-privileges`.
    pub name: String,
    /// The rest, key and value.
    pub values: Vec<(String, String)>,
}

/// `GET /system/df`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskUsage {
    /// Images.
    pub images: DiskUsageItem,
    /// Writable layers of containers.
    pub containers: DiskUsageItem,
    /// Volumes.
    pub volumes: DiskUsageItem,
    /// Build cache.
    pub build_cache: DiskUsageItem,
}

/// Bytes of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskUsageItem {
    /// How many there are.
    pub count: u64,
    /// How many are in use.
    pub active: u64,
    /// All bytes.
    pub size_bytes: u64,
    /// Bytes that nothing uses.
    pub reclaimable_bytes: u64,
}

impl EngineInfo {
    /// The security option of this name.
    #[must_use]
    pub fn security_option(&self, name: &str) -> Option<&SecurityOption> {
        self.security_options.iter().find(|option| option.name == name)
    }
}

impl SecurityOption {
    /// Reads `name=seccomp,profile=builtin`, and the bare names of engines before 17.06.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut option = Self::default();
        for part in text.split(',') {
            match part.split_once('=') {
                Some(("name", name)) => option.name = name.to_owned(),
                Some((key, value)) => option.values.push((key.to_owned(), value.to_owned())),
                None if option.name.is_empty() => option.name = part.to_owned(),
                None => option.values.push((part.to_owned(), String::new())),
            }
        }
        option
    }

    /// A value.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}
