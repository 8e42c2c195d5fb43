//! The rules of `rules/yara`, held against their own examples.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the examples of the repository"
)]

use base64::Engine as _;
use content::{Budget, Detector as _, FileView, Hit, classify};
use model::LayerPath;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use yara::{Pack, Yara, seawall_rules};

#[derive(serde::Deserialize)]
struct Examples {
    example: Vec<Example>,
}

#[derive(serde::Deserialize)]
struct Example {
    rule: String,
    path: String,
    matches: String,
    twin: String,
}

fn detector() -> Yara {
    let (files, options) = seawall_rules();
    let pack = Pack::new(files, &options, None).unwrap();
    assert_eq!(pack.problems(), []);
    Yara::new(vec![pack])
}

#[test]
fn rules_compiled_when_they_are_needed_are_the_same() {
    let deferred = Yara::new(vec![Pack::built_in().unwrap()]);
    let compiled = detector();
    let (left, right) = (deferred.packs()[0].header(), compiled.packs()[0].header());
    assert_eq!((&left.digest, left.rules, left.problems.len()), (&right.digest, right.rules, 0));
    assert_eq!((&left.variables, left.has_path_filters), (&right.variables, right.has_path_filters));
    for example in examples() {
        let bytes = decode(&example.matches);
        assert_eq!(
            scan(&deferred, &example.path, &bytes),
            scan(&compiled, &example.path, &bytes),
            "{}",
            example.rule
        );
    }
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/yara/examples");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let examples: Examples = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            all.extend(examples.example);
        }
    }
    all
}

fn scan(detector: &Yara, path: &str, bytes: &[u8]) -> Vec<Hit> {
    let path = LayerPath::new(path);
    let file = FileView {
        path: &path,
        nested: &[],
        class: classify(&path, bytes),
        size: bytes.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    detector.examine(&file, bytes, &Budget::new(Duration::from_secs(60)), &mut hits).unwrap();
    hits
}

fn decode(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn each_rule_finds_its_example_and_passes_over_the_twin() {
    let detector = detector();
    let mut wrong = Vec::new();
    for example in examples() {
        let id = format!("yara/seawall/{}", example.rule);
        let found: Vec<String> = scan(&detector, &example.path, &decode(&example.matches))
            .into_iter()
            .map(|hit| hit.rule)
            .collect();
        if !found.contains(&id) {
            wrong.push(format!("{id} does not match its example; found {found:?}"));
        }
        let found: Vec<String> =
            scan(&detector, &example.path, &decode(&example.twin)).into_iter().map(|hit| hit.rule).collect();
        if !found.is_empty() {
            wrong.push(format!("the benign twin of {id} is found by {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_an_example_and_says_what_a_report_needs() {
    let with_example: BTreeSet<String> = examples().into_iter().map(|example| example.rule).collect();
    let (files, _) = seawall_rules();
    let mut rules = 0;
    for file in files {
        let text = String::from_utf8(file.bytes).unwrap();
        for part in text.split("\nrule ").skip(1) {
            let name = part.split_whitespace().next().unwrap();
            rules += 1;
            assert!(with_example.contains(name), "{name} has no example");
            for wanted in [
                "description = ",
                "severity = ",
                "author = \"Seawall\"",
                "license = \"Apache-2.0\"",
                "reference = ",
            ] {
                assert!(part.contains(wanted), "{name} has no {wanted}");
            }
        }
    }
    assert_eq!(rules, with_example.len(), "an example without its rule");
    assert!(rules >= 60);
}

#[test]
fn examples_are_not_found_in_their_own_files() {
    let detector = detector();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/yara/examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = scan(&detector, "examples.toml", &std::fs::read(&path).unwrap());
        assert!(
            found.iter().all(|hit| hit.rule.ends_with("reverse_shell_base64")),
            "{}: {found:#?}",
            path.display()
        );
    }
}

#[test]
fn a_hit_tells_what_matched_and_who_says_so() {
    let example =
        examples().into_iter().find(|example| example.rule == "downloader_address_to_shell").unwrap();
    let hits = scan(&detector(), "srv/install.sh", &decode(&example.matches));
    let [hit] = hits.as_slice() else { panic!("{hits:#?}") };
    assert_eq!((hit.severity, hit.line), (model::Severity::High, Some(2)));
    assert!(hit.evidence[0].starts_with("$fetch at 0xa: curl -fsSL http"), "{:?}", hit.evidence);
    assert_eq!(
        hit.evidence.last().unwrap(),
        "rule downloader_address_to_shell of seawall, by Seawall, licence Apache-2.0"
    );
    assert!(hit.remedy.is_some() && hit.references[0].starts_with("https://"));
}
