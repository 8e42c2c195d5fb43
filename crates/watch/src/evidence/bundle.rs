//! A directory that appears when it is complete.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Recording, write_recording};

/// Evidence that is being collected.
#[derive(Debug)]
pub(crate) struct Bundle {
    partial: PathBuf,
    complete: PathBuf,
    bytes_left: u64,
    files: Vec<Value>,
    gaps: Vec<Value>,
}

/// Files of one bundle.
const FILES_MAX: usize = 10_000;
/// Things that are missing and told one by one.
const GAPS_MAX: usize = 1000;

impl Bundle {
    /// Makes the directory under a name that says that it is not complete.
    pub(crate) fn begin(directory: &Path, name: &str, bytes_max: u64) -> io::Result<Self> {
        let partial = directory.join(format!(".{name}.partial"));
        fs::create_dir(&partial)?;
        fs::set_permissions(&partial, fs::Permissions::from_mode(0o700))?;
        let complete = directory.join(name);
        Ok(Self { partial, complete, bytes_left: bytes_max, files: Vec::new(), gaps: Vec::new() })
    }

    /// What is missing, and why.
    pub(crate) fn gap(&mut self, what: &str, why: &str) {
        if self.gaps.len() < GAPS_MAX {
            self.gaps.push(json!({ "what": what, "why": why }));
        }
    }

    /// Bytes that still find room.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.bytes_left
    }

    /// Adds a document.
    pub(crate) fn json(&mut self, name: &str, value: &Value) {
        let text = serde_json::to_vec_pretty(value).expect("a value is JSON");
        self.file(name, &text);
    }

    /// Adds a file; `name` has no part that leads elsewhere.
    pub(crate) fn file(&mut self, name: &str, bytes: &[u8]) {
        if bytes.len() as u64 > self.bytes_left || self.files.len() >= FILES_MAX {
            return self.gap(name, "the limit of the evidence was reached");
        }
        match self.write(name, bytes) {
            Ok(()) => {
                self.bytes_left -= bytes.len() as u64;
                self.files.push(json!({
                    "name": name, "bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes)),
                }));
            }
            Err(error) => self.gap(name, &error.to_string()),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.partial.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = fs::File::create_new(path)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(bytes)
    }

    /// Adds the recording.
    pub(crate) fn recording(&mut self, recording: &Recording) {
        let mut bytes = Vec::new();
        // Compressed it is a tenth; the limit is that of what is compressed.
        match write_recording(recording, &mut bytes, self.bytes_left.saturating_mul(4)) {
            Ok(is_whole) => {
                if !is_whole || recording.is_cut {
                    self.gap(
                        "recording.jsonl.gz",
                        "the limit of a recording was reached: its end is missing",
                    );
                }
                self.file("recording.jsonl.gz", &bytes);
            }
            Err(error) => self.gap("recording.jsonl.gz", &error.to_string()),
        }
    }

    /// Adds what is in it and what is not, and gives the directory its name.
    pub(crate) fn finish(mut self) -> io::Result<PathBuf> {
        let manifest = json!({ "files": self.files, "missing": self.gaps });
        self.bytes_left = u64::MAX;
        self.write("manifest.json", &serde_json::to_vec_pretty(&manifest).expect("a value is JSON"))?;
        fs::rename(&self.partial, &self.complete)?;
        Ok(std::mem::take(&mut self.complete))
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        // What was given its name is not there any more under the other.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// Digits of a digest.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_appears_whole_and_within_its_limit() {
        let directory = tempfile::tempdir().unwrap();
        let mut bundle = Bundle::begin(directory.path(), "one", 10).unwrap();
        bundle.file("small", b"12345");
        bundle.file("large", b"1234567");
        assert!(!directory.path().join("one").exists());
        let path = bundle.finish().unwrap();
        let manifest: Value = serde_json::from_slice(&fs::read(path.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["files"][0]["name"], "small");
        assert_eq!(manifest["missing"][0]["what"], "large");
        assert_eq!(fs::read(path.join("small")).unwrap(), b"12345");
        assert!(!path.join("large").exists());
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let mut bundle = Bundle::begin(directory.path(), "one", 10).unwrap();
        bundle.file("small", b"12345");
        drop(bundle);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
