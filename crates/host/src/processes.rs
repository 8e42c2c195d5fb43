//! Processes of the host.

use crate::{Roots, process_status, read};
use facts::{Fact, HostProcess};
use model::GapReason;

/// Processes that are looked at.
const PROCESSES_MAX: usize = 100_000;

/// One directory of `/proc`, with what assigns it to a container or a unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) pid: u32,
    pub(crate) cgroup: String,
    pub(crate) pid_namespace: Option<u64>,
}

/// Every process that `/proc` names.
pub(crate) fn entries(roots: &Roots) -> Fact<Vec<Entry>> {
    let names = match read::names(&roots.proc) {
        Ok(names) => names,
        Err(error) => return read::missing(&roots.proc, &error),
    };
    let mut entries: Vec<Entry> = Vec::new();
    for pid in names.iter().filter_map(|name| name.parse::<u32>().ok()) {
        if entries.len() == PROCESSES_MAX {
            return Fact::missing(GapReason::LimitReached, format!("more than {PROCESSES_MAX} processes"));
        }
        let cgroup = read::text(&roots.proc_at(&format!("{pid}/cgroup"))).unwrap_or_default();
        let pid_namespace = process_status::namespace(roots, pid, "pid");
        entries.push(Entry { pid, cgroup, pid_namespace });
    }
    if entries.is_empty() {
        return Fact::missing(GapReason::Unreadable, format!("{} shows no process", roots.proc.display()));
    }
    Fact::Known(entries)
}

/// The processes for checks about the host.
pub(crate) fn collect(
    roots: &Roots,
    entries: &Fact<Vec<Entry>>,
    container_ids: &[&str],
) -> Fact<Vec<HostProcess>> {
    entries
        .clone()
        .map(|entries| entries.iter().filter_map(|entry| host_process(roots, entry, container_ids)).collect())
}

fn host_process(roots: &Roots, entry: &Entry, container_ids: &[&str]) -> Option<HostProcess> {
    let status = process_status::read(roots, entry.pid).ok()?;
    Some(HostProcess {
        pid: entry.pid,
        command: status.name,
        executable: executable(roots, entry.pid),
        uid: status.uids[1],
        unit: unit(&entry.cgroup),
        is_in_container: container_id(&entry.cgroup).is_some_and(|id| container_ids.contains(&id)),
    })
}

/// Where `/proc/PID/exe` leads.
pub(crate) fn executable(roots: &Roots, pid: u32) -> Option<String> {
    let link = std::fs::read_link(roots.proc_at(&format!("{pid}/exe"))).ok()?;
    Some(link.to_string_lossy().trim_end_matches(" (deleted)").to_owned())
}

/// The unit that the control group names, its last component that ends like a unit.
pub(crate) fn unit(cgroup: &str) -> Option<String> {
    let path = path_of(cgroup)?;
    let is_unit =
        |part: &&str| [".service", ".scope", ".socket", ".slice"].iter().any(|end| part.ends_with(end));
    path.rsplit('/').find(is_unit).map(str::to_owned)
}

/// The path in the unified hierarchy, else in the one of systemd.
pub(crate) fn path_of(cgroup: &str) -> Option<&str> {
    let of = |prefix: &str| cgroup.lines().find_map(|line| line.strip_prefix(prefix));
    of("0::")
        .filter(|path| *path != "/" || cgroup.lines().count() == 1)
        .or_else(|| cgroup.lines().find_map(|line| line.split_once(":name=systemd:").map(|(_, path)| path)))
}

/// The container id in the path: 64 hexadecimal digits as Docker, with either driver, writes them.
pub(crate) fn container_id(cgroup: &str) -> Option<&str> {
    for part in cgroup.lines().flat_map(|line| line.rsplit(['/', ':'])) {
        let part = part.strip_suffix(".scope").unwrap_or(part);
        let part = part.rsplit('-').next().unwrap_or(part);
        if part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Some(part);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_both_drivers_and_versions_name_the_container() {
        let id = "ab".repeat(32);
        for text in [
            format!("0::/system.slice/docker-{id}.scope\n"),
            format!("12:pids:/docker/{id}\n0::/system.slice/containerd.service\n"),
            format!("0::/docker/{id}/init\n"),
            format!("0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{id}.scope"),
        ] {
            assert_eq!(container_id(&text), Some(id.as_str()), "{text}");
        }
        assert_eq!(container_id("0::/system.slice/docker.service"), None);
        assert_eq!(unit("0::/system.slice/docker.service").as_deref(), Some("docker.service"));
    }
}
