//! Operating-system packages.

use super::*;

fn deb(package: &str, range: &str) -> Affected {
    row("debian:12", Ecosystem::Deb, package, range)
}

fn rpm(package: &str, range: &str) -> Affected {
    row("rhel:9", Ecosystem::Rpm, package, range)
}

fn apk(package: &str, range: &str) -> Affected {
    row("alpine:3.18", Ecosystem::Apk, package, range)
}

#[test]
fn debian_is_judged_by_source_name_and_source_version() {
    let all = || vec![advisory("CVE-2024-1", vec![deb("openssl", "..3.0.14-1")])];
    // The rebuild's own version is greater than the fix; the source's is not.
    let rebuilt = built_from(package(Ecosystem::Deb, "libssl3", "3.0.14-1+b1"), "openssl", "3.0.13-1");
    let matches = judge(all(), &[rebuilt], Some("debian:12.5"));
    assert_eq!(told(&matches), ["CVE-2024-1 libssl3 fixed"]);
    let vulnerability = &matches.findings[0].vulnerability;
    assert_eq!(vulnerability.matched_name, "openssl");
    assert_eq!(vulnerability.matched_version, "3.0.13-1");
    assert_eq!(vulnerability.matched_range, "< 3.0.14-1");
    assert_eq!(vulnerability.fixed_versions, ["3.0.14-1"]);
    assert_eq!(vulnerability.shard, "debian:12");
    assert_eq!(vulnerability.advisory_source, "test");
    let fixed = built_from(package(Ecosystem::Deb, "libssl3", "3.0.13-1"), "openssl", "3.0.14-1");
    check(all(), fixed, Some("debian:12"), &[]);
    // Another package that has the name of the source as its own.
    let other = built_from(package(Ecosystem::Deb, "openssl", "1.0"), "something", "1.0");
    check(all(), other, Some("debian:12"), &[]);
}

#[test]
fn every_distribution_that_has_a_feed_is_judged() {
    for release in ["almalinux:9", "amzn:2023", "azurelinux:3.0", "mageia:9", "ol:9", "rocky:9", "sles:15.5"]
    {
        let all = vec![advisory("CVE-2024-1", vec![row(release, Ecosystem::Rpm, "x", "..2-1")])];
        check(all, package(Ecosystem::Rpm, "x", "1-1"), Some(release), &["CVE-2024-1 x fixed"]);
    }
}

#[test]
fn binary_rows_do_not_match_source_names() {
    let mut binary = deb("libssl3", "..2");
    binary.is_source = false;
    let all = || vec![advisory("CVE-2024-1", vec![binary.clone()])];
    check(
        all(),
        built_from(package(Ecosystem::Deb, "libssl3", "1"), "openssl", "1"),
        Some("debian:12"),
        &["CVE-2024-1 libssl3 fixed"],
    );
    check(all(), built_from(package(Ecosystem::Deb, "x", "1"), "libssl3", "1"), Some("debian:12"), &[]);
}

#[test]
fn statuses_of_publishers_are_kept() {
    for (status, word) in [
        (Status::WillNotFix, "will-not-fix"),
        (Status::Deferred, "deferred"),
        (Status::EndOfLife, "end-of-life"),
        (Status::UnderInvestigation, "under-investigation"),
        (Status::Affected, "affected"),
    ] {
        let affected = Affected { status, ..deb("x", "") };
        let expected = format!("CVE-2024-1 x {word}");
        let all = vec![advisory("CVE-2024-1", vec![affected])];
        check(all, package(Ecosystem::Deb, "x", "1"), Some("debian:12"), &[&expected]);
    }
}

#[test]
fn never_affected_row_hides_what_others_tell() {
    let nak = apk("busybox", "..0");
    let all = vec![advisory("CVE-2024-1", vec![nak]), advisory("CVE-2024-1", vec![apk("busybox", "..9")])];
    let matches = judge(
        all,
        &[built_from(package(Ecosystem::Apk, "ssl_client", "1"), "busybox", "1")],
        Some("alpine:3.18.4"),
    );
    assert_eq!(told(&matches), [] as [&str; 0]);
    assert_eq!(matches.suppressed[0].1.by, "not-affected");
}

#[test]
fn alpine_is_judged_by_origin() {
    let all = vec![advisory("CVE-2024-1", vec![apk("busybox", "..1.36.1-r5")])];
    let installed = built_from(package(Ecosystem::Apk, "ssl_client", "1.36.1-r4"), "busybox", "");
    check(all, installed, Some("alpine:3.18.4"), &["CVE-2024-1 ssl_client fixed"]);
}

#[test]
fn absent_epoch_of_a_binary_rpm_is_zero() {
    let all = || vec![advisory("CVE-2024-1", vec![rpm("bind", "..32:9.16-1.el9")])];
    check(all(), package(Ecosystem::Rpm, "bind", "9.18-1.el9"), Some("rhel:9.4"), &["CVE-2024-1 bind fixed"]);
    check(all(), package(Ecosystem::Rpm, "bind", "32:9.18-1.el9"), Some("rhel:9.4"), &[]);
}

