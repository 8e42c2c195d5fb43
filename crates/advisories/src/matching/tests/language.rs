//! Language packages and classified binaries.

use super::*;

fn shard_row(ecosystem: Ecosystem, package: &str, range: &str) -> Affected {
    row(ecosystem.purl_type(), ecosystem, package, range)
}

#[track_caller]
fn check_one(ecosystem: Ecosystem, range: &str, version: &str, is_vulnerable: bool) {
    let all = vec![advisory("CVE-2024-1", vec![shard_row(ecosystem, "x", range)])];
    let matches = judge(all, &[package(ecosystem, "x", version)], None);
    assert_eq!(
        !matches.findings.is_empty(),
        is_vulnerable,
        "{ecosystem} {version} in {range}: {:?}",
        matches.gaps
    );
}

#[test]
fn ranges_are_compared_by_the_order_of_the_ecosystem() {
    for (ecosystem, range, version, is_vulnerable) in [
        (Ecosystem::Npm, "1.0.0..1.10.0", "1.9.0", true),
        (Ecosystem::Npm, "1.0.0..1.10.0", "1.10.0", false),
        (Ecosystem::Npm, "0..2.0.0", "2.0.0-rc.1", true),
        (Ecosystem::PyPI, "..1.0", "1.0.dev1", true),
        (Ecosystem::PyPI, "..1.0", "1.0.post1", false),
        (Ecosystem::Maven, "2.0-beta9..2.15.0", "2.14.1", true),
        (Ecosystem::Maven, "2.0-beta9..2.15.0", "2.0-alpha1", false),
        (Ecosystem::Go, "..1.2.0", "v1.1.9", true),
        (Ecosystem::Go, "..1.2.0", "1.2.0", false),
        (Ecosystem::Cargo, "1.0.0-0..1.4.0", "1.0.0-alpha", true),
        (Ecosystem::Generic, "1.0.1..1.0.1g", "1.0.1f", true),
        (Ecosystem::Generic, "1.0.1..1.0.1g", "1.0.1g", false),
        (Ecosystem::Nuget, "..1.0.0.1", "1.0.0", true),
    ] {
        check_one(ecosystem, range, version, is_vulnerable);
    }
}

#[test]
fn last_affected_version_is_vulnerable() {
    let mut affected = shard_row(Ecosystem::Npm, "x", "1.0.0");
    affected.ranges[0].last_affected = "2.0.0".into();
    let all = || vec![advisory("CVE-2024-1", vec![affected.clone()])];
    check(all(), package(Ecosystem::Npm, "x", "2.0.0"), None, &["CVE-2024-1 x affected"]);
    check(all(), package(Ecosystem::Npm, "x", "2.0.1"), None, &[]);
}

#[test]
fn listed_versions_are_vulnerable_beside_ranges() {
    let mut affected = shard_row(Ecosystem::PyPI, "x", "2.0..3.0");
    affected.versions = vec!["1.0".into(), "odd version".into()];
    let all = || vec![advisory("CVE-2024-1", vec![affected.clone()])];
    check(all(), package(Ecosystem::PyPI, "x", "1.0.0"), None, &["CVE-2024-1 x affected"]);
    check(all(), package(Ecosystem::PyPI, "x", "odd version"), None, &["CVE-2024-1 x affected"]);
    check(all(), package(Ecosystem::PyPI, "x", "1.5"), None, &[]);
}

#[test]
fn names_are_found_in_any_spelling_of_their_ecosystem() {
    let all = vec![advisory("CVE-2024-1", vec![shard_row(Ecosystem::PyPI, "Foo_Bar", "..2")])];
    check(all, package(Ecosystem::PyPI, "foo.bar", "1"), None, &["CVE-2024-1 foo.bar fixed"]);
}

