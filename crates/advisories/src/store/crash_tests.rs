//! `kill -9` at any instant of an update leaves the old or the new database.

use super::tests::{now, shards};
use super::*;
use crate::{Database, DatabaseOptions};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const DIRECTORY: &str = "SEAWALL_TEST_CRASH_DIRECTORY";
const FIRST: &str = "SEAWALL_TEST_CRASH_FIRST";
const GENERATIONS: u32 = 12;
const KILLS: u32 = 240;
const BULK: u32 = 60;

fn store(directory: &Path) -> Store {
    Store::new(directory.join("db"), Trust { keys: vec![], last_seen: Some(directory.join("seen.json")) })
}

/// Shards of a generation, made once by [`prepare`].
fn prepared(directory: &Path, generation: u32) -> BTreeMap<String, Vec<u8>> {
    let read = |name: &str| std::fs::read(directory.join(format!("{generation}-{name}"))).unwrap();
    ["npm", "pypi"].into_iter().map(|name| (name.to_owned(), read(name))).collect()
}

fn prepare(directory: &Path) {
    for generation in 1..=GENERATIONS {
        for (name, bytes) in shards(generation, BULK) {
            std::fs::write(directory.join(format!("{generation}-{name}")), bytes).unwrap();
        }
    }
}

/// The process that is killed: publishes one generation after the other.
#[test]
fn writer_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let key = SigningKey::load_or_create(&directory.join("local.key")).unwrap();
    let all: Vec<_> = (1..=GENERATIONS).map(|generation| prepared(directory, generation)).collect();
    println!("\nbegin");
    for shards in all.iter().cycle().skip(first as usize) {
        store(directory).publish(shards, &key, &now()).unwrap();
    }
}

/// The generation of a database: every shard must be whole and of the same one. `None` before the first.
fn generation(directory: &Path, key: &SigningKey) -> Option<u32> {
    let trust = Trust { keys: vec![key.public()], last_seen: Some(directory.join("seen.json")) };
    let options =
        DatabaseOptions { directories: vec![directory.join("db")], trust, ..DatabaseOptions::default() };
    let database = Database::open(&options).expect("the database opens after a crash");
    let mut generations = BTreeSet::new();
    for name in ["npm", "pypi"] {
        let (open, errors) = database.shards(name);
        assert!(errors.is_empty(), "{errors:?}");
        let shard = open.first()?.shard;
        let advisories = shard.to_advisories().expect("the shard is whole");
        assert_eq!(advisories.len(), BULK as usize + 1);
        for advisory in advisories {
            generations.insert(advisory.id[4..8].parse::<u32>().unwrap() - 2000);
        }
    }
    assert_eq!(generations.len(), 1, "shards of several generations: {generations:?}");
    generations.pop_first()
}

#[test]
fn killed_at_any_instant_the_database_is_the_old_or_the_new_one() {
    let place = tempfile::tempdir().unwrap();
    let key = SigningKey::load_or_create(&place.path().join("local.key")).unwrap();
    prepare(place.path());
    let start = Instant::now();
    for generation in 1..=3 {
        store(place.path()).publish(&prepared(place.path(), generation), &key, &now()).unwrap();
    }
    let three_updates = start.elapsed();
    let (mut seen, mut moved) = (BTreeSet::new(), 0);
    let mut before = generation(place.path(), &key);
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store::crash_tests::writer_that_is_killed", "--exact", "--nocapture"])
            .env(DIRECTORY, place.path())
            .env(FIRST, before.unwrap_or(0).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "begin"), "the writer did not begin");
        // Xorshift: kills spread evenly over about three updates.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let instant = three_updates * (random % 1_000) as u32 / 1_000;
        let start = Instant::now();
        while start.elapsed() < instant {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 10 == 0 {
            // What a writer leaves that died long ago.
            std::fs::create_dir_all(place.path().join("db/shards")).unwrap();
            std::fs::write(place.path().join("db/shards/.new-left"), b"half a shard").unwrap();
            std::fs::write(place.path().join("db/lock"), b"").unwrap();
        }
        let after = generation(place.path(), &key);
        assert!(after.is_some(), "the database is gone");
        moved += u32::from(after != before);
        seen.insert(after);
        before = after;
    }
    // Kills before, inside and after updates.
    assert!(moved > KILLS / 10 && moved < KILLS, "{moved} of {KILLS} kills came after an update");
    assert!(seen.len() > GENERATIONS as usize / 2, "{seen:?}");
    // The next writer goes on as if nothing had happened.
    store(place.path()).publish(&prepared(place.path(), 7), &key, &now()).unwrap();
    assert_eq!(generation(place.path(), &key), Some(7));
    let names = std::fs::read_dir(place.path().join("db/shards")).unwrap();
    assert!(names.flatten().all(|entry| !entry.file_name().to_string_lossy().starts_with(".new-")));
}
