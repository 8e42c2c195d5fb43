//! The walk over a directory tree, by descriptors, so that nobody can move it outside.

use crate::gap_tally::GapTally;
use crate::layer_tar::escape;
use crate::overlay::{self, DirectoryMark};
use crate::pseudo_file_system::{Mounted, is_volatile, mounted};
use crate::{Body, DirectoryOptions, Entry, EntryKind, FileCapability, Flavour, Mounts, Outcome, Visitor};
use model::{GapReason, LayerPath, Limits};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, Stat, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use std::{
    collections::HashSet,
    ffi::CStr,
    fs::File,
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

/// Bytes of names that one system call returns.
const NAMES_BYTES: usize = 64 << 10;
/// Entries between two looks at [`Visitor::is_cancelled`].
const CANCEL_INTERVAL_ENTRIES: u64 = 256;

/// Shows what lies below a directory to a visitor. Memory grows with the directories that wait to be entered,
/// not with the files.
pub(crate) fn walk_directory(
    root: &Path,
    options: &DirectoryOptions,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> io::Result<Outcome> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::open(root, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&directory)?;
    let mut walk = Walk {
        options,
        limits,
        visitor,
        excluded: options.exclude.iter().map(LayerPath::as_str).map(str::as_bytes).collect(),
        gaps: GapTally::default(),
        names: vec![MaybeUninit::uninit(); NAMES_BYTES],
        path: Vec::new(),
        entries: 0,
        bytes_read: 0,
        is_over: false,
    };
    walk.visitor.entry(&entry(LayerPath::default(), EntryKind::Directory, &stat));
    let mark = walk.mark(&directory);
    let mut frames = vec![walk.list(directory, stat.st_dev, mark)];
    loop {
        let depth = frames.len();
        let Some(frame) = frames.last_mut() else { break };
        if walk.is_over {
            break;
        }
        walk.path.truncate(frame.path_length);
        let Some(name) = frame.subdirectories.pop() else {
            frames.pop();
            continue;
        };
        push_component(&mut walk.path, name.to_bytes());
        if let Some((directory, device)) = walk.enter(frame.directory.as_fd(), frame.device, &name, depth) {
            let mark = walk.mark(&directory);
            frames.push(walk.list(directory, device, mark));
        }
    }
    Ok(Outcome { gaps: walk.gaps.finish(), bytes_read: walk.bytes_read, ..Outcome::default() })
}

struct Walk<'a> {
    options: &'a DirectoryOptions,
    limits: &'a Limits,
    visitor: &'a mut dyn Visitor,
    excluded: HashSet<&'a [u8]>,
    gaps: GapTally,
    names: Vec<MaybeUninit<u8>>,
    /// The directory that is being read; entries append their name for a moment.
    path: Vec<u8>,
    entries: u64,
    bytes_read: u64,
    is_over: bool,
}

/// A directory whose files were shown and whose subdirectories wait.
struct Frame {
    directory: OwnedFd,
    device: u64,
    path_length: usize,
    subdirectories: Names,
}

/// Names one after the other in one allocation: a directory may have a million subdirectories.
#[derive(Default)]
struct Names(Vec<u8>);

impl Names {
    fn push(&mut self, name: &CStr) {
        // The zero byte before each name lets the last one be found from the end.
        self.0.push(0);
        self.0.extend_from_slice(name.to_bytes());
    }

    fn pop(&mut self) -> Option<std::ffi::CString> {
        let start = memchr::memrchr(0, &self.0)?;
        let name = self.0[start + 1..].to_vec();
        self.0.truncate(start);
        Some(std::ffi::CString::new(name).expect("the name starts after the last zero byte"))
    }
}

