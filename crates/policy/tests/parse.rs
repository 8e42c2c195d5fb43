//! What is refused and what is warned about, and the guide.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod support;

use model::Severity;
use policy::{FindingKind, Policy};
use support::{finding, on, report};

const EXAMPLE: &str = include_str!("../../../docs/guide/policy.toml");
const GUIDE: &str = include_str!("../../../docs/guide/policy.md");

#[track_caller]
fn check(tables: &str, expected: &str) {
    let error = Policy::parse(&format!("version = 1\n{tables}")).unwrap_err().to_string();
    assert!(error.contains(expected), "'{error}' does not say '{expected}'");
}

#[test]
fn errors_tell_the_line_and_what_may_be_meant() {
    check("\n[vulnerabilty]\nblock = \"high\"\n", "line 3 of the policy: unknown field `vulnerabilty`");
    check("[vulnerabilty]\n", "did you mean 'vulnerability'?");
    check("[secret]\nblok = \"high\"\n", "line 3 of the policy");
    check("[secret]\nblock = \"hihg\"\n", "did you mean 'high'?");
    check("[secret]\nblock = \"hihg\"\n", "line 3");
    check("[rules]\n\"a/b\" = \"blok\"\n", "did you mean 'block'?");
    check("[rules]\n\"\" = \"block\"\n", "line 3 of the policy: the pattern is empty");
    check("[gaps]\nlimit = \"warn\"\n", "line 3 of the policy: unknown reason 'limit'");
    check("[vulnerability]\nepss-min = 50.0\n", "line 3 of the policy: epss-min is 50, not between 0 and 1");
    check("[vulnerability]\ncvss-min = -1.0\n", "not between 0 and 10");
    check("[vulnerability]\nepss-min = nan\n", "not between 0 and 1");
    check("[image]\nregistries = [\"debian\"]\n", "line 3 of the policy: 'debian' is no registry host");
    check("[[target]]\nimages = []\n", "names no images");
    check("[[target]]\nimages = [\"*\"]\n", "line 3");
    check("[[target]]\nimages = [\"a\"]\nexception = []\n", "unknown field");
    check("[signature]\nkeys = [\"a\"]\nthreshold = 2\n", "threshold is 2 with 1 keys");
    check("accept-suppressed = [\"me\"]\n", "line 2 of the policy: accept-suppressed: unknown word 'me'");
    check("[[exception]]\nrule = \"CVE-1\"\nexpires = \"never\"\n", "missing field `reason`");
    check("[[exception]]\nrule = \"CVE-1\"\nreason = \"r\"\n", "missing field `expires`");
    check(
        "[[exception]]\nrule = \"CVE-1\"\nreason = \" \"\nexpires = \"never\"\n",
        "line 2 of the policy: the exception has an empty reason",
    );
    check("[[exception]]\nimage = \"a\"\nreason = \"r\"\nexpires = \"never\"\n", "would except everything");
    check(
        "[[exception]]\nrule = \"a\"\nreason = \"r\"\nexpires = \"2027-02-30\"\n",
        "'2027-02-30' is not a date",
    );
    check("[[exception]]\nrule = \"a\"\nreason = \"r\"\nexpires = 2027-01-01T00:00:00Z\n", "not a date");
    let error = Policy::parse("").unwrap_err().to_string();
    assert!(error.contains("missing field `version`"), "{error}");
    assert!(Policy::parse("version = 2\n").unwrap_err().to_string().contains("version 2 is not known"));
}

#[test]
fn an_exception_without_end_is_warned_about() {
    let text = "version = 1\n[[exception]]\nrule = \"CVE-1\"\nreason = \"r\"\nexpires = \"never\"\n";
    let (_, warnings) = Policy::parse(text).unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].to_string(), "line 2 of the policy: the exception for rule CVE-1 never expires");
}

#[test]
fn the_example_of_the_guide_is_a_policy_without_warnings() {
    let (policy, warnings) = Policy::parse(EXAMPLE).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(policy.signature_demand("registry.example/app").unwrap().keys, ["release.pub"]);
    assert_eq!(policy.signature_demand("registry.example/sandbox/a").unwrap().threshold, 1);
}

/// The rows of the guide's table: kind, block, warn.
fn defaults_in_guide() -> Vec<[String; 3]> {
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &str| -> Vec<String> {
        row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    rows.map(|row| {
        let cells = cells(row);
        [cells[1].clone(), cells[3].clone(), cells[4].clone()]
    })
    .collect()
}

#[test]
fn the_table_of_the_guide_tells_what_holds() {
    let rows = defaults_in_guide();
    let kinds: Vec<&str> = rows.iter().map(|[kind, ..]| kind.as_str()).collect();
    assert_eq!(kinds, FindingKind::ALL.map(FindingKind::as_str));
    for [kind, block, warn] in &rows {
        let rule = match kind.as_str() {
            "vulnerability" => "CVE-1",
            "secret" => "secrets/a",
            "integrity" => "image/package-file-modified",
            "configuration" => "image/a",
            other => &format!("{other}/a"),
        };
        for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low] {
            let verdict = Policy::default().decide(&report(vec![finding(rule, severity)]), &on("2026-11-22"));
            let clause = verdict.blocks.iter().chain(&verdict.warnings).next().map(|r| r.clause.clone());
            let reaches =
                |word: &str| word == "any" || word.parse::<Severity>().is_ok_and(|from| severity >= from);
            let expected = if reaches(block) {
                Some(format!("{kind}.block = \"{block}\""))
            } else {
                reaches(warn).then(|| format!("{kind}.warn = \"{warn}\""))
            };
            assert_eq!(clause, expected, "{kind} {severity}");
        }
    }
}

#[test]
fn changed_policies_never_panic() {
    let scanned = report(vec![finding("image/a", Severity::High)]);
    let bytes = EXAMPLE.as_bytes();
    let flipped = (0..bytes.len()).map(|at| {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1 << (at % 8);
        changed
    });
    let cut = (0..bytes.len()).step_by(7).map(|length| bytes[..length].to_vec());
    for changed in flipped.step_by(3).chain(cut) {
        if let Ok((policy, _)) = Policy::parse(&String::from_utf8_lossy(&changed)) {
            let _ = policy.decide(&scanned, &on("2026-11-22"));
        }
    }
}
