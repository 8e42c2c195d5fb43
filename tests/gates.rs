//! Promise: one policy decides what passes, says by which words, and exceptions end.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{layout, scan, seawall};
use testkit::{LayerEncoding, Layout, Tar};

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

struct Decided {
    status: i32,
    told: String,
    verdict: Value,
}

fn decide(directory: &Path, image: &Path, policy: &str) -> Decided {
    let policy = write(directory, "policy.toml", policy);
    let verdict = directory.join("verdict.json");
    let target = format!("oci:{}", image.display());
    let output = seawall(&["scan", &target, "--no-cache", "--quiet", "--policy", &policy])
        .arg("--verdict")
        .arg(&verdict)
        .output()
        .unwrap();
    Decided {
        status: output.status.code().unwrap(),
        told: String::from_utf8_lossy(&output.stderr).into_owned(),
        verdict: serde_json::from_slice(&std::fs::read(&verdict).unwrap_or_default()).unwrap_or(Value::Null),
    }
}

#[test]
fn the_policy_blocks_and_says_by_which_words() {
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    let blocked = decide(directory.path(), &image, "version = 1\n[vulnerability]\nblock = \"critical\"\n");
    assert_eq!(blocked.status, 1);
    assert!(
        blocked.told.contains("blocks: CVE-2021-44228") && blocked.told.contains("vulnerability.block"),
        "{}",
        blocked.told
    );
    assert_eq!(blocked.verdict["decision"], "block");
    let allowed = "version = 1\n[vulnerability]\nblock = \"never\"\nknown-exploited = \"warn\"\n[configuration]\nblock = \"never\"\n[integrity]\nblock = \"never\"\n[secret]\nblock = \"never\"\n";
    let passed = decide(directory.path(), &image, allowed);
    assert_eq!(passed.status, 0, "{}", passed.told);
}

#[test]
fn an_exception_lets_one_thing_through_until_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    let policy = |expires: &str| {
        format!(
            "version = 1\n[vulnerability]\nblock = \"never\"\nknown-exploited = \"warn\"\n[configuration]\nblock = \"never\"\n[rules]\n\"CVE-2021-44228\" = \"block\"\n\
             [[exception]]\nrule = \"CVE-2021-44228\"\nreason = \"not reachable\"\nexpires = {expires}\n"
        )
    };
    // The tests' clock says 2026-11-22.
    let open = decide(directory.path(), &image, &policy("2027-01-01"));
    assert_eq!(open.status, 0, "{}", open.told);
    assert!(open.verdict["excepted"].to_string().contains("not reachable"));
    let over = decide(directory.path(), &image, &policy("2026-11-01"));
    assert_eq!(over.status, 1, "{}", over.told);
    assert!(over.told.contains("expired"), "{}", over.told);
}

#[test]
fn a_policy_with_an_unknown_word_is_refused_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let image = layout(&directory.path().join("image"), LayerEncoding::Gzip);
    let refused = decide(directory.path(), &image, "version = 1\n[vulnerability]\nblok = \"high\"\n");
    assert_eq!(refused.status, 2);
    assert!(refused.told.contains("line 3") && refused.told.contains("did you mean"), "{}", refused.told);
}

fn image_of(directory: &Path, layers: &[Vec<u8>], container: &Value, history: &Value) -> PathBuf {
    let mut layout = Layout::new(directory);
    let image = layout.image_of("amd64", layers, LayerEncoding::Plain, container, history);
    layout.tag("it", &image);
    layout.finish()
}

#[test]
fn denied_licences_are_findings() {
    let directory = tempfile::tempdir().unwrap();
    let package = br#"{"name": "left", "version": "1.0.0", "license": "AGPL-3.0-only"}"#;
    let tar = Tar::new().file("app/node_modules/left/package.json", package).finish();
    let image = image_of(&directory.path().join("image"), &[tar], &json!({}), &json!([]));
    let policy = write(directory.path(), "licences.toml", "deny = [\"network-copyleft\"]\n");
    let report = scan(&format!("oci:{}", image.display()), &["--licence-policy", &policy]);
    assert!(
        report.findings.iter().any(|finding| finding.rule == "licence/denied-licence"),
        "{:?}",
        report.findings
    );
}

#[test]
fn findings_tell_the_line_of_the_real_dockerfile() {
    let directory = tempfile::tempdir().unwrap();
    let tar = Tar::new().executable("usr/local/bin/tool", b"#!/bin/sh\n").finish();
    let history = json!([
        { "created_by": "RUN /bin/sh -c curl http://192.0.2.1/install.sh | sh # buildkit" },
        { "created_by": "USER 0", "empty_layer": true },
    ]);
    let image = image_of(&directory.path().join("image"), &[tar], &json!({ "User": "0" }), &history);
    let text = "FROM scratch\n\n# comment\nRUN curl http://192.0.2.1/install.sh | sh\nUSER 0\n";
    let dockerfile = write(directory.path(), "Dockerfile", text);
    let target = format!("oci:{}", image.display());
    let report = scan(&target, &["--only", "checks", "--dockerfile", &dockerfile]);
    let lines: Vec<(&str, Option<u32>)> = report
        .findings
        .iter()
        .map(|finding| (finding.rule.as_str(), finding.location.dockerfile_line))
        .collect();
    assert!(
        lines.iter().any(|(rule, line)| *rule == "image/remote-script-run" && *line == Some(4)),
        "{lines:?}"
    );
    assert_eq!(report.layers[0].dockerfile_line, Some(4));
}
