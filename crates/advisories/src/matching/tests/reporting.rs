//! Gaps and coverage.

use super::*;
use model::GapReason;

fn reasons(matches: &Matches) -> Vec<(&str, GapReason)> {
    matches.gaps.iter().map(|gap| (gap.what.as_str(), gap.reason)).collect()
}

#[test]
fn missing_shard_is_a_gap_and_no_clean_result() {
    let matches = judge(vec![], &[package(Ecosystem::Npm, "x", "1.0.0")], None);
    assert_eq!(reasons(&matches), [("npm", GapReason::NoAdvisories)]);
    assert_eq!(matches.coverage[0].origin, "none");
    assert_eq!((matches.coverage[0].advisories, matches.coverage[0].packages), (0, 1));
}

#[test]
fn shard_that_is_a_part_of_all_is_a_gap() {
    let all = [advisory("CVE-2024-1", vec![row("npm", Ecosystem::Npm, "x", "..2.0.0")])];
    let shards = build_shards(all, |_| ShardMeta { date: "2026-01-02".into(), ..ShardMeta::default() })
        .unwrap()
        .shards;
    let packages = [package(Ecosystem::Npm, "y", "1.0.0")];
    let matches =
        match_packages(&embedded(shards.into_iter().collect()), &packages, None, &MatchOptions::default());
    assert_eq!(reasons(&matches), [("npm", GapReason::PartialAdvisories)]);
    assert_eq!(matches.coverage[0].date.as_deref(), Some("2026-01-02"));
    assert_eq!(matches.coverage[0].origin, "embedded");
}

#[test]
fn list_that_is_no_longer_maintained_is_a_gap() {
    let all = [advisory("CVE-2024-1", vec![row("debian:10", Ecosystem::Deb, "x", "..2")])];
    let meta =
        |_: &str| ShardMeta { is_complete: true, end_of_life: "2024-06-30".into(), ..ShardMeta::default() };
    let database = embedded(build_shards(all, meta).unwrap().shards.into_iter().collect());
    let packages = [package(Ecosystem::Deb, "y", "1")];
    let distribution = Distribution::new("debian", "10");
    let mut options = MatchOptions { today: "2026-11-22".into(), ..MatchOptions::default() };
    let matches = match_packages(&database, &packages, Some(&distribution), &options);
    assert_eq!(reasons(&matches), [("debian:10", GapReason::EndOfLife)]);
    options.today = "2024-06-30".into();
    assert_eq!(match_packages(&database, &packages, Some(&distribution), &options).gaps, []);
}

#[test]
fn system_packages_without_a_distribution_are_a_gap() {
    let all = || vec![advisory("CVE-2024-1", vec![row("debian:12", Ecosystem::Deb, "x", "..2")])];
    let packages = [package(Ecosystem::Deb, "x", "1")];
    assert_eq!(reasons(&judge(all(), &packages, None)), [("deb", GapReason::NoAdvisories)]);
    let packages = [package(Ecosystem::Deb, "x", "9"), package(Ecosystem::Rpm, "x", "1")];
    assert_eq!(reasons(&judge(all(), &packages, Some("debian:12"))), [("rpm", GapReason::NoAdvisories)]);
}

#[test]
fn nothing_installed_is_no_gap() {
    assert_eq!(judge(vec![], &[], None), Matches::default());
}

#[test]
fn every_match_tells_package_range_and_shard() {
    let all = vec![Advisory {
        summary: "a summary".into(),
        published: "2024-01-01".into(),
        weaknesses: vec!["CWE-79".into()],
        ratings: vec![Rated {
            source: "nvd".into(),
            severity: Severity::Unknown,
            cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        }],
        ..advisory("CVE-2024-1", vec![row("npm", Ecosystem::Npm, "x", "1.0.0..2.0.0")])
    }];
    let matches = judge(all, &[package(Ecosystem::Npm, "x", "1.5.0")], None);
    let found = &matches.findings[0];
    let vulnerability = &found.vulnerability;
    assert_eq!(found.severity, Severity::Critical);
    assert_eq!(vulnerability.severities[0].cvss.as_ref().unwrap().score_tenths, 98);
    assert_eq!(vulnerability.matched_range, ">= 1.0.0, < 2.0.0");
    assert_eq!(vulnerability.summary, "a summary");
    assert_eq!(vulnerability.weaknesses, ["CWE-79"]);
    assert_eq!(vulnerability.published.as_deref(), Some("2024-01-01"));
    assert_eq!(vulnerability.purl, "pkg:npm/x@1.5.0");
}
