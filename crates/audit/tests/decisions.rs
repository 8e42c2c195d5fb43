//! Exceptions, comparison, profiles, docker-bench's forms, and checks of users, on whole audits.
#![allow(clippy::unwrap_used, reason = "tests")]

use audit::{Exceptions, Profile, Settings, Tables, UserChecks, compare};
use facts::{Fact, HostFacts};
use model::{OutcomeState, Report, Target, TargetKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CHECKS: &str = include_str!("../../../fuzz/seeds/audit_texts/checks.yaml");

fn facts(privileged: bool, name: &str) -> HostFacts {
    let mut document: Value = serde_json::from_str(include_str!("../testdata/facts.json")).unwrap();
    let mut inspect: Value = serde_json::from_str(include_str!("../testdata/inspect.json")).unwrap();
    inspect["HostConfig"]["Privileged"] = json!(privileged);
    inspect["Name"] = json!(format!("/{name}"));
    let spec = workload::read_inspect(&serde_json::to_vec(&inspect).unwrap()).unwrap().specs.remove(0);
    let container = document.pointer_mut("/engine/containers/known/0").unwrap();
    container["spec"] = json!({ "known": spec });
    container["name"] = json!(name);
    container["processes"] = json!({"missing": {"reason": "unreadable", "detail": "another machine"}});
    HostFacts::read(&serde_json::to_vec(&document).unwrap()).unwrap()
}

fn report(facts: &HostFacts) -> Report {
    let answers = audit::audit(facts, &Settings::default(), &Tables::built_in(), &[]);
    let target = Target::new(TargetKind::Host, facts.name.clone());
    Report {
        findings: answers.findings,
        gaps: answers.gaps,
        outcomes: answers.outcomes,
        ..Report::new("0", target)
    }
}

fn has(report: &Report, rule: &str) -> bool {
    report.findings.iter().any(|finding| finding.rule == rule)
}

#[track_caller]
fn excepted(scope: &str, expected: bool) {
    let facts = facts(true, "web");
    let mut report = report(&facts);
    let text = format!(
        "[[exception]]\nrule = \"container/privileged\"\nreason = \"tape\"\nowner = \"storage\"\n{scope}\n"
    );
    Exceptions::parse(&text).unwrap().apply(&facts, &mut report);
    assert_eq!(!has(&report, "container/privileged"), expected, "{scope}");
    assert_eq!(report.suppressed.iter().any(|s| s.reason.contains("tape (storage")), expected, "{scope}");
}

#[test]
fn an_exception_takes_out_what_its_scope_holds() {
    excepted("", true);
    excepted("container = \"web\"", true);
    excepted("container = \"w*\"", true);
    excepted("container = \"db\"", false);
    excepted("host = \"node1\"", true);
    excepted("host = \"node2\"", false);
    excepted("image = \"registry.example.com/shop/*\"", true);
    excepted("image = \"*/other:*\"", false);
    excepted("label = \"team\"", true);
    excepted("label = \"team=shop\"", true);
    excepted("label = \"team=other\"", false);
    excepted("object = \"container web\"", true);
    excepted("expires = \"2026-11-22\"", true);
}

#[test]
fn an_expired_exception_comes_back_and_is_told() {
    excepted("expires = \"2026-11-21\"", false);
    let facts = facts(true, "web");
    let mut report = report(&facts);
    let text = "[[exception]]\nrule='5.5'\nreason='r'\nowner='o'\nexpires='2026-01-01'";
    Exceptions::parse(text).unwrap().apply(&facts, &mut report);
    assert!(report.gaps.iter().any(|gap| gap.detail.contains("expired on 2026-01-01")));
}

#[test]
fn an_exception_may_name_an_item_of_the_benchmark() {
    let facts = facts(true, "web");
    let mut report = report(&facts);
    Exceptions::parse("[[exception]]\nrule='5.5'\nreason='r'\nowner='o'").unwrap().apply(&facts, &mut report);
    assert!(!has(&report, "container/privileged"));
    let outcome = report.outcomes.iter().find(|o| o.rule == "container/privileged").unwrap();
    assert!(
        outcome.state == OutcomeState::Failed && outcome.detail.starts_with("excepted: r (o)"),
        "{}",
        outcome.detail
    );
}

#[test]
fn a_comparison_tells_new_repaired_and_what_cannot_be_answered_any_more() {
    let (bad, good) = (report(&facts(true, "web")), report(&facts(false, "web")));
    let rules = |findings: &[model::Finding]| findings.iter().any(|f| f.rule == "container/privileged");
    assert!(rules(&compare(&good, &bad).new) && rules(&compare(&bad, &good).repaired));
    assert!(compare(&bad, &bad).new.is_empty() && compare(&bad, &bad).lasting == bad.findings.len());
    let mut blind = facts(true, "web");
    blind.engine.containers = Fact::missing(model::GapReason::Unreadable, "the engine does not answer");
    let comparison = compare(&bad, &report(&blind));
    assert!(rules(&comparison.unanswered) && !rules(&comparison.repaired));
}

#[test]
fn profiles_hold_what_their_benchmarks_ask() {
    let report = report(&facts(true, "web"));
    for (profile, rule, expected) in [
        ("cis-1", "container/privileged", true),
        ("cis-1", "audit/no-user-namespaces", false),
        ("cis-2", "audit/no-user-namespaces", true),
        ("ig1", "container/privileged", true),
        ("ig1", "audit/swarm-managers", false),
        ("pss-baseline", "container/privileged", true),
        ("pss-baseline", "container/runs-as-root", false),
        ("pss-restricted", "container/runs-as-root", true),
        ("nsa", "container/privileged", true),
        ("nist", "audit/known-vulnerable", true),
        ("nist", "audit/audit-overdue", false),
        ("seawall", "audit/audit-overdue", true),
    ] {
        let profile: Profile = profile.parse().unwrap();
        let outcome = report.outcomes.iter().find(|outcome| outcome.rule == rule).unwrap();
        assert_eq!(profile.holds(outcome), expected, "{profile:?} {rule}");
    }
}

#[test]
fn docker_benchs_forms_hold_every_item_and_no_escape() {
    let report = report(&facts(true, "w\u{1b}[2Jeb\n\"x"));
    let mut text = Vec::new();
    audit::write_docker_bench_text(&report, &|t| t.replace(|c: char| c.is_control(), "?"), &mut text)
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains('\u{1b}') && text.contains("[WARN] 5.5 - "), "{text}");
    let mut bytes = Vec::new();
    audit::write_docker_bench_json(&report, 0, &mut bytes).unwrap();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let ids: usize =
        document["tests"].as_array().unwrap().iter().map(|s| s["results"].as_array().unwrap().len()).sum();
    assert_eq!(ids, audit::BENCHMARK.len());
    assert!(!String::from_utf8(bytes).unwrap().contains('\u{1b}'));
}

