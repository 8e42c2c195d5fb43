//! Files that appear whole or not at all.

use super::key::KeyError;
use super::manifest::ManifestError;
use crate::shard::ShardError;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Name of the manifest; its rename is the only step of an update that readers see.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The manifest before the last update; its shards stay for readers that began before it.
pub(crate) const PREVIOUS_MANIFEST: &str = "manifest.previous.json";
pub(crate) const SHARD_DIRECTORY: &str = "shards";
pub(crate) const LOCK: &str = "lock";
/// Temporary files begin so; those of writers that died are removed by the next one.
pub(crate) const TEMPORARY_PREFIX: &str = ".new-";

/// Why a database cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error("cannot {action} {}{}", path.display(), hint(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The manifest is refused.
    #[error("manifest of {} is refused", place.display())]
    Manifest {
        /// The database or bundle.
        place: PathBuf,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// A shard is not what the manifest says.
    #[error("shard {name} does not match the manifest: it was changed or damaged (hint: get it again)")]
    Tampered {
        /// The shard.
        name: String,
    },
    /// A shard cannot be opened.
    #[error("shard {name} is refused")]
    Shard {
        /// The shard.
        name: String,
        /// Why.
        #[source]
        source: ShardError,
    },
    /// The bytes are not a bundle.
    #[error("not a database bundle of Seawall: {0}")]
    Bundle(&'static str),
    /// A name that the database does not have.
    #[error("the database has no shard '{0}' (hint: 'seawall db status' lists them)")]
    NoSuchShard(String),
    /// The key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " (hint: the disk is full; the database is unchanged)"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            " (hint: pass --db DIR with a directory that you may write to; the database is unchanged)"
        }
        _ => "",
    }
}

/// Where a shard lies: named by its content, so a file never changes once it is there.
pub(crate) fn shard_path(directory: &Path, sha256: &str) -> PathBuf {
    directory.join(SHARD_DIRECTORY).join(format!("{sha256}.shard"))
}

/// Reads a file that must not be larger than `bytes_max`.
pub(crate) fn read_bounded(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// A temporary file beside its destination.
pub(crate) fn temporary_in(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(directory)
}

/// Gives a written temporary file its name: content first, then the name, then the directory, each on disk
/// before the next, so that a crash leaves the old file or the new one.
pub(crate) fn persist(file: tempfile::NamedTempFile, path: &Path, mode: u32) -> io::Result<()> {
    set_mode(file.as_file(), mode)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    sync_directory(directory_of(path))
}

/// The directory that a file lies in; a name alone lies in the current one.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file by another content.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut file = temporary_in(directory_of(path))?;
    file.write_all(content)?;
    persist(file, path, mode)
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
