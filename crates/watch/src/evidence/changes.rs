//! What changed in a container's root since it was made: its upper layer and what it keeps in memory, listed, with digests, and
//! copied if that is wanted.
//!
//! The container may go on while it is looked at: no link is followed, and a file is opened below the layer or not at all.

use std::collections::VecDeque;
use std::fs;
use std::io::Read as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use serde_json::{Value, json};

use super::bundle::Bundle;
use super::processes::digest;

const ENTRIES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 64;
/// Bytes of files that are read for their digests, all together.
const DIGEST_BYTES_MAX: u64 = 1 << 30;

/// Somewhere to look.
pub(super) struct Place {
    /// The directory.
    pub(super) top: fs::File,
    /// Where the container sees it.
    pub(super) inside: PathBuf,
}

/// Adds `changes.json`, and `changed/` with copies of files up to a size.
pub(super) fn collect(places: &[Place], copy_bytes_max: u64, bundle: &mut Bundle) {
    let mut listing =
        Listing { rows: Vec::new(), copies: 0, digest_bytes_left: DIGEST_BYTES_MAX, copy_bytes_max };
    for place in places {
        if !listing.add(place, bundle) {
            bundle.gap("changes.json", "more files changed than are listed");
            break;
        }
    }
    bundle.json("changes.json", &Value::from(listing.rows));
}

struct Listing {
    rows: Vec<Value>,
    copies: usize,
    digest_bytes_left: u64,
    copy_bytes_max: u64,
}

impl Listing {
    /// Lists what is there; whether there was room for all.
    fn add(&mut self, place: &Place, bundle: &mut Bundle) -> bool {
        let mut waiting = VecDeque::from([(PathBuf::new(), 0)]);
        while let Some((directory, depth)) = waiting.pop_front() {
            let Some(opened) = open(&place.top, &directory, OFlags::DIRECTORY) else { continue };
            // What is below the descriptor is that directory, whatever becomes of its name.
            let listed = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
            let entries = fs::read_dir(&listed).into_iter().flatten().filter_map(Result::ok);
            let mut entries: Vec<_> = entries.take(ENTRIES_MAX).collect();
            entries.sort_unstable_by_key(fs::DirEntry::file_name);
            for entry in entries {
                if self.rows.len() >= ENTRIES_MAX {
                    return false;
                }
                let below = directory.join(entry.file_name());
                let Ok(metadata) = entry.metadata() else { continue };
                if metadata.is_dir() && depth < DEPTH_MAX {
                    waiting.push_back((below.clone(), depth + 1));
                }
                let mut row = describe(&place.inside.join(&below), &metadata, &entry.path());
                if metadata.is_file() {
                    self.read(&mut row, &place.top, &below, bundle);
                }
                self.rows.push(row);
            }
        }
        true
    }

    /// Adds a file's digest, and a copy of a small one.
    fn read(&mut self, row: &mut Value, top: &fs::File, below: &Path, bundle: &mut Bundle) {
        let again = || open(top, below, OFlags::NONBLOCK).filter(is_regular);
        let Some(file) = again() else { return };
        // Names in the container are anybody's; copies have numbers.
        let name = format!("changed/{}", self.copies);
        if copy(&file, &name, self.copy_bytes_max, bundle) {
            row["copy"] = json!(name);
            self.copies += 1;
        }
        row["sha256"] = json!(again().and_then(|file| digest(file, &mut self.digest_bytes_left)));
    }
}

/// Copies a file of at most so many bytes from where it is read, when there is room.
pub(super) fn copy(file: &fs::File, name: &str, bytes_max: u64, bundle: &mut Bundle) -> bool {
    let is_small = file.metadata().is_ok_and(|metadata| metadata.len() <= bytes_max.min(bundle.bytes_left()));
    let mut bytes = Vec::new();
    if !is_small || file.take(bytes_max).read_to_end(&mut bytes).is_err() {
        return false;
    }
    bundle.file(name, &bytes);
    true
}

fn describe(inside: &Path, metadata: &fs::Metadata, path: &Path) -> Value {
    let kind = metadata.file_type();
    // A whiteout is a device 0/0 (kernel documentation, filesystems/overlayfs, "whiteouts and opaque directories").
    let kind = if kind.is_char_device() && metadata.rdev() == 0 {
        "removed"
    } else if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "link"
    } else if kind.is_file() {
        "file"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "pipe"
    } else {
        "device"
    };
    let mut row = json!({
        "path": String::from_utf8_lossy(inside.as_os_str().as_bytes()),
        "kind": kind, "bytes": metadata.len(), "mode": format!("{:o}", metadata.mode() & 0o7777),
        "uid": metadata.uid(), "gid": metadata.gid(), "modified": metadata.mtime(),
    });
    if kind == "link" {
        row["target"] = json!(fs::read_link(path).unwrap_or_default().to_string_lossy());
    }
    row
}

/// Opens what is below the layer, through no link.
fn open(top: &fs::File, inside: &Path, more: OFlags) -> Option<fs::File> {
    let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | more;
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_XDEV
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS;
    Some(fs::File::from(openat2(top, inside, flags, Mode::empty(), resolve).ok()?))
}

fn is_regular(file: &fs::File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn changed_files_are_listed_and_links_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let upper = directory.path().join("upper");
        fs::create_dir_all(upper.join("tmp")).unwrap();
        fs::write(upper.join("tmp/dropped"), b"\x7fELF").unwrap();
        fs::write(upper.join("tmp/large"), vec![0; 100]).unwrap();
        symlink("/etc/shadow", upper.join("tmp/leads-out")).unwrap();
        symlink("/etc", upper.join("etc")).unwrap();
        let mut bundle = Bundle::begin(directory.path(), "one", 1 << 20).unwrap();
        let place = Place { top: fs::File::open(&upper).unwrap(), inside: PathBuf::from("/") };
        collect(&[place], 50, &mut bundle);
        let path = bundle.finish().unwrap();
        let listed: Value = serde_json::from_slice(&fs::read(path.join("changes.json")).unwrap()).unwrap();
        let rows = listed.as_array().unwrap();
        let row = |name: &str| rows.iter().find(|row| row["path"] == name).unwrap();
        assert_eq!(row("/tmp/dropped")["kind"], "file");
        assert_eq!(
            row("/tmp/dropped")["sha256"],
            super::super::bundle::hex(&<sha2::Sha256 as sha2::Digest>::digest(b"\x7fELF"))
        );
        assert_eq!(row("/tmp/leads-out")["target"], "/etc/shadow");
        assert_eq!(row("/etc")["kind"], "link");
        assert_eq!(rows.len(), 5, "{rows:?}");
        let copy = row("/tmp/dropped")["copy"].as_str().unwrap();
        assert_eq!(fs::read(path.join(copy)).unwrap(), b"\x7fELF");
        assert!(row("/tmp/large")["copy"].is_null() && row("/tmp/large")["sha256"].is_string());
    }
}
