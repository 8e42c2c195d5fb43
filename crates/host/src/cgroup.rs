//! Limits of control groups, parents counted in.

use crate::{Roots, processes, read};
use facts::{CgroupLimits, Fact};
use model::GapReason;
use std::path::{Path, PathBuf};

/// Groups above a group.
const DEPTH_MAX: usize = 32;

/// What the groups of a process allow; `cgroup` is the text of its `/proc/PID/cgroup`.
pub(crate) fn limits(roots: &Roots, cgroup: &str) -> Fact<CgroupLimits> {
    let base = roots.sys_at("fs/cgroup");
    if base.join("cgroup.controllers").exists() {
        let Some(path) = processes::path_of(cgroup).map(str::to_owned) else {
            return Fact::missing(GapReason::Malformed, "its control group file names no group");
        };
        let Some(chain) = chain(&base, &path) else {
            return Fact::missing(
                GapReason::Unreadable,
                format!("control group {path} is not seen from here"),
            );
        };
        return Fact::Known(version_2(&path, &chain));
    }
    let of = |controller: &str| {
        cgroup.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':');
            let names = fields.nth(1)?;
            let path = fields.next()?;
            names.split(',').any(|name| name == controller).then(|| path.to_owned())
        })
    };
    let Some(memory) = of("memory").and_then(|path| chain(&base.join("memory"), &path)) else {
        return Fact::missing(GapReason::Unreadable, "its control groups are not seen from here");
    };
    let pids = of("pids").and_then(|path| chain(&base.join("pids"), &path)).unwrap_or_default();
    let cpu = of("cpu").and_then(|path| chain(&base.join("cpu"), &path)).unwrap_or_default();
    // 2^63 rounded down to a page is how version 1 writes "no limit".
    let memory_bytes = least(&memory, "memory.limit_in_bytes").filter(|bytes| *bytes < (1 << 62));
    let quota = least(&cpu, "cpu.cfs_quota_us");
    let period =
        cpu.first().and_then(|path| number(&path.join("cpu.cfs_period_us"))).unwrap_or(100_000).max(1);
    let shares = cpu.first().and_then(|path| number(&path.join("cpu.shares")));
    Fact::Known(CgroupLimits {
        path: of("memory").unwrap_or_default(),
        memory_bytes,
        pids: least(&pids, "pids.max"),
        cpu_milli: quota.map(|quota| quota.saturating_mul(1000) / period),
        cpu_weight: shares.map(|shares| shares.saturating_mul(100) / 1024),
        has_io_control: false,
    })
}

fn version_2(path: &str, chain: &[PathBuf]) -> CgroupLimits {
    let cpu_milli = chain.iter().filter_map(|group| cpu_max(&group.join("cpu.max"))).min();
    let own = chain.first();
    let weight = own.and_then(|group| number(&group.join("io.weight")));
    let has_max = own
        .and_then(|group| read::text(&group.join("io.max")).ok())
        .is_some_and(|text| text.lines().any(|line| !line.trim().is_empty()));
    CgroupLimits {
        path: path.to_owned(),
        memory_bytes: least(chain, "memory.max"),
        pids: least(chain, "pids.max"),
        cpu_milli,
        cpu_weight: own.and_then(|group| number(&group.join("cpu.weight"))),
        has_io_control: has_max || weight.is_some_and(|weight| weight != 100),
    }
}

// The group and those above it, below the hierarchy's root.
fn chain(base: &Path, path: &str) -> Option<Vec<PathBuf>> {
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let mut place = base.join(path.trim_start_matches('/'));
    if !place.is_dir() {
        return None;
    }
    let mut chain = Vec::new();
    while place.starts_with(base) && place != base && chain.len() < DEPTH_MAX {
        chain.push(place.clone());
        place.pop();
    }
    if chain.is_empty() {
        chain.push(base.to_owned());
    }
    Some(chain)
}

fn least(chain: &[PathBuf], file: &str) -> Option<u64> {
    chain.iter().filter_map(|group| number(&group.join(file))).min()
}

// `max` and `-1` are no number.
fn number(path: &Path) -> Option<u64> {
    let text = read::text(path).ok()?;
    text.trim().trim_start_matches("default ").split_whitespace().next()?.parse().ok()
}

fn cpu_max(path: &Path) -> Option<u64> {
    let text = read::text(path).ok()?;
    let mut words = text.split_whitespace();
    let quota: u64 = words.next()?.parse().ok()?;
    let period: u64 = words.next()?.parse().ok()?;
    Some(quota.saturating_mul(1000) / period.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_a_parent_counts() {
        let root = tempfile::tempdir().unwrap();
        let roots = Roots::below(root.path());
        let group = root.path().join("sys/fs/cgroup/a.slice/docker-x.scope");
        std::fs::create_dir_all(&group).unwrap();
        std::fs::write(root.path().join("sys/fs/cgroup/cgroup.controllers"), "memory pids").unwrap();
        std::fs::write(group.join("memory.max"), "max\n").unwrap();
        std::fs::write(group.join("pids.max"), "100\n").unwrap();
        std::fs::write(group.join("cpu.max"), "50000 100000\n").unwrap();
        std::fs::write(root.path().join("sys/fs/cgroup/a.slice/memory.max"), "1048576\n").unwrap();
        let limits = limits(&roots, "0::/a.slice/docker-x.scope\n");
        let limits = limits.known().unwrap();
        assert_eq!(
            (limits.memory_bytes, limits.pids, limits.cpu_milli),
            (Some(1_048_576), Some(100), Some(500))
        );
        assert!(matches!(super::limits(&roots, "0::/gone\n"), Fact::Missing(_)));
    }
}
