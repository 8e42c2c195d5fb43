//! How much a service may take: the older keys, and those of `deploy`.

use super::{Reader, whole};
use crate::node::Node;
use crate::read::quantity;
use std::collections::BTreeMap;

impl Reader<'_> {
    pub(super) fn limits(&mut self) {
        let deploy = ["deploy", "resources", "limits"];
        let kept = ["deploy", "resources", "reservations"];
        self.spec.limits.memory_bytes = self
            .amount("mem_limit", "limits.memory_bytes", quantity::compose_bytes)
            .or(self.nested(&deploy, "memory", "limits.memory_bytes", quantity::compose_bytes));
        self.spec.limits.memory_reservation_bytes = self
            .amount("mem_reservation", "limits.memory_reservation_bytes", quantity::compose_bytes)
            .or(self.nested(&kept, "memory", "limits.memory_reservation_bytes", quantity::compose_bytes));
        self.spec.limits.memory_swap_bytes =
            self.amount("memswap_limit", "limits.memory_swap_bytes", quantity::compose_bytes);
        self.spec.limits.cpu_nanos = self
            .amount("cpus", "limits.cpu_nanos", quantity::cpu_nanos)
            .or(self.nested(&deploy, "cpus", "limits.cpu_nanos", quantity::cpu_nanos));
        self.spec.limits.cpu_quota_micros = self.amount("cpu_quota", "limits.cpu_quota_micros", whole);
        self.spec.limits.cpu_shares = self.amount("cpu_shares", "limits.cpu_shares", whole);
        self.spec.limits.cpu_set = self.string("cpuset", "limits.cpu_set");
        self.spec.limits.pids = self.amount("pids_limit", "limits.pids", whole).or(self.nested(
            &deploy,
            "pids",
            "limits.pids",
            whole,
        ));
        self.spec.limits.shm_bytes = self.amount("shm_size", "limits.shm_bytes", quantity::compose_bytes);
        self.spec.limits.oom_kill_disabled = self.boolean("oom_kill_disable", "limits.oom_kill_disabled");
        self.spec.limits.oom_score_adjustment =
            self.amount("oom_score_adj", "limits.oom_score_adjustment", whole);
        self.spec.limits.storage = self.map("storage_opt", "limits.storage").get("size").cloned().into();
        if let Some(block) = self.node.get("blkio_config") {
            self.spec.limits.block_io_weight = block.get("weight").and_then(Node::integer).into();
            self.spec.limits.has_block_io_limit = block.entries().iter().any(|entry| entry.key != "weight");
        }
        let mut ulimits = BTreeMap::new();
        for entry in self.node.get("ulimits").map_or(&[][..], Node::entries) {
            let number = |key: &str| entry.value.get(key).and_then(Node::integer).unwrap_or(0);
            let both = entry
                .value
                .integer()
                .map_or_else(|| (number("soft"), number("hard")), |value| (value, value));
            self.spec.places.note(format!("limits.ulimits.{}", entry.key), entry.place());
            ulimits.insert(entry.key.clone(), both);
        }
        self.spec.limits.ulimits = ulimits;
    }
}
