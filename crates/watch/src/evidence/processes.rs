//! Processes as `/proc` shows them now.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bundle::{Bundle, hex};
use super::deleted::Deleted;
use super::redacted;
use crate::respond::{Target, processes_of};

const PROCESSES_MAX: usize = 500;
const DESCRIPTORS_MAX: usize = 1000;
const FILE_BYTES_MAX: u64 = 256 << 10;
/// Bytes of executables and deleted files that are read for their digests.
const DIGEST_BYTES_MAX: u64 = 512 << 20;

/// Numbers of the processes that an alert is about: that of the alert first, when it still is the one that is meant.
pub(super) fn of(target: &Target) -> Vec<i64> {
    processes_of(target, PROCESSES_MAX)
}

/// Describes them, adds their maps to the evidence, and tells which process holds which socket.
pub(super) fn describe(
    pids: &[i64],
    copy_bytes_max: u64,
    bundle: &mut Bundle,
) -> (Value, HashMap<u64, Vec<i64>>) {
    let mut owners: HashMap<u64, Vec<i64>> = HashMap::new();
    let (mut digests, mut deleted) = (Digests::default(), Deleted::new(copy_bytes_max));
    let mut listed = Vec::new();
    for pid in pids {
        let at = |name: &str| format!("/proc/{pid}/{name}");
        let link =
            |name: &str| fs::read_link(at(name)).map_or(Value::Null, |path| json!(path.to_string_lossy()));
        let Some(status) = read(&at("status"), FILE_BYTES_MAX) else {
            bundle.gap(&format!("process {pid}"), "it has ended");
            continue;
        };
        let mut descriptors = Vec::new();
        for entry in fs::read_dir(at("fd")).into_iter().flatten().filter_map(Result::ok).take(DESCRIPTORS_MAX)
        {
            let target = fs::read_link(entry.path()).unwrap_or_default().to_string_lossy().into_owned();
            let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                owners.entry(inode).or_default().push(*pid);
            }
            let number = entry.file_name().to_string_lossy().into_owned();
            let mut descriptor = json!({ "fd": number, "target": target });
            if let Some(seen) = deleted.look(&at(&format!("fd/{number}")), &mut digests, bundle) {
                descriptor["deleted"] = seen;
            }
            descriptors.push(descriptor);
        }
        let zeros = |name: &str, show: &dyn Fn(&[u8]) -> String| -> Vec<String> {
            let bytes = read(&at(name), FILE_BYTES_MAX).unwrap_or_default();
            bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty()).map(show).collect()
        };
        listed.push(json!({
            "process": pid,
            "executable": link("exe"),
            "executable_sha256": digests.of(&at("exe")),
            "executable_deleted": deleted.look(&at("exe"), &mut digests, bundle),
            "directory": link("cwd"),
            "root": link("root"),
            "arguments": zeros("cmdline", &|part| String::from_utf8_lossy(part).into_owned()),
            "environment": zeros("environ", &redacted),
            "status": String::from_utf8_lossy(&status).lines().collect::<Vec<_>>(),
            "descriptors": descriptors,
        }));
        match read(&at("maps"), FILE_BYTES_MAX) {
            Some(maps) => bundle.file(&format!("maps/{pid}"), &maps),
            None => bundle.gap(&format!("maps/{pid}"), "it cannot be read"),
        }
    }
    (Value::from(listed), owners)
}

/// The beginning of a file.
pub(super) fn read(path: &str, bytes_max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Digests of executables and deleted files, each read once.
pub(super) struct Digests {
    left: u64,
    known: HashMap<(u64, u64), String>,
}

impl Default for Digests {
    fn default() -> Self {
        Self { left: DIGEST_BYTES_MAX, known: HashMap::new() }
    }
}

impl Digests {
    pub(super) fn of(&mut self, path: &str) -> Option<String> {
        let file = fs::File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        let key = (metadata.dev(), metadata.ino());
        if let Some(known) = self.known.get(&key) {
            return Some(known.clone());
        }
        let digest = digest(file, &mut self.left)?;
        self.known.insert(key, digest.clone());
        Some(digest)
    }
}

/// The SHA-256 of a file, as far as there are bytes left to be read.
pub(super) fn digest(file: fs::File, left: &mut u64) -> Option<String> {
    let length = file.metadata().ok()?.len();
    *left = left.checked_sub(length)?;
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    // It may grow while it is read.
    let mut file = file.take(length);
    loop {
        match file.read(&mut piece).ok()? {
            0 => return Some(hex(&digest.finalize())),
            count => digest.update(&piece[..count]),
        }
    }
}
