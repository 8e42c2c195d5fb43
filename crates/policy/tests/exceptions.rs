//! What is let through on somebody's word, and until when.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use model::{Fingerprint, Severity};
use policy::{Circumstances, Decision};
use support::{on, parse, report, vulnerability};

#[track_caller]
fn check(fields: &str, expected: bool) {
    let policy = parse(&format!("[[exception]]\n{fields}\nreason = \"r\"\nexpires = 2026-11-22\n"));
    let circumstances =
        Circumstances { image: Some("registry.example/app:1".to_owned()), ..on("2026-11-22") };
    let verdict = policy.decide(&report(vec![vulnerability("CVE-1", Severity::Critical)]), &circumstances);
    assert_eq!(verdict.excepted.len() == 1, expected, "{fields}");
    assert_eq!(verdict.decision == Decision::Pass, expected, "{fields}");
}

#[test]
fn everything_that_is_given_must_agree() {
    let fingerprint = Fingerprint::of(&["CVE-1"]);
    let by_fingerprint = format!("fingerprint = \"{}\"", fingerprint.as_str());
    for (fields, expected) in [
        ("rule = \"CVE-1\"", true),
        ("rule = \"CVE-2\"", false),
        ("rule = \"CVE-*\"", true),
        ("rule = \"GHSA-alias\"", true),
        ("package = \"left-pad\"", true),
        ("package = \"left-*\"", true),
        ("rule = \"CVE-1\"\npackage = \"right-pad\"", false),
        ("path = \"/app/\"", true),
        ("path = \"app\"", false),
        ("path = \"ap/\"", false),
        ("path = \"app/*\"", true),
        ("path = \"**/left-pad\"", true),
        ("rule = \"CVE-1\"\nimage = \"registry.example/*\"", true),
        ("rule = \"CVE-1\"\nimage = \"registry.example/app:1\"", true),
        ("rule = \"CVE-1\"\nimage = \"registry.example/app:2\"", false),
        ("rule = \"CVE-1\"\nimage = \"app\"", false),
        (by_fingerprint.as_str(), true),
        ("fingerprint = \"0000000000000000\"", false),
    ] {
        check(fields, expected);
    }
}

#[test]
fn an_expired_exception_lets_nothing_through_and_is_told() {
    let text = "[[exception]]\nrule = \"CVE-1\"\nreason = \"until the release\"\nowner = \"team\"\nexpires = \"2026-11-21\"\n\
                [[exception]]\nrule = \"CVE-7\"\nreason = \"r\"\nexpires = 2026-01-01\n";
    let verdict =
        parse(text).decide(&report(vec![vulnerability("CVE-1", Severity::High)]), &on("2026-11-22"));
    assert_eq!(verdict.decision, Decision::Block);
    let lines: Vec<String> = verdict.expired.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "expired, 1 matched: exception for rule CVE-1 (line 2): until the release, team, until 2026-11-21",
            "expired, 0 matched: exception for rule CVE-7 (line 7): r, until 2026-01-01",
        ]
    );
    let verdict =
        parse(text).decide(&report(vec![vulnerability("CVE-1", Severity::High)]), &on("2026-11-21"));
    assert_eq!((verdict.decision, verdict.expired.len()), (Decision::Pass, 1));
}

#[test]
fn an_exception_may_stand_for_what_the_policy_itself_asks() {
    let text = "[image]\nregistries = [\"registry.example\"]\n\
                [[exception]]\nrule = \"policy/registry-not-allowed\"\nimage = \"alpine\"\nreason = \"r\"\nexpires = \"never\"\n";
    for (image, decision) in [("alpine:3", Decision::Pass), ("debian", Decision::Block)] {
        let circumstances = Circumstances { image: Some(image.to_owned()), ..on("2026-11-22") };
        assert_eq!(parse(text).decide(&report(Vec::new()), &circumstances).decision, decision, "{image}");
    }
}
