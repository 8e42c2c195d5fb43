//! The cases of kube-bench's own tests (`check/test_test.go`), where a copy is at hand: what it says of an output, this
//! crate says too. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads a copy of other people's files")]

mod judges;

use judges::{Tally, checkout};
use kubernetes::{
    BenchCheck, BenchFacts, BenchFile, BenchGroup, BenchTests, Names, NodeFile, NodeProcess, TestItem,
    evaluate, parse_bench,
};
use model::OutcomeState;
use std::collections::BTreeMap;

const PROGRAM: &str = "component";

/// One case: its fields by name; fields without one are `0` and `1`.
type Case = BTreeMap<String, String>;

#[test]
fn the_cases_of_kube_bench_are_answered_alike() {
    let Some(copy) = checkout("aquasecurity+kube-bench", "SEAWALL_KUBE_BENCH", "check") else { return };
    let source = std::fs::read_to_string(copy.path().join("check/test_test.go")).unwrap();
    let data = std::fs::read_to_string(copy.path().join("check/data")).unwrap();
    let file = parse_bench(&data).unwrap();
    let mut tally = Tally::default();
    for (function, expected) in [("TestTestExecute", true), ("TestTestExecuteExceptions", false)] {
        for case in cases(&source, function) {
            let text = |name: &str| case.get(name).map(String::as_str).unwrap_or_default();
            let check = case.get("check").or(case.get("0")).unwrap();
            let numbers: Vec<usize> = check.split(['[', ']']).filter_map(|part| part.parse().ok()).collect();
            let check = &file.groups[numbers[0]].checks[numbers[1]];
            let (output, config) = if expected { (text("str"), text("strConfig")) } else { ("", text("1")) };
            let holds = holds(check, output, config, text("strEnv"));
            tally.add(&format!("{function} {}: {}", check.id, check.text), holds == expected, || {
                format!("{output:?} {config:?}: {holds}")
            });
        }
    }
    for case in cases(&source, "TestCompareOp") {
        let text = |name: &str| case.get(name).map(String::as_str).unwrap_or_default();
        // Without operator or value there is nothing that the function is asked for in a check.
        if text("op").is_empty() || text("flagVal").is_empty() {
            continue;
        }
        let item = TestItem {
            path: "{.x}".to_owned(),
            set: true,
            operator: text("op").to_owned(),
            value: text("compareValue").to_owned(),
            ..TestItem::default()
        };
        let check = BenchCheck {
            tests: Some(BenchTests { operator: String::new(), items: vec![item] }),
            ..BenchCheck::default()
        };
        let config = serde_json::json!({ "x": text("flagVal") }).to_string();
        let holds = holds(&check, "", &config, "");
        tally.add(text("label"), holds.to_string() == text("testResult"), || format!("{case:?}"));
    }
    tally.report("kube-bench", 100.0, &[]);
}

/// Whether a check holds when its commands print this.
fn holds(check: &BenchCheck, output: &str, config: &str, environment: &str) -> bool {
    let check = BenchCheck {
        audit: "cat /output".to_owned(),
        audit_config: "cat /config".to_owned(),
        audit_env: format!("cat /proc/$(ps -C {PROGRAM} -o pid=)/environ"),
        kind: String::new(),
        ..check.clone()
    };
    let file = BenchFile {
        groups: vec![BenchGroup { checks: vec![check], ..BenchGroup::default() }],
        ..BenchFile::default()
    };
    let text = |text: &str| Some(NodeFile { text: Some(text.to_owned()), ..NodeFile::default() });
    let facts = BenchFacts {
        files: [("/output".to_owned(), text(output)), ("/config".to_owned(), text(config))].into(),
        processes: vec![NodeProcess {
            arguments: vec![PROGRAM.to_owned()],
            environment: environment.lines().map(str::to_owned).collect(),
        }],
        ..BenchFacts::default()
    };
    evaluate(&file, &Names::default(), &facts).checks[0].state == OutcomeState::Passed
}

/// The literals of a table of Go.
fn cases(source: &str, function: &str) -> Vec<Case> {
    let start = source.find(&format!("func {function}(")).unwrap();
    let body = &source[start..];
    let body = &body[..body.find("for _, c := range").unwrap()];
    let body = &body[body.find("}{").unwrap() + 2..];
    let value = r#"controls\.Groups\[\d+\]\.Checks\[\d+\]|"(?:[^"\\]|\\.)*"|`[^`]*`|true|false"#;
    let field = regex::Regex::new(&format!(r"(?s)^\s*(?:(\w+):\s*)?({value})\s*,?")).unwrap();
    let comment = regex::Regex::new(r"(?m)^\s*//.*$").unwrap();
    let body = comment.replace_all(body, "");
    let mut rest = body.as_ref();
    let mut cases = Vec::new();
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        let mut case = Case::new();
        while let Some(found) = field.captures(rest) {
            let name = found.get(1).map_or(case.len().to_string(), |name| name.as_str().to_owned());
            let text = &found[2];
            let text = if text.starts_with('"') {
                serde_json::from_str(text).unwrap()
            } else {
                text.trim_matches('`').to_owned()
            };
            case.insert(name, text);
            rest = &rest[found.get(0).unwrap().end()..];
        }
        if !case.is_empty() {
            cases.push(case);
        }
    }
    assert!(!cases.is_empty(), "{function}");
    cases
}
