//! What a container keeps in memory and on no disk: its file systems of memory (`tmpfs`).

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};

use super::bundle::Bundle;
use super::changes::Place;

const PLACES_MAX: usize = 64;
const MOUNTS_BYTES_MAX: u64 = 1 << 20;
/// Where engines and clusters put secrets: their digests are nobody's business.
const SECRETS: &[&str] = &["/run/secrets", "/var/run/secrets"];

/// Those that a process sees, but for the covers over parts of `/proc` and `/sys`.
pub(super) fn places(pid: i64, bundle: &mut Bundle) -> Vec<Place> {
    let Ok(root) = fs::File::open(format!("/proc/{pid}/root")) else { return Vec::new() };
    let Some(mounts) = super::processes::read(&format!("/proc/{pid}/mountinfo"), MOUNTS_BYTES_MAX) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for inside in String::from_utf8_lossy(&mounts).lines().filter_map(memory).take(PLACES_MAX) {
        if SECRETS.iter().any(|secrets| inside.starts_with(secrets)) {
            bundle.gap("changes.json", &format!("{} is not looked at: it holds secrets", inside.display()));
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        match openat2(
            &root,
            &inside,
            flags,
            Mode::empty(),
            ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
        ) {
            Ok(top) => found.push(Place { top: fs::File::from(top), inside }),
            Err(error) => bundle.gap("changes.json", &format!("{}: {error}", inside.display())),
        }
    }
    found
}

/// The place of a mount that is of memory and can be written (proc_pid_mountinfo(5): the fifth field and the options after it; the
/// kind stands after a dash). What nobody in the container can write is nothing that it made; secrets of clusters are such.
fn memory(line: &str) -> Option<PathBuf> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(4);
    let (place, options) = (fields.next()?.replace("\\040", " "), fields.next()?);
    if kind.split(' ').next() != Some("tmpfs") || options.split(',').any(|option| option == "ro") {
        return None;
    }
    let is_cover = ["/proc", "/sys"].iter().any(|covered| Path::new(&place).starts_with(covered));
    (!is_cover).then(|| PathBuf::from(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_memory_are_found_and_covers_are_not() {
        let mounts = [
            "1 2 0:5 / / rw - overlay overlay rw",
            "3 1 0:6 / /dev rw,nosuid - tmpfs tmpfs rw,size=64k",
            "4 3 0:7 / /dev/shm rw shared:1 - tmpfs shm rw",
            "5 1 0:8 / /my\\040files rw - tmpfs tmpfs rw",
            "6 1 0:9 / /proc/scsi rw - tmpfs tmpfs rw",
            "7 1 0:9 / /sys/firmware rw - tmpfs tmpfs rw",
            "8 1 0:9 / /etc/token ro,relatime - tmpfs tmpfs rw",
            "not a line",
        ];
        let found: Vec<PathBuf> = mounts.iter().filter_map(|line| memory(line)).collect();
        assert_eq!(found, ["/dev", "/dev/shm", "/my files"].map(PathBuf::from));
    }
}
