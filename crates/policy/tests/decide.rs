//! What a policy decides, one key after the other.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use model::{GapReason, KnownExploited, Severity, Suppressed};
use policy::{Action, Circumstances, Decision, Policy, SignatureState, Verdict};
use support::{finding, on, parse, report, vulnerability};

/// Decides about one finding, and shows what came of it: `block vulnerability.block = "high"`.
#[track_caller]
fn check(policy: &str, finding: model::Finding, expected: &str) {
    let verdict = parse(policy).decide(&report(vec![finding]), &on("2026-11-22"));
    assert_eq!(shown(&verdict), expected, "{policy}");
}

fn shown(verdict: &Verdict) -> String {
    let reason = verdict.blocks.iter().chain(&verdict.warnings).next();
    match (reason, verdict.excepted.first()) {
        (Some(reason), _) => format!("{} {}", reason.action, reason.clause),
        (None, Some(excepted)) => format!("excepted {}", excepted.exception.names),
        (None, None) => "allow".to_owned(),
    }
}

#[test]
fn each_kind_has_its_own_table() {
    for (rule, kind) in [
        ("CVE-2024-1", "vulnerability"),
        ("GHSA-1", "vulnerability"),
        ("MAL-2024-1", "malware"),
        ("secrets/aws-key", "secret"),
        ("credentials/private-key", "secret"),
        ("image/secret-in-history", "secret"),
        ("malware/miner", "malware"),
        ("yara/some-rule", "malware"),
        ("webshell/eval", "webshell"),
        ("image/package-file-modified", "integrity"),
        ("image/digest-mismatch", "integrity"),
        ("image/runs-as-root", "configuration"),
        ("licence/denied", "licence"),
    ] {
        let text = format!("[{kind}]\nblock = \"low\"\n");
        check(&text, finding(rule, Severity::Low), &format!("block {kind}.block = \"low\""));
        let text = format!("[{kind}]\nblock = \"never\"\nwarn = \"never\"\n");
        check(&text, finding(rule, Severity::Critical), "allow");
        let text = format!("[{kind}]\nblock = \"critical\"\nwarn = \"any\"\n");
        check(&text, finding(rule, Severity::Negligible), &format!("warn {kind}.warn = \"any\""));
    }
}

#[test]
fn a_severity_that_nobody_rated_counts_as_medium() {
    check(
        "[vulnerability]\nblock = \"medium\"\n",
        vulnerability("CVE-1", Severity::Unknown),
        "block vulnerability.block = \"medium\"",
    );
    check(
        "[vulnerability]\nblock = \"high\"\n",
        vulnerability("CVE-1", Severity::Unknown),
        "warn vulnerability.warn = \"medium\"",
    );
}

#[test]
fn what_nothing_fixes_and_what_is_young_is_milder() {
    let mut found = vulnerability("CVE-1", Severity::Critical);
    check("[vulnerability]\nunfixed = \"warn\"\n", found.clone(), "block vulnerability.block = \"high\"");
    let known = found.vulnerability.as_mut().unwrap();
    known.fixed_versions.clear();
    known.published = Some("2026-11-10T09:00:00Z".to_owned());
    check("[vulnerability]\nunfixed = \"warn\"\n", found.clone(), "warn vulnerability.unfixed = \"warn\"");
    check("[vulnerability]\nunfixed = \"allow\"\n", found.clone(), "allow");
    check("[vulnerability]\nunfixed = \"block\"\n", found.clone(), "block vulnerability.block = \"high\"");
    check("[vulnerability]\nyoung-days = 13\n", found.clone(), "warn vulnerability.young = \"warn\"");
    check("[vulnerability]\nyoung-days = 12\n", found.clone(), "block vulnerability.block = \"high\"");
    // Nothing is excused whose age nobody knows.
    found.vulnerability.as_mut().unwrap().published = None;
    check("[vulnerability]\nyoung-days = 9999\n", found, "block vulnerability.block = \"high\"");
}

#[test]
fn what_is_exploited_or_likely_to_be_is_worse_than_its_severity() {
    let mut found = vulnerability("CVE-1", Severity::Low);
    let known = found.vulnerability.as_mut().unwrap();
    known.fixed_versions.clear();
    known.epss = Some(model::Epss { score: 0.7, percentile: 0.9 });
    let cvss = model::Cvss { vector: String::new(), score_tenths: 98 };
    known.severities = vec![model::VendorSeverity { cvss: Some(cvss), ..Default::default() }];
    check("", found.clone(), "allow");
    check("[vulnerability]\nepss-min = 0.7\n", found.clone(), "block vulnerability.epss = \"block\"");
    check("[vulnerability]\nepss-min = 0.71\n", found.clone(), "allow");
    check(
        "[vulnerability]\nepss-min = 0.7\nepss = \"warn\"\n",
        found.clone(),
        "warn vulnerability.epss = \"warn\"",
    );
    check("[vulnerability]\ncvss-min = 9.8\n", found.clone(), "block vulnerability.cvss = \"block\"");
    check("[vulnerability]\ncvss-min = 9.9\n", found.clone(), "allow");
    found.vulnerability.as_mut().unwrap().known_exploited =
        Some(KnownExploited { date_added: "2026-01-01".to_owned(), ..Default::default() });
    let unfixed = "[vulnerability]\nunfixed = \"allow\"\n";
    check(unfixed, found.clone(), "block vulnerability.known-exploited = \"block\"");
    check(
        &format!("{unfixed}known-exploited = \"warn\"\n"),
        found,
        "warn vulnerability.known-exploited = \"warn\"",
    );
}

