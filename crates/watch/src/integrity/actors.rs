//! Who did something to files: fanotify(7) tells the process with each event, which inotify(7) does not.
//!
//! The process may have ended when it is looked for; then its number is all that is known of it.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::sys::fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags};

use crate::respond::container_of;

/// A process that did something to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// Its number.
    pub process: i64,
    /// Its name; nothing when it had ended.
    pub name: Option<String>,
    /// Its program.
    pub executable: Option<String>,
    /// The container that it was in; nothing on the host.
    pub container: Option<String>,
}

/// Each directory has a group of its own, so that what it tells is of that directory.
#[derive(Debug, Default)]
pub(super) struct Actors {
    groups: BTreeMap<PathBuf, Fanotify>,
    seen: HashMap<(PathBuf, OsString), Actor>,
}

/// linux/fanotify.h: directory and name come with the event, since Linux 5.9.
const FAN_REPORT_DFID_NAME: u32 = 0x0c00;
const FAN_EVENT_INFO_TYPE_DFID_NAME: u8 = 2;
/// What an event begins with, and what its parts begin with: their sizes.
const METADATA_BYTES: usize = 24;
const PART_BYTES: usize = 4;
/// The number of the file system, and the two numbers before the bytes of a handle.
const FILE_SYSTEM_BYTES: usize = 8;
const HANDLE_HEAD_BYTES: usize = 8;
/// A host has some thirty such directories, and a user 128 groups.
const GROUPS_MAX: usize = 96;
/// Files of which somebody did something; with more, what is known is forgotten.
const SEEN_MAX: usize = 4_096;

impl Actors {
    /// Listens to a directory, if the kernel lets it; again when another one may have its name.
    pub(super) fn watch(&mut self, directory: &Path) {
        let flags = InitFlags::FAN_CLASS_NOTIF
            | InitFlags::FAN_CLOEXEC
            | InitFlags::FAN_NONBLOCK
            | InitFlags::from_bits_retain(FAN_REPORT_DFID_NAME);
        let wanted = MaskFlags::FAN_MODIFY
            | MaskFlags::FAN_CLOSE_WRITE
            | MaskFlags::FAN_ATTRIB
            | MaskFlags::FAN_MOVE
            | MaskFlags::FAN_CREATE
            | MaskFlags::FAN_DELETE
            | MaskFlags::FAN_EVENT_ON_CHILD;
        let mark =
            |group: &Fanotify| group.mark(MarkFlags::FAN_MARK_ADD, wanted, rustix::fs::CWD, Some(directory));
        if let Some(group) = self.groups.get(directory) {
            // What is marked already stays so.
            let _ = mark(group);
        } else if self.groups.len() < GROUPS_MAX
            && let Ok(group) = Fanotify::init(flags, EventFFlags::O_RDONLY)
            && mark(&group).is_ok()
        {
            self.groups.insert(directory.to_owned(), group);
        }
    }

    /// Takes what has come, and looks at the processes while they are there.
    pub(super) fn take(&mut self) {
        let mut room = [0; 8192];
        let Self { groups, seen } = self;
        for (directory, group) in groups {
            while let Ok(size @ 1..) = rustix::io::read(group.as_fd(), &mut room) {
                each(&room[..size], &mut |process, name| {
                    let key = (directory.clone(), name.to_owned());
                    if seen.len() >= SEEN_MAX {
                        seen.clear();
                    }
                    match seen.get(&key) {
                        Some(known) if known.process == process && known.name.is_some() => {}
                        _ => _ = seen.insert(key, actor(process)),
                    }
                });
            }
        }
    }

    /// Who did something to a file last; it is told once.
    pub(super) fn of(&mut self, path: &Path) -> Option<Actor> {
        self.seen.remove(&(path.parent()?.to_owned(), path.file_name()?.to_owned()))
    }
}

/// Tells process and name of each event (fanotify(7), "The event loop").
fn each(mut bytes: &[u8], tell: &mut dyn FnMut(i64, &OsStr)) {
    while bytes.len() >= METADATA_BYTES {
        let length = number(bytes, 0) as usize;
        let Some(event) = bytes.get(..length).filter(|event| event.len() >= METADATA_BYTES) else { return };
        bytes = &bytes[length..];
        let head = usize::from(u16::from_ne_bytes([event[6], event[7]]));
        let process = number(event, 20).cast_signed();
        if let Some(name) = event.get(head..).and_then(name) {
            tell(i64::from(process), OsStr::from_bytes(name));
        }
    }
}

/// The name in the parts of an event.
fn name(mut parts: &[u8]) -> Option<&[u8]> {
    while parts.len() >= PART_BYTES {
        let length = usize::from(u16::from_ne_bytes([parts[2], parts[3]]));
        let part = parts.get(..length).filter(|part| part.len() >= PART_BYTES)?;
        if part[0] == FAN_EVENT_INFO_TYPE_DFID_NAME {
            let handle = part.get(PART_BYTES + FILE_SYSTEM_BYTES..)?;
            let size = number(handle.get(..4)?, 0) as usize;
            let name = handle.get(HANDLE_HEAD_BYTES.checked_add(size)?..)?;
            return name.split(|byte| *byte == 0).next().filter(|name| !matches!(*name, b"" | b"."));
        }
        parts = &parts[length..];
    }
    None
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn actor(process: i64) -> Actor {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok();
    let executable = fs::read_link(format!("/proc/{process}/exe")).ok();
    Actor {
        process,
        name: name.map(|name| name.trim_end().to_owned()),
        executable: executable.map(|path| path.display().to_string()),
        container: container_of(process),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_events_are_no_trouble() {
        let mut event = vec![0_u8; 60];
        let mut told = Vec::new();
        event[0] = 60;
        event[6] = 24;
        event[20] = 7;
        event[24..28].copy_from_slice(&[2, 0, 36, 0]);
        event[36] = 8;
        event[52..57].copy_from_slice(b"runc\0");
        each(&event, &mut |process, name| told.push((process, name.to_owned())));
        assert_eq!(told, [(7, "runc".into())]);
        // Whatever number stands anywhere.
        for at in 0..event.len() {
            for value in [0, 1, 3, 23, 25, 61, 255] {
                let mut other = event.clone();
                other[at] = value;
                each(&other, &mut |_, _| {});
                each(&other[..at], &mut |_, _| {});
            }
        }
    }
}
