//! Imports every real feed that is at hand, checks facts, and prints figures.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use feeds::{FeedLimits, Imported, Record, import_path};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// The directory of real data, or nothing.
fn shared(part: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SEAWALL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("advisories").join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

struct Read {
    imported: Imported,
    advisories: Vec<advisories::Advisory>,
    exploited: usize,
}

fn read(part: &str) -> Option<Read> {
    let path = shared(part)?;
    let started = Instant::now();
    let (mut all, mut exploited) = (Vec::new(), 0);
    let imported = import_path(&path, &FeedLimits::default(), &mut |record| match record {
        Record::Advisory(advisory) => all.push(*advisory),
        _ => exploited += 1,
    })
    .unwrap();
    eprintln!("{part}: {:?}, {:?}", imported.counts, started.elapsed());
    for problem in imported.problems.iter().take(12) {
        eprintln!("    {problem}");
    }
    let started = Instant::now();
    let copies = all.clone();
    let built = advisories::build_shards(copies, |_| advisories::ShardMeta::default()).unwrap();
    let sizes: BTreeMap<&str, usize> =
        built.shards.iter().map(|(name, bytes)| (name.as_str(), bytes.len())).collect();
    eprintln!("    shards {sizes:?} in {:?}, {} not stored", started.elapsed(), built.problems.len());
    assert!(built.problems.is_empty(), "{:?}", &built.problems[..built.problems.len().min(5)]);
    Some(Read { imported, advisories: all, exploited })
}

impl Read {
    #[track_caller]
    fn row(&self, id: &str, package: &str) -> &advisories::Affected {
        self.advisories
            .iter()
            .filter(|advisory| advisory.id == id)
            .flat_map(|advisory| &advisory.affected)
            .find(|affected| affected.package == package)
            .unwrap_or_else(|| panic!("{id} {package}"))
    }
}

#[test]
fn almalinux_is_read_whole() {
    let Some(read) = read("osv/AlmaLinux/all.zip") else { return };
    let counts = &read.imported.counts;
    // 4,437 ALSA (9 of them without CVE ids) and the 3 bug-fix advisories that name CVE ids.
    assert_eq!((counts.records, counts.not_security), (5_637, 976 + 221));
    assert_eq!(counts.advisories, 4_440);
    let podman = read.row("ALSA-2024:2193", "podman");
    assert_eq!((podman.shard.as_str(), podman.ranges[0].fixed.as_str()), ("almalinux:9", "2:4.9.4-0.1.el9"));
    let advisory = read.advisories.iter().find(|advisory| advisory.id == "ALSA-2024:2193").unwrap();
    assert_eq!(advisory.vulnerabilities, ["CVE-2023-39326", "CVE-2023-45287"]);
    assert_eq!(advisory.ratings[0].severity, model::Severity::Medium);
    // Only seven advisories about modules do not say which stream they are about.
    let unknown: std::collections::BTreeSet<&str> = read
        .advisories
        .iter()
        .filter(|advisory| advisory.affected.iter().any(|affected| affected.module == "*"))
        .map(|advisory| advisory.id.as_str())
        .collect();
    assert_eq!(unknown.len(), 7, "{unknown:?}");
}

#[test]
fn go_is_read_whole() {
    let Some(read) = read("osv/Go/all.zip") else { return };
    let counts = &read.imported.counts;
    assert_eq!((counts.records, counts.withdrawn, read.imported.problem_count()), (4_291, 17, 0));
    let gin = read.row("GO-2020-0001", "github.com/gin-gonic/gin");
    assert_eq!((gin.shard.as_str(), gin.ranges[0].fixed.as_str()), ("golang", "1.6.0"));
    // The module system knows no fixed version, the custom range does.
    assert_eq!(read.row("GO-2024-2428", "k8s.io/ingress-nginx").ranges[0].fixed, "1.9.0");
}

#[test]
fn pypi_is_read_whole() {
    let Some(read) = read("osv/PyPI/all.zip") else { return };
    let counts = &read.imported.counts;
    assert_eq!((counts.records, counts.git_ranges, counts.withdrawn), (2_661, 1_391, 10));
    let qutebrowser = read.row("PYSEC-2021-382", "qutebrowser");
    assert_eq!(qutebrowser.ranges.len(), 2);
    assert_eq!(
        (qutebrowser.ranges[1].introduced.as_str(), qutebrowser.ranges[1].fixed.as_str()),
        ("2.0.0", "2.4.0")
    );
    // Listed versions that a range holds are not kept twice; 1.8.0 and later are in neither list.
    assert!(qutebrowser.versions.is_empty(), "{:?}", qutebrowser.versions);
}

#[test]
fn crates_are_read_whole() {
    let Some(read) = read("osv/crates.io/all.zip") else { return };
    let counts = &read.imported.counts;
    assert_eq!((counts.records, counts.withdrawn), (1_206, 13));
    assert!(counts.malicious > 10);
    let openssl = read.row("RUSTSEC-2016-0001", "openssl");
    assert_eq!((openssl.ranges[0].introduced.as_str(), openssl.ranges[0].fixed.as_str()), ("", "0.9.0"));
    let malicious = read.advisories.iter().find(|advisory| advisory.id == "RUSTSEC-2023-0100").unwrap();
    assert_eq!(malicious.ratings[0].severity, model::Severity::Critical);
}

#[test]
fn debian_is_read_whole() {
    let Some(tracker) = read("debian/tracker-bookworm.json") else { return };
    let row = tracker.row("CVE-2023-31102", "7zip");
    assert_eq!(
        (row.shard.as_str(), row.ranges[0].fixed.as_str()),
        ("debian:12", "22.01+really25.01+dfsg-0+deb12u1")
    );
    assert!(row.is_source && tracker.imported.problem_count() == 0);
    let Some(list) = read("debian/DSA.list") else { return };
    assert_eq!(list.imported.counts.records, 5_406);
    assert_eq!(list.row("DSA-5380-1", "xorg-server").ranges[0].fixed, "2:1.20.11-1+deb11u6");
    let Some(list) = read("debian/DLA.list") else { return };
    assert_eq!(list.imported.counts.records, 3_534);
}

#[test]
fn alpine_is_read_whole() {
    let Some(read) = read("alpine-secdb") else { return };
    let shards: std::collections::BTreeSet<&str> =
        read.advisories.iter().map(|advisory| advisory.affected[0].shard.as_str()).collect();
    assert_eq!(
        shards.into_iter().collect::<Vec<_>>(),
        ["alpine:3.10", "alpine:3.11", "alpine:3.7", "alpine:3.8", "alpine:3.9"]
    );
    let ansible = read
        .advisories
        .iter()
        .find(|advisory| advisory.id == "CVE-2019-14904" && advisory.affected[0].shard == "alpine:3.11")
        .unwrap();
    assert_eq!(ansible.affected[0].ranges[0].fixed, "2.9.3-r0");
}

#[test]
fn rubysec_is_read_whole() {
    let Some(read) = read("rubysec/ruby-advisory-db.tar.gz") else { return };
    let counts = &read.imported.counts;
    // Two advisories contradict themselves: what they do not call patched they call unaffected.
    assert_eq!((counts.records, counts.advisories, read.imported.problem_count()), (1_381, 1_379, 2));
    let actionpack = read.row("CVE-2020-8164", "actionpack");
    assert_eq!(actionpack.ranges[0].introduced, "4.0.0");
}

#[test]
fn known_exploited_are_read_whole() {
    let Some(read) = read("kev/known_exploited_vulnerabilities.json") else { return };
    assert_eq!((read.exploited, read.imported.problem_count()), (1_404, 0));
}
