//! The guide says what the code does.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use control::{Policy, Recorded, client_profiles, profiles};

const GUIDE: &str = include_str!("../../../docs/guide/guard-policy.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let mark = format!("```{language}\n");
    GUIDE.split(mark.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_policy_of_the_guide_is_read_without_a_warning() {
    assert!(blocks("yaml").len() >= 3);
    for text in blocks("yaml") {
        let (_, warnings) = Policy::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(warnings.is_empty(), "{warnings:?}\n{text}");
    }
}

#[test]
fn recorded_requests_of_the_guide_end_as_they_say() {
    let policy = Policy::profile("guarded").unwrap();
    for line in blocks("json").into_iter().flat_map(str::lines) {
        let request: Recorded = serde_json::from_str(line).unwrap();
        let replayed = request.replay(&policy, "2026-11-22".parse().unwrap());
        assert!(replayed.names(request.rule.as_deref().unwrap()), "{}", replayed.explain());
        assert_eq!(Some(replayed.verdict()), request.expect);
    }
}

#[test]
fn the_guide_names_every_profile_and_only_parameters_that_rules_take() {
    for (name, _) in profiles().iter().chain(client_profiles()) {
        assert!(GUIDE.contains(&format!("`{name}`")), "{name}");
    }
    let rows =
        GUIDE.lines().filter(|line| line.starts_with("| `container/") || line.starts_with("| `guard/"));
    let mut count = 0;
    for row in rows {
        count += 1;
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let id = columns[1].trim_matches('`');
        let mut setting = format!("id: {id}, mode: {}", if columns[3] == "yes" { "rewrite" } else { "deny" });
        for parameter in columns[2].split(", ").filter(|text| !text.is_empty()) {
            let (name, kind) = parameter.split_once(' ').unwrap();
            let value = match kind {
                "(text)" => "a",
                "(texts)" => "[a]",
                "(number)" => "2",
                "(size)" => "1m",
                "(paths)" => "[/a]",
                "(map)" => "{a: b}",
                other => panic!("{other}"),
            };
            setting.push_str(&format!(", {}: {value}", name.trim_matches('`')));
        }
        let yaml = format!("version: 1\nprofile: guarded\nrules:\n  - {{{setting}}}\n");
        Policy::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    }
    assert!(count > 30, "{count}");
}
