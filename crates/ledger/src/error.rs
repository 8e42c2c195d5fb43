//! What goes wrong with an audit log.

use std::{io, path::PathBuf};

/// Why a log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file cannot be opened, made, read or renamed.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process writes it.
    #[error("{} is written by another process\nhint: each guard needs a log of its own", .0.display())]
    InUse(PathBuf),
    /// The node's key cannot be read.
    #[error("{} is not an Ed25519 key in PKCS #8", .0.display())]
    Key(PathBuf),
    /// The system gave no random bytes for a key.
    #[error("the operating system gives no random bytes")]
    Random,
    /// The name of the node cannot stand in signatures.
    #[error("'{0}' cannot name a node\nhint: a name without spaces and plus signs")]
    Name(String),
    /// What the log ends with is not what was written.
    #[error("line {line} of {} does not continue the chain: {reason}\nhint: `seawall ledger verify` tells more; a new log needs another file", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The log and the checkpoints beside it contradict each other.
    #[error("{} is not what was signed: {reason}\nhint: `seawall ledger verify` tells more; a new log needs another file", path.display())]
    NotWhatWasSigned {
        /// The log.
        path: PathBuf,
        /// How.
        reason: String,
    },
    /// The disk took no more.
    #[error("the audit log cannot be written: {0}")]
    Write(String),
    /// The record is longer than readers accept.
    #[error("the record is longer than {} bytes", crate::LINE_BYTES_MAX)]
    TooLong,
    /// The writer has ended.
    #[error("the audit log is closed")]
    Closed,
}

impl LedgerError {
    pub(crate) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}
