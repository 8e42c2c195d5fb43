//! What was counted of the records that came.

use std::collections::HashMap;

use metrics::Histogram;
use sensor::{Kind, Record};

/// Counts since the start.
#[derive(Debug)]
pub struct Tally {
    /// By number of the system call.
    calls: Vec<u64>,
    /// By number of the kind, for what is no system call.
    kinds: [u64; KINDS.len()],
    groups: HashMap<u64, u64>,
    /// The group of the last record, and how many came of it in a row.
    last: (u64, u64),
    latency: Histogram,
}

/// Kinds beside calls, by the names that `Events lost` and metrics use.
const KINDS: [(Kind, &str); 10] = [
    (Kind::Exec, "exec"),
    (Kind::Fork, "fork"),
    (Kind::Exit, "exit"),
    (Kind::CgroupMake, "cgroup_make"),
    (Kind::CgroupRemove, "cgroup_remove"),
    (Kind::CgroupAttach, "cgroup_attach"),
    (Kind::Uring, "io_uring"),
    (Kind::Task, "task"),
    (Kind::Mapped, "mapped"),
    (Kind::Socket, "socket_state"),
];
/// Numbers of system calls on every machine are below this.
const CALLS: usize = 512;
const GROUPS_MAX: usize = 65_536;
/// From a tenth of a millisecond to ten seconds.
const LATENCY_BOUNDS_NS: &[u64] = &[
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    1_000_000_000,
    10_000_000_000,
];

/// What a kind of record is called.
#[must_use]
pub fn kind_name(kind: Kind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("call", |(_, name)| name)
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            calls: vec![0; CALLS],
            kinds: [0; KINDS.len()],
            groups: HashMap::new(),
            last: (0, 0),
            latency: Histogram::new(LATENCY_BOUNDS_NS),
        }
    }
}

impl Tally {
    pub(crate) fn record(&mut self, record: &Record<'_>) {
        if record.kind() == Kind::Call {
            if let Some(count) = self.calls.get_mut(record.number() as usize) {
                *count += 1;
            }
        } else if let Some(at) = KINDS.iter().position(|(kind, _)| *kind == record.kind()) {
            self.kinds[at] += 1;
        }
        // Most records follow one of the same group.
        if self.last.0 == record.cgroup() {
            self.last.1 += 1;
        } else {
            self.settle();
            self.last = (record.cgroup(), 1);
        }
    }

    fn settle(&mut self) {
        let (group, count) = std::mem::take(&mut self.last);
        if count > 0 && (self.groups.len() < GROUPS_MAX || self.groups.contains_key(&group)) {
            *self.groups.entry(group).or_default() += count;
        }
    }

    /// An alert was made so long after its event.
    pub(crate) fn alert_after(&mut self, nanoseconds: u64) {
        self.latency.observe(nanoseconds);
    }

    /// Forgets groups that do not fit.
    pub(crate) fn retain_groups(&mut self, keep: impl Fn(u64) -> bool) {
        self.settle();
        self.groups.retain(|group, _| keep(*group));
    }

    /// How many records there were of each kind and system call, of those that there were.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let calls = (0u32..).zip(&self.calls).filter(|(_, count)| **count > 0);
        let calls = calls.map(|(number, count)| {
            (sensor::call_by_number(number).map_or("other", |call| call.name), *count)
        });
        let kinds = KINDS.iter().zip(&self.kinds).filter(|(_, count)| **count > 0);
        kinds.map(|((_, name), count)| (*name, *count)).chain(calls)
    }

    /// How many records there were of each control group.
    pub fn by_group(&mut self) -> impl Iterator<Item = (u64, u64)> {
        self.settle();
        self.groups.iter().map(|(group, count)| (*group, *count))
    }

    /// How long after their events alerts were made.
    #[must_use]
    pub fn latency(&self) -> &Histogram {
        &self.latency
    }
}
