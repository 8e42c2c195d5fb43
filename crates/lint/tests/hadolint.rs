//! hadolint's own rule specs as judge: the same Dockerfile, the same rule, the same answer.
//!
//! The specs are GPL-3.0 and are never copied: they are read when a mirror of hadolint/hadolint is there
//! in `SEAWALL_MIRROR`, and skipped otherwise.
#![allow(clippy::disallowed_methods, reason = "the test reads a mirror of hadolint's repository")]

#[path = "hadolint/haskell.rs"]
mod haskell;

use dockerfile::Keyword;
use haskell::{Expected, Triple};
use lint::{Config, Surroundings, lint};
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Assertions that we answer otherwise on purpose: file of the spec, part of the Dockerfile, why. The guide lists them.
const DELIBERATE: &[(&str, &str, &str)] = &[
    (
        "DL3033Spec",
        "ARG version=2.51.0-2.fc42\nFROM fedora:fc42\nRUN",
        "an ARG counts in its own stage alone",
    ),
    (
        "DL3041Spec",
        "ARG version=2.51.0-2.fc42\nFROM fedora:fc42\nRUN",
        "an ARG counts in its own stage alone",
    ),
];

fn specs() -> Option<Vec<(String, String)>> {
    // An empty path holds no repository: each is then told as skipped.
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    let repository = mirror.join("hadolint+hadolint/repo");
    if !repository.is_dir() {
        eprintln!("skipped: no mirror of hadolint/hadolint");
        return None;
    }
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").arg("-C").arg(&repository).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let listed = git(&["ls-tree", "-r", "--name-only", "HEAD", "test"]);
    let wanted = listed.lines().filter(|path| {
        path.contains("/Rule/DL") || path.ends_with("PragmaSpec.hs") || path.ends_with("RegressionSpec.hs")
    });
    Some(wanted.map(|path| (path.to_owned(), git(&["show", &format!("HEAD:{path}")]))).collect())
}

/// Puts `ONBUILD` in front of every `RUN`.
fn with_onbuild(text: &str) -> String {
    let mut out = text.to_owned();
    let file = dockerfile::parse(text);
    for instruction in
        file.instructions.iter().rev().filter(|instruction| instruction.keyword == Keyword::Run)
    {
        out.insert_str(instruction.bytes.start, "ONBUILD ");
    }
    out
}

fn agrees(triple: &Triple) -> bool {
    let text = format!("{}\n", triple.dockerfile);
    let text = if triple.is_onbuild { with_onbuild(&text) } else { text };
    let config = Config { wants_all: true, ..triple.config.clone() };
    let linted = lint("Dockerfile", &text, &Surroundings::default(), &config);
    let count = linted.findings.iter().filter(|finding| finding.aliases.contains(&triple.rule)).count();
    match triple.expected {
        Expected::Some => count > 0,
        Expected::Exactly(number) => count == number,
    }
}

#[test]
fn hadolints_specs_agree_to_ninety_nine_percent() {
    let Some(specs) = specs() else { return };
    let triples: Vec<Triple> =
        specs.iter().flat_map(|(path, source)| haskell::triples(path, source)).collect();
    assert!(triples.len() > 900, "only {} assertions were understood", triples.len());
    let mut wrong: Vec<&Triple> = Vec::new();
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for triple in triples.iter().filter(|triple| triple.rule.starts_with("DL")) {
        let is_deliberate = DELIBERATE
            .iter()
            .any(|(file, part, _)| triple.place.contains(file) && triple.dockerfile.contains(part));
        if !agrees(triple) && !is_deliberate {
            *by_rule.entry(&triple.rule).or_default() += 1;
            wrong.push(triple);
        }
    }
    println!("{} of {} assertions agree", triples.len() - wrong.len(), triples.len());
    let shown = std::env::var("SEAWALL_SHOW").unwrap_or_default();
    for triple in &wrong {
        if shown.is_empty() || shown.split(',').any(|rule| rule == triple.rule) {
            let onbuild = if triple.is_onbuild { " (ONBUILD)" } else { "" };
            println!(
                "{} {} {:?}{onbuild}\n{}\n",
                triple.place, triple.rule, triple.expected, triple.dockerfile
            );
        }
    }
    println!("{by_rule:?}");
    assert!(wrong.len() * 100 <= triples.len(), "{} of {} disagree", wrong.len(), triples.len());
}
