//! Promise: the exit status and the user's decisions are what pipelines build on.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "tests write their own files"
)]

mod support;

use std::path::Path;
use support::{layout, report_of, rules, scan_packages, seawall};
use testkit::LayerEncoding;

struct Sample {
    directory: tempfile::TempDir,
    target: String,
}

fn sample() -> Sample {
    let directory = tempfile::tempdir().unwrap();
    let layout = layout(&directory.path().join("layout"), LayerEncoding::Gzip);
    Sample { target: format!("oci:{}", layout.display()), directory }
}

impl Sample {
    fn write(&self, name: &str, content: &str) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    #[track_caller]
    fn check(&self, more: &[&str], expected: i32) {
        let output = seawall(&["scan", &self.target, "--no-cache", "--only", "vulnerabilities"])
            .args(more)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{more:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn the_exit_status_tells_clean_findings_and_failure_apart() {
    let sample = sample();
    sample.check(&[], 1);
    sample.check(&["--no-embedded"], 0);
    sample.check(&["--fail-on", "critical"], 1);
    sample.check(&["--format", "nonsense"], 2);
    sample.check(&["--limit", "nonsense=1"], 2);
    let missing = seawall(&["scan", "oci:/nowhere/at/all", "--only", "vulnerabilities"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("error: "));
}

#[test]
fn only_findings_as_bad_as_the_threshold_fail() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("app/node_modules/request");
    std::fs::create_dir_all(&root).unwrap();
    std::fs::write(root.join("package.json"), r#"{"name": "request", "version": "2.88.2"}"#).unwrap();
    let target = format!("rootfs:{}", directory.path().display());
    for (threshold, status) in [("medium", 1), ("high", 0)] {
        let output = seawall(&["scan", &target, "--fail-on", threshold, "--only", "vulnerabilities"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(status), "CVE-2023-28155 is medium");
    }
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let sample = sample();
    let report =
        seawall(&["scan", &sample.target, "--no-cache", "--format", "json", "--only", "vulnerabilities"])
            .output()
            .unwrap();
    let baseline = sample.write("baseline.json", &String::from_utf8(report.stdout).unwrap());
    sample.check(&["--baseline", &baseline], 0);
    let report = scan_packages(&sample.target, &["--baseline", &baseline]);
    assert!(report.findings.is_empty() && report.suppressed.iter().any(|s| s.by == "baseline"));
}

#[test]
fn an_ignored_finding_stays_in_the_report_with_its_reason() {
    let sample = sample();
    let ignore = sample.write("ignore.toml", "[[ignore]]\nid = 'CVE-2021-44228'\nreason = 'no JNDI here'\n");
    let report = scan_packages(&sample.target, &["--ignore-file", &ignore]);
    assert!(!rules(&report).contains(&"CVE-2021-44228"));
    let suppressed = report.suppressed.iter().find(|s| s.finding.rule == "CVE-2021-44228").unwrap();
    assert_eq!((suppressed.by.as_str(), suppressed.reason.as_str()), ("ignore-file", "no JNDI here"));
}

#[test]
fn a_vex_statement_takes_a_finding_out() {
    let sample = sample();
    let vex = sample.write(
        "vex.json",
        r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "me", "timestamp": "2026-01-01T00:00:00Z",
            "version": 1, "statements": [{"vulnerability": {"name": "CVE-2021-44228"},
            "products": [{"@id": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"}],
            "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"}]}"#,
    );
    let report = scan_packages(&sample.target, &["--vex", &vex]);
    assert!(!rules(&report).contains(&"CVE-2021-44228"));
    assert!(
        report
            .suppressed
            .iter()
            .any(|s| s.by == "vex" && s.reason.contains("vulnerable_code_not_in_execute_path"))
    );
}

#[test]
fn only_fixable_leaves_out_what_has_no_fix() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("app/node_modules/request");
    std::fs::create_dir_all(&root).unwrap();
    std::fs::write(root.join("package.json"), r#"{"name": "request", "version": "2.88.2"}"#).unwrap();
    let target = format!("rootfs:{}", directory.path().display());
    assert_eq!(rules(&scan_packages(&target, &[])), ["CVE-2023-28155"]);
    assert!(rules(&scan_packages(&target, &["--only-fixable"])).is_empty());
}

#[test]
fn diff_tells_what_came_and_went() {
    let sample = sample();
    let root = sample.directory.path().join("empty");
    std::fs::create_dir(&root).unwrap();
    let empty = format!("rootfs:{}", root.display());
    let run = |before: &str, after: &str| seawall(&["diff", before, after, "--no-cache"]).output().unwrap();
    let came = run(&empty, &sample.target);
    let text = String::from_utf8_lossy(&came.stdout).into_owned();
    assert_eq!(came.status.code(), Some(1), "{}", String::from_utf8_lossy(&came.stderr));
    assert!(text.contains("+ critical   CVE-2021-44228"), "{text}");
    let sarif =
        seawall(&["diff", &empty, &sample.target, "--no-cache", "--format", "sarif"]).output().unwrap();
    assert!(String::from_utf8_lossy(&sarif.stdout).contains("CVE-2021-44228"));
    assert_eq!(run(&sample.target, &empty).status.code(), Some(0));
    assert_eq!(run(&sample.target, &sample.target).status.code(), Some(0));
}

#[test]
fn every_format_is_written_to_its_file() {
    let sample = sample();
    let names = ["table", "json", "sarif", "cyclonedx", "spdx", "openvex", "junit", "markdown", "html"];
    let mut arguments = vec!["scan".to_owned(), sample.target.clone(), "--no-cache".to_owned()];
    for name in names {
        let file = sample.directory.path().join(name).display().to_string();
        arguments.extend(["--format".to_owned(), name.to_owned(), "--output".to_owned(), file]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = seawall(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    for name in names {
        let text = std::fs::read_to_string(sample.directory.path().join(name)).unwrap();
        let expected = if ["cyclonedx", "spdx"].contains(&name) { "log4j-core" } else { "CVE-2021-44228" };
        assert!(text.contains(expected), "{name}");
    }
}

#[test]
fn a_report_in_a_pipe_has_no_colour_and_no_progress() {
    let sample = sample();
    let output =
        seawall(&["scan", &sample.target, "--no-cache", "--only", "vulnerabilities"]).output().unwrap();
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn completions_manual_and_explanations_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let manual = directory.path().display().to_string();
    for (arguments, expected) in [
        (&["completions", "bash"][..], "_seawall"),
        (&["explain", "image/digest-mismatch"], "Why it matters"),
        (&["explain", "CVE-2021-44228"], "log4j-core"),
        (&["explain", "GHSA-jfh8-c2jp-5v3q"], "log4j-core"),
        (&["db", "status"], "debian:12"),
        (&["db", "search", "log4shell"], "CVE-2021-44228"),
        (&["man", &manual], ""),
    ] {
        let output = seawall(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains(expected), "{arguments:?}");
    }
    assert!(Path::new(&manual).join("seawall-scan.1").exists());
    assert_eq!(seawall(&["explain", "CVE-0000-0000"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn several_platforms_are_several_reports() {
    let directory = tempfile::tempdir().unwrap();
    let mut layout = testkit::Layout::new(&directory.path().join("layout"));
    let images = ["amd64", "arm64"]
        .map(|machine| layout.image(machine, &[support::base_layer()], LayerEncoding::Gzip));
    let index = layout.index(&images);
    layout.tag("multi", &index);
    let target = format!("oci:{}", layout.finish().display());
    let output = seawall(&[
        "scan",
        &target,
        "--no-cache",
        "--all-platforms",
        "--format",
        "json",
        "--only",
        "vulnerabilities",
    ])
    .output()
    .unwrap();
    let reports: Vec<model::Report> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .map(|report| report.unwrap())
        .collect();
    let platforms: Vec<_> = reports.iter().map(|report| report.target.platform.as_deref().unwrap()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    let arm = report_of(
        seawall(&[
            "scan",
            &target,
            "--no-cache",
            "--platform",
            "linux/arm64",
            "--format",
            "json",
            "--only",
            "vulnerabilities",
        ])
        .output()
        .unwrap(),
    );
    assert_eq!(arm.target.platform.as_deref(), Some("linux/arm64"));
}
