//! Verdicts about images: asked for once, kept by digest, and asked for again when advisories or policy change.

use model::Digest;
use std::{
    collections::HashMap,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

/// Says whether images pass; one implementation scans them.
pub trait ImageJudge: Send + Sync {
    /// What verdicts depend on besides the image: advisories, policy, day. A verdict of another edition counts no more. Asked at
    /// each pull: it must answer at once.
    fn edition(&self) -> String;

    /// Looks at an image in the registry behind; takes as long as it takes.
    fn judge(&self, image: &ImageAsked) -> Judgement;
}

/// An image to be judged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageAsked {
    /// Its repository.
    pub repository: String,
    /// The digest of its manifest or index; never a tag.
    pub digest: Digest,
    /// An index has signatures, but no content of its own.
    pub is_index: bool,
    /// Indexes of the same repository that list it; their signatures vouch for it too.
    pub parents: Vec<Digest>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It passes; perhaps with words for whoever pulls it.
    Passed {
        /// Warnings of the policy.
        warnings: Vec<String>,
    },
    /// It does not.
    Failed {
        /// Why not.
        reasons: Vec<String>,
    },
    /// It could not be told; nothing unjudged leaves.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// What is known of an image now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Judged(Arc<Judgement>),
    /// Not within the time.
    Pending,
}

type Key = (String, Digest);

enum Entry {
    Running { edition: String },
    Done { edition: String, at: Instant, judgement: Arc<Judgement> },
}

struct Shared {
    entries: Mutex<HashMap<Key, Entry>>,
    changed: Condvar,
    judge: Arc<dyn ImageJudge>,
}

pub(crate) struct Verdicts {
    shared: Arc<Shared>,
    queue: SyncSender<ImageAsked>,
}

/// So many images may wait to be judged.
const QUEUE_MAX: usize = 1_024;
/// So many verdicts are kept.
const ENTRIES_MAX: usize = 100_000;
/// A verdict that could not be given is asked for again after this time; one that is no good after that: somebody may have signed.
const UNKNOWN_TIME: Duration = Duration::from_secs(20);
const FAILED_TIME: Duration = Duration::from_secs(600);

impl Verdicts {
    pub(crate) fn new(judge: Arc<dyn ImageJudge>, threads: usize) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let shared = Arc::new(Shared { entries: Mutex::default(), changed: Condvar::new(), judge });
        for _ in 0..threads.max(1) {
            let (shared, jobs) = (Arc::clone(&shared), Arc::clone(&jobs));
            std::thread::Builder::new().name("judge".to_owned()).spawn(move || work(&shared, &jobs))?;
        }
        Ok(Self { shared, queue })
    }

    /// What is known of an image; waits for a verdict as long as `wait`.
    pub(crate) fn of(&self, asked: &ImageAsked, wait: Duration) -> Known {
        let deadline = Instant::now() + wait;
        let key = (asked.repository.clone(), asked.digest.clone());
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let edition = self.shared.judge.edition();
            match entries.get(&key) {
                Some(Entry::Done { edition: of, at, judgement })
                    if *of == edition && is_fresh(judgement, *at) =>
                {
                    return Known::Judged(Arc::clone(judgement));
                }
                Some(Entry::Running { .. }) => {}
                _ => {
                    if entries.len() >= ENTRIES_MAX {
                        entries.retain(|_, entry| matches!(entry, Entry::Running { .. }));
                    }
                    match self.queue.try_send(asked.clone()) {
                        Ok(()) => drop(entries.insert(key.clone(), Entry::Running { edition })),
                        // Too much to do: whoever asks comes again.
                        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return Known::Pending,
                    }
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Known::Pending;
            }
            let (next, _) =
                self.shared.changed.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner);
            entries = next;
        }
    }

    /// What is known of an image without asking for it.
    pub(crate) fn known(&self, repository: &str, digest: &Digest) -> Option<Arc<Judgement>> {
        let edition = self.shared.judge.edition();
        let entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(&(repository.to_owned(), digest.clone())) {
            Some(Entry::Done { edition: of, at, judgement })
                if *of == edition && is_fresh(judgement, *at) =>
            {
                Some(Arc::clone(judgement))
            }
            _ => None,
        }
    }

    /// A signature came or went: what was said of the image, and of those that its index lists, counts no more.
    pub(crate) fn forget(&self, repository: &str) {
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(of, _), entry| {
            if of == repository
                && let Entry::Running { edition } = entry
            {
                // Judged with what was there before: it does not count when it comes.
                edition.clear();
            }
            of != repository || matches!(entry, Entry::Running { .. })
        });
    }
}

fn is_fresh(judgement: &Judgement, at: Instant) -> bool {
    match judgement {
        Judgement::Passed { .. } => true,
        Judgement::Failed { .. } => at.elapsed() < FAILED_TIME,
        Judgement::Unknown { .. } => at.elapsed() < UNKNOWN_TIME,
    }
}

fn work(shared: &Shared, jobs: &Mutex<Receiver<ImageAsked>>) {
    loop {
        let Ok(asked) = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv() else { return };
        // A panic of a parser must not leave the image pending forever, nor take the thread.
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shared.judge.judge(&asked)));
        let reason = "judging it broke off".to_owned();
        let judgement = Arc::new(judged.unwrap_or(Judgement::Unknown { reason }));
        let mut entries = shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (asked.repository, asked.digest);
        // The edition is the one from when judging began: what changed meanwhile was perhaps not seen.
        let edition = match entries.get(&key) {
            Some(Entry::Running { edition }) => edition.clone(),
            _ => String::new(),
        };
        entries.insert(key, Entry::Done { edition, at: Instant::now(), judgement });
        drop(entries);
        shared.changed.notify_all();
    }
}
