//! Promise: what was recorded of real actions gives the alerts that are written beside it, and ordinary work gives none.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// For each recording the rules that tell of it.
fn expected(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("name", rest)) => {
                rest.clone_into(&mut name);
                assert!(all.insert(name.clone(), BTreeSet::new()).is_none(), "two are named {name}");
            }
            Some(("told", rule)) => drop(all.get_mut(&name).unwrap().insert(rule.to_owned())),
            _ => {}
        }
    }
    all
}

fn told(recording: &Path) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["watch", "--json", "--quiet", "--rule-matching", "all", "--replay"])
        .arg(recording)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {stderr}", recording.display());
    let lines = String::from_utf8(output.stdout).unwrap();
    let rule = |line: &str| {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        alert["rule"].as_str().unwrap().to_owned()
    };
    lines.lines().map(rule).collect()
}

#[test]
fn recordings_of_real_actions_give_the_alerts_written_beside_them() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings");
    let expected = expected(&std::fs::read_to_string(directory.join("actions.txt")).unwrap());
    assert!(expected.len() >= 50, "{}", expected.len());
    assert!(expected.values().filter(|rules| rules.is_empty()).count() >= 15);
    let (mut wrong, mut bytes) = (Vec::new(), 0);
    for (name, rules) in &expected {
        let recording = directory.join(format!("{name}.jsonl.gz"));
        let size = std::fs::metadata(&recording).unwrap_or_else(|error| panic!("{name}: {error}")).len();
        assert!(size < 20_000, "{name}: {size} bytes");
        bytes += size;
        let told = told(&recording);
        if told != *rules {
            wrong.push(format!("{name}: {told:?} instead of {rules:?}"));
        }
    }
    assert!(bytes < 1_500_000, "{bytes}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
