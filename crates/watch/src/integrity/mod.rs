//! Files that containers are run by: hashed at the start, watched, hashed again when something happened to them.
//!
//! A change is settled before it is told: what the package manager's record accounts for is told apart from what nothing
//! accounts for, and while the package manager runs its record is not yet written, so a change waits for it.

mod files;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use sha2::{Digest as _, Sha256};

pub use files::engine_files;
pub use record::PackageRecord;

/// Bytes of a file that is hashed; dockerd has some hundred million.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// How long a change waits for the package manager's record after the last sign of its work.
const SETTLE: Duration = Duration::from_secs(3);
/// And how long at most.
const SETTLE_MAX: Duration = Duration::from_secs(300);

/// Files with their digests.
pub struct Integrity {
    notes: OwnedFd,
    files: BTreeMap<PathBuf, Option<Known>>,
    pending: BTreeMap<PathBuf, Pending>,
    record: PackageRecord,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    identity: Identity,
    sha256: String,
    md5: String,
    package: Option<String>,
}

/// What `stat(2)` says; a file of which nothing differs was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Debug)]
struct Pending {
    since: Instant,
    last: Instant,
}

/// A file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub path: PathBuf,
    /// SHA-256 before; `None` when there was no such file.
    pub before: Option<String>,
    /// SHA-256 afterwards; `None` when it was removed.
    pub after: Option<String>,
    /// The package whose record the file agrees with: then the package manager changed it.
    pub package: Option<String>,
    /// Whether only its mode or owner differ.
    pub is_attributes_only: bool,
}

/// What a file is at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Which.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// The package whose record it agrees with.
    pub package: Option<String>,
    /// Whether a package owns it, and its record says something else.
    pub is_against_record: bool,
}

impl Integrity {
    /// Hashes files and begins to watch them; files that are missing are watched too.
    ///
    /// # Errors
    /// When the kernel gives no inotify instance. A single directory that cannot be watched only makes its files
    /// be looked at less often.
    pub fn open(paths: impl IntoIterator<Item = PathBuf>, record: PackageRecord) -> io::Result<Self> {
        let notes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let mut files = BTreeMap::new();
        for path in paths {
            let known = look(&path, &record);
            files.insert(path, known);
        }
        let directories: BTreeSet<&Path> = files.keys().filter_map(|path| path.parent()).collect();
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::ATTRIB;
        for directory in directories {
            // A directory that is not there has no files to lose.
            let _ = inotify::add_watch(&notes, directory, wanted);
        }
        Ok(Self { notes, files, pending: BTreeMap::new(), record })
    }

    /// The files that exist, as they were found.
    pub fn baseline(&self) -> impl Iterator<Item = Baseline> {
        self.files.iter().filter_map(|(path, known)| {
            let known = known.as_ref()?;
            let is_against_record = known.package.is_none() && self.record.owner(path).is_some();
            Some(Baseline {
                path: path.clone(),
                sha256: known.sha256.clone(),
                package: known.package.clone(),
                is_against_record,
            })
        })
    }

    /// Changes that are settled. Does not block.
    pub fn changes(&mut self, now: Instant) -> Vec<Change> {
        if self.drain() {
            for (path, known) in &self.files {
                if identity(path) != known.as_ref().map(|known| known.identity) {
                    self.pending.entry(path.clone()).or_insert(Pending { since: now, last: now }).last = now;
                }
            }
        }
        if self.pending.is_empty() {
            return Vec::new();
        }
        let is_busy = record::is_package_manager_running();
        let mut told = Vec::new();
        let paths: Vec<PathBuf> = self.pending.keys().cloned().collect();
        for path in paths {
            let fresh = look(&path, &self.record);
            let pending = self.pending.get_mut(&path).expect("it is pending");
            if is_busy {
                pending.last = now;
            }
            // The record says nothing of modes: a package's own file that becomes set-uid is nobody's doing.
            let before =
                self.files.get(&path).and_then(|known| known.as_ref().map(|known| known.sha256.clone()));
            let is_accounted_for = fresh
                .as_ref()
                .is_some_and(|known| known.package.is_some() && Some(&known.sha256) != before.as_ref());
            let is_settled =
                now.duration_since(pending.last) >= SETTLE || now.duration_since(pending.since) >= SETTLE_MAX;
            if is_accounted_for || is_settled {
                self.pending.remove(&path);
                let before = self.files.insert(path.clone(), fresh.clone()).flatten();
                told.extend(change(path, before.as_ref(), fresh.as_ref()));
            }
        }
        told
    }

    /// Whether anything happened in the directories.
    fn drain(&self) -> bool {
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.notes, &mut room);
        let mut is_any = false;
        while reader.next().is_ok() {
            is_any = true;
        }
        is_any
    }
}

fn change(path: PathBuf, before: Option<&Known>, after: Option<&Known>) -> Option<Change> {
    let sha256 = |known: Option<&Known>| known.map(|known| known.sha256.clone());
    let attributes = |known: &Known| (known.identity.mode, known.identity.owner);
    let is_same = sha256(before) == sha256(after);
    let is_attributes_only = is_same && before.map(attributes) != after.map(attributes);
    if is_same && !is_attributes_only {
        return None;
    }
    let package = after.and_then(|known| known.package.clone()).filter(|_| !is_attributes_only);
    Some(Change { path, before: sha256(before), after: sha256(after), package, is_attributes_only })
}

fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    Some(Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
        length: metadata.len(),
        mode: metadata.mode(),
        owner: (metadata.uid(), metadata.gid()),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

fn look(path: &Path, record: &PackageRecord) -> Option<Known> {
    let identity = identity(path)?;
    let (mut sha256, mut md5) = (Sha256::new(), md5::Md5::new());
    let mut file = File::open(path).ok()?.take(FILE_BYTES_MAX);
    let mut room = vec![0; 1 << 16];
    loop {
        match file.read(&mut room) {
            Ok(0) => break,
            Ok(count) => {
                sha256.update(&room[..count]);
                md5.update(&room[..count]);
            }
            Err(_) => return None,
        }
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (sha256, md5) = (hex(&sha256.finalize()), hex(&md5.finalize()));
    let package = record.owner(path).filter(|owner| owner.md5 == md5).map(|owner| owner.package);
    Some(Known { identity, sha256, md5, package })
}
