//! How a log is kept.

use crate::Copies;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file that is written; rotated ones stand beside it as FILE.000001, …, checkpoints in FILE.checkpoints.
    pub file: PathBuf,
    /// The node's private key; made when there is none. FILE.key when not given.
    pub key_file: Option<PathBuf>,
    /// The name of the node, in records and signatures; the host name when not given.
    pub node: Option<String>,
    /// A file that reached this size is followed by the next.
    pub file_bytes_max: u64,
    /// A checkpoint is signed after so many records …
    pub checkpoint_records: u64,
    /// … and when records are older than this.
    pub checkpoint_every: Duration,
    /// Where else each record goes.
    pub copies: Copies,
}

impl Options {
    /// A log in this file: 64 MiB a file, a checkpoint every 1,000 records or 10 seconds, no copies.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            key_file: None,
            node: None,
            file_bytes_max: 64 << 20,
            checkpoint_records: 1000,
            checkpoint_every: Duration::from_secs(10),
            copies: Copies::default(),
        }
    }

    pub(crate) fn key_path(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| beside(&self.file, "key"))
    }
}

pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
