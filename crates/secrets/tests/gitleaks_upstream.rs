//! gitleaks' own rule file, when it is at hand.
#![allow(clippy::disallowed_methods, reason = "a test that reads shared data")]

use content::{Budget, Detector, FileClass, FileView};
use model::LayerPath;
use secrets::{Options, Precision, RuleSet, Secrets};
use std::path::PathBuf;
use std::time::Duration;

/// The text of a file of the shared data, or nothing, which is told.
fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("SEAWALL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(path)).ok();
    if text.is_none() {
        eprintln!("skipped: {path} of the shared data is absent");
    }
    text
}

#[test]
fn all_222_rules_and_306_expressions_of_gitleaks_are_understood() {
    let Some(text) = shared("rules/gitleaks/gitleaks.toml") else { return };
    let (set, problems) = RuleSet::parse_gitleaks("gitleaks", &text, &|_| None).unwrap();
    assert_eq!(problems, []);
    assert_eq!((set.len(), set.expression_count()), (222, 306));
}

#[test]
fn the_global_path_list_hides_interpreters_only_in_the_exact_mode() {
    let Some(text) = shared("rules/gitleaks/gitleaks.toml") else { return };
    let token = format!("token = \"ghp_{}\"\n", "q8Zk3VxWm2LtY7RbN5cJq8Zk3VxWm2aB9dE4");
    for (precision, expected) in [(Precision::Image, 1), (Precision::GitleaksExact, 0)] {
        let (set, _) = RuleSet::parse_gitleaks("gitleaks", &text, &|_| None).unwrap();
        let secrets = Secrets::new(vec![set], Options { precision, ..Options::default() });
        let path = LayerPath::new("usr/lib/python3.11/site.py");
        let file = FileView {
            path: &path,
            nested: &[],
            class: FileClass::Script,
            size: token.len() as u64,
            mode: 0,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let mut hits = Vec::new();
        secrets.examine(&file, token.as_bytes(), &Budget::new(Duration::from_secs(5)), &mut hits).unwrap();
        assert_eq!(hits.len(), expected, "{precision:?}: {hits:?}");
    }
}
