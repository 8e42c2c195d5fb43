//! Containers of the engine.

use crate::{Fact, ProcessFacts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workload::ContainerSpec;

/// A container: what was asked for and what it really got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name without the slash.
    pub name: String,
    /// The image as the user named it.
    pub image: String,
    /// Id of that image.
    pub image_id: String,
    /// What was asked of the engine.
    pub spec: Fact<ContainerSpec>,
    /// Whether it runs.
    pub state: ContainerState,
    /// The first process on the host; 0 when it does not run.
    pub pid: u32,
    /// When it was made (RFC 3339).
    pub created: String,
    /// When it ended (RFC 3339); empty or year 1 when it did not.
    pub finished: String,
    /// Health as the engine tells: `healthy`, `unhealthy`, `starting`; none without a check.
    pub health: Option<String>,
    /// Ports that are reachable from outside the container.
    pub ports: Vec<PublishedPort>,
    /// Names of its networks.
    pub networks: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Its processes, when it runs.
    pub processes: Fact<Vec<ProcessFacts>>,
    /// Limits of its control group.
    pub cgroup: Fact<CgroupLimits>,
    /// Ports (`80/tcp`) that something listens on inside.
    pub listening: Fact<Vec<String>>,
    /// What `docker exec` started in it and has not ended; the engine lists no others.
    pub execs: Fact<Vec<Exec>>,
}

/// A process that `docker exec` started (`GET /exec/{id}/json`), without its arguments, which may hold credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exec {
    /// Its program.
    pub program: String,
    /// Its user, which is the container's unless another was asked for.
    pub user: String,
    /// Whether it has all rights.
    pub is_privileged: bool,
    /// Whether it has not ended.
    pub is_running: bool,
}

/// Whether a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// It was made and never started.
    #[default]
    Created,
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It is about to start again.
    Restarting,
    /// It is being removed.
    Removing,
    /// It ended.
    Exited,
    /// It could not be ended or removed.
    Dead,
}

/// A port that the engine publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedPort {
    /// `80/tcp`.
    pub inside: String,
    /// The address; empty for every one.
    pub host_address: String,
    /// The port.
    pub host_port: u16,
}

/// What the control groups of a container allow, its parents counted in; none is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CgroupLimits {
    /// The group's path.
    pub path: String,
    /// `memory.max`.
    pub memory_bytes: Option<u64>,
    /// `pids.max`.
    pub pids: Option<u64>,
    /// `cpu.max`, in thousandths of a processor.
    pub cpu_milli: Option<u64>,
    /// `cpu.weight`, 100 unless changed (version 1: `cpu.shares`, scaled).
    pub cpu_weight: Option<u64>,
    /// `io.weight` differs from the default, or `io.max` has a line.
    pub has_io_control: bool,
}

impl Container {
    /// Whether it has processes.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.state, ContainerState::Running | ContainerState::Paused)
    }
}
