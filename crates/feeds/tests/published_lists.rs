//! Advisories as they are published: what they become, and that they answer.
//!
//! `cargo test -p feeds --test published_lists -- --nocapture` prints sizes and times.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads published lists")]

use advisories::{
    Advisory, Database, DatabaseOptions, MatchOptions, ShardBuilder, ShardMeta, SigningKey, Store, Trust,
    build_shards, match_packages,
};
use feeds::{FeedLimits, Record, import_path};
use model::{Distribution, Ecosystem, FoundBy, LayerPath, Package, SourcePackage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn shared(path: &str) -> Option<PathBuf> {
    let path = testkit::shared_dir()?.join("advisories").join(path);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn import(path: &Path) -> Vec<Advisory> {
    let mut advisories = Vec::new();
    let mut take = |record: Record| {
        if let Record::Advisory(advisory) = record {
            advisories.push(*advisory);
        }
    };
    import_path(path, &FeedLimits::default(), &mut take).unwrap();
    advisories
}

fn build(advisories: Vec<Advisory>) -> BTreeMap<String, Vec<u8>> {
    let meta = |_: &str| ShardMeta { date: "2026-08-01".into(), is_complete: true, ..ShardMeta::default() };
    let built = build_shards(advisories, meta).unwrap();
    assert_eq!(built.problems, [] as [&str; 0]);
    built.shards
}

fn package(ecosystem: Ecosystem, name: &str, version: &str) -> Package {
    Package::new(ecosystem, name, version, FoundBy::PackageManager, &LayerPath::new("x"))
}

/// Bytes of the JSON inside an archive, or of a file.
fn json_bytes(path: &Path) -> u64 {
    if path.extension().is_some_and(|extension| extension == "zip") {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        return (0..archive.len()).map(|index| archive.by_index(index).unwrap().size()).sum();
    }
    std::fs::metadata(path).unwrap().len()
}

#[test]
fn published_lists_become_small_shards_that_answer() {
    let lists = [
        "osv/AlmaLinux/all.zip",
        "osv/Go/all.zip",
        "osv/crates.io/all.zip",
        "osv/PyPI/all.zip",
        "debian/tracker-bookworm.json",
        "alpine-secdb/v3.11/main.json",
    ];
    let (mut all, mut total) = (BTreeMap::new(), (0, 0));
    eprintln!("{:<30} {:>10} {:>10} {:>10} {:>8} {:>8}", "list", "json", "shards", "zstd", "rows", "names");
    for list in lists {
        let Some(path) = shared(list) else { return };
        let json = json_bytes(&path);
        let shards = build(import(&path));
        let (mut bytes, mut rows, mut names) = (0, 0, 0);
        let mut packed = 0;
        for shard in shards.values() {
            let counts = advisories::Shard::from_bytes(shard).unwrap().meta().unwrap().1;
            bytes += shard.len();
            rows += counts.rows;
            names += counts.packages;
            packed += zstd::bulk::compress(shard, 15).unwrap().len();
        }
        eprintln!("{list:<30} {json:>10} {bytes:>10} {packed:>10} {rows:>8} {names:>8}");
        total = (total.0 + json, total.1 + bytes as u64);
        all.extend(shards);
    }
    assert!(total.1 * 6 < total.0, "shards of {} bytes of {} bytes of JSON", total.1, total.0);
    let place = tempfile::tempdir().unwrap();
    let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
    let now = "2026-11-22T05:00:00Z".parse().unwrap();
    Store::new(place.path(), Trust::default()).publish(&all, &key, &now).unwrap();
    let options = DatabaseOptions {
        directories: vec![place.path().to_owned()],
        trust: Trust { keys: vec![key.public()], last_seen: None },
        ..DatabaseOptions::default()
    };
    let start = Instant::now();
    let database = Database::open(&options).unwrap();
    eprintln!("open: {:?} for {} shards", start.elapsed(), database.names().count());

    let mut curl = package(Ecosystem::Deb, "libcurl4", "7.88.1-10+deb12u5");
    curl.source = Some(SourcePackage { name: "curl".into(), version: "7.88.1-10+deb12u5".into() });
    let packages = [
        package(Ecosystem::PyPI, "requests", "2.30.0"),
        package(Ecosystem::Go, "stdlib", "1.20.0"),
        package(Ecosystem::Cargo, "time", "0.1.40"),
        curl,
    ];
    let start = Instant::now();
    let debian = Distribution::new("debian", "12");
    let matches = match_packages(&database, &packages, Some(&debian), &MatchOptions::default());
    eprintln!("match: {:?} for {} findings", start.elapsed(), matches.findings.len());
    let has = |package: usize, id: &str| {
        matches.findings.iter().any(|found| found.package == package && found.vulnerability.id == id)
    };
    assert!(has(0, "CVE-2023-32681"), "the leak of credentials of requests");
    assert!(has(1, "CVE-2023-39325"), "Go's HTTP/2 rapid reset");
    assert!(has(2, "CVE-2020-26235"), "time's segmentation fault");
    assert!(matches.findings.iter().any(|found| found.package == 3), "curl of Debian 12");
}

#[test]
fn published_advisories_come_back_from_a_shard() {
    let Some(path) = shared("osv/crates.io/all.zip") else { return };
    let shards = build(import(&path));
    let once = advisories::Shard::from_bytes(&shards["cargo"]).unwrap().to_advisories().unwrap();
    let (meta, counts) = advisories::Shard::from_bytes(&shards["cargo"]).unwrap().meta().unwrap();
    let mut builder = ShardBuilder::new("cargo", meta);
    for advisory in once {
        builder.add(advisory);
    }
    assert!(builder.finish().unwrap() == shards["cargo"], "another shard came out");
    assert!(counts.advisories > 1_000);
}