#[test]
fn a_rule_that_is_named_is_stronger_than_tables_and_the_most_exact_wins() {
    let rules = "[rules]\n\"image/*\" = \"block\"\n\"image/no-*\" = \"warn\"\n\"image/no-health-check\" = \"allow\"\n";
    check(rules, finding("image/no-health-check", Severity::Critical), "allow");
    check(rules, finding("image/no-user", Severity::Low), "warn rules.\"image/no-*\" = \"warn\"");
    check(rules, finding("image/other", Severity::Low), "block rules.\"image/*\" = \"block\"");
    let aliased = "[rules]\n\"GHSA-alias\" = \"allow\"\n";
    check(aliased, vulnerability("CVE-1", Severity::Critical), "allow");
}

#[test]
fn the_image_table_names_what_people_ask_for() {
    for (key, rule) in [
        ("root-user", "image/runs-as-root"),
        ("end-of-life", "image/end-of-life-distribution"),
        ("not-pinned", "image/not-pinned"),
        ("base-outdated", "image/base-outdated"),
    ] {
        let text = format!("[image]\n{key} = \"block\"\n");
        check(&text, finding(rule, Severity::Low), &format!("block image.{key} = \"block\""));
        let text = format!("[image]\n{key} = \"allow\"\n");
        check(&text, finding(rule, Severity::Critical), "allow");
    }
}

#[test]
fn an_unchecked_signature_is_a_missing_one() {
    let policy = parse("[signature]\nmissing = \"block\"\nkeys = [\"a.pub\"]\n");
    for (state, rule) in [
        (SignatureState::NotChecked, Some("image/unsigned")),
        (SignatureState::Unsigned, Some("image/unsigned")),
        (SignatureState::Unreadable, Some("image/unsigned")),
        (SignatureState::Invalid, Some("image/signature-invalid")),
        (SignatureState::Verified, None),
    ] {
        let circumstances = Circumstances { signature: state, ..on("2026-11-22") };
        let verdict = policy.decide(&report(Vec::new()), &circumstances);
        assert_eq!(verdict.blocks.first().map(|reason| reason.rule.as_str()), rule, "{state:?}");
    }
    // The finding of the scan is not told twice.
    let verdict =
        policy.decide(&report(vec![finding("image/unsigned", Severity::Medium)]), &on("2026-11-22"));
    assert_eq!(verdict.blocks.len(), 1);
    assert_eq!(policy.signature_demand("registry.example/app").unwrap().threshold, 1);
    assert_eq!(parse("").signature_demand("registry.example/app"), None);
}

