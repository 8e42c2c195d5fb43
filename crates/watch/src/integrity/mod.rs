//! Files that containers are run by: hashed at the start, watched, hashed again when something happened to them.
//!
//! A change is settled before it is told: what the package manager's record accounts for is told apart from what nothing
//! accounts for, and while the package manager runs its record is not yet written, so a change waits for it. Somebody who
//! changes a file and its record with it is told too: nobody saw a package manager then. So is a file that was
//! something else for a moment and was put back.

mod actors;
mod change;
mod digests;
mod files;
mod kept;
mod record;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

pub use actors::Actor;
use actors::Actors;
use change::change;
pub use change::{Change, ChangeKind};
use digests::{Known, identity, look};
pub use files::WatchedFiles;
use kept::Kept;
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
    actors: Actors,
    watched: WatchedFiles,
    /// The directories, by the numbers that the kernel gives them.
    directories: BTreeMap<i32, PathBuf>,
    files: BTreeMap<PathBuf, Option<Known>>,
    /// What packages recorded of files when it was last read.
    recorded: BTreeMap<PathBuf, String>,
    pending: BTreeMap<PathBuf, Pending>,
    record: PackageRecord,
    baseline: Vec<Baseline>,
    swept: Option<Instant>,
    /// Where what is known is kept for the next watch.
    place: Option<PathBuf>,
}

#[derive(Debug)]
struct Pending {
    identity: Option<digests::Identity>,
    since: Instant,
    last: Instant,
    is_manager_seen: bool,
    /// SHA-256 of what it was since, when that was something else than before.
    meanwhile: Option<String>,
}

