//! The three files of Falco's project, as a judge: every rule loads. They lie beside the repository, or where
//! `SEAWALL_FALCO_RULES` says; they are never stored here.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![allow(clippy::disallowed_methods, reason = "a test reads the judge's files")]

use detect::Words;
use falco::{Limits, Loader};
use std::path::PathBuf;

#[test]
fn all_rules_of_the_three_files_load() {
    let root = std::env::var_os("SEAWALL_FALCO_RULES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/rules/falco"),
        PathBuf::from,
    );
    if !root.is_dir() {
        println!("skipped: no upstream rules at {}", root.display());
        return;
    }
    let mut loader = Loader::new(&Words, Limits::default());
    let mut counts = Vec::new();
    for name in ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        let result = loader.load(name, &text);
        println!("{}", result.text());
        assert!(result.successful, "{}", result.text());
        counts.push(loader.ruleset().rules.len());
    }
    assert_eq!(counts, [25, 56, 93]);
}
