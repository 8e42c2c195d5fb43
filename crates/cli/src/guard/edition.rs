//! What verdicts about images depend on besides the image.

use crate::{clock, places};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The files are looked at again after this time.
const EDITION_TIME: Duration = Duration::from_secs(1);

/// Files, as they are now; a verdict of another edition counts no more.
pub(super) struct Edition {
    files: Vec<PathBuf>,
    kept: Mutex<Option<(Instant, String)>>,
}

impl Edition {
    /// Of these files.
    pub(super) const fn of(files: Vec<PathBuf>) -> Self {
        Self { files, kept: Mutex::new(None) }
    }

    /// Of these files and of the advisories in this directory, or where they are by default.
    pub(super) fn with_advisories(db: Option<&Path>, files: Vec<PathBuf>) -> Self {
        let mut all: Vec<PathBuf> = places::databases(db);
        all.iter_mut().for_each(|directory| directory.push("manifest.json"));
        all.extend(files);
        Self::of(all)
    }

    /// In one word.
    pub(super) fn now(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, edition)) = &*kept
            && at.elapsed() < EDITION_TIME
        {
            return edition.clone();
        }
        let states: Vec<String> = self.files.iter().map(|path| file_state(path)).collect();
        // Exceptions and advisories know days.
        let edition = format!("{} {} {}", env!("CARGO_PKG_VERSION"), clock::today(), states.join(" "));
        *kept = Some((Instant::now(), edition.clone()));
        edition
    }
}

/// What changes when a file does: it is replaced, not written into.
pub(super) fn file_state(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).map_or_else(
        |_| "-".to_owned(),
        |there| format!("{}.{}.{}.{}", there.ino(), there.len(), there.mtime(), there.mtime_nsec()),
    )
}
