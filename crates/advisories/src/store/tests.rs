//! What a store promises, and faults that are put in on purpose.

use super::*;
use crate::{
    Advisory, Affected, Database, DatabaseError, DatabaseOptions, Range, ShardMeta, build_shards, diff,
};
use model::{Ecosystem, Status};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

thread_local! {
    /// Name of the step that fails, how often it is passed before, and the error.
    static FAULT: RefCell<Option<(String, usize, io::ErrorKind)>> = const { RefCell::new(None) };
}

/// Fails where a test asked for it.
pub(super) fn step(name: &str) -> io::Result<()> {
    FAULT.with_borrow_mut(|fault| match fault {
        Some((wanted, 0, kind)) if wanted == name => Err(io::Error::from(*kind)),
        Some((wanted, left, _)) if wanted == name => {
            *left -= 1;
            Ok(())
        }
        _ => Ok(()),
    })
}

fn fail_at(name: &str, kind: io::ErrorKind) {
    FAULT.set(Some((name.to_owned(), 0, kind)));
}

/// Shards `npm` and `pypi` whose content depends on a generation; `bulk` adds advisories.
pub(super) fn shards(generation: u32, bulk: u32) -> BTreeMap<String, Vec<u8>> {
    let affected = |ecosystem: Ecosystem, package: String| Affected {
        shard: ecosystem.purl_type().into(),
        ecosystem,
        package,
        is_source: false,
        status: Status::Fixed,
        ranges: vec![Range { fixed: format!("{generation}.0.0"), ..Range::default() }],
        versions: vec![],
        module: String::new(),
        arches: vec![],
        channel: String::new(),
        rating: None,
    };
    let advisories = (0..=bulk).map(|n| Advisory {
        id: format!("CVE-{:04}-{}", 2000 + generation, n + 1),
        affected: vec![
            affected(Ecosystem::Npm, format!("left-{n}")),
            affected(Ecosystem::PyPI, format!("left-{n}")),
        ],
        ..Advisory::default()
    });
    let meta = |_: &str| ShardMeta {
        date: format!("2026-01-{generation:02}"),
        is_complete: true,
        ..ShardMeta::default()
    };
    build_shards(advisories, meta).unwrap().shards
}

pub(super) fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

pub(super) fn trust(keys: &[&SigningKey]) -> Trust {
    Trust { keys: keys.iter().map(|key| key.public()).collect(), last_seen: None }
}

pub(super) fn open(directory: &Path, keys: &[&SigningKey]) -> Result<Database, DatabaseError> {
    open_with(directory, trust(keys))
}

fn open_with(directory: &Path, trust: Trust) -> Result<Database, DatabaseError> {
    let options =
        DatabaseOptions { directories: vec![directory.to_owned()], trust, ..DatabaseOptions::default() };
    Database::open(&options)
}

/// Ids of all advisories of a shard.
pub(super) fn ids(database: &Database, shard: &str) -> Vec<String> {
    let (open, errors) = database.shards(shard);
    assert!(errors.is_empty(), "{errors:?}");
    open.iter().flat_map(|open| open.shard.to_advisories().unwrap()).map(|advisory| advisory.id).collect()
}

fn shard_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(directory.join("shards")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn published_shards_are_read_back_and_others_stay() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let store = Store::new(place.path(), Trust::default());
    let first = store.publish(&shards(1, 0), &key, &now()).unwrap();
    assert_eq!((first.version, first.changed.len()), (1, 2));
    let only_npm: BTreeMap<_, _> = shards(2, 0).into_iter().filter(|(name, _)| name == "npm").collect();
    assert_eq!(store.publish(&only_npm, &key, &now()).unwrap().changed, ["npm"]);
    let database = open(place.path(), &[&key]).unwrap();
    assert_eq!(ids(&database, "npm"), ["CVE-2002-1"]);
    assert_eq!(ids(&database, "pypi"), ["CVE-2001-1"]);
    let status = database.status();
    assert_eq!(status.len(), 2);
    assert_eq!(
        (status[0].meta.date.as_str(), status[0].counts.packages, status[0].is_used),
        ("2026-01-02", 1, true)
    );
    assert_eq!(store.publish(&only_npm, &key, &now()).unwrap().unchanged, ["npm"]);
}

