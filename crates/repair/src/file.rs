//! Files, by descriptor.

use crate::RepairError;
use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes of a configuration file.
const BYTES_MAX: u64 = 16 << 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// A file with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What it is.
    pub state: FileState,
}

/// What a file is; links are not followed.
///
/// # Errors
/// When it cannot be opened without following links.
pub fn state(path: &Path) -> Result<FileState, RepairError> {
    state_of(&open_path(path)?, path)
}

/// Changes a mode, when it is still the one that was planned for.
///
/// # Errors
/// When it is another by now, or cannot be changed.
pub fn set_mode(path: &Path, expected: u32, mode: u32) -> Result<(), RepairError> {
    let file = open_path(path)?;
    let there = state_of(&file, path)?;
    if there.mode != expected {
        return Err(moved(path, format!("mode {:04o}", there.mode), format!("mode {expected:04o}")));
    }
    // A descriptor of O_PATH takes no fchmod; its name in /proc leads to the very file (proc(5)).
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::chmod(name, Mode::from_raw_mode(mode & 0o7777))
        .map_err(|error| change("change the mode of", path, error.into()))?;
    let after = state_of(&file, path)?;
    if after.mode == mode & 0o7777 {
        Ok(())
    } else {
        Err(moved(path, format!("mode {:04o}", after.mode), format!("mode {mode:04o}")))
    }
}

/// Changes the owner, when it is still the one that was planned for.
///
/// # Errors
/// When it is another by now, or cannot be changed.
pub fn set_owner(path: &Path, expected: (u32, u32), owner: (u32, u32)) -> Result<(), RepairError> {
    let file = open_path(path)?;
    let there = state_of(&file, path)?;
    let shown = |(uid, gid): (u32, u32)| format!("owner {uid}:{gid}");
    if (there.uid, there.gid) != expected {
        return Err(moved(path, shown((there.uid, there.gid)), shown(expected)));
    }
    let (uid, gid) = (rustix::fs::Uid::from_raw(owner.0), rustix::fs::Gid::from_raw(owner.1));
    rustix::fs::chownat(&file, "", Some(uid), Some(gid), AtFlags::EMPTY_PATH)
        .map_err(|error| change("change the owner of", path, error.into()))?;
    let after = state_of(&file, path)?;
    if (after.uid, after.gid) == owner {
        Ok(())
    } else {
        Err(moved(path, shown((after.uid, after.gid)), shown(owner)))
    }
}

/// A regular file's content; `None` when there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read(path: &Path) -> Result<Option<Content>, RepairError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file =
        match rustix::fs::openat2(rustix::fs::CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(not_opened(path, error)),
        };
    let stat = stat_of(&file, path)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
        return Err(change("read", path, io::Error::other("it is no regular file")));
    }
    let mut bytes = Vec::new();
    std::fs::File::from(file)
        .take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| change("read", path, error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(RepairError::TooLarge { path: path.to_owned(), limit_bytes: BYTES_MAX });
    }
    Ok(Some(Content { bytes, state: as_state(&stat) }))
}

/// Puts a file in the place of another by rename, or makes it.
///
/// # Errors
/// When it cannot be written; what was there stays then.
pub fn replace(path: &Path, bytes: &[u8], state: FileState) -> Result<(), RepairError> {
    let failed = |error: io::Error| change("write", path, error);
    let (directory, name) = parent(path)?;
    // Named through the descriptor, so that the directory is the one that was opened.
    let below = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    let mut file = tempfile::Builder::new().prefix(".seawall-").tempfile_in(&below).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    let (uid, gid) = (rustix::fs::Uid::from_raw(state.uid), rustix::fs::Gid::from_raw(state.gid));
    rustix::fs::fchown(file.as_file(), Some(uid), Some(gid)).map_err(|error| failed(error.into()))?;
    // After the owner, since a change of owner clears bits.
    file.as_file().set_permissions(std::fs::Permissions::from_mode(state.mode & 0o7777)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(below.join(name)).map_err(|error| failed(error.error))?;
    rustix::fs::fsync(&reopened(&directory, path)?).map_err(|error| failed(error.into()))
}

/// Takes a file away; one that is gone is no error.
///
/// # Errors
/// When it is there and stays.
pub fn remove(path: &Path) -> Result<(), RepairError> {
    let (directory, name) = parent(path)?;
    match rustix::fs::unlinkat(&directory, name, AtFlags::empty()) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(change("remove", path, error.into())),
    }
}

/// Makes a directory, and those above it, for root alone.
///
/// # Errors
/// When it cannot be made, or is there and others may write it.
pub fn make_directory(path: &Path) -> Result<(), RepairError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).map_err(|error| change("make", path, error))?;
    let there = state(path)?;
    if there.mode & 0o022 != 0 || there.uid != rustix::process::geteuid().as_raw() {
        return Err(change("use", path, io::Error::other("somebody else may write it")));
    }
    Ok(())
}

fn open_path(path: &Path) -> Result<OwnedFd, RepairError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    rustix::fs::openat2(rustix::fs::CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)
        .map_err(|error| not_opened(path, error))
}

fn not_opened(path: &Path, error: rustix::io::Errno) -> RepairError {
    match error {
        rustix::io::Errno::LOOP => RepairError::Link { path: path.to_owned() },
        _ => RepairError::Open { path: path.to_owned(), source: error.into() },
    }
}

fn parent(path: &Path) -> Result<(OwnedFd, &std::ffi::OsStr), RepairError> {
    let name = path.file_name().ok_or_else(|| change("write", path, io::Error::other("it has no name")))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((open_path(directory)?, name))
}

fn reopened(directory: &OwnedFd, path: &Path) -> Result<OwnedFd, RepairError> {
    rustix::fs::openat(directory, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|error| change("write", path, error.into()))
}

fn state_of(file: &OwnedFd, path: &Path) -> Result<FileState, RepairError> {
    Ok(as_state(&stat_of(file, path)?))
}

fn stat_of(file: &OwnedFd, path: &Path) -> Result<Stat, RepairError> {
    rustix::fs::fstat(file).map_err(|error| change("look at", path, error.into()))
}

const fn as_state(stat: &Stat) -> FileState {
    FileState { mode: stat.st_mode & 0o7777, uid: stat.st_uid, gid: stat.st_gid }
}

fn change(what: &'static str, path: &Path, source: io::Error) -> RepairError {
    RepairError::Change { what, path: path.to_owned(), source }
}

fn moved(path: &Path, found: String, expected: String) -> RepairError {
    RepairError::Moved { path: path.to_owned(), found, expected }
}
