//! What a worker does: lease, scan, keep the result, acknowledge.

use crate::{Job, JobQueue, Lease, Put, QueueError, ResultStore};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long a worker waits for a job before it looks whether all are done.
const WAIT: Duration = Duration::from_secs(1);

/// Something that happened to a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkEvent<'a> {
    /// A job was leased.
    Leased {
        /// The job.
        job: &'a Job,
        /// How often it was leased, this time included.
        attempt: u32,
    },
    /// Its report is kept; the job is not yet acknowledged.
    Kept {
        /// The job.
        job: &'a Job,
        /// False when another worker was first.
        is_new: bool,
    },
    /// It failed.
    Failed {
        /// The job.
        job: &'a Job,
        /// Why.
        reason: &'a str,
    },
    /// There is no job now, but other workers have some, which may come back.
    Idle,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkSummary {
    /// Reports that it kept.
    pub stored: u64,
    /// Jobs whose report was there already.
    pub known: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Leases that ran out under it.
    pub lost: u64,
}

/// Works until all jobs are done or dead, or until `watch` returns false.
///
/// `scan` makes the report of an image, or tells why it cannot. While it runs, heartbeats keep the lease. The report is
/// kept before the job is acknowledged: whoever is killed in between leaves a job that is acknowledged by the next
/// worker without another scan.
///
/// # Errors
/// When the queue or the store fails; a job that was leased comes back after its lease.
pub fn work(
    queue: &dyn JobQueue,
    results: &dyn ResultStore,
    scan: &mut dyn FnMut(&Job) -> Result<Vec<u8>, String>,
    watch: &mut dyn FnMut(WorkEvent<'_>) -> bool,
) -> Result<WorkSummary, QueueError> {
    let mut summary = WorkSummary::default();
    loop {
        let Some(lease) = queue.lease(WAIT.min(queue.options().lease))? else {
            if queue.counts()?.is_over() || !watch(WorkEvent::Idle) {
                return Ok(summary);
            }
            continue;
        };
        let goes_on = watch(WorkEvent::Leased { job: &lease.job, attempt: lease.attempt });
        if !goes_on {
            // Given back at once rather than after its lease.
            ignore_lost(queue.nak(&lease, "the worker was stopped"), &mut summary)?;
            return Ok(summary);
        }
        if !one(queue, results, scan, watch, &lease, &mut summary)? {
            return Ok(summary);
        }
    }
}

fn one(
    queue: &dyn JobQueue,
    results: &dyn ResultStore,
    scan: &mut dyn FnMut(&Job) -> Result<Vec<u8>, String>,
    watch: &mut dyn FnMut(WorkEvent<'_>) -> bool,
    lease: &Lease,
    summary: &mut WorkSummary,
) -> Result<bool, QueueError> {
    let job = &lease.job;
    let put = if results.contains(&job.digest)? {
        Ok(Put::Known)
    } else {
        match with_heartbeat(queue, lease, || scan(job)) {
            Ok(report) => Ok(results.put(&job.digest, &report)?),
            Err(reason) => Err(reason),
        }
    };
    match put {
        Ok(put) => {
            let is_new = put == Put::Stored;
            *(if is_new { &mut summary.stored } else { &mut summary.known }) += 1;
            let goes_on = watch(WorkEvent::Kept { job, is_new });
            ignore_lost(queue.ack(lease), summary)?;
            Ok(goes_on)
        }
        Err(reason) => {
            summary.failed += 1;
            let goes_on = watch(WorkEvent::Failed { job, reason: &reason });
            ignore_lost(queue.nak(lease, &reason), summary)?;
            Ok(goes_on)
        }
    }
}

/// Runs something while another thread keeps the lease. A heartbeat that fails is no reason to stop: the result is good,
/// and whoever has the job then finds it.
fn with_heartbeat<T>(queue: &dyn JobQueue, lease: &Lease, run: impl FnOnce() -> T) -> T {
    let interval = queue.options().lease / 3;
    thread::scope(|scope| {
        let (stop, stopped) = channel::<()>();
        scope.spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                if matches!(queue.heartbeat(lease), Err(QueueError::LeaseLost { .. })) {
                    return;
                }
            }
        });
        let result = run();
        drop(stop);
        result
    })
}

fn ignore_lost(result: Result<(), QueueError>, summary: &mut WorkSummary) -> Result<(), QueueError> {
    match result {
        Err(QueueError::LeaseLost { .. }) => {
            summary.lost += 1;
            Ok(())
        }
        other => other,
    }
}
