//! The files of engines watched on a thread of their own: hashing dockerd takes longer than events can wait.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

use super::{Baseline, Change, Integrity, PackageRecord, WatchedFiles};

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
    /// Files cannot be watched.
    Failed(String),
}

impl IntegrityWorker {
    /// Begins to watch.
    ///
    /// # Errors
    /// When there is no thread or pipe to be had.
    pub fn start(watched: WatchedFiles, record: PackageRecord) -> io::Result<Self> {
        let (ending, stop) = pipe_with(PipeFlags::CLOEXEC)?;
        let (sender, news) = channel();
        let thread = std::thread::Builder::new()
            .name("integrity".to_owned())
            .spawn(move || work(watched, record, &ending, &sender))?;
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

/// A closed channel, too, means that nobody listens any more.
fn work(watched: WatchedFiles, record: PackageRecord, ending: &OwnedFd, news: &Sender<IntegrityNews>) {
    let mut integrity = match Integrity::open(watched, record) {
        Ok(integrity) => integrity,
        Err(error) => {
            let _ = news.send(IntegrityNews::Failed(error.to_string()));
            return;
        }
    };
    for file in integrity.baseline().iter().filter(|file| file.is_against_record) {
        if news.send(IntegrityNews::AgainstRecord(file.clone())).is_err() {
            return;
        }
    }
    loop {
        for change in integrity.changes(Instant::now()) {
            if news.send(IntegrityNews::Change(change)).is_err() {
                return;
            }
        }
        let patience = if integrity.is_waiting() { PATIENCE.0 } else { PATIENCE.1 };
        let timeout = Timespec { tv_sec: patience.as_secs().cast_signed(), tv_nsec: 0 };
        let notes = integrity.notes();
        let mut descriptors = [PollFd::new(&notes, PollFlags::IN), PollFd::new(ending, PollFlags::IN)];
        // Interrupted or not, what happened is looked for.
        let _ = poll(&mut descriptors, Some(&timeout));
        if descriptors[1].revents().contains(PollFlags::HUP) {
            return;
        }
    }
}