#[test]
fn directory_without_a_database_is_no_error() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(open(&place.path().join("absent"), &[]).unwrap().names().count(), 0);
    assert_eq!(open(place.path(), &[]).unwrap().names().count(), 0);
}

#[test]
fn reader_keeps_its_shards_while_writers_replace_them() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let store = Store::new(place.path(), Trust::default());
    store.publish(&shards(1, 0), &key, &now()).unwrap();
    let reader = open(place.path(), &[&key]).unwrap();
    for generation in 2..6 {
        store.publish(&shards(generation, 0), &key, &now()).unwrap();
    }
    assert_eq!(ids(&reader, "npm"), ["CVE-2001-1"]);
    assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "npm"), ["CVE-2005-1"]);
    // This generation and the one before; older ones are gone.
    assert_eq!(shard_files(place.path()).len(), 4);
}

#[test]
fn leftovers_of_dead_writers_are_removed_and_do_no_harm() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let store = Store::new(place.path(), Trust::default());
    store.publish(&shards(1, 0), &key, &now()).unwrap();
    let leftovers = [place.path().join(".new-abc"), place.path().join("shards/.new-def")];
    for leftover in &leftovers {
        fs::write(leftover, b"half").unwrap();
    }
    // A lock file without a holder, as kill -9 leaves it.
    fs::write(place.path().join("lock"), b"123").unwrap();
    assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "npm"), ["CVE-2001-1"]);
    store.publish(&shards(2, 0), &key, &now()).unwrap();
    assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "npm"), ["CVE-2002-1"]);
    assert!(leftovers.iter().all(|leftover| !leftover.exists()));
}

#[test]
fn full_disk_and_read_only_directory_leave_the_old_database() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let store = Store::new(place.path(), Trust::default());
    store.publish(&shards(1, 0), &key, &now()).unwrap();
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::ReadOnlyFilesystem] {
        for at in ["locked", "shard", "shard written", "shard named", "previous", "manifest"] {
            fail_at(at, kind);
            let error = store.publish(&shards(2, 0), &key, &now()).unwrap_err();
            FAULT.set(None);
            assert!(error.to_string().contains("the database is unchanged"), "{at}: {error}");
            assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "npm"), ["CVE-2001-1"], "{at}");
            assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "pypi"), ["CVE-2001-1"], "{at}");
        }
    }
    store.publish(&shards(2, 0), &key, &now()).unwrap();
    assert_eq!(ids(&open(place.path(), &[&key]).unwrap(), "npm"), ["CVE-2002-1"]);
}

#[test]
fn changed_manifest_or_shard_is_refused() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let store = Store::new(place.path(), Trust::default());
    store.publish(&shards(1, 0), &key, &now()).unwrap();
    let path = place.path().join("manifest.json");
    let genuine = fs::read_to_string(&path).unwrap();
    fs::write(&path, genuine.replace("2026-01-01", "2026-09-01")).unwrap();
    let error = open(place.path(), &[&key]).unwrap_err();
    assert!(
        matches!(error, DatabaseError::Manifest { source: ManifestError::Signature(_), .. }),
        "{error:?}"
    );
    assert!(store.publish(&shards(2, 0), &key, &now()).is_err());
    fs::write(&path, &genuine).unwrap();

    let shard = &shard_files(place.path())[0];
    let mut bytes = fs::read(shard).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    // A writer with another inode, as an attacker would do it.
    fs::remove_file(shard).unwrap();
    fs::write(shard, &bytes).unwrap();
    let database = open(place.path(), &[&key]).unwrap();
    let names = ["npm", "pypi"];
    let refused: Vec<_> = names.iter().flat_map(|name| database.shards(name).1).collect();
    assert!(matches!(refused[..], [DatabaseError::Tampered { .. }]), "{refused:?}");
    fs::write(shard, &bytes[..last]).unwrap();
    assert!(matches!(open(place.path(), &[&key]), Err(DatabaseError::Tampered { .. })));
}

