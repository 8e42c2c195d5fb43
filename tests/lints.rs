//! Files that people write are judged, reported and repaired: black-box tests over the real binary.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write files and run the command")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

const DOCKERFILE: &str = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n\
                          RUN curl -k https://example.com/x | sh\nCMD echo hi\n";

fn seawall(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(arguments)
        .current_dir(directory)
        .env("HOME", directory)
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .unwrap()
}

fn with_files(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_pipeline_of_hadolint_reads_the_same_lines() {
    let directory = with_files(&[("Dockerfile", DOCKERFILE)]);
    let output = seawall(directory.path(), &["lint", "--format", "tty", "Dockerfile"]);
    assert_eq!(output.status.code(), Some(1));
    for line in
        ["Dockerfile:2 DL3008 warning: ", "Dockerfile:3 DL4006 warning: ", "Dockerfile:4 DL3025 warning: "]
    {
        assert!(text(&output).contains(line), "{line} in\n{}", text(&output));
    }
    let json = seawall(directory.path(), &["lint", "--format", "hadolint-json", "Dockerfile"]);
    let list: serde_json::Value = serde_json::from_str(&text(&json)).unwrap();
    let first = list.as_array().unwrap().iter().find(|item| item["code"] == "DL3009").unwrap();
    assert_eq!(
        (first["file"].as_str(), first["line"].as_u64(), first["level"].as_str()),
        (Some("Dockerfile"), Some(2), Some("info"))
    );
}

#[test]
fn the_configuration_of_hadolint_and_the_threshold_decide_the_status() {
    let config = "ignored: [DL3008, DL4006]\noverride:\n  error: [DL3025]\nfailure-threshold: error\n";
    let directory = with_files(&[
        ("Dockerfile", "FROM a:1\nUSER 1\nRUN apt-get install -y a | b\nCMD a\n"),
        (".hadolint.yaml", config),
    ]);
    let output = seawall(directory.path(), &["lint", "--format", "tty"]);
    let shown = text(&output);
    assert!(
        !shown.contains("DL3008") && !shown.contains("DL4006") && shown.contains("DL3025 error"),
        "{shown}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(seawall(directory.path(), &["lint", "--ignore", "DL3025"]).status.code(), Some(0));
    assert_eq!(seawall(directory.path(), &["lint", "--no-fail"]).status.code(), Some(0));
    assert_eq!(seawall(directory.path(), &["lint", "missing"]).status.code(), Some(2));
}

#[test]
fn fixes_are_shown_then_made() {
    let directory = with_files(&[("Dockerfile", DOCKERFILE)]);
    let shown = text(&seawall(directory.path(), &["lint", "--diff"]));
    assert!(shown.contains("-CMD echo hi\n+CMD [\"echo\", \"hi\"]\n"), "{shown}");
    assert_eq!(fs::read_to_string(directory.path().join("Dockerfile")).unwrap(), DOCKERFILE);
    seawall(directory.path(), &["lint", "--fix"]);
    let fixed = fs::read_to_string(directory.path().join("Dockerfile")).unwrap();
    assert!(
        fixed.contains("install --no-install-recommends -y curl && rm -rf /var/lib/apt/lists/*"),
        "{fixed}"
    );
    assert!(
        text(&seawall(directory.path(), &["lint", "--format", "sarif", "--full"]))
            .contains("dockerfile/download-run-unverified")
    );
}

#[test]
fn every_kind_of_file_beneath_a_directory_is_judged() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n    - name: c\n      image: a:1\n      securityContext:\n        privileged: true\n";
    let compose = "services:\n  web:\n    image: a:1\n    privileged: true\n";
    let directory = with_files(&[
        ("a/Dockerfile", DOCKERFILE),
        ("compose.yaml", compose),
        ("k/pod.yaml", pod),
        ("README.md", "x"),
    ]);
    let output = seawall(directory.path(), &["lint", ".", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&text(&output)).unwrap();
    let found = |rule: &str, file: &str| {
        report["findings"].as_array().unwrap().iter().any(|finding| {
            finding["rule"] == rule
                && finding["location"]["source"]["file"].as_str().is_some_and(|name| name.ends_with(file))
        })
    };
    assert!(found("dockerfile/curl-without-verification", "a/Dockerfile"), "{report:#}");
    assert!(found("container/privileged", "compose.yaml"));
    assert!(found("container/privileged", "k/pod.yaml"));
}

#[test]
fn standard_input_is_judged_and_its_edits_are_sarif_fixes() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["lint", "-", "--format", "sarif"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(DOCKERFILE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "dockerfile/shell-form-command").unwrap();
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "[\"echo\", \"hi\"]");
    assert_eq!(
        replacement["deletedRegion"],
        serde_json::json!({"startLine": 4, "startColumn": 5, "endLine": 4, "endColumn": 12})
    );
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 4);
}

