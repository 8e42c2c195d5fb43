//! Promise: through the guard a registry passes the same tests of the OCI distribution specification as without it.
//!
//! The program (`go build` in `conformance/` of opencontainers/distribution-spec) is named by SEAWALL_OCI_CONFORMANCE, a registry
//! with everything of version 1.1 (`olareg`) by SEAWALL_OLAREG.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use std::{
    collections::BTreeMap,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support_registry::{SECRET, access, guarded_with};
use testkit::{registry, skip};

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Test by test: passed, failed, skipped, disabled.
fn results(
    program: &Path,
    address: &str,
    is_guarded: bool,
    tag_parameters: bool,
) -> BTreeMap<String, String> {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command
        .current_dir(directory.path())
        .env("OCI_REGISTRY", address)
        .env("OCI_TLS", "disabled")
        .env("OCI_REPO1", "conformance/one")
        .env("OCI_REPO2", "conformance/two")
        .env("OCI_VERSION", "1.1")
        .env("OCI_API_BLOBS_UPLOAD_CANCEL", "true")
        .env("OCI_API_MANIFESTS_TAG_PARAM", if tag_parameters { "true" } else { "false" })
        .env("OCI_RESULTS_DIR", directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if is_guarded {
        command.env("OCI_USERNAME", "admin").env("OCI_PASSWORD", SECRET);
    }
    // A test that fails is no failure here: it may fail in the same way without the guard.
    let _ = command.status().unwrap();
    let text = std::fs::read_to_string(directory.path().join("junit.xml")).unwrap();
    let mut found = BTreeMap::new();
    for part in text.split("<testcase ").skip(1) {
        let attribute = |name: &str| {
            let (_, rest) = part.split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        found.insert(attribute("name"), attribute("status"));
    }
    assert!(found.len() > 200, "the program ran {} tests", found.len());
    found
}

fn program(variable: &str) -> Option<std::path::PathBuf> {
    let found = std::env::var_os(variable).map(Into::into);
    if found.is_none() {
        skip(&format!("no conformance test: {variable} names no program"));
    }
    found
}

/// What passes without the guard passes through it; what the registry alone does not know may pass besides.
fn is_no_worse_through_the_guard(program: &Path, upstream: &str, tag_parameters: bool) -> (usize, usize) {
    let direct = results(program, upstream, false, tag_parameters);
    let guard = guarded_with(&format!("http://{upstream}"), access(""), |options| options.judge = None);
    let through = results(program, &guard.address, true, tag_parameters);
    let differences: Vec<String> = direct
        .iter()
        .filter(|(name, status)| *status == "passed" && through.get(*name) != Some(status))
        .map(|(name, status)| format!("{name}: {status}, through the guard {:?}", through.get(name)))
        .collect();
    let count = |results: &BTreeMap<String, String>, wanted: &str| {
        results.values().filter(|status| status.as_str() == wanted).count()
    };
    let failed = count(&through, "failure");
    eprintln!(
        "direct: {} tests, {} passed, {} failed; through the guard: {}, {} passed, {failed} failed; {} worse",
        direct.len(),
        count(&direct, "passed"),
        count(&direct, "failure"),
        through.len(),
        count(&through, "passed"),
        differences.len()
    );
    for (name, status) in &through {
        if direct.get(name) != Some(status) {
            eprintln!("differs: {name}: {:?}, through the guard {status}", direct.get(name));
        }
    }
    assert!(differences.is_empty(), "{} are worse:\n{}", differences.len(), differences.join("\n"));
    (through.len(), failed)
}

#[test]
fn docker_registry_passes_the_same_tests() {
    let Some(program) = program("SEAWALL_OCI_CONFORMANCE") else { return };
    let Some(registry) = registry() else { return };
    is_no_worse_through_the_guard(&program, registry.address(), false);
}

#[test]
fn full_registry_passes_all_tests() {
    let Some(program) = program("SEAWALL_OCI_CONFORMANCE") else { return };
    let Some(olareg) = self::program("SEAWALL_OLAREG") else { return };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new(olareg)
        .args(["serve", "--store-type", "mem", "--addr", "127.0.0.1", "--api-delete", "--api-blob-delete"])
        .args(["--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _ended = Ended(child);
    let address = format!("127.0.0.1:{port}");
    let begun = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "olareg does not start");
        std::thread::yield_now();
    }
    let (_, failed) = is_no_worse_through_the_guard(&program, &address, true);
    assert_eq!(failed, 0);
}
