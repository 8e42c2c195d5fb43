//! Whom to believe, and what was seen before: protection against rollback.

use super::files::{StoreError, read_bounded, replace};
use super::key::PublicKey;
use super::manifest::{ManifestError, VerifiedManifest};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const STATE_BYTES_MAX: usize = 1 << 20;

/// Whom to believe.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys whose signature is enough.
    pub keys: Vec<PublicKey>,
    /// File with the greatest version seen of each key; kept outside of the database, so that a whole directory
    /// that is replaced by an older copy is noticed. Without it only versions in the database itself count.
    pub last_seen: Option<PathBuf>,
}

/// Refuses a manifest that is older than what was seen of its key before.
pub(crate) fn check_version(trust: &Trust, verified: &VerifiedManifest) -> Result<(), ManifestError> {
    let Some(path) = &trust.last_seen else { return Ok(()) };
    let seen = read(path).unwrap_or_default().get(verified.key_id()).copied().unwrap_or(0);
    refuse_older(verified, seen)
}

/// Refuses a manifest of a version below `seen`.
pub(crate) fn refuse_older(verified: &VerifiedManifest, seen: u64) -> Result<(), ManifestError> {
    let offered = verified.manifest().version;
    if offered < seen {
        return Err(ManifestError::Rollback { key: verified.key_id().to_owned(), offered, seen });
    }
    Ok(())
}

/// Remembers the version of a manifest that is in use.
pub(crate) fn remember(trust: &Trust, key_id: &str, version: u64) -> Result<(), StoreError> {
    let Some(path) = &trust.last_seen else { return Ok(()) };
    let failed = |action| move |source| StoreError::Io { action, path: path.clone(), source };
    let mut versions = read(path).map_err(failed("read"))?;
    let seen = versions.entry(key_id.to_owned()).or_insert(0);
    if *seen >= version {
        return Ok(());
    }
    *seen = version;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("make a directory for"))?;
    }
    let mut text = serde_json::to_vec(&versions).expect("texts and numbers are JSON");
    text.push(b'\n');
    replace(path, &text, 0o644).map_err(failed("write"))
}

fn read(path: &Path) -> io::Result<BTreeMap<String, u64>> {
    match read_bounded(path, STATE_BYTES_MAX) {
        // A damaged file counts as an error for writers; readers fall back to the versions in the database.
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}
