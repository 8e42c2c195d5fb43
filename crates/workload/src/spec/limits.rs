//! How much of the machine a container may take.

use super::Stated;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much of the machine a container may take. Absent, or 0 where the engine reads that as "no limit", is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerLimits {
    /// Memory in bytes; 0 is no limit.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub memory_bytes: Stated<i64>,
    /// Memory kept for it, in bytes (`requests.memory`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub memory_reservation_bytes: Stated<i64>,
    /// Memory and swap in bytes; −1 is no limit.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub memory_swap_bytes: Stated<i64>,
    /// Processors in 10⁻⁹; 0 is no limit.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cpu_nanos: Stated<i64>,
    /// Processors kept for it, in 10⁻⁹ (`requests.cpu`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cpu_reservation_nanos: Stated<i64>,
    /// Microseconds of processor a period; 0 and −1 are no limit.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cpu_quota_micros: Stated<i64>,
    /// Relative weight against other containers; 0 is the default.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cpu_shares: Stated<i64>,
    /// Processors it is bound to (`0-3`).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub cpu_set: Stated<String>,
    /// Processes and threads; 0 and −1 are no limit.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub pids: Stated<i64>,
    /// Resource limits by name (`nofile`): soft, hard.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ulimits: BTreeMap<String, (i64, i64)>,
    /// Relative weight of block I/O; 0 is the default.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub block_io_weight: Stated<i64>,
    /// Whether a device has a bound on its bytes or operations a second.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_block_io_limit: bool,
    /// Size of the writable layer (`--storage-opt size=…`, `limits.ephemeral-storage`), as written.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub storage: Stated<String>,
    /// Whether the kernel may not kill it when memory runs out.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub oom_kill_disabled: Stated<bool>,
    /// How much the kernel prefers to kill something else (−1000 is never).
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub oom_score_adjustment: Stated<i64>,
    /// Size of `/dev/shm` in bytes.
    #[serde(skip_serializing_if = "Stated::is_absent")]
    pub shm_bytes: Stated<i64>,
}