#[test]
fn manifest_of_an_unknown_key_is_refused() {
    let (place, key, other) = (tempfile::tempdir().unwrap(), key(), key());
    Store::new(place.path(), Trust::default()).publish(&shards(1, 0), &key, &now()).unwrap();
    let error = open(place.path(), &[&other]).unwrap_err();
    assert!(
        matches!(error, DatabaseError::Manifest { source: ManifestError::Untrusted(_), .. }),
        "{error:?}"
    );
}

#[test]
fn database_that_is_replaced_by_an_older_copy_is_refused() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let directory = place.path().join("db");
    let trust =
        Trust { keys: vec![key.public()], last_seen: Some(place.path().join("state/last-seen.json")) };
    let store = Store::new(&directory, trust.clone());
    store.publish(&shards(1, 0), &key, &now()).unwrap();
    let old = fs::read(directory.join("manifest.json")).unwrap();
    store.publish(&shards(2, 0), &key, &now()).unwrap();
    assert!(open_with(&directory, trust.clone()).is_ok());
    fs::write(directory.join("manifest.json"), old).unwrap();
    let error = open_with(&directory, trust).unwrap_err();
    let is_rollback = matches!(
        error,
        DatabaseError::Manifest { source: ManifestError::Rollback { offered: 1, seen: 2, .. }, .. }
    );
    assert!(is_rollback, "{error:?}");
}

#[test]
fn databases_of_one_key_have_versions_of_their_own() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let trust = Trust { keys: vec![key.public()], last_seen: Some(place.path().join("last-seen.json")) };
    let often = Store::new(place.path().join("often"), trust.clone());
    for generation in 1..4 {
        often.publish(&shards(generation, 0), &key, &now()).unwrap();
    }
    let once = Store::new(place.path().join("once"), trust.clone());
    once.publish(&shards(1, 0), &key, &now()).unwrap();
    assert!(open_with(once.directory(), trust.clone()).is_ok());
    assert!(once.publish(&shards(2, 0), &key, &now()).is_ok());
    assert!(open_with(often.directory(), trust).is_ok());
}

#[test]
fn shards_that_are_here_are_not_fetched_again() {
    let (place, publisher, local) = (tempfile::tempdir().unwrap(), key(), key());
    let (there, here) = (place.path().join("there"), place.path().join("here"));
    let publishing = Store::new(&there, Trust::default());
    publishing.publish(&shards(1, 0), &publisher, &now()).unwrap();
    let store = Store::new(&here, trust(&[&publisher]));
    let install = |generation: u32| {
        let manifest = publishing.manifest(&[publisher.public()]).unwrap().unwrap();
        let mut fetched = Vec::new();
        let result = store.install(&manifest, None, &local, &now(), |entry| {
            fetched.push(entry.name.clone());
            Ok(Box::new(io::Cursor::new(shards(generation, 0)[&entry.name].clone())))
        });
        (result, fetched)
    };
    assert_eq!(install(1).1, ["npm", "pypi"]);
    let (result, fetched) = install(1);
    assert_eq!((result.unwrap().changed, fetched), (vec![], vec![]));
    let npm: BTreeMap<_, _> = shards(2, 0).into_iter().filter(|(name, _)| name == "npm").collect();
    publishing.publish(&npm, &publisher, &now()).unwrap();
    assert_eq!(install(2).1, ["npm"]);
    publishing.publish(&shards(3, 0), &publisher, &now()).unwrap();
    assert!(matches!(install(1).0, Err(StoreError::Tampered { .. })));
    assert_eq!(ids(&open(&here, &[&local]).unwrap(), "npm"), ["CVE-2002-1"]);
}

#[test]
fn database_that_should_have_been_updated_is_told_and_used() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    Store::new(place.path(), Trust::default()).valid_days(7).publish(&shards(1, 0), &key, &now()).unwrap();
    let database = open(place.path(), &[&key]).unwrap();
    assert_eq!(database.expired("2026-11-29").count(), 0);
    assert_eq!(database.expired("2026-11-30").count(), 1);
    assert_eq!(ids(&database, "npm").len(), 1);
}

