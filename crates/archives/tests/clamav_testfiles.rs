//! The containers of Debian's `clamav-testfiles`, when that package is installed.
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use archives::{ArchiveLimits, open};
use content::Budget;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// Containers of formats that are opened here.
const CLAIMED: &[&str] = &[
    "clam.7z",
    "clam.bin-be.cpio",
    "clam.bin-le.cpio",
    "clam.bz2.zip",
    "clam.d64.zip",
    "clam.exe.bz2",
    "clam.exe.mbox.base64",
    "clam.exe.mbox.uu",
    "clam.impl.zip",
    "clam.mail",
    "clam.newc.cpio",
    "clam.odc.cpio",
    "clam.tar.gz",
    "clam.zip",
    "clam_cache_emax.tgz",
];

fn directory() -> Option<PathBuf> {
    let directory =
        std::env::var_os("CLAMAV_TESTFILES").map_or("/usr/share/clamav-testfiles".into(), PathBuf::from);
    if !directory.join("clam.exe").is_file() {
        eprintln!(
            "skipped: the package clamav-testfiles is not installed; CLAMAV_TESTFILES names its folder"
        );
        return None;
    }
    Some(directory)
}

#[test]
fn nine_of_ten_claimed_containers_show_the_payload() {
    let Some(directory) = directory() else { return };
    let payload = std::fs::read(directory.join("clam.exe")).unwrap();
    let mut missed = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let mut found = None;
        let budget = Budget::new(Duration::from_secs(20));
        let outcome = open(&name, &bytes, &ArchiveLimits::default(), &budget, &mut |member| {
            if member.bytes == payload {
                found = Some(member.nested.join("!"));
            }
            ControlFlow::Continue(())
        });
        let format = outcome.format.map_or("-", |format| format.as_str());
        eprintln!(
            "{name}: {format}, {}, {:?}",
            found.as_deref().unwrap_or("payload not found"),
            outcome.problems
        );
        if CLAIMED.contains(&name.as_str()) && found.is_none() {
            assert!(!outcome.is_complete(), "{name}: a miss is told");
            missed.push(name);
        }
    }
    assert!(missed.len() * 10 <= CLAIMED.len(), "{missed:?}");
}
