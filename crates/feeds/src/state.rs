//! What is known of the files that were fetched before.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is known of the files that were fetched before; kept as `state.json` beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// By feed and path (`alpine/v3.18/main.json`).
    pub files: BTreeMap<String, FileState>,
    /// What the shards of a group were built from, by group.
    pub groups: BTreeMap<String, GroupState>,
}

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FileState {
    /// Where it came from.
    pub address: String,
    /// `ETag` (RFC 9110, 8.8.3).
    pub etag: String,
    /// `Last-Modified`.
    pub last_modified: String,
    pub size_bytes: u64,
    pub sha256: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GroupState {
    /// Digest over the files and the version of the importers.
    pub fingerprint: String,
    /// The shards that came out.
    pub shards: Vec<String>,
}

const STATE_BYTES_MAX: u64 = 64 << 20;

impl State {
    pub(crate) fn path(directory: &Path) -> PathBuf {
        directory.join("state.json")
    }

    /// A state that is missing or damaged is an empty one: everything is fetched again.
    pub(crate) fn load(directory: &Path) -> Self {
        let Ok(file) = fs::File::open(Self::path(directory)) else { return Self::default() };
        let mut file = file;
        crate::bounded::read_all(&mut file, STATE_BYTES_MAX)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(crate) fn save(&self, directory: &Path) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        write_atomically(&Self::path(directory), &bytes)
    }
}

/// Writes a file through a temporary one, so that a crash leaves the old or the new.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
