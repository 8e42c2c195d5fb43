//! Queues and stores by their addresses.

use crate::error::without_credentials;
use crate::{FileQueue, FileResults, JobQueue, QueueError, QueueOptions, ResultStore};
use std::path::Path;

/// Opens a queue: `nats://HOST:PORT` or `tls://HOST:PORT`, or a folder.
///
/// # Errors
/// When it cannot be opened, or the address has an unknown scheme.
pub fn open_queue(address: &str, options: &QueueOptions) -> Result<Box<dyn JobQueue>, QueueError> {
    match address.split_once("://").map(|(scheme, _)| scheme) {
        None => Ok(Box::new(FileQueue::open(Path::new(address), options)?)),
        #[cfg(feature = "nats")]
        Some("nats" | "tls") => Ok(Box::new(crate::NatsQueue::open(address, options)?)),
        Some(_) => {
            Err(unknown(address, "give a folder, or nats://HOST:4222 in a build with the feature 'nats'"))
        }
    }
}

/// Opens a store of results: `postgres://USER@HOST/DATABASE`, or a folder.
///
/// # Errors
/// When it cannot be opened, or the address has an unknown scheme.
pub fn open_results(address: &str) -> Result<Box<dyn ResultStore>, QueueError> {
    open_results_of(address, "")
}

/// As [`open_results`], for one run of several that share the address and nothing else: a folder in that folder, or a
/// column of the table.
///
/// # Errors
/// As of [`open_results`].
pub fn open_results_of(address: &str, run: &str) -> Result<Box<dyn ResultStore>, QueueError> {
    match address.split_once("://").map(|(scheme, _)| scheme) {
        None => Ok(Box::new(FileResults::open(&Path::new(address).join(run))?)),
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => Ok(Box::new(crate::PostgresResults::open(address, run)?)),
        Some(_) => Err(unknown(
            address,
            "give a folder, or postgres://USER@HOST/DATABASE in a build with the feature 'postgres'",
        )),
    }
}

fn unknown(address: &str, hint: &'static str) -> QueueError {
    QueueError::Address {
        address: without_credentials(address),
        problem: "is of no known kind".to_owned(),
        hint,
    }
}
