//! Compares the answers of the exact mode with those of gitleaks on the same texts.
//!
//! `cargo run --release -p secrets --example compare_gitleaks -- RULES ANSWERS`, where ANSWERS is a JSON list of
//! `{"Path", "Text", "Answers": [{"Rule", "Secret", "Line"}]}` that a program linked with gitleaks has written: its
//! rule generators call `utils.Validate` with every fixture, and `detect.Detect` with the default rules answers.
#![allow(clippy::disallowed_methods, reason = "a tool that reads files")]

use content::{Budget, Detector, FileClass, FileView};
use model::LayerPath;
use secrets::{Options, Precision, RuleSet, Secrets};
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rules = std::fs::read_to_string(&arguments[0]).expect("the rules can be read");
    let answers = std::fs::read_to_string(&arguments[1]).expect("the answers can be read");
    let cases: Vec<serde_json::Value> = serde_json::from_str(&answers).expect("a list of answers");
    for precision in [Precision::GitleaksExact, Precision::Image] {
        let (set, problems) = RuleSet::parse_gitleaks("g", &rules, &|_| None).expect("rules");
        assert!(problems.is_empty(), "{problems:?}");
        let secrets = Secrets::new(vec![set], Options { precision, ..Options::default() });
        let (mut same, mut missing, mut more) = (0, 0, 0);
        for case in &cases {
            let text = case["Text"].as_str().unwrap_or_default();
            let path = LayerPath::new(case["Path"].as_str().unwrap_or_default());
            let view = FileView {
                path: &path,
                nested: &[],
                class: FileClass::Text,
                size: text.len() as u64,
                mode: 0,
                uid: 0,
                package: None,
                is_verified: false,
            };
            let mut hits = Vec::new();
            let budget = Budget::new(Duration::from_secs(10));
            secrets.examine(&view, text.as_bytes(), &budget, &mut hits).expect("within the budget");
            let mut ours: Vec<(String, String, u64)> = Vec::new();
            for hit in &hits {
                let rule = hit.rule.trim_start_matches("secrets/g/").to_owned();
                ours.push((rule, hit.clear.concat(), u64::from(hit.line.unwrap_or(1) - 1)));
            }
            let mut theirs: Vec<(String, String, u64)> = Vec::new();
            for answer in case["Answers"].as_array().into_iter().flatten() {
                let of = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
                theirs.push((of("Rule"), of("Secret"), answer["Line"].as_u64().unwrap_or(0)));
            }
            ours.sort();
            theirs.sort();
            if ours == theirs {
                same += 1;
                continue;
            }
            let lost: Vec<_> = theirs.iter().filter(|one| !ours.contains(one)).collect();
            let extra: Vec<_> = ours.iter().filter(|one| !theirs.contains(one)).collect();
            missing += lost.len();
            more += extra.len();
            if precision == Precision::GitleaksExact {
                println!("{path} {text:?}\n  missing {lost:?}\n  more {extra:?}");
            }
        }
        println!(
            "{precision:?}: {same} of {} texts with the same answers, {missing} missing, {more} more",
            cases.len()
        );
    }
}
