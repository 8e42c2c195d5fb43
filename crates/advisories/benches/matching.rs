//! Opening a database of 40 shards, and matching 1,000 packages.

#![allow(missing_docs, reason = "the macro of criterion makes a public function")]

use advisories::{
    Advisory, Affected, Database, DatabaseOptions, MatchOptions, Range, Rated, ShardMeta, SigningKey, Store,
    Trust, build_shards, match_packages,
};
use criterion::{Criterion, criterion_group, criterion_main};
use model::{Distribution, Ecosystem, FoundBy, LayerPath, Package, Severity, SourcePackage, Status};
use std::hint::black_box;

const SHARDS: u32 = 40;
/// As many rows for each shard as Debian's tracker has for a release.
const PACKAGES: u32 = 3_500;
const ADVISORIES_PER_PACKAGE: u32 = 10;

fn advisories(shard: &str) -> impl Iterator<Item = Advisory> {
    (0..PACKAGES * ADVISORIES_PER_PACKAGE).map(move |n| {
        let package = n % PACKAGES;
        let nth = n / PACKAGES;
        Advisory {
            id: format!("CVE-20{:02}-{}", 10 + nth, 1_000 + n),
            summary: format!(
                "An issue was discovered in package {package} before 1.{nth}: it reads too far, case {n}."
            ),
            references: vec![
                format!("https://security.example/{n}"),
                format!("https://bugs.example/{}", n * 7),
            ],
            ratings: vec![Rated {
                source: "nvd".into(),
                severity: Severity::Unknown,
                cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
            }],
            published: "2024-01-01".into(),
            source: "debian-tracker".into(),
            affected: vec![Affected {
                shard: shard.into(),
                ecosystem: Ecosystem::Deb,
                package: format!("package-{package}"),
                is_source: true,
                status: Status::Fixed,
                ranges: vec![Range { fixed: format!("1.{nth}-1+deb12u{}", package % 9), ..Range::default() }],
                versions: vec![],
                module: String::new(),
                arches: vec![],
                channel: String::new(),
                rating: None,
            }],
            ..Advisory::default()
        }
    })
}

fn packages() -> Vec<Package> {
    let path = LayerPath::new("var/lib/dpkg/status");
    let install = |n: u32| {
        // One package in ten has one vulnerability, as on an image that was built some weeks ago.
        let version = if n.is_multiple_of(10) { "1.8.5-1+deb12u1" } else { "1.12.5-1+deb12u1" };
        let name = format!("libpackage-{n}");
        let mut package = Package::new(Ecosystem::Deb, &name, version, FoundBy::PackageManager, &path);
        package.source = Some(SourcePackage { name: format!("package-{}", n * 3), version: version.into() });
        package.arch = Some("amd64".into());
        package
    };
    (0..1_000).map(install).collect()
}

fn benchmark(criterion: &mut Criterion) {
    let place = tempfile::tempdir().expect("a temporary directory can be made");
    let key =
        SigningKey::generate().ok().and_then(|document| SigningKey::from_pkcs8(&document)).expect("a key");
    let now = "2026-11-22T05:00:00Z".parse().expect("a timestamp");
    let meta = |_: &str| ShardMeta { date: "2026-11-22".into(), is_complete: true, ..ShardMeta::default() };
    let mut shards = std::collections::BTreeMap::new();
    for n in 1..=SHARDS {
        let name = format!("debian:{n}");
        if n == 12 {
            shards.extend(build_shards(advisories(&name), meta).expect("advisories").shards);
        } else {
            shards.extend(build_shards(advisories(&name).take(1_000), meta).expect("advisories").shards);
        }
    }
    Store::new(place.path(), Trust::default()).publish(&shards, &key, &now).expect("a database");
    let options = DatabaseOptions {
        directories: vec![place.path().to_owned()],
        trust: Trust { keys: vec![key.public()], last_seen: None },
        ..DatabaseOptions::default()
    };
    let open = || Database::open(&options).expect("a database");
    criterion.bench_function("open 40 shards", |bencher| bencher.iter(|| black_box(open())));

    let debian = Distribution::new("debian", "12");
    let packages = packages();
    let judge =
        |database: &Database| match_packages(database, &packages, Some(&debian), &MatchOptions::default());
    let database = open();
    let found = judge(&database).findings.len();
    println!("{} packages, {found} findings, shard of {} bytes", packages.len(), shards["debian:12"].len());
    criterion.bench_function("match 1,000 packages", |bencher| bencher.iter(|| black_box(judge(&database))));
    criterion.bench_function("open, verify and match 1,000 packages", |bencher| {
        bencher.iter(|| black_box(judge(&open())));
    });
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
