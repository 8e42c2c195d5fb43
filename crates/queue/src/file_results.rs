//! Results as files: `sha256-….json` in one folder.

use crate::job::{digest_of, id_of};
use crate::result_store::digest_of_report;
use crate::{Put, QueueError, ResultStore, StoredResult};
use model::Digest;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Results as files in one folder. A report gets its name by one link(2), which fails if the name is taken: it is there
/// as a whole or not at all, and once.
#[derive(Debug)]
pub struct FileResults {
    folder: PathBuf,
}

impl FileResults {
    /// Opens or makes a folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, QueueError> {
        fs::create_dir_all(folder).map_err(QueueError::file("make folder", folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The file that has the report of an image.
    #[must_use]
    pub fn path(&self, image: &Digest) -> PathBuf {
        self.folder.join(format!("{}.json", id_of(image)))
    }
}

impl ResultStore for FileResults {
    fn put(&self, image: &Digest, report: &[u8]) -> Result<Put, QueueError> {
        let path = self.path(image);
        let write = || -> io::Result<Put> {
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.folder)?;
            file.write_all(report)?;
            file.as_file().sync_data()?;
            match file.persist_noclobber(&path) {
                Ok(_) => Ok(Put::Stored),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Known),
                Err(error) => Err(error.error),
            }
        };
        write().map_err(QueueError::file("write", &path))
    }

    fn contains(&self, image: &Digest) -> Result<bool, QueueError> {
        let path = self.path(image);
        path.try_exists().map_err(QueueError::file("read", path))
    }

    fn get(&self, image: &Digest) -> Result<Option<Vec<u8>>, QueueError> {
        let path = self.path(image);
        match fs::read(&path) {
            Ok(report) => Ok(Some(report)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(QueueError::file("read", path)(error)),
        }
    }

    fn list(&self) -> Result<Vec<StoredResult>, QueueError> {
        let mut results = Vec::new();
        let entries = fs::read_dir(&self.folder).map_err(QueueError::file("read", &self.folder))?;
        for entry in entries {
            let entry = entry.map_err(QueueError::file("read", &self.folder))?;
            let name = entry.file_name();
            let Some(image) = name.to_str().and_then(|name| digest_of(name.strip_suffix(".json")?)) else {
                continue;
            };
            let report = fs::read(entry.path()).map_err(QueueError::file("read", entry.path()))?;
            let report_digest = digest_of_report(&report);
            results.push(StoredResult { image, report_digest, size_bytes: report.len() as u64 });
        }
        results.sort_by(|left, right| left.image.cmp(&right.image));
        Ok(results)
    }
}
