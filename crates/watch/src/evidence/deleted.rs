//! Files that have no name any more, or never had one (memfd), and are still open or run.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use serde_json::{Value, json};

use super::bundle::Bundle;
use super::changes::copy;
use super::processes::Digests;

const COPIES_MAX: usize = 256;

/// Copies of such files, each kept once however often it is open.
pub(super) struct Deleted {
    copy_bytes_max: u64,
    copies: HashMap<(u64, u64), String>,
}

impl Deleted {
    pub(super) fn new(copy_bytes_max: u64) -> Self {
        Self { copy_bytes_max, copies: HashMap::new() }
    }

    /// What `path`, a link of a process in `/proc`, leads to when that has no name: bytes, digest, and a copy of a small one.
    pub(super) fn look(&mut self, path: &str, digests: &mut Digests, bundle: &mut Bundle) -> Option<Value> {
        let metadata = fs::metadata(path).ok()?;
        // Opening anything else may wait.
        if !metadata.is_file() || metadata.nlink() > 0 {
            return None;
        }
        let key = (metadata.dev(), metadata.ino());
        if !self.copies.contains_key(&key) && self.copies.len() < COPIES_MAX {
            let name = format!("deleted/{}", self.copies.len());
            if copy(&fs::File::open(path).ok()?, &name, self.copy_bytes_max, bundle) {
                self.copies.insert(key, name);
            }
        }
        Some(json!({
            "bytes": metadata.len(), "sha256": digests.of(path), "copy": self.copies.get(&key),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;

    #[test]
    fn a_file_without_a_name_is_kept_once_and_others_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let mut named = tempfile::NamedTempFile::new_in(directory.path()).unwrap();
        named.write_all(b"still there").unwrap();
        let mut gone = tempfile::tempfile_in(directory.path()).unwrap();
        gone.write_all(b"dropped").unwrap();
        let twin = gone.try_clone().unwrap();
        let path = |number: i32| format!("/proc/self/fd/{number}");
        let mut bundle = Bundle::begin(directory.path(), "one", 1 << 20).unwrap();
        let (mut deleted, mut digests) = (Deleted::new(100), Digests::default());
        assert_eq!(deleted.look(&path(named.as_file().as_raw_fd()), &mut digests, &mut bundle), None);
        let seen = deleted.look(&path(gone.as_raw_fd()), &mut digests, &mut bundle).unwrap();
        assert_eq!((&seen["bytes"], &seen["copy"]), (&json!(7), &json!("deleted/0")));
        assert!(seen["sha256"].is_string());
        assert_eq!(deleted.look(&path(twin.as_raw_fd()), &mut digests, &mut bundle), Some(seen));
        let complete = bundle.finish().unwrap();
        assert_eq!(fs::read(complete.join("deleted/0")).unwrap(), b"dropped");
        assert!(!complete.join("deleted/1").exists());
    }
}