#[test]
fn examples_of_checks_are_run_and_wrong_ones_told() {
    assert_eq!(UserChecks::parse(CHECKS).unwrap().run_examples(), []);
    let swapped = CHECKS.replace("good:", "x:").replace("bad:", "good:").replace("x:", "bad:");
    assert_eq!(UserChecks::parse(&swapped).unwrap().run_examples().len(), 4);
    let none = "checks: [{id: a/b, title: t, assert: 'true'}]";
    assert_eq!(UserChecks::parse(none).unwrap().run_examples().len(), 2);
}

#[test]
fn checks_of_users_answer_for_each_object_and_are_unknown_without_facts() {
    let checks = UserChecks::parse(CHECKS).unwrap();
    let mut answers = audit::Audit::default();
    checks.run(&facts(false, "web"), &mut answers);
    let outcome = answers.outcomes.iter().find(|o| o.rule == "site/image-without-team").unwrap();
    assert_eq!((outcome.object.as_str(), outcome.state), ("container web", OutcomeState::Passed));
    let mut answers = audit::Audit::default();
    checks.run(&HostFacts::default(), &mut answers);
    assert!(answers.outcomes.iter().all(|outcome| outcome.state == OutcomeState::Unknown));
    assert_eq!(answers.gaps.len(), answers.outcomes.len());
}

#[test]
fn checks_that_are_wrong_are_refused() {
    for text in [
        "checks: [{id: audit/x, title: t, assert: 'true'}]",
        "checks: [{id: X, title: t, assert: 'true'}]",
        "checks: [{id: a/b, title: t}]",
        "checks: [{id: a/b, title: t, assert: '1 +'}]",
        "checks: [{id: a/b, title: t, assert: 'true', severity: awful}]",
        "checks: [{id: a/b, title: t, assert: 'true'}, {id: a/b, title: t, assert: 'true'}]",
        "checks: [{id: a/b, title: t, tests: {test_items: []}}]",
        "checks: [{id: a/b, title: t, tests: {test_items: [{path: x, compare: {op: regex, value: '('}}]}}]",
        "check: []",
    ] {
        assert!(UserChecks::parse(text).is_err(), "{text}");
    }
}

#[test]
fn damaged_texts_never_panic() {
    let exceptions = include_str!("../../../fuzz/seeds/audit_texts/exceptions.toml");
    for text in [CHECKS, exceptions] {
        for step in 0..400_usize {
            let mut bytes = text.as_bytes().to_vec();
            let at = (step * 7919) % bytes.len();
            if step % 2 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << (step % 7);
            }
            let text = String::from_utf8_lossy(&bytes);
            let _ = Exceptions::parse(&text);
            if let Ok(checks) = UserChecks::parse(&text) {
                let _ = checks.run_examples();
            }
        }
    }
}

#[test]
fn the_page_of_the_baseline_names_every_rule_and_no_other() {
    let page = include_str!("../../../docs/baseline.md");
    let named: BTreeSet<&str> =
        page.split('`').filter(|word| word.starts_with("audit/") || word.starts_with("container/")).collect();
    let rules = audit::rules().iter().map(|rule| rule.id);
    let rules: BTreeSet<&str> = rules.chain(workload::rules().iter().map(|rule| rule.info.id)).collect();
    let missing: Vec<_> = rules.difference(&named).collect();
    let unknown: Vec<_> = named.difference(&rules).filter(|name| !name.contains('…')).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not on the page: {missing:?}; no rules: {unknown:?}");
}
