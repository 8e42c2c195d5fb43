//! Promise: what Falco's own suite expects of Falco, `seawall watch` tells, from the published rule files as they are.
//!
//! `SEAWALL_EVENT_GENERATOR` names falcosecurity/event-generator's program, `SEAWALL_EVENT_SUITE` a directory of its descriptions
//! (falcosecurity/falco, `e2e_tests/evtgen_suite`), `SEAWALL_SHARED` the directory with `rules/falco`. Cases that a host does not
//! permit are in `agrees/not_here.txt`, with the reason.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn named(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists());
    if path.is_none() {
        println!("skipped: {variable} names nothing that is here");
    }
    path
}

#[test]
fn cases_of_falco_are_told() {
    let (Some(generator), Some(suite), Some(shared)) =
        (named("SEAWALL_EVENT_GENERATOR"), named("SEAWALL_EVENT_SUITE"), testkit::shared_dir())
    else {
        return;
    };
    if !rustix::process::geteuid().is_root() || testkit::find_program("dockerd").is_none() {
        println!("skipped: needs root and dockerd");
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/agrees");
    let out = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let status = Command::new("unshare")
        .args(["--mount", "sh"])
        .arg(here.join("host.sh"))
        .env("SEAWALL", env!("CARGO_BIN_EXE_seawall"))
        .env("GENERATOR", generator)
        .env("SUITE", suite)
        .env("RULES", shared.join("rules/falco"))
        .env("OUT", out.path())
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let report = std::fs::read_to_string(out.path().join("report")).unwrap();
    let not_here = std::fs::read_to_string(here.join("not_here.txt")).unwrap();
    let excused = |test: &str| {
        not_here.lines().filter_map(|line| line.split_once(": ")).any(|(start, _)| test.starts_with(start))
    };
    let (mut told, mut missed, mut left_out) = (0, Vec::new(), 0);
    for suite in serde_json::Deserializer::from_str(&report).into_iter::<serde_json::Value>() {
        for test in suite.unwrap()["testReports"].as_array().unwrap() {
            let name = test["test"].as_str().unwrap();
            if test["successfulMatches"].as_u64().unwrap_or(0) > 0 {
                told += 1;
            } else if excused(name) {
                left_out += 1;
            } else {
                missed.push(test.to_string());
            }
        }
    }
    println!("{told} told, {left_out} not permitted here");
    assert!(
        told > 100,
        "{told} told: {}",
        std::fs::read_to_string(out.path().join("generator")).unwrap_or_default()
    );
    assert!(missed.is_empty(), "{} are not told:\n{}", missed.len(), missed.join("\n"));
}
