//! What can go wrong with a queue or a store.

use std::{io, path::PathBuf};

/// What can go wrong with a queue or a store.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// A file or folder cannot be used.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried: `read`, `write` …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the queue holds something else.
    #[error("{path} is no job of this queue\nhint: remove it; the next scan publishes its job again")]
    NoJob {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A server cannot be reached, or refuses.
    #[error("{server}: {action}: {detail}")]
    Server {
        /// Its address, without credentials.
        server: String,
        /// What was tried.
        action: &'static str,
        /// What it or the client said.
        detail: String,
    },
    /// An address that cannot be used.
    #[error("{address}: {problem}\nhint: {hint}")]
    Address {
        /// The address, without credentials.
        address: String,
        /// Why not.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// The job was given to another worker, since this one let its lease run out.
    #[error("the lease of {id} ran out")]
    LeaseLost {
        /// The job.
        id: String,
    },
}

impl QueueError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}

/// An address without the credentials in it.
pub(crate) fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    let path_end = rest.find('?').unwrap_or(rest.len());
    format!("{scheme}://{}", &rest[host..path_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        let check = |address, expected| assert_eq!(without_credentials(address), expected);
        check("nats://user:word@host.example.com:4222/scan", "nats://host.example.com:4222/scan");
        check("postgres://u:p%40@h/db?password=x", "postgres://h/db");
        check("/var/lib/queue", "/var/lib/queue");
    }
}
