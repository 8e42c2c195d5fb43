//! What is known of the host before the first event.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use events::snapshot::{Group, Machine, Snapshot, User};
use rustix::time::{ClockId, clock_gettime};

/// Bytes of a file of accounts.
const ACCOUNTS_BYTES_MAX: u64 = 16 << 20;
/// Lines of such a file.
const ACCOUNTS_MAX: usize = 65_536;

/// The host's name, accounts and time of its start.
#[must_use]
pub(crate) fn snapshot() -> Snapshot {
    let hostname = rustix::system::uname().nodename().to_bytes().to_vec();
    let machine = Machine { hostname, boot_time_ns: boot_time_ns(), ..Machine::default() };
    let users = users(&contents(Path::new("/etc/passwd"))).collect();
    let groups = groups(&contents(Path::new("/etc/group"))).collect();
    Snapshot { machine, users, groups, ..Snapshot::default() }
}

/// The users of a file as passwd(5) describes it.
pub(crate) fn users(text: &[u8]) -> impl Iterator<Item = User> {
    text.split(|byte| *byte == b'\n').take(ACCOUNTS_MAX).filter_map(user)
}

/// The groups of a file as group(5) describes it.
pub(crate) fn groups(text: &[u8]) -> impl Iterator<Item = Group> {
    text.split(|byte| *byte == b'\n').take(ACCOUNTS_MAX).filter_map(group)
}

/// When the host started, in nanoseconds since 1970: the difference of two clocks now.
#[must_use]
pub(crate) fn boot_time_ns() -> u64 {
    clock_ns(ClockId::Realtime).saturating_sub(since_boot_ns())
}

/// Nanoseconds since the host started; clocks that are set do not change it.
#[must_use]
pub(crate) fn since_boot_ns() -> u64 {
    clock_ns(ClockId::Boottime)
}

fn clock_ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Inode of the mount namespace that the first process is in.
#[must_use]
pub(crate) fn mount_namespace() -> u32 {
    fs::metadata("/proc/1/ns/mnt").ok().and_then(|metadata| u32::try_from(metadata.ino()).ok()).unwrap_or(0)
}

fn contents(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(ACCOUNTS_BYTES_MAX).read_to_end(&mut text));
    if read.is_err() {
        text.clear();
    }
    text
}

/// passwd(5).
fn user(line: &[u8]) -> Option<User> {
    let mut parts = line.split(|byte| *byte == b':');
    let name = parts.next()?.to_vec();
    let (uid, gid) = (number(parts.nth(1)?)?, number(parts.next()?)?);
    let home = parts.nth(1)?.to_vec();
    Some(User { uid, gid, name, home, shell: parts.next()?.to_vec() })
}

/// group(5).
fn group(line: &[u8]) -> Option<Group> {
    let mut parts = line.split(|byte| *byte == b':');
    let name = parts.next()?.to_vec();
    Some(Group { gid: number(parts.nth(1)?)?, name })
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read() {
        let user = user(b"www-data:x:33:34:www-data:/var/www:/usr/sbin/nologin").unwrap();
        assert_eq!((user.uid, user.gid, user.home.as_slice()), (33, 34, &b"/var/www"[..]));
        assert_eq!(group(b"docker:x:998:ann,bob").unwrap().gid, 998);
        assert_eq!((super::user(b"no:colons"), group(b"")), (None, None));
    }
}
