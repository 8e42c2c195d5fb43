//! `seawall watch`: recordings are looked at by rules, and rules are checked.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write and read files")]

use events::snapshot::Snapshot;
use events::{EventBuilder, Kind};
use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = "\
- list: secrets
  items: [/etc/shadow]
- rule: Secret read
  desc: A file with secrets is opened for reading.
  condition: evt.type in (open, openat) and evt.is_open_read = true and fd.name in (secrets)
  output: Secret read | file=%fd.name command=%proc.cmdline
  priority: WARNING
  tags: [host]
";

fn seawall(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seawall"))
        .arg("watch")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A recording of a program that opens two files, whose name tries to speak to the terminal.
fn record(path: &Path) {
    let exec = EventBuilder::new(Kind::EXECVE)
        .at(1_795_384_411_000_000_000, 77)
        .number("res", 0)
        .text("exe", "/bin/cat")
        .texts("args", ["/etc/shadow", "\u{1b}[2J"])
        .number("tid", 77)
        .number("pid", 77)
        .text("cwd", "/")
        .text("comm", "cat")
        .build();
    let mut writer =
        capture::Writer::new(std::fs::File::create(path).unwrap(), &Snapshot::default()).unwrap();
    writer.event(&exec.event()).unwrap();
    for name in ["/etc/hostname", "/etc/shadow"] {
        let open = EventBuilder::new(Kind::OPEN)
            .at(1_795_384_412_000_000_000, 77)
            .number("fd", 3)
            .text("name", name)
            .number("flags", 1)
            .build();
        writer.event(&open.event()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn recording_gives_the_same_alerts_each_time() {
    let directory = tempfile::tempdir().unwrap();
    record(&directory.path().join("story.scap"));
    std::fs::write(directory.path().join("rules.yaml"), RULES).unwrap();
    let plain = seawall(
        directory.path(),
        &["--replay", "story.scap", "--rules", "rules.yaml", "--no-container-fields"],
    );
    assert_eq!(plain.status.code(), Some(1), "{}", text(&plain.stderr));
    assert_eq!(
        text(&plain.stdout),
        "21:53:32.000000000: Warning Secret read | file=/etc/shadow command=cat /etc/shadow \\u001b[2J\n"
    );
    assert!(text(&plain.stderr).contains("3 events, 1 rules, 1 alerts"), "{}", text(&plain.stderr));

    let arguments = ["--replay", "story.scap", "--rules", "rules.yaml", "--json", "--quiet"];
    let first = seawall(directory.path(), &arguments);
    assert_eq!(first.stdout, seawall(directory.path(), &arguments).stdout);
    let alert: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(alert["rule"], "Secret read");
    assert_eq!(alert["priority"], "Warning");
    assert_eq!(alert["time"], "2026-11-22T21:53:32.000000000Z");
    assert_eq!(alert["output_fields"]["fd.name"], "/etc/shadow");
    assert_eq!(alert["output_fields"]["container.id"], "host");
    assert_eq!(text(&first.stderr), "");
}

/// What runs for months under a supervisor must not end because its log is no longer read.
#[test]
fn a_standard_error_that_nobody_reads_ends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    record(&directory.path().join("story.scap"));
    std::fs::write(directory.path().join("rules.yaml"), RULES).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["watch", "--replay", "story.scap", "--rules", "rules.yaml"])
        .current_dir(directory.path())
        .stdout(std::process::Stdio::piped())
        .stderr(writer)
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "the alert is its answer");
    assert!(text(&output.stdout).contains("Secret read"));
}

#[test]
fn rules_are_left_out_by_name_tag_and_priority() {
    let directory = tempfile::tempdir().unwrap();
    record(&directory.path().join("story.scap"));
    std::fs::write(directory.path().join("rules.yaml"), RULES).unwrap();
    for left_out in [["--disable", "Secret*"], ["--disable-tag", "host"], ["--priority", "error"]] {
        let mut arguments = vec!["--replay", "story.scap", "--rules", "rules.yaml"];
        arguments.extend(left_out);
        let output = seawall(directory.path(), &arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()), "{left_out:?}");
    }
    let unknown =
        seawall(directory.path(), &["--replay", "story.scap", "--rules", "rules.yaml", "--disable", "other"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn rules_are_checked_with_places() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("good.yaml"), RULES).unwrap();
    std::fs::write(directory.path().join("bad.yaml"), RULES.replace("fd.name in", "fd.nam in")).unwrap();
    let good = seawall(directory.path(), &["--rules-check", "good.yaml"]);
    assert_eq!(good.status.code(), Some(0));
    assert_eq!(text(&good.stdout), "good.yaml: Ok\n1 rules, 0 macros, 1 lists\n");
    let bad = seawall(directory.path(), &["--rules-check", "bad.yaml"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stdout).contains("--> bad.yaml:5:73, rule 'Secret read'"), "{}", text(&bad.stdout));
    let json = seawall(directory.path(), &["--rules-check", "bad.yaml", "absent.yaml", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let results = &json["falco_load_results"];
    assert_eq!(results[0]["errors"][0]["code"], "LOAD_ERR_COMPILE_CONDITION");
    assert_eq!(results[0]["errors"][0]["line"], 5);
    assert_eq!(results[1]["errors"][0]["code"], "LOAD_ERR_FILE_READ");
    // Rules with errors are not used.
    let used = seawall(directory.path(), &["--replay", "story.scap", "--rules", "bad.yaml"]);
    assert_eq!(used.status.code(), Some(2));
}
