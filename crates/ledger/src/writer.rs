//! The one thread that writes a log.

use crate::{
    Durability, Entry, LedgerError, Options, Redactor,
    file::LogFile,
    key::{NodeKey, VerifierKey},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Instant,
};

/// A log that is written. Shared by reference between threads; dropping it writes what is queued and signs a checkpoint.
pub struct Ledger {
    file: PathBuf,
    queue: Option<SyncSender<Job>>,
    shared: Arc<Shared>,
    redactor: Redactor,
    verifier: VerifierKey,
    writer: Option<JoinHandle<()>>,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records written.
    pub written: u64,
    /// Records that could not be written, and were not waited for.
    pub lost: u64,
    /// Copies that journald or syslog did not take.
    pub copies_dropped: u64,
    /// fdatasync(2) calls.
    pub synced: u64,
}

/// Tells how a log fares, also to those who do not write to it.
#[derive(Clone, Debug)]
pub struct Health(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Why the disk refused the last records.
    problem: Mutex<Option<String>>,
    is_broken: AtomicBool,
    written: AtomicU64,
    lost: AtomicU64,
    copies_dropped: AtomicU64,
    synced: AtomicU64,
}

struct Job {
    /// None asks for a checkpoint.
    entry: Option<Entry>,
    answer: Option<SyncSender<Result<(), LedgerError>>>,
}

/// Callers wait when so many records are queued.
const QUEUE_MAX: usize = 4096;
/// So many records share one write and one fdatasync.
const BATCH_MAX: usize = 1024;

impl Ledger {
    /// Opens a log, or goes on with one. The key is made when there is none, and a record that was cut off by a crash, which
    /// nobody was told to be durable, is removed and the removal recorded.
    ///
    /// # Errors
    /// When files cannot be written, another process writes the log, its end does not continue the chain, or it is not what the last
    /// checkpoint was signed over.
    pub fn open(options: Options) -> Result<Self, LedgerError> {
        let file = options.file.clone();
        let (log, key) = LogFile::open(options)?;
        let redactor = Redactor::new(key.redaction_key());
        let verifier = key.verifier().clone();
        // The records of the opening were written already.
        let shared = Arc::new(Shared { copies_dropped: log.copies_dropped().into(), ..Shared::default() });
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let of_writer = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || Writer { log, key, shared: of_writer, unsealed_since: None }.run(&jobs))
            .map_err(|source| LedgerError::Write(source.to_string()))?;
        Ok(Self { file, queue: Some(queue), shared, redactor, verifier, writer: Some(writer) })
    }

    /// Records something.
    ///
    /// # Errors
    /// When it was to be durable and is not, or when the disk refused the record before: then each record waits until one is
    /// taken, so that nothing goes on unrecorded.
    pub fn append(&self, entry: Entry, durability: Durability) -> Result<(), LedgerError> {
        let queue = self.queue.as_ref().ok_or(LedgerError::Closed)?;
        let waits = durability == Durability::BeforeReturn || self.shared.is_broken.load(Ordering::Acquire);
        if !waits {
            return queue.send(Job { entry: Some(entry), answer: None }).map_err(|_| LedgerError::Closed);
        }
        let (answer, answered) = sync_channel(1);
        queue.send(Job { entry: Some(entry), answer: Some(answer) }).map_err(|_| LedgerError::Closed)?;
        answered.recv().map_err(|_| LedgerError::Closed)?
    }

    /// Signs a checkpoint over everything so far, and returns when it is written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn checkpoint(&self) -> Result<(), LedgerError> {
        let queue = self.queue.as_ref().ok_or(LedgerError::Closed)?;
        let (answer, answered) = sync_channel(1);
        queue.send(Job { entry: None, answer: Some(answer) }).map_err(|_| LedgerError::Closed)?;
        answered.recv().map_err(|_| LedgerError::Closed)?
    }

    /// The file that is written.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the disk refused the last records.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.shared.is_broken.load(Ordering::Acquire)
    }

    /// What tells of it while others write.
    #[must_use]
    pub fn health(&self) -> Health {
        Health(Arc::clone(&self.shared))
    }

    /// Hides secrets in what is to be recorded, by the node's key.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What verifies the checkpoints of this node.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }
}