#[test]
fn epoch_is_not_compared_by_way_of_the_source_rpm() {
    let source = Affected { is_source: true, ..rpm("perl", "..4:5.26.3-420.el8") };
    let all = || vec![advisory("CVE-2024-1", vec![source.clone()])];
    let errno = |source| built_from(package(Ecosystem::Rpm, "perl-Errno", "1.28-421.el8"), "perl", source);
    check(all(), errno("5.26.3-421.el8"), Some("rhel:9.4"), &[]);
    check(all(), errno("5.26.3-419.el8"), Some("rhel:9.4"), &["CVE-2024-1 perl-Errno fixed"]);
}

#[test]
fn row_about_the_source_package_alone_hits_no_sibling() {
    let source = Affected { arches: vec!["src".into()], ..rpm("perl", "..2-1") };
    let all = vec![advisory("CVE-2024-1", vec![source])];
    let mut installed = package(Ecosystem::Rpm, "perl", "1-1");
    check(all.clone(), installed.clone(), Some("rhel:9"), &[]);
    installed.arch = Some("x86_64".into());
    check(all, installed, Some("rhel:9"), &[]);
}

#[test]
fn architectures_are_kept_apart() {
    let all =
        || vec![advisory("CVE-2024-1", vec![Affected { arches: vec!["s390x".into()], ..rpm("x", "..2-1") }])];
    let mut installed = package(Ecosystem::Rpm, "x", "1-1");
    check(all(), installed.clone(), Some("rhel:9"), &["CVE-2024-1 x fixed"]);
    installed.arch = Some("x86_64".into());
    check(all(), installed, Some("rhel:9"), &[]);
}

#[test]
fn module_streams_are_kept_apart() {
    let modular = |stream: &str, fixed: &str| Affected { module: stream.into(), ..rpm("nodejs", fixed) };
    let all = || {
        vec![
            advisory("CVE-2024-18", vec![modular("nodejs:18", "..1:18.9-1.module+el9")]),
            advisory("CVE-2024-20", vec![modular("nodejs:20", "..1:20.9-1.module+el9")]),
            advisory("CVE-2024-0", vec![rpm("nodejs", "..1:30-1")]),
        ]
    };
    let mut installed = package(Ecosystem::Rpm, "nodejs", "1:18.1-1.module+el9");
    installed.module = Some("nodejs:18:9020020230:rhel9".into());
    check(all(), installed.clone(), Some("rhel:9"), &["CVE-2024-18 nodejs fixed"]);
    installed.module = None;
    let matches = judge(all(), &[installed], Some("rhel:9"));
    assert!(matches.gaps.iter().any(|gap| gap.detail.contains("stream is not known")), "{:?}", matches.gaps);
    check(all(), package(Ecosystem::Rpm, "nodejs", "1:16-1"), Some("rhel:9"), &["CVE-2024-0 nodejs fixed"]);
}

fn ubuntu(range: &str, channel: &str) -> Affected {
    Affected { channel: channel.into(), ..row("ubuntu:18.04", Ecosystem::Deb, "curl", range) }
}

#[test]
fn fix_of_a_channel_that_is_not_in_use_cannot_be_had() {
    let only_esm = || vec![advisory("CVE-2024-1", vec![ubuntu("..7.58-2ubuntu3.24+esm1", "esm-infra")])];
    let matches =
        judge(only_esm(), &[package(Ecosystem::Deb, "curl", "7.58-2ubuntu3.24")], Some("ubuntu:18.04"));
    assert_eq!(told(&matches), ["CVE-2024-1 curl affected"]);
    let vulnerability = &matches.findings[0].vulnerability;
    assert_eq!(vulnerability.fixed_versions, [] as [&str; 0]);
    assert!(
        vulnerability.matched_range.contains("support channel esm-infra"),
        "{}",
        vulnerability.matched_range
    );
    // In use by an option, or because the installed version is of the channel.
    let options = MatchOptions { channels: vec!["esm".into()], ..MatchOptions::default() };
    let installed = [package(Ecosystem::Deb, "curl", "7.58-2ubuntu3.24")];
    let matches = judge_with(only_esm(), &installed, Some("ubuntu:18.04"), &options);
    assert_eq!(told(&matches), ["CVE-2024-1 curl fixed"]);
    check(only_esm(), package(Ecosystem::Deb, "curl", "7.58-2ubuntu3.24+esm1"), Some("ubuntu:18.04"), &[]);
}

