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

#[test]
fn list_of_java_archives_and_a_maven_repository_become_an_index() {
    let machine = Machine::new();
    let place = tempfile::tempdir().unwrap();
    let repository = place.path().join("org/acme/tool/1.3");
    std::fs::create_dir_all(&repository).unwrap();
    std::fs::write(repository.join("tool-1.3.jar"), b"PK\x03\x04 not looked at").unwrap();
    std::fs::write(repository.join("tool-1.3.jar.sha1"), "cd".repeat(20)).unwrap();
    std::fs::write(repository.join("tool-1.3.pom"), b"<project/>").unwrap();
    std::fs::write(repository.join("tool-1.3-sources.jar.sha1"), "ef".repeat(20)).unwrap();
    std::fs::write(repository.join("tool-1.3-x.jar.sha1"), b"damaged").unwrap();
    let list = place.path().join("archives.txt");
    std::fs::write(&list, format!("# ours\n{}  org.acme:tool:1.2\nnonsense\n", "ab".repeat(20))).unwrap();
    let options = InstallOptions {
        trust: Trust::default(),
        now: site::now(),
        temporary_directory: machine.directory.path().to_owned(),
        limits: FeedLimits::default(),
    };
    let paths = [place.path().join("org/.."), list];
    let summary = feeds::install(&paths, &machine.store, &machine.key, &options).unwrap();
    assert_eq!(summary.replaced, ["java-sha1"]);
    let problems: Vec<String> = summary.imported.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("tool-1.3-x.jar.sha1") && problems[1].contains(":3:"), "{problems:?}");
    let database = machine.database();
    for (digest, version) in [("ab", Some("1.2")), ("cd", Some("1.3")), ("ef", None)] {
        let found = database.java_archive(&digest.repeat(20)).unwrap();
        assert_eq!(found.first().map(|one| one.version), version);
        assert!(found.iter().all(|one| one.name == "org.acme:tool"));
    }
}
