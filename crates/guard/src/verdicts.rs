//! Verdicts about images: asked for once, kept by digest, and asked for again when advisories or policy change.

mod done;

use crate::state::{State, now_secs};
use done::Done;
use model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        /// Nothing is wrong with it but that no signature that counts is there.
        #[serde(default)]
        lacks_signature_alone: bool,
    },
    /// It could not be told; nothing unjudged leaves.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl Judgement {
    /// It does not pass, and a signature would not change that.
    #[must_use]
    pub const fn failed(reasons: Vec<String>) -> Self {
        Self::Failed { reasons, lacks_signature_alone: false }
    }
}

/// What is known of an image now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Judged(Arc<Judgement>),
    /// Not within the time.
    Pending,
}

type Key = (String, Digest);

/// What is known, and what is being found out.
pub(crate) type Entries = HashMap<Key, Entry>;

pub(crate) enum Entry {
    // Without an edition it will not count when it comes.
    Running { edition: Option<String>, failures: u32 },
    Done(Done),
}

struct Shared {
    entries: Mutex<Entries>,
    state: Arc<State>,
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
/// So many reasons or warnings are kept of a verdict, and so many letters of each.
const REASONS_MAX: usize = 20;
const REASON_LETTERS_MAX: usize = 500;
/// The first word of keys.
pub(crate) const KEYS: &str = "verdict";

impl Verdicts {
    /// Nothing of them outlives the process.
    pub(crate) fn new(judge: Arc<dyn ImageJudge>, threads: usize) -> std::io::Result<Self> {
        Self::with_state(judge, threads, Entries::new(), State::nowhere())
    }

    /// With what was kept.
    pub(crate) fn with_state(
        judge: Arc<dyn ImageJudge>,
        threads: usize,
        entries: Entries,
        state: Arc<State>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let shared = Arc::new(Shared { entries: Mutex::new(entries), state, changed: Condvar::new(), judge });
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
                Some(Entry::Done(done)) if done.counts(&edition) => {
                    return Known::Judged(Arc::clone(&done.judgement));
                }
                Some(Entry::Running { .. }) => {}
                before => {
                    let failures = match before {
                        Some(Entry::Done(done)) => done.failures_so_far(),
                        _ => 0,
                    };
                    if entries.len() >= ENTRIES_MAX {
                        self.shared.forget_old(&mut entries);
                    }
                    match self.queue.try_send(asked.clone()) {
                        Ok(()) => {
                            // What was said before must not come back when the guard is killed meanwhile.
                            self.shared.state.remove(&key_of(&key));
                            entries.insert(key.clone(), Entry::Running { edition: Some(edition), failures });
                        }
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
            Some(Entry::Done(done)) if done.counts(&edition) => Some(Arc::clone(&done.judgement)),
            _ => None,
        }
    }

    /// A signature came or went: what was said of the image, and of those that its index lists, counts no more.
    pub(crate) fn forget(&self, repository: &str) {
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut has_kept = false;
        entries.retain(|key, entry| {
            if key.0 != repository {
                return true;
            }
            match entry {
                // Judged with what was there before: it does not count when it comes.
                Entry::Running { edition, .. } => *edition = None,
                Entry::Done(_) => {
                    self.shared.state.remove(&key_of(key));
                    has_kept = true;
                }
            }
            matches!(entry, Entry::Running { .. })
        });
        if has_kept {
            self.shared.state.sync();
        }
    }
}

impl Shared {
    /// Makes room: the older half of the verdicts goes.
    fn forget_old(&self, entries: &mut Entries) {
        let mut times: Vec<u64> = entries.values().filter_map(Entry::at_secs).collect();
        if times.is_empty() {
            return;
        }
        let middle = times.len() / 2;
        let middle = *times.select_nth_unstable(middle).1;
        entries.retain(|key, entry| {
            let goes = entry.at_secs().is_some_and(|at| at <= middle);
            if goes {
                self.state.remove(&key_of(key));
            }
            !goes
        });
    }
}

impl Entry {
    fn at_secs(&self) -> Option<u64> {
        match self {
            Self::Running { .. } => None,
            Self::Done(done) => Some(done.at_secs),
        }
    }
}

/// Takes up a verdict that was kept; whether it was understood and counts with this edition.
pub(crate) fn restore(entries: &mut Entries, key: &str, value: Value, edition: &str) -> bool {
    let Some((repository, digest)) = key.rsplit_once('@') else { return false };
    let (Ok(digest), Ok(done)) = (digest.parse(), serde_json::from_value::<Done>(value)) else {
        return false;
    };
    let counts = done.counts(edition);
    if counts {
        entries.insert((repository.to_owned(), digest), Entry::Done(done));
    }
    counts
}

fn key_of((repository, digest): &Key) -> String {
    format!("{KEYS} {repository}@{digest}")
}

fn work(shared: &Shared, jobs: &Mutex<Receiver<ImageAsked>>) {
    loop {
        let Ok(asked) = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv() else { return };
        // A panic of a parser must not leave the image pending forever, nor take the thread.
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| shared.judge.judge(&asked)));
        let reason = "judging it broke off".to_owned();
        let judgement = Arc::new(shortened(judged.unwrap_or(Judgement::Unknown { reason })));
        let mut entries = shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (asked.repository, asked.digest);
        // The edition is the one from when judging began: what changed meanwhile was perhaps not seen.
        let (edition, failures) = match entries.get(&key) {
            Some(Entry::Running { edition, failures }) => (edition.clone(), *failures),
            _ => (None, 0),
        };
        let done = Done { edition, at_secs: now_secs(), failures, judgement };
        // What could not be told, or counts no more already, is asked for again.
        match *done.judgement {
            Judgement::Passed { .. } | Judgement::Failed { .. } if done.edition.is_some() => {
                shared.state.put(&key_of(&key), &done);
            }
            _ => shared.state.remove(&key_of(&key)),
        }
        entries.insert(key, Entry::Done(done));
        drop(entries);
        shared.changed.notify_all();
    }
}

fn shortened(judgement: Judgement) -> Judgement {
    let some = |texts: Vec<String>| {
        let more = texts.len().saturating_sub(REASONS_MAX);
        let mut some: Vec<String> = texts
            .into_iter()
            .take(REASONS_MAX)
            .map(|text| text.chars().take(REASON_LETTERS_MAX).collect())
            .collect();
        some.extend((more > 0).then(|| format!("and {more} more")));
        some
    };
    match judgement {
        Judgement::Passed { warnings } => Judgement::Passed { warnings: some(warnings) },
        Judgement::Failed { reasons, lacks_signature_alone } => {
            Judgement::Failed { reasons: some(reasons), lacks_signature_alone }
        }
        unknown => unknown,
    }
}