#[test]
fn plain_row_decides_unless_its_channel_is_in_use() {
    let both =
        || vec![advisory("CVE-2024-1", vec![ubuntu("..7.58-1", ""), ubuntu("..7.58-9+esm1", "esm-infra")])];
    check(both(), package(Ecosystem::Deb, "curl", "7.58-1"), Some("ubuntu:18.04"), &[]);
    let options = MatchOptions { channels: vec!["esm-infra".into()], ..MatchOptions::default() };
    let installed = [package(Ecosystem::Deb, "curl", "7.58-1")];
    let matches = judge_with(both(), &installed, Some("ubuntu:18.04"), &options);
    assert_eq!(told(&matches), ["CVE-2024-1 curl fixed"]);
}

#[test]
fn extended_update_support_has_versions_of_its_own() {
    let eus = Affected { channel: "eus:9.2".into(), ..rpm("x", "..1-5.el9_2") };
    let all = || vec![advisory("CVE-2024-1", vec![eus.clone(), rpm("x", "..1-9.el9_4")])];
    let installed = [package(Ecosystem::Rpm, "x", "1-5.el9_2")];
    assert_eq!(told(&judge(all(), &installed, Some("rhel:9.4"))), ["CVE-2024-1 x fixed"]);
    let mut distribution = Distribution::new("rhel", "9.2");
    distribution.cpe = Some("cpe:/o:redhat:rhel_eus:9.2".into());
    let matches = match_packages(&database(all()), &installed, Some(&distribution), &MatchOptions::default());
    assert_eq!(told(&matches), [] as [&str; 0]);
}

#[test]
fn kernel_headers_are_left_out_reversibly() {
    let all = || vec![advisory("CVE-2024-1", vec![deb("linux", "..6.1.90-1")])];
    let headers = [built_from(package(Ecosystem::Deb, "linux-libc-dev", "6.1.1-1"), "linux", "6.1.1-1")];
    let matches = judge(all(), &headers, Some("debian:12"));
    assert_eq!(told(&matches), [] as [&str; 0]);
    assert_eq!(matches.suppressed[0].1.by, "kernel-headers");
    let options = MatchOptions { judges_kernel_headers: true, ..MatchOptions::default() };
    assert_eq!(
        told(&judge_with(all(), &headers, Some("debian:12"), &options)),
        ["CVE-2024-1 linux-libc-dev fixed"]
    );
}

#[test]
fn derivatives_are_judged_by_a_table_and_never_by_likeness() {
    let all = || vec![advisory("CVE-2024-1", vec![row("ubuntu:22.04", Ecosystem::Deb, "x", "..2")])];
    let installed = || package(Ecosystem::Deb, "x", "1");
    check(all(), installed(), Some("linuxmint:21.3"), &["CVE-2024-1 x fixed"]);
    check(all(), installed(), Some("linuxmint:22"), &[]);
    let mut unknown = Distribution::new("someubuntu", "22.04");
    unknown.like = vec!["ubuntu".into(), "debian".into()];
    let matches = match_packages(&database(all()), &[installed()], Some(&unknown), &MatchOptions::default());
    assert_eq!(told(&matches), [] as [&str; 0]);
    assert_eq!(matches.gaps[0].reason, model::GapReason::NoAdvisories);
    let debian = || vec![advisory("CVE-2024-1", vec![deb("x", "..2")])];
    check(debian(), installed(), Some("raspbian:12"), &["CVE-2024-1 x fixed"]);
    let rhel = vec![advisory("CVE-2024-1", vec![row("rhel:7", Ecosystem::Rpm, "x", "..2")])];
    check(rhel, package(Ecosystem::Rpm, "x", "1"), Some("centos:7"), &["CVE-2024-1 x fixed"]);
}

#[test]
fn unstable_debian_has_no_version() {
    let sid = vec![advisory("CVE-2024-1", vec![row("debian:sid", Ecosystem::Deb, "x", "..2")])];
    check(sid, package(Ecosystem::Deb, "x", "1"), Some("debian:sid"), &["CVE-2024-1 x fixed"]);
    let mut testing = Distribution::new("debian", "");
    testing.codename = Some("trixie/sid".into());
    let all = vec![advisory("CVE-2024-1", vec![row("debian:13", Ecosystem::Deb, "x", "..2")])];
    let installed = [package(Ecosystem::Deb, "x", "1")];
    let matches = match_packages(&database(all), &installed, Some(&testing), &MatchOptions::default());
    assert_eq!(told(&matches), ["CVE-2024-1 x fixed"]);
}

#[test]
fn packages_of_another_vendor_are_judged_and_told() {
    let mut foreign = package(Ecosystem::Deb, "nginx", "1.20-1");
    foreign.vendor = Some("NGINX Packaging <nginx-packaging@f5.com>".into());
    let matches =
        judge(vec![advisory("CVE-2024-1", vec![deb("nginx", "..1.22-1")])], &[foreign], Some("debian:12"));
    assert_eq!(matches.findings.len(), 1);
    assert!(
        matches.gaps.iter().any(|gap| gap.what.starts_with("unknown vendor NGINX")),
        "{:?}",
        matches.gaps
    );
}
