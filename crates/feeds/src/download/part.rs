//! A file that is still being fetched.

use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `<name>.part`, and beside it what is needed to go on with it.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    size_bytes: u64,
    resumed_bytes: u64,
}

/// What tells whether the rest of a file still belongs to its beginning (RFC 9110, 13.1.5, `If-Range`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Validator {
    pub address: String,
    /// A strong `ETag` or a `Last-Modified` date.
    pub value: String,
}

fn part_path(path: &Path) -> PathBuf {
    with_suffix(path, ".part")
}

fn validator_path(path: &Path) -> PathBuf {
    with_suffix(path, ".part.json")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

impl Part {
    /// An empty one; what was there is lost.
    pub(super) fn fresh(target: &Path) -> io::Result<Self> {
        let path = part_path(target);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let _ = fs::remove_file(validator_path(target));
        let file = File::create(&path)?;
        Ok(Self { file, path, size_bytes: 0, resumed_bytes: 0 })
    }

    /// The one that an earlier attempt left, to be gone on with.
    pub(super) fn resume(target: &Path) -> io::Result<Self> {
        let path = part_path(target);
        let file = File::options().append(true).open(&path)?;
        let size_bytes = file.metadata()?.len();
        Ok(Self { file, path, size_bytes, resumed_bytes: size_bytes })
    }

    /// How much an earlier attempt left, and what validates it.
    pub(super) fn left_over(target: &Path, address: &str) -> Option<(u64, Validator)> {
        let size_bytes = fs::metadata(part_path(target)).ok()?.len();
        let validator: Validator = serde_json::from_slice(&fs::read(validator_path(target)).ok()?).ok()?;
        (size_bytes > 0 && validator.address == address && !validator.value.is_empty())
            .then_some((size_bytes, validator))
    }

    /// Notes what the rest must belong to; without it the next attempt begins anew.
    pub(super) fn note(target: &Path, validator: &Validator) -> io::Result<()> {
        let bytes = serde_json::to_vec(validator).expect("texts are JSON");
        crate::state::write_atomically(&validator_path(target), &bytes)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(super) const fn downloaded_bytes(&self) -> u64 {
        self.size_bytes - self.resumed_bytes
    }

    /// Removes it: what it holds is of no use.
    pub(super) fn discard(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Gives it its name, by rename.
    pub(super) fn persist(self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        let _ = fs::remove_file(validator_path(target));
        Ok(())
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.size_bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
