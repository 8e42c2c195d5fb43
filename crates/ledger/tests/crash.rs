//! Promise: what was acknowledged survives kill -9 of the writing process, and a disk that is full is an error.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use ledger::{Durability, Entry, Ledger, Options, VerifyOptions, verify};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

const CHILD: &str = "LEDGER_TEST_CHILD";

// Not a test of its own: the process that the next test kills.
#[test]
fn writes_until_it_is_killed() {
    let Some(file) = std::env::var_os(CHILD) else { return };
    let ledger = Ledger::open(Options::new(Path::new(&file))).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in 0_u64.. {
                    let name = format!("{thread}-{number}");
                    let durability =
                        if number % 3 == 0 { Durability::Soon } else { Durability::BeforeReturn };
                    ledger.append(Entry::new("decision").with("name", name.as_str()), durability).unwrap();
                    if durability == Durability::BeforeReturn {
                        println!("ack {name}");
                    }
                }
            });
        }
    });
}

#[test]
fn kill_9_loses_no_record_that_was_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("log");
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, &file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        let mut is_killed = false;
        for line in &mut lines {
            let Ok(line) = line else { break };
            // The name of the test may stand before the first word.
            if let Some((_, name)) = line.split_once("ack ") {
                acknowledged.push(format!("\"name\":\"{name}\""));
                seen += 1;
            }
            if seen > 200 && !is_killed {
                child.kill().unwrap();
                is_killed = true;
            }
        }
        child.wait().unwrap();
        assert!(is_killed, "round {round}: only {seen} records were acknowledged");
        let report = verify(&file, &VerifyOptions::default()).unwrap();
        assert_eq!(report.problems, [], "round {round}");
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let missing: Vec<_> = acknowledged.iter().filter(|name| !text.contains(*name)).collect();
    assert!(missing.is_empty(), "{} of {} are lost: {missing:?}", missing.len(), acknowledged.len());
}

#[test]
fn full_disk_is_an_error_until_there_is_room_and_then_told() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: no small file system: not root");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let disk = place.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no small file system: tmpfs cannot be mounted here");
        return;
    }
    let result = std::panic::catch_unwind(|| {
        let ledger = Ledger::open(Options::new(&disk.join("log"))).unwrap();
        std::fs::write(disk.join("ballast"), vec![0; 30 << 10]).unwrap();
        let entry = || Entry::new("decision").with("text", "x".repeat(1000));
        let refused = (0..100).find_map(|_| ledger.append(entry(), Durability::BeforeReturn).err());
        assert!(refused.unwrap().to_string().contains("cannot be written"));
        assert!(ledger.is_broken() && ledger.health().problem().is_some());
        assert!(ledger.append(entry(), Durability::Soon).is_err(), "nothing goes on unrecorded");
        std::fs::remove_file(disk.join("ballast")).unwrap();
        ledger.append(entry(), Durability::Soon).unwrap();
        assert!(!ledger.is_broken() && ledger.health().problem().is_none());
        drop(ledger);
        assert_eq!(verify(&disk.join("log"), &VerifyOptions::default()).unwrap().problems, []);
    });
    Command::new("umount").arg(&disk).status().unwrap();
    result.unwrap();
}

#[test]
fn copies_that_nobody_takes_are_told_from_the_opening_on() {
    let place = tempfile::tempdir().unwrap();
    let mut options = Options::new(&place.path().join("log"));
    options.copies.syslog = Some(place.path().join("nobody"));
    let log = Ledger::open(options).unwrap();
    assert!(log.health().counters().copies_dropped > 0);
    assert_eq!(log.health().problem(), None);
}
