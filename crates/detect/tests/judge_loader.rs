//! Falco's own tests of its loader, as a judge: read from a checkout named by `SEAWALL_FALCO_SOURCES` (with `falco/`
//! below), never stored here. For each test the file of rules, whether it loads, what the messages contain, and what
//! conditions become.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "a test reads the judge's files")]

use detect::Words;
use falco::condition::{DEPTH_MAX_IN_RULES, parse_condition};
use falco::{Limits, Loader};

/// Tests that need Falco's schema, other sources, or a second load, and tests of a deliberate difference.
const LEFT_OUT: &[&str] = &[];

#[test]
fn loads_and_refuses_what_falco_does() {
    let Ok(root) = std::env::var("SEAWALL_FALCO_SOURCES") else {
        println!("skipped: SEAWALL_FALCO_SOURCES is not set");
        return;
    };
    let path = format!("{root}/falco/unit_tests/engine/test_rule_loader.cpp");
    let source = std::fs::read_to_string(path).unwrap();
    let base = between(&source, "s_exception_values_rule_base = R\"END(", ")END\"").unwrap_or_default();
    let (mut checked, mut wrong) = (0, Vec::new());
    for test in source.split("TEST_F(test_falco_engine, ").skip(1) {
        let name = test.split(')').next().unwrap_or_default();
        let Some(rules) = between(test, "R\"END(", ")END\"") else { continue };
        if LEFT_OUT.contains(&name) {
            continue;
        }
        let is_based =
            test.find("s_exception_values_rule_base").is_some_and(|at| Some(at) < test.find("R\"END("));
        let rules = if is_based { format!("{base}{rules}") } else { rules.to_owned() };
        checked += 1;
        let mut loader = Loader::new(&Words, Limits::default());
        let result = loader.load("rules.yaml", &rules);
        let expected = !test.contains("_FALSE(load_rules(");
        if result.successful != expected {
            wrong.push(format!("{name}: {}", result.text()));
            continue;
        }
        for (call, found) in
            [("check_error_message(", &result.errors), ("check_warning_message(", &result.warnings)]
        {
            for (at, _) in test.match_indices(call) {
                let Some(message) = joined_string(test[at + call.len()..].trim_start()) else { continue };
                let statement = test[..at].rsplit(';').next().unwrap_or_default();
                let is_there = found.iter().any(|diagnosis| diagnosis.message.contains(&message));
                if is_there != statement.contains("_TRUE(") {
                    wrong.push(format!("{name}: {message:?}: {}", result.text()));
                }
            }
        }
        for (at, _) in test.match_indices("get_compiled_rule_condition(\"") {
            let rest = &test[at + "get_compiled_rule_condition(\"".len()..];
            let Some((rule, rest)) = rest.split_once("\"),") else { continue };
            let Some(condition) = joined_string(rest.trim_start()) else { continue };
            let found = loader
                .ruleset()
                .rules
                .iter()
                .find(|one| one.name == rule)
                .map(|one| one.condition.to_string());
            let expected =
                parse_condition(&condition, DEPTH_MAX_IN_RULES).map(|condition| condition.to_string());
            if found != expected.ok() {
                wrong.push(format!("{name}: {found:?} instead of {condition}"));
            }
        }
    }
    println!("{checked} tests");
    assert!(checked > 80, "the judge has other words: {checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
}

/// String literals of C in a row.
fn joined_string(text: &str) -> Option<String> {
    let mut joined = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let mut characters = rest.char_indices();
        let end = loop {
            match characters.next()? {
                (index, '"') => break index,
                (_, '\\') => joined.push(characters.next()?.1),
                (_, other) => joined.push(other),
            }
        };
        rest = rest[end + 1..].trim_start();
        match rest.strip_prefix('"') {
            Some(next) => rest = next,
            None => return Some(joined),
        }
    }
}
