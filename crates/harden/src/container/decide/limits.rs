//! How much a hardened container may take, and how often it starts again.

use super::Build;
use crate::container::{Item, Wish};
use workload::{ContainerSpec, Restart};

/// Memory for a container of which nothing is known.
const MEMORY_BYTES_DEFAULT: u64 = 512 << 20;
const MEMORY_BYTES_MIN: u64 = 64 << 20;
const PIDS_DEFAULT: u64 = 256;

impl Build {
    pub(super) fn limits(&mut self, spec: &ContainerSpec, wish: &Wish) {
        let positive = |value: Option<&i64>| {
            value.and_then(|value| u64::try_from(*value).ok()).filter(|value| *value > 0)
        };
        match positive(spec.limits.memory_bytes.given()) {
            Some(bytes) => self.memory(spec, bytes),
            None => {
                let seen = wish.memory_seen_bytes.map(|bytes| bytes.saturating_mul(2).max(MEMORY_BYTES_MIN));
                let why = match wish.memory_seen_bytes {
                    Some(bytes) => format!(
                        "twice what it was seen to use ({} MiB); the host stays alive when it leaks",
                        bytes >> 20
                    ),
                    None => "a guess: look at docker stats; the host stays alive when it leaks".to_owned(),
                };
                let bytes = seen.unwrap_or(MEMORY_BYTES_DEFAULT).div_ceil(1 << 20) << 20;
                self.set(
                    Item::Memory { bytes, swap_bytes: i64::try_from(bytes).unwrap_or(i64::MAX) },
                    why,
                    false,
                );
            }
        }
        match positive(spec.limits.cpu_nanos.given()) {
            Some(nanos) => self.set(Item::CpuNanos(nanos), "as it is", true),
            None if positive(spec.limits.cpu_quota_micros.given()).is_none() => {
                self.set(
                    Item::CpuNanos(1_000_000_000),
                    "one processor: a guess, look at docker stats",
                    false,
                );
            }
            None => {}
        }
        match positive(spec.limits.pids.given()) {
            Some(pids) => self.set(Item::Pids(pids), "as it is", true),
            None => self.set(Item::Pids(PIDS_DEFAULT), "a fork bomb ends here and not at the host", false),
        }
        for (name, (soft, hard)) in &spec.limits.ulimits {
            self.set(Item::Ulimit(name.clone(), *soft, *hard), "as it is", true);
        }
        if !spec.limits.ulimits.contains_key("nofile") {
            let why = "descriptors of one process; the daemon's own limit may be a million";
            self.set(Item::Ulimit("nofile".to_owned(), 1024, 65536), why, false);
        }
    }

    fn memory(&mut self, spec: &ContainerSpec, bytes: u64) {
        let own = i64::try_from(bytes).unwrap_or(i64::MAX);
        let swap = spec.limits.memory_swap_bytes.given().copied().unwrap_or(0);
        if swap < 0 {
            let why = "its memory as it is, and no swap beside it: it had all that there is";
            return self.set(Item::Memory { bytes, swap_bytes: own }, why, false);
        }
        // None said is as much swap again.
        let swap_bytes = if swap == 0 { own.saturating_mul(2) } else { swap };
        self.set(Item::Memory { bytes, swap_bytes }, "as it is", true);
    }

    pub(super) fn restart(&mut self, spec: &ContainerSpec) {
        match spec.restart.given() {
            Some(Restart::OnFailure(Some(count))) if (1..=5).contains(count) => {
                self.set(Item::RestartOnFailure(u32::try_from(*count).unwrap_or(5)), "as it is", true);
            }
            None | Some(Restart::No) => self.set(Item::NoRestart, "as it is", true),
            Some(_) => self.set(
                Item::RestartOnFailure(5),
                "a program that dies at once is not started for ever; after a clean end or five failures somebody looks",
                false,
            ),
        }
    }
}
