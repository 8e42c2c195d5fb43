//! The files of engines watched on a thread of their own: hashing dockerd takes longer than events can wait.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

use super::{Actor, Baseline, Change, Integrity, PackageRecord, WatchedFiles};

/// How long the thread sleeps when nothing happens: while a change waits for the package manager, and otherwise.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Integrity of files, on its own thread.
pub struct IntegrityWorker {
    news: Receiver<IntegrityNews>,
    /// Closed to end the thread.
    stop: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrityNews {
    /// A file is not as its package recorded it, at the start.
    AgainstRecord(Baseline),
    /// A file changed.
    Change(Change),
    /// What the kernel knows the files by, in place of what was told before; this is not for people.
    Files(Vec<(sensor::Inode, PathBuf)>),
    /// Files cannot be watched.
    Failed(String),
    /// What is known of the files cannot be compared with what the last watch knew, or kept for the next.
    NotKept(String),
}

impl IntegrityNews {
    /// Who did it, where the kernel tells.
    #[must_use]
    pub const fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Change(change) => change.actor.as_ref(),
            _ => None,
        }
    }
}

impl IntegrityWorker {
    /// Begins to watch. With a file of an earlier watch, `kept`, what changed since is told first; it is written again.
    ///
    /// # Errors
    /// When there is no thread or pipe to be had.
    pub fn start(watched: WatchedFiles, record: PackageRecord, kept: Option<PathBuf>) -> io::Result<Self> {
        let (ending, stop) = pipe_with(PipeFlags::CLOEXEC)?;
        let (sender, news) = channel();
        let thread = std::thread::Builder::new().name("integrity".to_owned()).spawn(move || {
            // Nobody listens any more when it ends early.
            let _ = work(watched, record, kept, &ending, &sender);
        })?;
        Ok(Self { news, stop: Some(stop), thread: Some(thread) })
    }

    /// What came since the last call. Does not block.
    pub fn news(&self) -> impl Iterator<Item = IntegrityNews> {
        self.news.try_iter()
    }
}

impl Drop for IntegrityWorker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // It panicked if this fails, and said so.
            let _ = thread.join();
        }
    }
}

/// Ends when it is asked to, and when nobody listens any more.
fn work(
    watched: WatchedFiles,
    record: PackageRecord,
    kept: Option<PathBuf>,
    ending: &OwnedFd,
    news: &Sender<IntegrityNews>,
) -> Option<()> {
    let tell = |told| news.send(told).ok();
    let tell_all = |changes: Vec<Change>| changes.into_iter().map(IntegrityNews::Change).try_for_each(tell);
    let mut integrity = match Integrity::open(watched, record) {
        Ok(integrity) => integrity,
        Err(error) => return tell(IntegrityNews::Failed(error.to_string())),
    };
    for file in integrity.baseline().iter().filter(|file| file.is_against_record) {
        tell(IntegrityNews::AgainstRecord(file.clone()))?;
    }
    let mut inodes = integrity.inodes();
    tell(IntegrityNews::Files(inodes.clone()))?;
    if let Some(place) = kept {
        let name = place.display().to_string();
        match integrity.compare(place) {
            Ok(changes) => tell_all(changes)?,
            Err(error) => tell(IntegrityNews::NotKept(format!("cannot use {name}: {error}")))?,
        }
        if let Err(error) = integrity.keep() {
            tell(IntegrityNews::NotKept(format!("cannot write {name}: {error}")))?;
        }
    }
    loop {
        let changes = integrity.changes(Instant::now());
        if !changes.is_empty() {
            // The next watch would tell of them once more, which is better than of none.
            let _ = integrity.keep();
        }
        // Also when a file was replaced by one that is the same.
        let now = integrity.inodes();
        if now != inodes {
            inodes.clone_from(&now);
            tell(IntegrityNews::Files(now))?;
        }
        tell_all(changes)?;
        let patience = if integrity.is_waiting() { PATIENCE.0 } else { PATIENCE.1 };
        let timeout = Timespec { tv_sec: patience.as_secs().cast_signed(), tv_nsec: 0 };
        let notes = integrity.notes();
        let mut descriptors = [PollFd::new(&notes, PollFlags::IN), PollFd::new(ending, PollFlags::IN)];
        // Interrupted or not, what happened is looked for.
        let _ = poll(&mut descriptors, Some(&timeout));
        if descriptors[1].revents().contains(PollFlags::HUP) {
            return Some(());
        }
    }
}
