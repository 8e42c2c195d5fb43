//! What verdicts about images depend on besides the image.

use crate::clock;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The files are looked at again after this time.
const EDITION_TIME: Duration = Duration::from_secs(1);
/// Directories are looked into this deep: trust stores are (`x509/ca/NAME/FILE`).
const DEPTH_MAX: usize = 5;
/// So many of their entries count.
const ENTRIES_MAX: usize = 10_000;

/// Says which files decide; they may name others.
type Files = dyn Fn() -> Vec<PathBuf> + Send + Sync;

/// Files, as they are now, and what this process was asked to do: verdicts outlive it. A verdict of another edition counts no more.
pub(super) struct Edition {
    files: Box<Files>,
    arguments: String,
    kept: Mutex<Option<(Instant, String)>>,
}

impl Edition {
    /// Of these files.
    pub(super) fn of(files: impl Fn() -> Vec<PathBuf> + Send + Sync + 'static) -> Self {
        let mut hasher = DefaultHasher::new();
        std::env::args_os().for_each(|argument| argument.hash(&mut hasher));
        let arguments = format!("{:016x}", hasher.finish());
        Self { files: Box::new(files), arguments, kept: Mutex::new(None) }
    }

    /// In one word.
    pub(super) fn now(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, edition)) = &*kept
            && at.elapsed() < EDITION_TIME
        {
            return edition.clone();
        }
        let mut files = (self.files)();
        files.extend(std::env::current_exe());
        // Exceptions and advisories know days.
        let version = env!("CARGO_PKG_VERSION");
        let edition = format!("{version} {} {} {}", self.arguments, clock::today(), states(&files));
        *kept = Some((Instant::now(), edition.clone()));
        edition
    }
}

/// What changes when one of these files does.
pub(super) fn states(files: &[PathBuf]) -> String {
    files.iter().map(|path| file_state(path)).collect::<Vec<_>>().join(" ")
}

/// What changes when a file does: it is replaced, not written into. Of a directory, what is in it.
pub(super) fn file_state(path: &Path) -> String {
    let mut state = String::new();
    let mut left = ENTRIES_MAX;
    add_state(path, DEPTH_MAX, &mut left, &mut state);
    state
}

fn add_state(path: &Path, depth: usize, left: &mut usize, state: &mut String) {
    use std::fmt::Write as _;
    use std::os::unix::fs::MetadataExt as _;
    let Ok(there) = std::fs::metadata(path) else {
        state.push('-');
        return;
    };
    let _ = write!(state, "{}.{}.{}.{}", there.ino(), there.len(), there.mtime(), there.mtime_nsec());
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().take(*left).map(|entry| entry.path()).collect();
    paths.sort();
    *left -= paths.len();
    for path in paths.iter().filter(|_| depth > 0) {
        state.push(',');
        add_state(path, depth - 1, left, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_comes_into_a_store_is_another_state() {
        let place = tempfile::tempdir().unwrap();
        let store = place.path().join("x509/ca/example");
        assert_eq!(file_state(&store), "-");
        std::fs::create_dir_all(&store).unwrap();
        let empty = file_state(place.path());
        assert_eq!(file_state(place.path()), empty);
        std::fs::write(store.join("one.pem"), "one").unwrap();
        let one = file_state(place.path());
        assert_ne!(one, empty);
        std::fs::write(store.join("new"), "another").unwrap();
        std::fs::rename(store.join("new"), store.join("one.pem")).unwrap();
        assert_ne!(file_state(place.path()), one);
    }
}
