//! `seawall db import`: files of users.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod site;

use advisories::Trust;
use feeds::{FeedLimits, InstallError, InstallOptions, InstallSummary};
use site::{Machine, osv_record, osv_zip, secdb};
use std::path::PathBuf;

fn install(machine: &Machine, files: &[(&str, Vec<u8>)]) -> Result<InstallSummary, InstallError> {
    let directory = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> = Vec::new();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    let options = InstallOptions {
        trust: Trust::default(),
        now: site::now(),
        temporary_directory: machine.directory.path().to_owned(),
        limits: FeedLimits::default(),
    };
    feeds::install(&paths, &machine.store, &machine.key, &options)
}

#[test]
fn archive_replaces_a_shard_and_a_single_record_extends_it() {
    let machine = Machine::new();
    let summary = install(
        &machine,
        &[("all.zip", osv_zip(&[("GHSA-aaaa", "npm", "a", "1.0.0"), ("GHSA-bbbbb", "npm", "b", "1.0.0")]))],
    )
    .unwrap();
    assert_eq!((&summary.replaced[..], summary.extended.len()), (&["npm".to_owned()][..], 0));
    assert!(machine.database().shard("npm").unwrap().meta().unwrap().0.is_complete);
    let summary = install(
        &machine,
        &[
            ("a.json", osv_record("GHSA-aaaa", "npm", "a", "1.0.1").into()),
            ("c.json", osv_record("GHSA-cccccc", "npm", "c", "3.0.0").into()),
        ],
    )
    .unwrap();
    assert_eq!((&summary.extended[..], summary.replaced.len()), (&["npm".to_owned()][..], 0));
    assert_eq!(machine.shard("npm"), ["GHSA-aaaa a 1.0.1", "GHSA-bbbbb b 1.0.0", "GHSA-cccccc c 3.0.0"]);
    assert!(machine.database().shard("npm").unwrap().meta().unwrap().0.is_complete);
    install(&machine, &[("all.zip", osv_zip(&[("GHSA-dd", "npm", "d", "1.0.0")]))]).unwrap();
    assert_eq!(machine.shard("npm"), ["GHSA-dd d 1.0.0"]);
}

#[test]
fn single_record_alone_makes_a_shard_that_is_not_whole() {
    let machine = Machine::new();
    install(&machine, &[("a.json", osv_record("GHSA-aaaa", "npm", "a", "1.0.1").into())]).unwrap();
    assert!(!machine.database().shard("npm").unwrap().meta().unwrap().0.is_complete);
}

#[test]
fn unknown_file_is_an_error_and_broken_records_are_problems() {
    let machine = Machine::new();
    let error = install(&machine, &[("x.txt", b"hello".to_vec())]).unwrap_err().to_string();
    assert!(error.contains("x.txt") && error.contains("OSV JSON"), "{error}");
    let summary = install(
        &machine,
        &[
            ("main.json", secdb("v3.20", "a", "1-r0", "CVE-2024-1").into()),
            ("b.json", br#"{"id":"X-1","modified":1}"#.to_vec()),
        ],
    )
    .unwrap();
    assert_eq!((summary.imported.problem_count(), machine.names()), (1, vec!["alpine:3.20".to_owned()]));
}
