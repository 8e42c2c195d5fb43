//! ShellCheck judges snippets that push single rules, beside us. Needs `shellcheck` 0.9 in PATH; else it says that it
//! was skipped.
#![allow(clippy::disallowed_methods, reason = "the judge is a program")]

use shell::{Dialect, Options, check};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The rules that the snippets push.
const CODES: &[&str] = &[
    "SC2034", "SC2053", "SC2060", "SC2061", "SC2062", "SC2065", "SC2073", "SC2076", "SC2103", "SC2129",
    "SC2140", "SC2217", "SC2226", "SC2230", "SC2237", "SC2260", "SC2261", "SC3002", "SC3007",
];

/// Snippets between lines `%%`; a first line `#bash` names the shell, all others are of `sh`.
const SNIPPETS: &str = include_str!("../testdata/snippets.txt");

type Told = BTreeSet<(usize, usize, String)>;

#[test]
fn shellcheck_agrees_on_snippets() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        println!("skipped: shellcheck is not installed");
        return;
    }
    let snippets: Vec<&str> = SNIPPETS.trim_end().split("\n%%\n").collect();
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (dialect, name) in [(Dialect::Sh, "sh"), (Dialect::Bash, "bash")] {
        let of_dialect: Vec<&str> = snippets
            .iter()
            .filter(|snippet| snippet.starts_with("#bash\n") == (dialect == Dialect::Bash))
            .map(|snippet| snippet.strip_prefix("#bash\n").unwrap_or(snippet))
            .collect();
        for (snippet, theirs) in of_dialect.iter().zip(theirs(&of_dialect, name)) {
            let Some(theirs) = theirs else { continue };
            let ours = ours(snippet, dialect);
            if ours != theirs {
                println!("{name} {snippet:?}: ours {:?}, theirs {:?}", &ours - &theirs, &theirs - &ours);
            }
            for code in CODES {
                let of = |told: &Told| told.iter().filter(|told| told.2 == **code).cloned().collect::<Told>();
                let (ours, theirs) = (of(&ours), of(&theirs));
                let count = counts.entry(code).or_default();
                count[0] += ours.intersection(&theirs).count();
                count[1] += ours.difference(&theirs).count();
                count[2] += theirs.difference(&ours).count();
            }
        }
    }
    let mut sum = [0_usize; 3];
    for (code, [both, ours, theirs]) in &counts {
        println!("{code} both {both} ours {ours} theirs {theirs}");
        assert!(*both > 0, "no snippet pushes {code}");
        sum = [sum[0] + both, sum[1] + ours, sum[2] + theirs];
    }
    println!("{} snippets: both {} ours {} theirs {}", snippets.len(), sum[0], sum[1], sum[2]);
    assert!(sum[0] * 100 >= sum.iter().sum::<usize>() * 95, "{sum:?}");
}

fn ours(snippet: &str, dialect: Dialect) -> Told {
    let mut told = Told::new();
    for hit in check(snippet, dialect, &Options::default()) {
        let before = &snippet[..hit.span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let codes = hit.aliases.iter().filter(|code| CODES.contains(code));
        told.extend(codes.map(|code| (line, column, (*code).to_owned())));
    }
    told
}

/// What ShellCheck tells of each snippet; none of one that it cannot read.
fn theirs(snippets: &[&str], shell: &str) -> Vec<Option<Told>> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = Command::new("shellcheck");
    command.current_dir(directory.path()).args([
        "--norc",
        "-s",
        shell,
        "-f",
        "json1",
        "-o",
        "deprecate-which",
    ]);
    for (number, snippet) in snippets.iter().enumerate() {
        std::fs::write(directory.path().join(number.to_string()), format!("{snippet}\n")).expect("written");
        command.arg(number.to_string());
    }
    let document: serde_json::Value =
        serde_json::from_slice(&command.output().expect("shellcheck runs").stdout).expect("JSON");
    let mut told = vec![Some(Told::new()); snippets.len()];
    for comment in document["comments"].as_array().expect("comments") {
        let number: usize =
            comment["file"].as_str().and_then(|name| name.parse().ok()).expect("our file name");
        let count = |name: &str| usize::try_from(comment[name].as_u64().unwrap_or(0)).unwrap_or(0);
        let code = format!("SC{}", comment["code"]);
        if matches!(code.as_str(), "SC1072" | "SC1073" | "SC1088" | "SC1089") {
            told[number] = None;
        } else if let Some(told) = told[number].as_mut().filter(|_| CODES.contains(&code.as_str())) {
            told.insert((count("line"), count("column"), code));
        }
    }
    told
}