#[test]
fn private_key_is_made_once_and_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("keys/local.key");
    let first = SigningKey::load_or_create(&path).unwrap();
    assert_eq!(SigningKey::load_or_create(&path).unwrap().public(), first.public());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let public = SigningKey::public_path(&path);
    assert_eq!(PublicKey::load(&public).unwrap(), first.public());
    assert_eq!(first.public().to_string().parse::<PublicKey>().unwrap(), first.public());
    assert!(!format!("{first:?}").contains(&fs::read_to_string(&public).unwrap()[8..20]));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(SigningKey::load_or_create(&path), Err(KeyError::Readable(_))));
    assert!("ed25519:AAAA".parse::<PublicKey>().is_err());
}

#[test]
fn whole_shard_of_a_directory_replaces_the_embedded_one() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    let embedded: &'static [u8] = shards(1, 0).remove("npm").unwrap().leak();
    let embedded: &'static [(&str, &[u8])] = vec![("npm", embedded)].leak();
    let open = || {
        let options =
            DatabaseOptions { directories: vec![place.path().to_owned()], embedded, trust: trust(&[&key]) };
        Database::open(&options).unwrap()
    };
    assert_eq!(ids(&open(), "npm"), ["CVE-2001-1"]);
    let store = Store::new(place.path(), Trust::default());
    let part = |_: &str| ShardMeta::default();
    let advisories = crate::Shard::from_bytes(&shards(2, 0)["npm"]).unwrap().to_advisories().unwrap();
    store.publish(&build_shards(advisories, part).unwrap().shards, &key, &now()).unwrap();
    assert_eq!(ids(&open(), "npm"), ["CVE-2002-1", "CVE-2001-1"]);
    store.publish(&shards(3, 0), &key, &now()).unwrap();
    assert_eq!(ids(&open(), "npm"), ["CVE-2003-1"]);
    let used: Vec<bool> =
        open().status().iter().filter(|row| row.name == "npm").map(|row| row.is_used).collect();
    assert_eq!(used, [true, false]);
}

#[test]
fn difference_names_what_came_went_and_changed() {
    let place = tempfile::tempdir().unwrap();
    let key = key();
    let build = |name: &str, shards: BTreeMap<String, Vec<u8>>| {
        let directory = place.path().join(name);
        Store::new(&directory, Trust::default()).publish(&shards, &key, &now()).unwrap();
        open(&directory, &[&key]).unwrap()
    };
    let old = build("old", shards(1, 1));
    let mut advisories = crate::Shard::from_bytes(&shards(1, 1)["npm"]).unwrap().to_advisories().unwrap();
    advisories[0].summary = "new words".into();
    advisories[1].id = "CVE-2026-1".into();
    let new = build("new", build_shards(advisories, |_| ShardMeta::default()).unwrap().shards);
    let differences = diff(&old, &new).unwrap();
    assert_eq!(differences[0].shard, "npm");
    assert_eq!(differences[0].added, ["CVE-2026-1"]);
    assert_eq!(differences[0].removed, ["CVE-2001-2"]);
    assert_eq!(differences[0].changed, ["CVE-2001-1"]);
    assert_eq!((differences[1].shard.as_str(), differences[1].removed.len()), ("pypi", 2));
}

#[test]
fn search_finds_by_name_and_by_id() {
    let (place, key) = (tempfile::tempdir().unwrap(), key());
    Store::new(place.path(), Trust::default()).publish(&shards(1, 3), &key, &now()).unwrap();
    let database = open(place.path(), &[&key]).unwrap();
    let (hits, is_cut) = database.search("LEFT-2").unwrap();
    assert_eq!((hits.len(), is_cut), (2, false));
    assert_eq!(
        (hits[0].shard.as_str(), hits[0].id.as_str(), hits[0].range.as_str()),
        ("npm", "CVE-2001-3", "< 1.0.0")
    );
    assert_eq!(database.search("CVE-2001-1").unwrap().0.len(), 2);
    assert_eq!(database.search("absent").unwrap().0.len(), 0);
    let explanation = database.advisory("CVE-2001-4").unwrap();
    assert_eq!(explanation.advisories.len(), 2);
    assert_eq!(explanation.advisories[0].advisory.affected[0].package, "left-3");
}
