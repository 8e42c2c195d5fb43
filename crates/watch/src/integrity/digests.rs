//! A file as it is: what `stat(2)` says, and its digests.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::record::Owner;

/// Bytes of a file that is hashed; dockerd has some hundred million.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A file as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) identity: Identity,
    pub(super) sha256: String,
    /// The package whose record the file agrees with.
    pub(super) package: Option<String>,
}

/// What `stat(2)` says; a file of which nothing differs was not written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    /// Mode and owner alone.
    pub(super) fn of_attributes(mode: u32, owner: (u32, u32)) -> Self {
        Self { mode, owner, ..Self::default() }
    }
}

pub(super) fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    Some(Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
        length: metadata.len(),
        mode: metadata.mode(),
        owner: (metadata.uid(), metadata.gid()),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

/// Hashes a file; `None` when it is not there or cannot be read.
pub(super) fn look(path: &Path, owner: Option<&Owner>) -> Option<Known> {
    let identity = identity(path)?;
    let recorded = owner.and_then(|owner| owner.digest.split_once(':'));
    let mut sha256 = Sha256::new();
    let mut md5 = recorded.filter(|(algorithm, _)| *algorithm == "md5").map(|_| md5::Md5::new());
    let mut sha1 = recorded.filter(|(algorithm, _)| *algorithm == "sha1").map(|_| sha1::Sha1::new());
    let mut file = File::open(path).ok()?.take(FILE_BYTES_MAX);
    let mut room = vec![0; 1 << 16];
    loop {
        match file.read(&mut room) {
            Ok(0) => break,
            Ok(count) => {
                sha256.update(&room[..count]);
                if let Some(md5) = &mut md5 {
                    md5.update(&room[..count]);
                }
                if let Some(sha1) = &mut sha1 {
                    sha1.update(&room[..count]);
                }
            }
            Err(_) => return None,
        }
    }
    let sha256 = hex(&sha256.finalize());
    let found = match (md5, sha1) {
        (Some(md5), _) => hex(&md5.finalize()),
        (_, Some(sha1)) => hex(&sha1.finalize()),
        _ => sha256.clone(),
    };
    let is_as_recorded = recorded.is_some_and(|(_, digest)| digest.eq_ignore_ascii_case(&found));
    let package = owner.filter(|_| is_as_recorded).map(|owner| owner.package.clone());
    Some(Known { identity, sha256, package })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}
