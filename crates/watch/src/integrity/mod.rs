//! Files that containers are run by: hashed at the start, watched, hashed again when something happened to them.
//!
//! A change is settled before it is told: what the package manager's record accounts for is told apart from what nothing
//! accounts for, and while the package manager runs its record is not yet written, so a change waits for it. Somebody who
//! changes a file and its record with it is told too: nobody saw a package manager then.

mod digests;
mod files;
mod record;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use digests::{Known, identity, look};
pub use files::WatchedFiles;
pub use record::PackageRecord;
pub use worker::{IntegrityNews, IntegrityWorker};

/// How long a change waits for the package manager's record after the last sign of its work.
const SETTLE: Duration = Duration::from_secs(3);
/// And how long at most.
const SETTLE_MAX: Duration = Duration::from_secs(300);
/// How often files are looked at though nothing was told of them: a mount in a file's place tells nothing.
const SWEEP: Duration = Duration::from_secs(60);

/// Files with their digests.
pub struct Integrity {
    notes: OwnedFd,
    watched: WatchedFiles,
    files: BTreeMap<PathBuf, Option<Known>>,
    pending: BTreeMap<PathBuf, Pending>,
    record: PackageRecord,
    baseline: Vec<Baseline>,
    swept: Option<Instant>,
}

#[derive(Debug)]
struct Pending {
    identity: Option<digests::Identity>,
    since: Instant,
    last: Instant,
    is_manager_seen: bool,
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
    /// The package whose record the file agrees with.
    pub package: Option<String>,
    /// Whether a package manager ran when it changed; with `package` it is the one that changed it.
    pub is_manager_seen: bool,
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
    /// Whether a package owns it, its record says something else, and it is no configuration.
    pub is_against_record: bool,
}

impl Integrity {
    /// Begins to watch files and hashes them; files that are missing are watched too.
    ///
    /// # Errors
    /// When the kernel gives no inotify instance. A single directory that cannot be watched only makes its files
    /// be looked at less often.
    pub fn open(watched: WatchedFiles, record: PackageRecord) -> io::Result<Self> {
        let notes = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let mut integrity = Self {
            notes,
            watched,
            files: BTreeMap::new(),
            pending: BTreeMap::new(),
            record,
            baseline: Vec::new(),
            swept: None,
        };
        // Watched before they are hashed: what happens between is told.
        integrity.watch();
        let files = integrity.watched.list();
        let owners = integrity.record.owners(&files);
        for path in files {
            let known = look(&path, owners.of(&path));
            if let Some(known) = &known {
                integrity.baseline.push(Baseline {
                    path: path.clone(),
                    sha256: known.sha256.clone(),
                    package: known.package.clone(),
                    is_against_record: known.package.is_none()
                        && owners.of(&path).is_some_and(|owner| !owner.is_config),
                });
            }
            integrity.files.insert(path, known);
        }
        Ok(integrity)
    }

    /// The files that existed, as they were found.
    #[must_use]
    pub fn baseline(&self) -> &[Baseline] {
        &self.baseline
    }

    /// Changes that are settled. Blocks only to hash what changed.
    pub fn changes(&mut self, now: Instant) -> Vec<Change> {
        let is_due = self.swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP);
        let is_told = self.drain();
        let is_busy = (is_told || !self.pending.is_empty()) && record::is_package_manager_running();
        if is_told || is_due {
            self.swept = Some(now);
            // A directory that was missing may be there.
            self.watch();
            self.find_differences(now);
        }
        for pending in self.pending.values_mut().filter(|_| is_busy) {
            pending.last = now;
            pending.is_manager_seen = true;
        }
        let is_settled = |pending: &Pending| {
            now.duration_since(pending.last) >= SETTLE || now.duration_since(pending.since) >= SETTLE_MAX
        };
        let settled: Vec<PathBuf> =
            self.pending.iter().filter(|(_, one)| is_settled(one)).map(|(path, _)| path.clone()).collect();
        if settled.is_empty() {
            return Vec::new();
        }
        let owners = self.record.owners(&settled);
        let mut changes = Vec::new();
        for path in settled {
            let fresh = look(&path, owners.of(&path));
            if identity(&path) != fresh.as_ref().map(|known| known.identity) {
                // Written while it was read: it is looked at again.
                continue;
            }
            let Some(pending) = self.pending.remove(&path) else { continue };
            let before = self.files.insert(path.clone(), fresh.clone()).flatten();
            changes.extend(change(path, before.as_ref(), fresh.as_ref(), pending.is_manager_seen));
        }
        changes
    }

    /// What to wait for: readable when something happened in one of the directories.
    pub(crate) fn notes(&self) -> BorrowedFd<'_> {
        self.notes.as_fd()
    }

    /// Whether a change waits to be settled.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    fn find_differences(&mut self, now: Instant) {
        let mut paths = self.watched.list();
        paths.extend(self.files.keys().cloned());
        for path in paths {
            let known = self.files.get(&path).and_then(Option::as_ref).map(|known| known.identity);
            let identity = identity(&path);
            match self.pending.get_mut(&path) {
                Some(pending) if pending.identity != identity => {
                    (pending.identity, pending.last) = (identity, now);
                }
                None if identity != known => {
                    let fresh = Pending { identity, since: now, last: now, is_manager_seen: false };
                    self.pending.insert(path, fresh);
                }
                _ => {}
            }
        }
    }

    fn watch(&self) {
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::ATTRIB;
        let directories: BTreeSet<PathBuf> = self.watched.directories();
        for directory in directories {
            // Refused where the host's limit of watches is reached: then the sweep alone sees it.
            let _ = inotify::add_watch(&self.notes, &directory, wanted);
        }
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

fn change(
    path: PathBuf,
    before: Option<&Known>,
    after: Option<&Known>,
    is_manager_seen: bool,
) -> Option<Change> {
    let sha256 = |known: Option<&Known>| known.map(|known| known.sha256.clone());
    let attributes = |known: &Known| (known.identity.mode, known.identity.owner);
    let is_same = sha256(before) == sha256(after);
    let is_attributes_only = is_same && before.map(attributes) != after.map(attributes);
    if is_same && !is_attributes_only {
        return None;
    }
    // The record says nothing of modes: a package's own file that becomes set-uid is nobody's doing.
    let package = after.and_then(|known| known.package.clone()).filter(|_| !is_attributes_only);
    Some(Change {
        path,
        before: sha256(before),
        after: sha256(after),
        package,
        is_manager_seen,
        is_attributes_only,
    })
}