impl Pending {
    fn of(identity: Option<digests::Identity>, now: Instant) -> Self {
        Self { identity, since: now, last: now, is_manager_seen: false, meanwhile: None }
    }
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
            actors: Actors::default(),
            watched,
            directories: BTreeMap::new(),
            files: BTreeMap::new(),
            recorded: BTreeMap::new(),
            pending: BTreeMap::new(),
            record,
            baseline: Vec::new(),
            swept: None,
            place: None,
        };
        // Watched before they are hashed: what happens between is told.
        integrity.watch();
        let files = integrity.watched.list();
        let owners = integrity.record.owners(&files);
        for path in files {
            let known = look(&path, owners.of(&path));
            integrity.recorded.extend(owners.of(&path).map(|owner| (path.clone(), owner.digest.clone())));
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

    /// What the kernel knows the files by that exist now.
    #[must_use]
    pub fn inodes(&self) -> Vec<(sensor::Inode, PathBuf)> {
        let there = self.files.iter().filter(|(_, known)| known.is_some());
        there.filter_map(|(path, _)| Some((crate::live::inode(path)?, path.clone()))).collect()
    }

    /// The files that existed, as they were found.
    #[must_use]
    pub fn baseline(&self) -> &[Baseline] {
        &self.baseline
    }

    /// Tells what is otherwise than the last watch that kept `place` has left it, and keeps what is known there from now on:
    /// [`keep`](Self::keep) writes it. Files that were not watched then are not compared.
    ///
    /// # Errors
    /// When what is there cannot be read, or is not what a watch writes; it is kept anew all the same.
    pub fn compare(&mut self, place: PathBuf) -> io::Result<Vec<Change>> {
        let kept = Kept::read(&place);
        self.place = Some(place);
        let Some(kept) = kept? else { return Ok(Vec::new()) };
        let watched = self.watched.list();
        let paths = watched.iter().chain(kept.files.keys().filter(|path| self.watched.has(path)));
        let paths: BTreeSet<&PathBuf> = paths.filter(|path| kept.had(path)).collect();
        let changes = paths.into_iter().filter_map(|path| {
            let before = kept.files.get(path).and_then(Option::as_ref);
            let after = self.files.get(path).and_then(Option::as_ref);
            let pending = Pending::of(None, Instant::now());
            let recorded = self.recorded.get(path);
            let is_record_same = recorded.is_some() && recorded == kept.recorded.get(path);
            let is_own = self.watched.is_own(path);
            let change = change(path.clone(), before, after, &pending, is_record_same, is_own)?;
            Some(Change { is_unwatched: true, ..change })
        });
        Ok(changes.collect())
    }

    /// Keeps what is known now for the next watch, when [`compare`](Self::compare) said where.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self) -> io::Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        let (files, recorded) = (self.files.clone(), self.recorded.clone());
        Kept { files, recorded, whole: self.watched.whole_directories() }.write(place)
    }

    /// Changes that are settled. Blocks only to hash what changed.
    pub fn changes(&mut self, now: Instant) -> Vec<Change> {
        self.actors.take();
        let is_due = self.swept.is_none_or(|swept| now.duration_since(swept) >= SWEEP);
        let written = self.drain();
        let is_told = written.is_some();
        let is_busy = (is_told || !self.pending.is_empty()) && record::is_package_manager_running();
        if is_told || is_due {
            self.swept = Some(now);
            // A directory that was missing may be there.
            self.watch();
            self.find_differences(now, &written.unwrap_or_default(), is_busy);
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
            let recorded = owners.of(&path).map(|owner| owner.digest.clone());
            let is_record_same = recorded.is_some() && self.recorded.get(&path) == recorded.as_ref();
            self.recorded.extend(recorded.map(|digest| (path.clone(), digest)));
            let is_own = self.watched.is_own(&path);
            let actor = self.actors.of(&path);
            let change = change(path, before.as_ref(), fresh.as_ref(), &pending, is_record_same, is_own);
            changes.extend(change.map(|change| Change { actor, ..change }));
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

    fn find_differences(&mut self, now: Instant, written: &BTreeSet<PathBuf>, is_busy: bool) {
        let mut paths = self.watched.list();
        paths.extend(self.files.keys().cloned());
        for path in written.intersection(&paths) {
            let pending =
                self.pending.entry(path.clone()).or_insert_with(|| Pending::of(identity(path), now));
            // What the package manager does is not looked at twice.
            let seen = if is_busy { None } else { look(path, None).map(|known| known.sha256) };
            let before = self.files.get(path).and_then(Option::as_ref).map(|known| &known.sha256);
            if seen.is_some() && seen.as_ref() != before {
                pending.meanwhile = seen;
            }
        }
        for path in paths {
            let known = self.files.get(&path).and_then(Option::as_ref).map(|known| known.identity);
            let identity = identity(&path);
            match self.pending.get_mut(&path) {
                Some(pending) if pending.identity != identity => {
                    (pending.identity, pending.last) = (identity, now);
                }
                None if identity != known => {
                    self.pending.insert(path, Pending::of(identity, now));
                }
                _ => {}
            }
        }
    }

    fn watch(&mut self) {
        let wanted = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::ATTRIB;
        let directories: BTreeSet<PathBuf> = self.watched.directories();
        for directory in directories {
            self.actors.watch(&directory);
            // Refused where the host's limit of watches is reached: then the sweep alone sees it.
            if let Ok(number) = inotify::add_watch(&self.notes, &directory, wanted) {
                self.directories.insert(number, directory);
            }
        }
    }

    /// What was written or put somewhere else in the directories; nothing when nothing happened there at all.
    fn drain(&self) -> Option<BTreeSet<PathBuf>> {
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.notes, &mut room);
        let mut written = None;
        while let Ok(note) = reader.next() {
            let written: &mut BTreeSet<PathBuf> = written.get_or_insert_default();
            let is_attribute = note.events() == ReadFlags::ATTRIB;
            let name = note.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            let place = self.directories.get(&note.wd()).zip(name);
            written.extend(place.filter(|_| !is_attribute).map(|(directory, name)| directory.join(name)));
        }
        written
    }
}