impl Walk<'_> {
    // Shows everything in a directory; its subdirectories are kept for later.
    fn list(&mut self, directory: OwnedFd, device: u64, mark: DirectoryMark) -> Frame {
        let path_length = self.path.len();
        let mut subdirectories = Names::default();
        let mut names = std::mem::take(&mut self.names);
        let mut reader = RawDir::new(directory.as_fd(), &mut names);
        while let Some(next) = reader.next() {
            if self.is_over {
                break;
            }
            let name = match &next {
                Ok(raw) => raw.file_name(),
                Err(error) => {
                    self.refused("directories that cannot be read", *error);
                    break;
                }
            };
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            push_component(&mut self.path, name.to_bytes());
            if self.show(directory.as_fd(), name, mark) {
                subdirectories.push(name);
            }
            self.path.truncate(path_length);
        }
        self.names = names;
        Frame { directory, device, path_length, subdirectories }
    }

    // Shows one entry; true for a directory.
    fn show(&mut self, directory: BorrowedFd<'_>, name: &CStr, mark: DirectoryMark) -> bool {
        if !self.excluded.is_empty() && self.excluded.contains(self.path.as_slice()) {
            return false;
        }
        self.entries += 1;
        if self.entries > self.limits.layer_entries_max {
            let detail = format!("more than {} entries", self.limits.layer_entries_max);
            self.stop(&detail);
            return false;
        }
        if self.entries.is_multiple_of(CANCEL_INTERVAL_ENTRIES) && self.visitor.is_cancelled() {
            self.stop("the walk was stopped");
            return false;
        }
        if self.path.len() > self.limits.path_length_max {
            let detail = format!("the path has {} bytes", self.path.len());
            self.gap("paths that are too long or deep", GapReason::LimitReached, detail);
            return false;
        }
        let stat = match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(error) => {
                self.refused("files that cannot be read", error);
                return false;
            }
        };
        let kind = self.kind(directory, name, &stat, mark);
        let is_directory = kind == EntryKind::Directory;
        let is_file = kind == EntryKind::File;
        let mut entry = entry(LayerPath::from_bytes(&self.path), kind, &stat);
        if is_file && entry.mode & 0o111 != 0 {
            entry.capability = capability(directory, name);
        }
        if self.visitor.entry(&entry) && is_file {
            self.show_body(directory, name, &entry);
        }
        is_directory
    }

    fn kind(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        stat: &Stat,
        mark: DirectoryMark,
    ) -> EntryKind {
        let is_overlay = self.options.flavour == Flavour::Overlay;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile if mark == DirectoryMark::HasAttributeWhiteouts && stat.st_size == 0 => {
                let file = open_file(directory, name);
                let is_whiteout = file.is_ok_and(|file| overlay::is_attribute_whiteout(&file));
                if is_whiteout { EntryKind::Whiteout } else { EntryKind::File }
            }
            FileType::RegularFile => EntryKind::File,
            FileType::Directory => EntryKind::Directory,
            FileType::Symlink => match rustix::fs::readlinkat(directory, name, Vec::new()) {
                Ok(target) => EntryKind::Symlink(escape(target.to_bytes())),
                Err(error) => {
                    self.refused("links that cannot be read", error);
                    EntryKind::Special
                }
            },
            FileType::CharacterDevice if is_overlay && stat.st_rdev == 0 => EntryKind::Whiteout,
            FileType::CharacterDevice => EntryKind::CharacterDevice,
            FileType::BlockDevice => EntryKind::BlockDevice,
            _ => EntryKind::Special,
        }
    }

    fn show_body(&mut self, directory: BorrowedFd<'_>, name: &CStr, entry: &Entry) {
        let file = match open_file(directory, name) {
            Ok(file) => file,
            Err(error) => return self.refused("files that cannot be read", error),
        };
        if self.options.flavour == Flavour::Overlay && overlay::is_metacopy(&file) {
            let detail = "the content lies in a lower layer (metacopy of overlayfs)";
            return self.gap("files without content", GapReason::Unsupported, detail.to_owned());
        }
        self.bytes_read += entry.size;
        self.visitor.body(entry, Body::File(&file));
    }

    fn mark(&mut self, directory: &OwnedFd) -> DirectoryMark {
        if self.options.flavour == Flavour::Plain {
            return DirectoryMark::None;
        }
        if overlay::is_redirected(directory) {
            let detail =
                "the directory was renamed (redirect_dir of overlayfs); what it had below is not joined";
            self.gap("renamed directories", GapReason::Unsupported, detail.to_owned());
        }
        let mark = overlay::directory_mark(directory);
        if mark == DirectoryMark::Opaque
            && let Ok(stat) = rustix::fs::fstat(directory)
        {
            self.visitor.entry(&entry(LayerPath::from_bytes(&self.path), EntryKind::OpaqueWhiteout, &stat));
        }
        mark
    }

    // Opens a subdirectory unless a limit, a mount or the operating system forbids it.
    fn enter(
        &mut self,
        parent: BorrowedFd<'_>,
        parent_device: u64,
        name: &CStr,
        depth: usize,
    ) -> Option<(OwnedFd, u64)> {
        if depth > self.limits.path_depth_max {
            let detail = format!("more than {} directories deep", self.limits.path_depth_max);
            self.gap("paths that are too long or deep", GapReason::LimitReached, detail);
            return None;
        }
        let flags =
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(parent, name, flags, Mode::empty());
        let opened =
            opened.and_then(|directory| rustix::fs::fstat(&directory).map(|stat| (directory, stat.st_dev)));
        let (directory, device) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.refused("directories that cannot be read", error);
                return None;
            }
        };
        if is_mount(&directory, device, parent_device) && !self.may_enter_mount(&directory) {
            return None;
        }
        Some((directory, device))
    }

    fn may_enter_mount(&mut self, directory: &OwnedFd) -> bool {
        // The type of the field differs between architectures.
        #[allow(clippy::cast_sign_loss, clippy::unnecessary_cast)]
        let magic = rustix::fs::fstatfs(directory).map_or(0, |stat| stat.f_type as u64 & 0xffff_ffff);
        let path = LayerPath::from_bytes(&self.path);
        match mounted(magic) {
            Mounted::Pseudo => false,
            Mounted::Memory if is_volatile(path.as_str()) => false,
            Mounted::Memory | Mounted::Files if self.options.mounts == Mounts::Enter => true,
            Mounted::Memory | Mounted::Files => {
                let detail = "another file system is mounted here; it was not entered";
                self.gap("mounts that were not entered", GapReason::Unsupported, detail.to_owned());
                false
            }
        }
    }

    fn refused(&mut self, kind: &'static str, error: Errno) {
        // On a running system files vanish between being listed and being opened.
        if error != Errno::NOENT {
            self.gap(kind, GapReason::Unreadable, io::Error::from(error).to_string());
        }
    }

    fn gap(&mut self, kind: &'static str, reason: GapReason, detail: String) {
        if self.gaps.count(kind, reason) {
            self.gaps.push(model::Gap::new(LayerPath::from_bytes(&self.path).to_string(), reason, detail));
        }
    }

    fn stop(&mut self, detail: &str) {
        self.is_over = true;
        let what = format!("directory from {} on", LayerPath::from_bytes(&self.path));
        self.gaps.push(model::Gap::new(what, GapReason::LimitReached, detail));
    }
}

