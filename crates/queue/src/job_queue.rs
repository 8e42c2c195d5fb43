//! The work queue.

use crate::{Job, QueueError};
use std::time::Duration;

/// A queue of jobs that survives the death of whoever uses it.
pub trait JobQueue: Send + Sync {
    /// Adds a job unless it is known: waiting, leased or dead; for a file queue also done.
    ///
    /// # Errors
    /// When the queue cannot be written.
    fn publish(&self, job: &Job) -> Result<Published, QueueError>;

    /// Takes a job for [`QueueOptions::lease`]; waits for one about as long as `wait`: a server is asked for whole
    /// seconds, and not at all longer than ten.
    ///
    /// # Errors
    /// When the queue cannot be used.
    fn lease(&self, wait: Duration) -> Result<Option<Lease>, QueueError>;

    /// Begins the time of the lease anew.
    ///
    /// # Errors
    /// [`QueueError::LeaseLost`] when it ran out and the job was given to another worker, as far as the queue can tell.
    fn heartbeat(&self, lease: &Lease) -> Result<(), QueueError>;

    /// The job is done.
    ///
    /// # Errors
    /// As of [`Self::heartbeat`].
    fn ack(&self, lease: &Lease) -> Result<(), QueueError>;

    /// The job failed; it comes again after [`QueueOptions::retry_delay`], and after
    /// [`QueueOptions::tries_max`] tries it is dead.
    ///
    /// # Errors
    /// As of [`Self::heartbeat`].
    fn nak(&self, lease: &Lease, reason: &str) -> Result<(), QueueError>;

    /// How far the work is.
    ///
    /// # Errors
    /// When the queue cannot be read.
    fn counts(&self) -> Result<Counts, QueueError>;

    /// The jobs that were given up.
    ///
    /// # Errors
    /// When the queue cannot be read.
    fn dead(&self) -> Result<Vec<DeadJob>, QueueError>;

    /// Lets the jobs that were given up wait again, with all their tries before them; tells how many.
    ///
    /// # Errors
    /// When the queue cannot be written.
    fn revive(&self) -> Result<u64, QueueError>;

    /// The options that it was opened with.
    fn options(&self) -> &QueueOptions;
}

/// How a queue treats its jobs. All who share a queue use the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    /// Its name on a server that has several: letters, digits, `-` and `_`.
    pub name: String,
    /// After this time without a heartbeat a job is given to another worker.
    pub lease: Duration,
    /// How often a job is tried.
    pub tries_max: u32,
    /// How long a failed job rests.
    pub retry_delay: Duration,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            name: "seawall".to_owned(),
            lease: Duration::from_secs(60),
            tries_max: 3,
            retry_delay: Duration::from_secs(10),
        }
    }
}

/// Whether a job was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It was added.
    Added,
    /// It was there already.
    Known,
}

/// A job that was given to this worker.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The job.
    pub job: Job,
    /// How often it was given to a worker, this time included.
    pub attempt: u32,
    /// What the queue knows the lease by.
    pub(crate) token: String,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Jobs that no worker has.
    pub waiting: u64,
    /// Jobs that a worker has, or that failed and rest.
    pub leased: u64,
    /// Jobs that are done.
    pub done: u64,
    /// Jobs that were given up.
    pub dead: u64,
}

impl Counts {
    /// Whether there is nothing left to do or to wait for.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.waiting == 0 && self.leased == 0
    }

    /// All jobs.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.waiting + self.leased + self.done + self.dead
    }
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// The job.
    pub job: Job,
    /// Why the last try failed.
    pub reason: String,
}

/// The reason of a job whose workers all died.
pub(crate) fn died_reason(tries: u32) -> String {
    format!("{tries} workers took it and ended, or ran out of time, without an answer")
}
