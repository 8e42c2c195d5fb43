//! The process of the engine: known by its executable and the socket that it holds, not by words that any user's process
//! may carry.

use crate::{
    Roots, process_status,
    processes::{self, Entry},
    read, sockets,
};
use facts::{DaemonProcess, Fact};

const ARGUMENTS_MAX: usize = 1_000;
const NAMES: [&str; 2] = ["dockerd", "dockerd-ce"];

/// The engine's process; known to be none when no process runs such an executable.
pub(crate) fn find(
    roots: &Roots,
    entries: &Fact<Vec<Entry>>,
    socket: Option<&str>,
) -> Fact<Option<DaemonProcess>> {
    let entries = match entries.get() {
        Ok(entries) => entries,
        Err(missing) => return Fact::Missing(missing.clone()),
    };
    let holder_inodes = socket.map(|path| socket_inodes(roots, path)).unwrap_or_default();
    let recorded: Option<u32> = ["/run/docker.pid", "/var/run/docker.pid"]
        .iter()
        .find_map(|path| read::text(&roots.at(path)).ok()?.trim().parse().ok());
    let mut candidates = Vec::new();
    for entry in entries {
        let Some(executable) = processes::executable(roots, entry.pid) else { continue };
        // A container may run an engine of its own.
        if processes::container_id(&entry.cgroup).is_some() {
            continue;
        }
        if executable.rsplit('/').next().is_some_and(|name| NAMES.contains(&name)) {
            let holds = !holder_inodes.is_empty()
                && sockets::inodes(roots, entry.pid).iter().any(|inode| holder_inodes.contains(inode));
            let uid = process_status::read(roots, entry.pid).map_or(u32::MAX, |status| status.uids[0]);
            candidates.push((holds, recorded == Some(entry.pid), uid == 0, entry.pid, executable, uid));
        }
    }
    let best = candidates
        .into_iter()
        .max_by_key(|(holds, is_recorded, is_root, ..)| (*holds, *is_recorded, *is_root));
    Fact::Known(best.map(|(_, _, _, pid, executable, uid)| DaemonProcess {
        pid,
        executable: Some(executable),
        arguments: arguments(roots, pid),
        uid,
        open_files: process_status::limit(roots, pid, "Max open files"),
    }))
}

fn socket_inodes(roots: &Roots, path: &str) -> Vec<u64> {
    let Ok(text) = read::text(&roots.proc_at("net/unix")) else { return Vec::new() };
    let same =
        |seen: &str| seen == path || seen.trim_start_matches("/var") == path.trim_start_matches("/var");
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            (same(fields.get(7)?)).then(|| fields.get(6)?.parse().ok())?
        })
        .collect()
}

fn arguments(roots: &Roots, pid: u32) -> Fact<Vec<String>> {
    let path = roots.proc_at(&format!("{pid}/cmdline"));
    match read::text(&path) {
        Ok(text) => {
            let words = text.split_terminator('\0').take(ARGUMENTS_MAX);
            Fact::Known(words.map(without_secret).collect())
        }
        Err(error) => read::missing(&path, &error),
    }
}

// `--log-opt splunk-token=…`.
fn without_secret(word: &str) -> String {
    match word.rsplit_once('=') {
        Some((name, _)) if is_secret_name(name) => format!("{name}=…"),
        _ => word.to_owned(),
    }
}

/// Whether a setting of this name holds a credential.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "password", "passwd", "secret", "credential", "apikey", "api-key"]
        .iter()
        .any(|word| name.contains(word))
}
