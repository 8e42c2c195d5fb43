//! Whom to believe, and what was seen before: protection against rollback.

use super::files::{StoreError, read_bounded, replace};
use super::key::PublicKey;
use super::manifest::{ManifestError, VerifiedManifest};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const STATE_BYTES_MAX: usize = 1 << 20;
/// Entries above which those of directories that are gone are forgotten.
const DATABASES_MAX: usize = 200;

/// Whom to believe.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys whose signature is enough.
    pub keys: Vec<PublicKey>,
    /// File with the greatest version seen of each key and database; kept outside of the database, so that a whole
    /// directory that is replaced by an older copy is noticed. Without it only versions in the database itself count.
    pub last_seen: Option<PathBuf>,
}

/// Refuses the manifest of a database that is older than what was seen of its key in this directory before. One key
/// signs every database that is made on a machine, and their versions have nothing to do with each other.
pub(crate) fn check_database(
    trust: &Trust,
    directory: &Path,
    verified: &VerifiedManifest,
) -> Result<(), ManifestError> {
    check(trust, &name_of(verified.key_id(), directory), verified)
}

/// Refuses an offered manifest that is older than what was installed of its key before, wherever to.
pub(crate) fn check_offer(trust: &Trust, verified: &VerifiedManifest) -> Result<(), ManifestError> {
    check(trust, verified.key_id(), verified)
}

fn check(trust: &Trust, name: &str, verified: &VerifiedManifest) -> Result<(), ManifestError> {
    let Some(path) = &trust.last_seen else { return Ok(()) };
    let seen = read(path).unwrap_or_default().get(name).copied().unwrap_or(0);
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

/// Remembers the version of the manifest that is in use in a directory.
pub(crate) fn remember_database(
    trust: &Trust,
    directory: &Path,
    key_id: &str,
    version: u64,
) -> Result<(), StoreError> {
    remember(trust, name_of(key_id, directory), version)
}

/// Remembers the version of an offered manifest that was installed.
pub(crate) fn remember_offer(trust: &Trust, key_id: &str, version: u64) -> Result<(), StoreError> {
    remember(trust, key_id.to_owned(), version)
}

fn remember(trust: &Trust, name: String, version: u64) -> Result<(), StoreError> {
    let Some(path) = &trust.last_seen else { return Ok(()) };
    let failed = |action| move |source| StoreError::Io { action, path: path.clone(), source };
    let mut versions = read(path).map_err(failed("read"))?;
    let seen = versions.entry(name).or_insert(0);
    if *seen >= version {
        return Ok(());
    }
    *seen = version;
    if versions.len() > DATABASES_MAX {
        versions.retain(|name, _| name.split_once(' ').is_none_or(|(_, place)| Path::new(place).is_dir()));
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("make a directory for"))?;
    }
    let mut text = serde_json::to_vec(&versions).expect("texts and numbers are JSON");
    text.push(b'\n');
    replace(path, &text, 0o644).map_err(failed("write"))
}

/// `0123456789abcdef /var/lib/seawall/db`; ids of keys have no space.
fn name_of(key_id: &str, directory: &Path) -> String {
    let place = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    format!("{key_id} {}", place.display())
}

fn read(path: &Path) -> io::Result<BTreeMap<String, u64>> {
    match read_bounded(path, STATE_BYTES_MAX) {
        // A damaged file counts as an error for writers; readers fall back to the versions in the database.
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}
