//! What is built into the binary.

use advisories::{Database, DatabaseOptions, MatchOptions, match_packages};
use model::{Distribution, Ecosystem, FoundBy, LayerPath, Package, SourcePackage};

fn database() -> Database {
    Database::open(&DatabaseOptions { embedded: snapshot::SHARDS, ..DatabaseOptions::default() })
        .expect("the build script made whole shards")
}

fn ids(ecosystem: Ecosystem, name: &str, version: &str) -> Vec<String> {
    let path = LayerPath::new("x");
    let mut package = Package::new(ecosystem, name, version, FoundBy::Installed, &path);
    package.source = Some(SourcePackage { name: name.to_owned(), version: version.to_owned() });
    let debian = Distribution::new("debian", "12");
    let matches = match_packages(&database(), &[package], Some(&debian), &MatchOptions::default());
    matches.findings.into_iter().map(|found| found.vulnerability.id).collect()
}

#[track_caller]
fn check(ecosystem: Ecosystem, name: &str, vulnerable: &str, fixed: &str, id: &str) {
    assert!(ids(ecosystem, name, vulnerable).iter().any(|found| found == id), "{name} {vulnerable} has {id}");
    assert!(
        !ids(ecosystem, name, fixed).iter().any(|found| found == id),
        "{name} {fixed} does not have {id}"
    );
}

#[test]
fn the_vulnerabilities_that_matter_most_are_found_up_to_the_fix() {
    check(Ecosystem::Maven, "org.apache.logging.log4j:log4j-core", "2.14.1", "2.15.0", "CVE-2021-44228");
    check(Ecosystem::Maven, "org.apache.logging.log4j:log4j-core", "2.12.1", "2.12.2", "CVE-2021-44228");
    check(Ecosystem::Maven, "org.springframework:spring-beans", "5.3.17", "5.3.18", "CVE-2022-22965");
    check(Ecosystem::Generic, "openssl", "1.0.1f", "1.0.1g", "CVE-2014-0160");
    check(Ecosystem::Generic, "xz", "5.6.1", "5.6.2", "CVE-2024-3094");
    check(Ecosystem::Generic, "openssh", "9.7p1", "9.8p1", "CVE-2024-6387");
    check(Ecosystem::Go, "github.com/opencontainers/runc", "1.1.11", "1.1.12", "CVE-2024-21626");
    check(Ecosystem::Go, "github.com/containerd/containerd", "1.6.0", "1.6.1", "CVE-2022-23648");
    check(Ecosystem::Go, "stdlib", "1.21.2", "1.21.3", "CVE-2023-44487");
    check(Ecosystem::Npm, "lodash", "4.17.11", "4.17.12", "CVE-2019-10744");
    check(Ecosystem::PyPI, "django", "3.2.4", "3.2.5", "CVE-2021-35042");
    check(Ecosystem::Deb, "openssl", "3.0.11-1~deb12u1", "3.0.11-1~deb12u2", "CVE-2023-5363");
}

#[test]
fn at_least_150_advisories_are_written_by_hand() {
    let status = database().status();
    let by_hand = status
        .iter()
        .filter(|shard| !shard.name.starts_with("debian:") && shard.name != "cve" && shard.name != "kev");
    assert!(by_hand.map(|shard| shard.counts.advisories).sum::<u64>() >= 150);
}

#[test]
fn no_shard_claims_to_be_whole_and_each_is_dated() {
    for shard in database().status() {
        assert!(!shard.meta.is_complete && shard.meta.date.len() == 10, "{}", shard.name);
    }
}

#[test]
fn log4shell_is_known_to_be_exploited() {
    let explanation = database().advisory("CVE-2021-44228").unwrap();
    assert_eq!(explanation.known_exploited.unwrap().date_added, "2021-12-10");
}
