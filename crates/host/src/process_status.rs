//! `/proc/PID/status` and its neighbours (`proc(5)`).

use crate::{Roots, read};
use facts::{Fact, Namespaces, UidMapEntry};
use std::{collections::BTreeMap, io};

/// Lines of `status` that matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status {
    pub(crate) name: String,
    pub(crate) parent: u32,
    pub(crate) inner_pid: Option<u32>,
    pub(crate) uids: [u32; 4],
    pub(crate) gids: [u32; 4],
    pub(crate) effective: u64,
    pub(crate) permitted: u64,
    pub(crate) bounding: u64,
    pub(crate) ambient: u64,
    pub(crate) seccomp: Option<u8>,
    pub(crate) seccomp_filters: Option<u32>,
    pub(crate) no_new_privileges: Option<bool>,
}

/// Reads `/proc/PID/status`.
pub(crate) fn read(roots: &Roots, pid: u32) -> io::Result<Status> {
    let text = read::text(&roots.proc_at(&format!("{pid}/status")))?;
    parse(&text).ok_or_else(|| io::Error::other("status is incomplete"))
}

// Without users and capabilities nothing can be said of a process: then it is not a status.
fn parse(text: &str) -> Option<Status> {
    let lines: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key, value.trim()))
        .collect();
    let hex = |key: &str| u64::from_str_radix(lines.get(key)?, 16).ok();
    Some(Status {
        name: lines.get("Name")?.to_string(),
        parent: lines.get("PPid").and_then(|value| value.parse().ok()).unwrap_or(0),
        inner_pid: lines.get("NSpid").and_then(|value| value.split_whitespace().last()?.parse().ok()),
        uids: four(lines.get("Uid")?)?,
        gids: four(lines.get("Gid")?)?,
        effective: hex("CapEff")?,
        permitted: hex("CapPrm")?,
        bounding: hex("CapBnd")?,
        ambient: hex("CapAmb").unwrap_or(0),
        seccomp: lines.get("Seccomp").and_then(|value| value.parse().ok()),
        seccomp_filters: lines.get("Seccomp_filters").and_then(|value| value.parse().ok()),
        no_new_privileges: lines.get("NoNewPrivs").map(|value| *value == "1"),
    })
}

fn four(text: &str) -> Option<[u32; 4]> {
    let numbers: Vec<u32> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().ok()
}

/// The inode of one namespace.
pub(crate) fn namespace(roots: &Roots, pid: u32, kind: &str) -> Option<u64> {
    let link = std::fs::read_link(roots.proc_at(&format!("{pid}/ns/{kind}"))).ok()?;
    let text = link.to_string_lossy().into_owned();
    text.split_once('[')?.1.strip_suffix(']')?.parse().ok()
}

/// The inodes of all namespaces.
pub(crate) fn namespaces(roots: &Roots, pid: u32) -> Fact<Namespaces> {
    let mut map = BTreeMap::new();
    for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
        if let Some(inode) = namespace(roots, pid, kind) {
            map.insert(kind.to_owned(), inode);
        }
    }
    if map.is_empty() {
        let detail =
            format!("{}: the namespaces cannot be read", roots.proc_at(&format!("{pid}/ns")).display());
        return Fact::missing(model::GapReason::Unreadable, detail);
    }
    Fact::Known(Namespaces(map))
}

/// `/proc/PID/uid_map`.
pub(crate) fn uid_map(roots: &Roots, pid: u32) -> Fact<Vec<UidMapEntry>> {
    let path = roots.proc_at(&format!("{pid}/uid_map"));
    match read::text(&path) {
        Ok(text) => Fact::Known(text.lines().filter_map(map_entry).collect()),
        Err(error) => read::missing(&path, &error),
    }
}

fn map_entry(line: &str) -> Option<UidMapEntry> {
    let mut numbers = line.split_whitespace().map(|word| word.parse().ok());
    Some(UidMapEntry { inside: numbers.next()??, outside: numbers.next()??, count: numbers.next()?? })
}

/// A limit of `/proc/PID/limits`: soft and hard.
pub(crate) fn limit(roots: &Roots, pid: u32, name: &str) -> Fact<(u64, u64)> {
    let path = roots.proc_at(&format!("{pid}/limits"));
    let text = match read::text(&path) {
        Ok(text) => text,
        Err(error) => return read::missing(&path, &error),
    };
    let number = |word: Option<&str>| match word? {
        "unlimited" => Some(u64::MAX),
        word => word.parse().ok(),
    };
    let found = text.lines().find_map(|line| {
        let mut words = line.strip_prefix(name)?.split_whitespace();
        Some((number(words.next())?, number(words.next())?))
    });
    match found {
        Some(limits) => Fact::Known(limits),
        None => Fact::missing(model::GapReason::Malformed, format!("{} has no {name}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_without_capabilities_is_none() {
        let text = "Name:\tsh\nPPid:\t1\nNSpid:\t99\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCapPrm:\t00000000a80425fb\n\
                    CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";
        let status = parse(text).unwrap();
        assert_eq!((status.effective, status.inner_pid, status.seccomp), (0xa804_25fb, Some(1), Some(2)));
        assert_eq!(status.no_new_privileges, Some(true));
        for end in 0..text.len() {
            let _ = parse(&text[..end]);
        }
        assert!(parse("Name:\tsh\nUid:\t0\n").is_none());
    }
}
