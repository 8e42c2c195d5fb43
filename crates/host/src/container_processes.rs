//! What `/proc` says of the processes of a container.

use crate::{
    Roots, mounts, process_status,
    processes::{self, Entry},
    read,
};
use facts::{Fact, ProcessFacts};
use model::{Gap, GapReason};

/// Processes of one container that are looked at.
const PROCESSES_MAX: usize = 1_000;

/// Every process of a container: those whose control group names it, and those in the process namespace of the first one
/// when that is not the host's.
pub(crate) fn collect(
    roots: &Roots,
    entries: &[Entry],
    id: &str,
    first: u32,
    host_pid_namespace: Option<u64>,
    gaps: &mut Vec<Gap>,
) -> Fact<Vec<ProcessFacts>> {
    let own =
        process_status::namespace(roots, first, "pid").filter(|inode| Some(*inode) != host_pid_namespace);
    let is_member = |entry: &&Entry| {
        entry.pid == first
            || processes::container_id(&entry.cgroup) == Some(id)
            || (own.is_some() && entry.pid_namespace == own)
    };
    let mut list = Vec::new();
    for entry in entries.iter().filter(is_member) {
        if list.len() == PROCESSES_MAX {
            let detail = format!("more than {PROCESSES_MAX} processes, the others were not looked at");
            gaps.push(Gap::new(format!("container {id}"), GapReason::LimitReached, detail));
            break;
        }
        match read_process(roots, entry.pid) {
            Ok(process) => list.push(process),
            Err(error) => {
                let what = format!("container {id}, process {}", entry.pid);
                let ended = if roots.proc_at(&entry.pid.to_string()).exists() {
                    ""
                } else {
                    "it ended while it was read: "
                };
                gaps.push(Gap::new(what, GapReason::Unreadable, format!("{ended}{error}")));
            }
        }
    }
    if !list.iter().any(|process| process.pid == first) {
        let detail = format!(
            "its first process {first} is not in {}: it ended, or another machine's engine was asked",
            roots.proc.display()
        );
        return Fact::missing(GapReason::Unreadable, detail);
    }
    Fact::Known(list)
}

fn read_process(roots: &Roots, pid: u32) -> std::io::Result<ProcessFacts> {
    let status = process_status::read(roots, pid)?;
    Ok(ProcessFacts {
        pid,
        parent: status.parent,
        inner_pid: status.inner_pid,
        command: status.name,
        executable: match std::fs::read_link(roots.proc_at(&format!("{pid}/exe"))) {
            Ok(path) => Fact::Known(Some(path.to_string_lossy().into_owned())),
            Err(error) => Fact::missing(GapReason::Unreadable, format!("/proc/{pid}/exe: {error}")),
        },
        uids: status.uids,
        gids: status.gids,
        capabilities_effective: status.effective,
        capabilities_permitted: status.permitted,
        capabilities_bounding: status.bounding,
        capabilities_ambient: status.ambient,
        seccomp_mode: status.seccomp.map_or_else(|| untold("seccomp"), Fact::Known),
        seccomp_filters: status.seccomp_filters,
        has_no_new_privileges: status.no_new_privileges.map_or_else(|| untold("no_new_privs"), Fact::Known),
        label: label(roots, pid),
        namespaces: process_status::namespaces(roots, pid),
        uid_map: process_status::uid_map(roots, pid),
        open_files: process_status::limit(roots, pid, "Max open files"),
        processes: process_status::limit(roots, pid, "Max processes"),
        is_root_read_only: root_is_read_only(roots, pid),
    })
}

fn untold<T>(what: &str) -> Fact<T> {
    Fact::missing(GapReason::Unsupported, format!("this kernel does not tell {what}"))
}

// Kernels without a security module answer EINVAL, or have no such file.
fn label(roots: &Roots, pid: u32) -> Fact<Option<String>> {
    let path = roots.proc_at(&format!("{pid}/attr/current"));
    match read::text(&path) {
        Ok(text) => {
            let text = text.trim_end_matches(['\0', '\n']).trim().to_owned();
            Fact::Known((!text.is_empty()).then_some(text))
        }
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidInput) =>
        {
            Fact::Known(None)
        }
        Err(error) => read::missing(&path, &error),
    }
}

fn root_is_read_only(roots: &Roots, pid: u32) -> Fact<bool> {
    let path = roots.proc_at(&format!("{pid}/mountinfo"));
    match read::text(&path) {
        // The last mount on a place is the one that is seen.
        Ok(text) => match mounts::parse(&text).iter().rev().find(|mount| mount.point == "/") {
            Some(root) => Fact::Known(root.options.iter().any(|option| option == "ro")),
            None => Fact::missing(GapReason::Malformed, format!("{} has no root", path.display())),
        },
        Err(error) => read::missing(&path, &error),
    }
}
