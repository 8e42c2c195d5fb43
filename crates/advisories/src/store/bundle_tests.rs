//! Bundles carry a database, whole and unchanged, or not at all.

use super::tests::{ids, key, now, open, shards, trust};
use super::*;
use crate::diff;
use std::path::Path;

fn bundle(directory: &Path, key: &SigningKey, names: Option<&[String]>) -> Vec<u8> {
    let mut out = Vec::new();
    export(directory, &trust(&[key]), names, &mut out).unwrap();
    out
}

#[test]
fn bundle_carries_a_database_to_another_machine() {
    let (place, publisher, local) = (tempfile::tempdir().unwrap(), key(), key());
    let (there, here) = (place.path().join("there"), place.path().join("here"));
    Store::new(&there, Trust::default()).publish(&shards(1, 100), &publisher, &now()).unwrap();
    let all = bundle(&there, &publisher, None);
    let store = Store::new(&here, trust(&[&publisher]));
    let opened = Bundle::open(all.as_slice(), &trust(&[&publisher])).unwrap();
    assert_eq!(opened.manifest().manifest().shards.len(), 2);
    assert_eq!(opened.install(&store, &local, &now()).unwrap().changed, ["npm", "pypi"]);
    let database = open(&here, &[&local]).unwrap();
    assert_eq!(ids(&database, "npm").len(), 101);
    assert!(diff(&open(&there, &[&publisher]).unwrap(), &database).unwrap().is_empty());
    // Some shards alone.
    let some = bundle(&there, &publisher, Some(&["pypi".to_owned()]));
    assert!(some.len() < all.len());
    assert_eq!(Bundle::open(some.as_slice(), &trust(&[&publisher])).unwrap().check().unwrap(), ["pypi"]);
    let absent = export(&there, &trust(&[&publisher]), Some(&["x".to_owned()]), &mut Vec::new());
    assert!(matches!(absent, Err(StoreError::NoSuchShard(_))));
}

#[test]
fn bundle_that_is_older_changed_or_cut_is_refused_and_changes_nothing() {
    let (place, publisher, local) = (tempfile::tempdir().unwrap(), key(), key());
    let (there, here) = (place.path().join("there"), place.path().join("here"));
    let publishing = Store::new(&there, Trust::default());
    publishing.publish(&shards(1, 0), &publisher, &now()).unwrap();
    let old = bundle(&there, &publisher, None);
    publishing.publish(&shards(2, 0), &publisher, &now()).unwrap();
    let new = bundle(&there, &publisher, None);
    let store = Store::new(&here, trust(&[&publisher]));
    let install = |bytes: &[u8]| Bundle::open(bytes, &trust(&[&publisher]))?.install(&store, &local, &now());
    install(&new).unwrap();
    let check_unchanged = || assert_eq!(ids(&open(&here, &[&local]).unwrap(), "npm"), ["CVE-2002-1"]);
    let error = install(&old).unwrap_err();
    assert!(
        matches!(error, StoreError::Manifest { source: ManifestError::Rollback { .. }, .. }),
        "{error:?}"
    );
    check_unchanged();
    for at in (0..new.len()).step_by(7) {
        assert!(install(&new[..at]).is_err(), "cut at {at}");
        let mut changed = new.clone();
        changed[at] ^= 0x10;
        // A change that Zstandard does not see (reserved bits) must still give the same shards.
        if install(&changed).is_ok() {
            check_unchanged();
        }
    }
    check_unchanged();
    install(&new).unwrap();
}
