//! The seeds of the fuzz target are whole databases: a broken one would teach the fuzzer nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that reads the seeds")]

use rpmdb::Kind;

#[test]
fn seeds_are_databases_without_problems() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/rpmdb");
    let seeds_and_kinds = [
        ("sqlite", Kind::Sqlite),
        ("ndb", Kind::Ndb),
        ("bdb_little", Kind::BerkeleyHash),
        ("bdb_big", Kind::BerkeleyHash),
    ];
    for (seed, kind) in seeds_and_kinds {
        let bytes = std::fs::read(seeds.join(seed)).unwrap();
        let mut files = 0;
        let summary = rpmdb::read(&bytes, &mut |header| files += header.files().unwrap().count());
        assert_eq!((summary.kind, summary.problems), (Some(kind), vec![]), "{seed}");
        assert!(summary.packages > 0 && files > 0, "{seed}");
    }
}