#[test]
fn version_that_cannot_be_compared_is_a_gap_and_no_guess() {
    let all = || vec![advisory("CVE-2024-1", vec![shard_row(Ecosystem::Go, "x", "..1.2.0")])];
    for version in ["(devel)", "", "v0.0.0-20240101000000-0123456789ab+dirty"] {
        let matches = judge(all(), &[package(Ecosystem::Go, "x", version)], None);
        assert_eq!(matches.findings, [], "{version}");
        assert!(matches.gaps.iter().any(|gap| gap.reason == model::GapReason::Unsupported), "{version}");
    }
    // Nobody tells anything of this name, so its version does not matter.
    let matches = judge(all(), &[package(Ecosystem::Go, "y", "(devel)")], None);
    assert_eq!(matches.gaps, []);
    // What is vulnerable in every version is vulnerable in an unknown one.
    let every = vec![advisory("CVE-2024-1", vec![shard_row(Ecosystem::Go, "x", "")])];
    check(every, package(Ecosystem::Go, "x", "(devel)"), None, &["CVE-2024-1 x affected"]);
}

#[test]
fn pseudo_versions_of_dependencies_are_ordered_by_time() {
    check_one(
        Ecosystem::Go,
        "..0.0.0-20220906165146-f3363e06e74c",
        "v0.0.0-20210226172049-e18ecbb05110",
        true,
    );
    check_one(
        Ecosystem::Go,
        "..0.0.0-20220906165146-f3363e06e74c",
        "v0.0.0-20230226172049-e18ecbb05110",
        false,
    );
    check_one(Ecosystem::Go, "..0.7.0", "v0.0.0-20210226172049-e18ecbb05110", true);
}

#[test]
fn files_of_system_packages_are_judged_by_those_alone() {
    let all = || vec![advisory("CVE-2024-1", vec![shard_row(Ecosystem::PyPI, "x", "..2")])];
    let mut owned = package(Ecosystem::PyPI, "x", "1");
    owned.owner = Some("python3-x".into());
    let matches = judge(all(), &[owned.clone()], None);
    assert_eq!(told(&matches), [] as [&str; 0]);
    assert_eq!(matches.suppressed[0].1.by, "package-owner");
    assert!(matches.suppressed[0].1.reason.contains("python3-x"));
    let options = MatchOptions { judges_owned_packages: true, ..MatchOptions::default() };
    assert_eq!(told(&judge_with(all(), &[owned], None, &options)), ["CVE-2024-1 x fixed"]);
}

#[test]
fn owned_package_is_cleared_by_what_its_owner_does_not_have() {
    let nak = row("alpine:3.18", Ecosystem::Apk, "py3-x", "..0");
    let fixed = row("alpine:3.18", Ecosystem::Apk, "py3-x", "..1-r3");
    let all = vec![
        advisory("CVE-2024-1", vec![shard_row(Ecosystem::PyPI, "x", "..2"), nak]),
        advisory("CVE-2024-2", vec![shard_row(Ecosystem::PyPI, "x", "..2"), fixed.clone()]),
        advisory("CVE-2024-3", vec![shard_row(Ecosystem::PyPI, "x", "..2")]),
        advisory(
            "CVE-2024-4",
            vec![
                shard_row(Ecosystem::PyPI, "x", "..2"),
                Affected { ranges: vec![Range { fixed: "9-r0".into(), ..Range::default() }], ..fixed },
            ],
        ),
    ];
    let mut owned = package(Ecosystem::PyPI, "x", "1");
    owned.owner = Some("py3-x".into());
    let packages = [owned, package(Ecosystem::Apk, "py3-x", "1-r3")];
    let options = MatchOptions { judges_owned_packages: true, ..MatchOptions::default() };
    let matches = judge_with(all, &packages, Some("alpine:3.18"), &options);
    assert_eq!(told(&matches), ["CVE-2024-3 x fixed", "CVE-2024-4 x fixed", "CVE-2024-4 py3-x fixed"]);
    assert_eq!(matches.suppressed.len(), 2);
}