#[test]
fn only_allowed_registries_and_bases_pass() {
    let policy =
        parse("[image]\nregistries = [\"registry.example\"]\nbases = [\"debian\"]\nother-bases = \"warn\"\n");
    for (image, base, blocks, warnings) in [
        ("registry.example/a/b:1", Some("debian:12"), vec![], vec![]),
        (
            "registry.example.evil/a",
            Some("docker.io/library/debian"),
            vec!["policy/registry-not-allowed"],
            vec![],
        ),
        ("a", Some("alpine"), vec!["policy/registry-not-allowed"], vec!["policy/base-not-allowed"]),
        ("registry.example/a", None, vec![], vec!["policy/base-unknown"]),
    ] {
        let circumstances = Circumstances {
            image: Some(image.to_owned()),
            base: base.map(str::to_owned),
            ..on("2026-11-22")
        };
        let verdict = policy.decide(&report(Vec::new()), &circumstances);
        let rules = |list: &[policy::Reason]| list.iter().map(|r| r.rule.clone()).collect::<Vec<_>>();
        assert_eq!(
            (rules(&verdict.blocks), rules(&verdict.warnings)),
            (strings(&blocks), strings(&warnings)),
            "{image}"
        );
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn a_name_inside_the_image_chooses_no_target() {
    let policy =
        parse("[[target]]\nimages = [\"registry.example/dev/**\"]\nvulnerability.block = \"never\"\n");
    let mut claimed = report(vec![vulnerability("CVE-1", Severity::Critical)]);
    claimed.target.names = vec!["registry.example/dev/app:1".to_owned()];
    claimed.target.kind = model::TargetKind::Archive;
    claimed.target.name = "registry.example/dev/app".to_owned();
    assert_eq!(policy.decide(&claimed, &on("2026-11-22")).decision, Decision::Block);
    let asked = Circumstances { image: Some("registry.example/dev/app:1".to_owned()), ..on("2026-11-22") };
    assert_eq!(policy.decide(&claimed, &asked).decision, Decision::Warn);
    claimed.target.kind = model::TargetKind::Registry;
    assert_eq!(policy.decide(&claimed, &on("2026-11-22")).decision, Decision::Warn);
}

#[test]
fn targets_are_laid_over_key_by_key_and_later_ones_win() {
    let policy = parse(
        "[vulnerability]\nblock = \"low\"\nunfixed = \"allow\"\n\
         [[target]]\nimages = [\"**\"]\nvulnerability.block = \"critical\"\n\
         [[target]]\nimages = [\"app\"]\nvulnerability.block = \"high\"\nrules.\"CVE-9\" = \"warn\"\n",
    );
    let decide = |image: &str, id: &str, severity| {
        let circumstances = Circumstances { image: Some(image.to_owned()), ..on("2026-11-22") };
        shown(&policy.decide(&report(vec![vulnerability(id, severity)]), &circumstances))
    };
    assert_eq!(decide("other", "CVE-1", Severity::High), "warn vulnerability.warn = \"medium\"");
    assert_eq!(decide("app", "CVE-1", Severity::High), "block vulnerability.block = \"high\"");
    assert_eq!(decide("app", "CVE-9", Severity::High), "warn rules.\"CVE-9\" = \"warn\"");
}

#[test]
fn gaps_are_counted_by_reason() {
    let mut scanned = report(Vec::new());
    for (what, reason) in
        [("a", GapReason::LimitReached), ("b", GapReason::LimitReached), ("c", GapReason::NoAdvisories)]
    {
        scanned.gaps.push(model::Gap::new(what, reason, "detail"));
    }
    let verdict = parse("").decide(&scanned, &on("2026-11-22"));
    let counts: Vec<_> = verdict.warnings.iter().map(|reason| (reason.rule.as_str(), reason.count)).collect();
    assert_eq!(counts, [("gap/limit-reached", 2), ("gap/no-advisories", 1)]);
    let verdict =
        parse("[gaps]\nany = \"block\"\nno-advisories = \"allow\"\n").decide(&scanned, &on("2026-11-22"));
    assert_eq!((verdict.blocks.len(), verdict.warnings.len(), verdict.allowed), (1, 0, 1));
    let excepted =
        "[[exception]]\nrule = \"gap/limit-reached\"\npath = \"a\"\nreason = \"r\"\nexpires = \"never\"\n";
    let verdict = parse(&format!("[gaps]\nany = \"block\"\n{excepted}")).decide(&scanned, &on("2026-11-22"));
    assert_eq!((verdict.blocks.len(), verdict.excepted.len()), (2, 1));
}

#[test]
fn what_others_took_out_is_judged_when_their_word_is_not_accepted() {
    let mut scanned = report(Vec::new());
    let finding = vulnerability("CVE-1", Severity::Critical);
    scanned.suppressed.push(Suppressed { finding, by: "ignore-file".to_owned(), reason: "r".to_owned() });
    for (text, decision) in [
        ("", Decision::Pass),
        ("accept-suppressed = [\"ignore-file\"]\n", Decision::Pass),
        ("accept-suppressed = [\"vex\"]\n", Decision::Block),
        ("accept-suppressed = []\n", Decision::Block),
    ] {
        assert_eq!(parse(text).decide(&scanned, &on("2026-11-22")).decision, decision, "{text}");
    }
}

#[test]
fn every_reason_fits_on_one_line_and_the_json_is_stable() {
    let mut found = vulnerability("CVE-1", Severity::Critical);
    found.title = "first\nsecond\u{1b}[31m".to_owned();
    let verdict = parse("").decide(&report(vec![found]), &on("2026-11-22"));
    let line = verdict.blocks[0].to_string();
    assert_eq!(
        line,
        "CVE-1 in left-pad 1.0 at app/left-pad: first second [31m (severity critical; vulnerability.block = \"high\")"
    );
    assert_eq!(verdict.to_string(), "blocked: 1 blocking, 0 warned, 0 excepted, 0 allowed");
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["decision"], "block");
    let reason = json["blocks"][0].as_object().unwrap();
    let keys: Vec<_> = reason.keys().map(String::as_str).collect();
    let mut expected = [
        "action",
        "rule",
        "title",
        "severity",
        "package",
        "path",
        "fingerprint",
        "because",
        "clause",
        "count",
    ];
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(verdict.blocks[0].action, Action::Block);
    let _: Policy = Policy::default();
}