#[test]
fn services_are_repaired_safely_and_further_only_when_asked() {
    let compose =
        "# shop\nservices:\n  web:\n    image: web:1  # reviewed\n    user: \"0\"\n    restart: always\n";
    let directory = with_files(&[("compose.yaml", compose)]);
    let read = || fs::read_to_string(directory.path().join("compose.yaml")).unwrap();
    let diff = seawall(directory.path(), &["lint", "--diff", "compose.yaml"]);
    assert!(text(&diff).contains("+    security_opt:\n+      - no-new-privileges:true\n"), "{}", text(&diff));
    assert!(!text(&diff).contains("read_only"), "{}", text(&diff));
    let sarif = seawall(directory.path(), &["lint", "--format", "sarif", "compose.yaml"]);
    assert_eq!(text(&sarif).matches("\"fixes\"").count(), 1, "suggestions are no fixes");
    assert_eq!(read(), compose, "nothing is changed without --fix");
    seawall(directory.path(), &["lint", "--fix", "compose.yaml"]);
    assert_eq!(read(), format!("{compose}    security_opt:\n      - no-new-privileges:true\n"));
    seawall(directory.path(), &["lint", "--fix", "--suggestions", "compose.yaml"]);
    let after = read();
    for kept in
        ["# shop\n", "image: web:1  # reviewed\n", "    restart: on-failure:5\n", "    read_only: true\n"]
    {
        assert!(after.contains(kept), "{kept} in\n{after}");
    }
    let left = seawall(directory.path(), &["lint", "--format", "json", "compose.yaml"]);
    assert!(!text(&left).contains("\"caution\""), "{}", text(&left));
}

#[test]
fn a_compose_file_is_judged_with_all_that_belongs_to_it() {
    let directory = with_files(&[
        ("shop/compose.yaml", "include: [log/compose.yaml]\nservices:\n  web: {image: \"web:${TAG}\"}\n"),
        ("shop/compose.override.yaml", "services:\n  web: {privileged: true}\n"),
        ("shop/log/compose.yaml", "services:\n  log: {extends: {file: ../base.yaml, service: b}}\n"),
        ("shop/base.yaml", "services:\n  b: {image: \"log:1\", volumes: [\"/var/run/docker.sock:/s\"]}\n"),
        ("shop/.env", "TAG=latest\n"),
        ("over.yaml", "services:\n  web: {pid: host}\n"),
    ]);
    let arguments = ["lint", "--format", "tty", "--overlay", "over.yaml", "shop/compose.yaml"];
    let told = text(&seawall(directory.path(), &arguments));
    for line in [
        "shop/compose.override.yaml:2 container/privileged ",
        "shop/base.yaml:2 container/engine-socket-mounted ",
        "over.yaml:2 container/host-pid-namespace ",
        "shop/compose.yaml:3 container/image-tag-latest ",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    let all = text(&seawall(directory.path(), &["lint", "--format", "tty", "shop"]));
    assert_eq!(all.matches("compose.override.yaml:2 container/privileged ").count(), 1, "{all}");
}

#[test]
fn a_file_that_was_named_and_cannot_be_read_ends_with_status_2() {
    let broken = "services:\n  web:\n    image: [unclosed\n";
    let template = "kind: Pod\nmetadata: {{ .Values.name }}\n: x\n";
    let directory =
        with_files(&[("compose.yaml", broken), ("chart/pod.yaml", template), ("none/README.md", "")]);
    let status = |arguments: &[&str]| seawall(directory.path(), arguments).status.code();
    assert_eq!(status(&["lint", "compose.yaml"]), Some(2));
    assert_eq!(status(&["lint", "chart/pod.yaml"]), Some(2));
    assert_eq!(status(&["lint", "--no-fail", "compose.yaml"]), Some(0));
    assert_eq!(status(&["lint", "chart"]), Some(0));
    let named = seawall(directory.path(), &["lint", "compose.yaml"]);
    assert!(text(&named).contains("line 4, column 1"), "{}", text(&named));
    let empty = seawall(directory.path(), &["lint", "none"]);
    assert!(String::from_utf8_lossy(&empty.stderr).contains("none holds nothing that is judged"));
}

#[test]
fn a_digest_that_is_given_is_pinned_without_asking_for_the_rule() {
    let directory = with_files(&[("Dockerfile", DOCKERFILE)]);
    let digest = format!("sha256:{}", "0a".repeat(32));
    let output = seawall(directory.path(), &["lint", "--diff", "--digest", &format!("debian:12={digest}")]);
    assert!(text(&output).contains(&format!("+FROM debian:12@{digest}")), "{}", text(&output));
}
