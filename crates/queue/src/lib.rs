//! Work queue and results of a scan over whole registries.
//!
//! A [`JobQueue`] holds one [`Job`] for each image; workers lease jobs, and a job of a worker that died is leased
//! again. A [`ResultStore`] keeps exactly one report for each image. [`work`] ties them together.
//!
//! ```
//! use queue::{Job, QueueOptions, open_queue, open_results, work};
//! let folder = tempfile::tempdir().unwrap();
//! let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
//! let queue = open_queue(&place("queue"), &QueueOptions::default()).unwrap();
//! let results = open_results(&place("results")).unwrap();
//! let job = Job {
//!     digest: format!("sha256:{}", "0".repeat(64)).parse().unwrap(),
//!     platform: "linux/amd64".to_owned(),
//!     references: vec!["registry.example.com/app:1".to_owned()],
//! };
//! queue.publish(&job).unwrap();
//! let summary = work(&*queue, &*results, &mut |job| Ok(job.references[0].clone().into_bytes()), &mut |_| true).unwrap();
//! assert_eq!((summary.stored, results.list().unwrap().len()), (1, 1));
//! ```
//!
//! Invariants: a job is published once, however often it is offered; a result is never replaced; a worker may be killed
//! at any point, and another one goes on; the default needs no daemon.

// This crate keeps queues and results: it is one of the doors to the outside.
#![allow(clippy::disallowed_methods)]

mod error;
mod file_queue;
mod file_results;
mod job;
mod job_queue;
#[cfg(feature = "nats")]
mod nats_queue;
#[cfg(feature = "nats")]
mod nats_runtime;
mod open;
#[cfg(feature = "postgres")]
mod postgres_results;
mod result_store;
mod worker;

pub use error::QueueError;
pub use file_queue::FileQueue;
pub use file_results::FileResults;
pub use job::Job;
pub use job_queue::{Counts, DeadJob, JobQueue, Lease, Published, QueueOptions};
#[cfg(feature = "nats")]
pub use nats_queue::NatsQueue;
pub use open::{open_queue, open_results, open_results_of};
#[cfg(feature = "postgres")]
pub use postgres_results::PostgresResults;
pub use result_store::{Put, ResultStore, StoredResult};
pub use worker::{WorkEvent, WorkSummary, work};
