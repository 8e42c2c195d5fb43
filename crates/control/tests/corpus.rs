//! Recorded requests: each hostile one is refused by the rule that is meant to see it, each honest sister passes.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use control::{Client, Date, Policy, Recorded, Verdict};
use std::collections::{BTreeMap, BTreeSet};

fn today() -> Date {
    "2026-11-22".parse().unwrap()
}

fn recorded(text: &str) -> Vec<Recorded> {
    // Blanks before a body that would be read to its end: more than a call may have.
    let text = text.replace("@BLANKS@", &" ".repeat(1 << 20));
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("//"))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[track_caller]
fn check(policy: &Policy, requests: &[Recorded]) {
    let mut wrong = Vec::new();
    for request in requests {
        let replayed = request.replay(policy, today());
        let expected = request.expect.unwrap_or(Verdict::Allow);
        let is_rule = request.rule.as_deref().is_none_or(|rule| replayed.names(rule));
        if replayed.verdict() != expected || !is_rule {
            wrong.push(format!(
                "{}: expected {} by {:?}, got\n{}  body: {:?}",
                request.id,
                expected.as_str(),
                request.rule,
                replayed.explain(),
                request.body.as_ref().map(|body| body.to_string().chars().take(300).collect::<String>())
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), requests.len(), wrong.join("\n"));
}

#[test]
fn every_known_bypass_is_refused_and_its_honest_sister_passes() {
    let requests = recorded(include_str!("corpus/bypasses.jsonl"));
    check(&Policy::profile("guarded").unwrap(), &requests);
    let ids = |honest: bool| -> BTreeSet<String> {
        let of = requests.iter().filter(|request| request.id.ends_with('+') == honest);
        of.map(|request| request.id.trim_end_matches('+').to_owned()).collect()
    };
    assert_eq!(ids(true), ids(false), "each id has both");
    assert!(ids(false).len() >= 40, "{}", ids(false).len());
}

#[test]
fn every_rule_sees_what_it_is_for() {
    check(&Policy::profile("guarded").unwrap(), &recorded(include_str!("corpus/rules.jsonl")));
}

#[test]
fn observing_policies_refuse_nothing_but_what_is_no_call() {
    for (name, most) in [("observe", Verdict::Allow), ("warn", Verdict::Warn)] {
        let policy = Policy::profile(name).unwrap();
        for request in recorded(include_str!("corpus/rules.jsonl")) {
            let replayed = request.replay(&policy, today());
            if matches!(replayed, control::Replayed::Decided(_)) {
                assert!(replayed.verdict() <= most, "{name} {}: {}", request.id, replayed.explain());
            }
        }
    }
}

#[test]
fn what_is_sent_is_judged_the_same_again() {
    let policy = Policy::profile("guarded").unwrap();
    for request in recorded(include_str!("corpus/bypasses.jsonl")) {
        let control::Replayed::Decided(decision) = request.replay(&policy, today()) else { continue };
        if decision.verdict == Verdict::Deny || decision.call.body().is_none() {
            continue;
        }
        let again = Recorded {
            target: decision.call.target(),
            body: Some(serde_json::Value::String(String::from_utf8(decision.call.body_bytes()).unwrap())),
            ..request
        };
        let control::Replayed::Decided(second) = again.replay(&policy, today()) else {
            panic!("{}", again.id)
        };
        assert_eq!(second.call.body_bytes(), decision.call.body_bytes(), "{}", again.id);
        assert!(second.verdict <= decision.verdict, "{}\n{}", again.id, control::explain(&second));
    }
}

#[test]
fn client_profiles_let_their_clients_through_and_nothing_hostile() {
    let texts: BTreeMap<&str, &str> = [
        ("act", include_str!("clients/act.jsonl")),
        ("compose", include_str!("clients/compose.jsonl")),
        ("github-runner", include_str!("clients/github-runner.jsonl")),
        ("gitlab-runner", include_str!("clients/gitlab-runner.jsonl")),
        ("monitoring", include_str!("clients/monitoring.jsonl")),
        ("portainer", include_str!("clients/portainer.jsonl")),
        ("testcontainers", include_str!("clients/testcontainers.jsonl")),
        ("traefik", include_str!("clients/traefik.jsonl")),
        ("watchtower", include_str!("clients/watchtower.jsonl")),
    ]
    .into();
    let hostile = recorded(include_str!("clients/hostile.jsonl"));
    for (name, _) in control::client_profiles() {
        let yaml = format!(
            "version: 1\nprofile: guarded\nclients:\n  - {{name: {name}, match: {{uid: 1000}}, profile: {name}}}\n"
        );
        let policy = Policy::parse(&yaml).unwrap().0;
        let as_client = |requests: &[Recorded]| -> Vec<Recorded> {
            let client = Client { uid: Some(1000), ..Client::default() };
            requests
                .iter()
                .map(|request| Recorded {
                    client: client.clone(),
                    id: format!("{name} {}", request.id),
                    ..request.clone()
                })
                .collect()
        };
        let own = recorded(texts.get(name).unwrap_or_else(|| panic!("{name} has no recorded calls")));
        assert!(own.iter().filter(|request| request.expect != Some(Verdict::Deny)).count() >= 4, "{name}");
        check(&policy, &as_client(&own));
        check(&policy, &as_client(&hostile));
    }
}