impl Health {
    /// Why the disk refused the last records; nothing while it takes them.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.0.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.counters()
    }
}

impl Shared {
    fn counters(&self) -> Counters {
        Counters {
            written: self.written.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            copies_dropped: self.copies_dropped.load(Ordering::Relaxed),
            synced: self.synced.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been printed already.
            let _ = writer.join();
        }
    }
}

struct Writer {
    log: LogFile,
    key: NodeKey,
    shared: Arc<Shared>,
    /// Since when there are records that no checkpoint covers.
    unsealed_since: Option<Instant>,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let every = self.log.options().checkpoint_every;
            let first = match self.unsealed_since {
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => jobs.recv_timeout(every.saturating_sub(since.elapsed())),
            };
            match first {
                Ok(first) => {
                    let mut batch = vec![first];
                    while batch.len() < BATCH_MAX
                        && let Ok(next) = jobs.try_recv()
                    {
                        batch.push(next);
                    }
                    let (records, seals): (Vec<_>, Vec<_>) =
                        batch.into_iter().partition(|job| job.entry.is_some());
                    if !records.is_empty() {
                        self.write(records);
                    }
                    if !seals.is_empty() {
                        self.seal();
                    }
                    for answer in seals.into_iter().filter_map(|job| job.answer) {
                        let is_sealed = self.log.unsealed() == 0;
                        let error = || LedgerError::Write("no checkpoint could be written".to_owned());
                        let _ = answer.send(if is_sealed { Ok(()) } else { Err(error()) });
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.seal(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let is_due = self.log.unsealed() >= self.log.options().checkpoint_records
                || self.unsealed_since.is_some_and(|since| since.elapsed() >= every);
            if is_due {
                self.seal();
            }
        }
        self.seal();
    }

    fn write(&mut self, batch: Vec<Job>) {
        let lost = self.shared.lost.load(Ordering::Relaxed);
        let lost_before = (self.shared.is_broken.load(Ordering::Relaxed) && lost > 0).then_some(lost);
        let mut entries = Vec::with_capacity(batch.len());
        let mut answers = Vec::new();
        let mut unanswered = 0;
        for job in batch {
            entries.extend(job.entry);
            match job.answer {
                Some(answer) => answers.push(answer),
                None => unanswered += 1,
            }
        }
        let written = self.log.append(&entries, lost_before, !answers.is_empty());
        self.shared.copies_dropped.store(self.log.copies_dropped(), Ordering::Relaxed);
        match written {
            Ok(()) => {
                self.shared.written.fetch_add(entries.len() as u64, Ordering::Relaxed);
                if !answers.is_empty() {
                    self.shared.synced.fetch_add(1, Ordering::Relaxed);
                }
                if lost_before.is_some() {
                    self.shared.lost.store(0, Ordering::Relaxed);
                }
                if self.shared.is_broken.swap(false, Ordering::AcqRel) {
                    *self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                self.unsealed_since.get_or_insert_with(Instant::now);
            }
            Err(ref error) => {
                *self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                self.shared.lost.fetch_add(unanswered, Ordering::Relaxed);
                self.shared.is_broken.store(true, Ordering::Release);
            }
        }
        for answer in answers {
            // Who asked may have gone.
            let _ = answer.send(match &written {
                Ok(()) => Ok(()),
                Err(error) => Err(LedgerError::Write(error.to_string())),
            });
        }
    }

    fn seal(&mut self) {
        self.unsealed_since = None;
        if self.log.unsealed() == 0 {
            return;
        }
        if self.log.seal(&self.key).is_err() {
            // The next record will say so; the checkpoint is tried again then.
            self.unsealed_since = Some(Instant::now());
        }
    }
}