fn push_component(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

// NOFOLLOW and NONBLOCK: what was a file when it was listed may be a link or a FIFO now.
fn open_file(directory: BorrowedFd<'_>, name: &CStr) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::openat(directory, name, flags, Mode::empty())?);
    let stat = rustix::fs::fstat(&file)?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if is_file { Ok(file) } else { Err(Errno::NXIO) }
}

// A file that cannot be opened is told when its content is asked for.
fn capability(directory: BorrowedFd<'_>, name: &CStr) -> Option<FileCapability> {
    let file = open_file(directory, name).ok()?;
    let mut value = [0; FileCapability::BYTES_MAX];
    let length = rustix::fs::fgetxattr(&file, c"security.capability", &mut value[..]).ok()?;
    FileCapability::new(value.get(..length)?)
}

// Bind mounts of the same device are told by `statx` only (Linux 5.8), btrfs subvolumes by nothing else.
fn is_mount(directory: &OwnedFd, device: u64, parent_device: u64) -> bool {
    let statx = rustix::fs::statx(directory, c"", AtFlags::EMPTY_PATH, StatxFlags::TYPE);
    match statx {
        Ok(statx) if statx.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) => {
            statx.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)
        }
        _ => device != parent_device,
    }
}

fn entry(path: LayerPath, kind: EntryKind, stat: &Stat) -> Entry {
    let size = if kind == EntryKind::File { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 };
    // The type of the field differs between architectures.
    #[allow(clippy::unnecessary_cast)]
    let mtime = stat.st_mtime as i64;
    let mode = stat.st_mode & 0o7777;
    Entry { path, kind, size, mode, uid: stat.st_uid, gid: stat.st_gid, mtime, capability: None }
}
