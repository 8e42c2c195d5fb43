//! Promise: what a guard has learned survives its end, however sudden.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests run their own registry")]

mod support_registry;

use access::Access;
use guard::registry::{ImageJudge, Judgement, RegistryGuard};
use serde_json::json;
use std::{path::Path, sync::Arc};
use support_registry::{Guarded, IMAGE, Told, access, descriptor, digest, guarded_with};
use testkit::RegistryServer;

const ENFORCED: &str = "admission:\n  - {repositories: ['**'], mode: enforce, wait_seconds: 20}\nquotas:\n  - {repositories: ['team-a/**'], repository_bytes_max: 4000}\n";

struct Bench {
    registry: RegistryServer,
    state: tempfile::TempDir,
    judge: Arc<Told>,
}

impl Bench {
    fn new() -> Option<Self> {
        let state = tempfile::tempdir().unwrap();
        Some(Self { registry: testkit::registry()?, state, judge: Arc::new(Told::default()) })
    }

    /// A guard with the state as it is in this moment: a copy, since the guards before never end.
    fn start(&self, access: Access) -> Guarded {
        let from = self.state.path().join("state");
        let to = tempfile::tempdir_in(self.state.path()).unwrap().keep();
        if from.exists() {
            for entry in std::fs::read_dir(std::fs::canonicalize(&from).unwrap()).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
            std::fs::remove_file(&from).unwrap();
        }
        std::os::unix::fs::symlink(&to, &from).unwrap();
        guarded_with(&format!("http://{}", self.registry.address()), access, |options| {
            options.judge = Some(Arc::clone(&self.judge) as Arc<dyn ImageJudge>);
            options.state = Some(to);
        })
    }
}

#[test]
fn blob_of_a_passed_image_leaves_after_a_restart_without_another_look() {
    let Some(bench) = Bench::new() else { return };
    let guard = bench.start(access(ENFORCED));
    let image = guard.image("admin", "team-a/app", "content");
    let manifest = digest(image.to_string().as_bytes());
    bench.judge.pass(&manifest);
    let put = guard.put_manifest("admin", "team-a/app", "1", &image);
    assert_eq!(put.status, 201, "{}", put.text());
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 200);
    let asked = bench.judge.asked.lock().unwrap().len();
    let blob = format!("/v2/team-a/app/blobs/{}", image["layers"][0]["digest"].as_str().unwrap());

    let guard = bench.start(access(ENFORCED));
    let answer = guard.ask("puller", "GET", &blob);
    assert_eq!((answer.status, answer.text().as_str()), (200, "content"));
    assert_eq!(bench.judge.asked.lock().unwrap().len(), asked, "the verdict was kept");

    // Other advisories: the link stays, the verdict does not.
    "tomorrow".clone_into(&mut bench.judge.edition.lock().unwrap());
    bench.judge.say(&manifest, Judgement::failed(vec!["new".to_owned()]));
    let guard = bench.start(access(ENFORCED));
    assert_eq!(guard.ask("puller", "GET", &blob).status, 403);
    assert_eq!(bench.judge.asked.lock().unwrap().len(), asked + 1);
    // What did not pass is kept as well.
    let guard = bench.start(access(ENFORCED));
    assert_eq!(guard.ask("puller", "GET", &blob).status, 403);
    assert_eq!(bench.judge.asked.lock().unwrap().len(), asked + 1);
}

#[test]
fn verdict_that_was_taken_back_does_not_return() {
    let Some(bench) = Bench::new() else { return };
    let guard = bench.start(access(ENFORCED));
    let image = guard.image("admin", "team-a/app", "content");
    let manifest = digest(image.to_string().as_bytes());
    bench.judge.pass(&manifest);
    assert_eq!(guard.put_manifest("admin", "team-a/app", "1", &image).status, 201);
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 200);
    // A signature comes, and with it everything is looked at again.
    let signature = json!({
        "schemaVersion": 2, "mediaType": IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", b"{}"),
        "layers": [descriptor("application/vnd.dev.cosign.simplesigning.v1+json", b"{}")],
    });
    guard.push_blob("admin", "team-a/app", b"{}");
    let tag = format!("{}.sig", manifest.replace(':', "-"));
    let put = guard.put_manifest("admin", "team-a/app", &tag, &signature);
    assert_eq!(put.status, 201, "{}", put.text());
    let asked = bench.judge.asked.lock().unwrap().len();
    let guard = bench.start(access(ENFORCED));
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 200);
    assert_eq!(bench.judge.asked.lock().unwrap().len(), asked + 1);
}

#[test]
fn damaged_state_is_told_and_judged_anew() {
    let Some(bench) = Bench::new() else { return };
    let guard = bench.start(access(ENFORCED));
    let image = guard.image("admin", "team-a/app", "content");
    bench.judge.pass(&digest(image.to_string().as_bytes()));
    assert_eq!(guard.put_manifest("admin", "team-a/app", "1", &image).status, 201);
    assert_eq!(guard.ask("puller", "GET", "/v2/team-a/app/manifests/1").status, 200);
    let asked = bench.judge.asked.lock().unwrap().len();
    change(&bench.state.path().join("state/records"), |text| text.replacen("bytes", "BYTES", 1));
    let guard = bench.start(access(ENFORCED));
    let blob = format!("/v2/team-a/app/blobs/{}", image["layers"][0]["digest"].as_str().unwrap());
    assert_eq!(guard.ask("puller", "GET", &blob).status, 200);
    assert_eq!(bench.judge.asked.lock().unwrap().len(), asked + 1);
}

fn change(path: &Path, change: impl FnOnce(&str) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, change(&text)).unwrap();
}

#[test]
fn upload_goes_on_after_a_restart_and_is_verified_as_a_whole() {
    let Some(bench) = Bench::new() else { return };
    let mut guard = bench.start(access(ENFORCED));
    let begun = guard.ask("alice", "POST", "/v2/team-a/app/blobs/uploads/");
    let place = begun.header("location").unwrap().to_owned();
    for (range, part) in [("0-4", "first"), ("5-10", "second"), ("11-15", "third")] {
        guard = bench.start(access(ENFORCED));
        let sent = guard.send("alice", "PATCH", &place, &[("Content-Range", range)], part.as_bytes());
        assert_eq!(sent.status, 202, "{}", sent.text());
    }
    guard = bench.start(access(ENFORCED));
    assert_eq!(guard.ask("bob", "GET", &place).status, 403, "it is still somebody's own");
    let misplaced = guard.send("alice", "PATCH", &place, &[("Content-Range", "0-4")], b"again");
    assert_eq!(misplaced.status, 416, "where it goes on is still known");
    let other = digest(b"something else");
    assert_eq!(guard.ask("alice", "PUT", &format!("{place}?digest={other}")).status, 400);
    let last = guard.log().into_iter().rev().find(|entry| entry["method"] == "PUT").unwrap();
    assert_eq!(last["rule"], "digest-wrong", "the guard itself knows the digest of all parts");
}

#[test]
fn quota_is_of_all_time_and_not_of_a_process() {
    let Some(bench) = Bench::new() else { return };
    for number in 0..3 {
        let guard = bench.start(access(ENFORCED));
        guard.push_blob("alice", "team-a/app", &vec![number; 1_200]);
    }
    let guard = bench.start(access(ENFORCED));
    let content = [9; 1_200];
    let target = format!("/v2/team-a/app/blobs/uploads/?digest={}", digest(&content));
    let refused = guard.send("alice", "POST", &target, &[], &content);
    assert_eq!(refused.status, 413, "{}", refused.text());
}

#[test]
fn state_in_use_is_refused() {
    let Some(bench) = Bench::new() else { return };
    let _guard = bench.start(access(ENFORCED));
    let directory = std::fs::canonicalize(bench.state.path().join("state")).unwrap();
    let log = ledger::Ledger::open(ledger::Options::new(&bench.state.path().join("log"))).unwrap();
    let options = guard::registry::RegistryOptions {
        upstream: guard::registry::UpstreamOptions {
            address: "http://127.0.0.1:1".to_owned(),
            tls: None,
            credential: None,
            patience: std::time::Duration::from_secs(1),
        },
        access: access(""),
        token_key: access::TokenKey::generate(),
        judge: None,
        judges: 1,
        origin: String::new(),
        redirects: guard::registry::Redirects::Follow,
        blob_digests: guard::registry::BlobDigests::EveryPull,
        connections_max: 1,
        state: Some(directory),
    };
    let refused = RegistryGuard::new(options, log).err().unwrap().to_string();
    assert!(refused.contains("in use by another guard"), "{refused}");
}

#[test]
fn guard_that_ends_lets_requests_end_first() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let Some(bench) = Bench::new() else { return };
    let guard = bench.start(access(""));
    let begun = guard.ask("alice", "POST", "/v2/team-a/app/blobs/uploads/");
    let place = begun.header("location").unwrap();
    let head = Guarded::head("alice", "PATCH", place, &[("Content-Length", "4"), ("Expect", "100-continue")]);
    let mut stream = std::net::TcpStream::connect(&guard.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    let ending = Arc::clone(&guard.guard);
    let ended = std::thread::spawn(move || ending.finish(std::time::Duration::from_secs(20)));
    // Nobody new is answered as soon as it ends.
    let is_answered = || {
        let mut other = std::net::TcpStream::connect(&guard.address).unwrap();
        let _ = other.write_all(Guarded::head("alice", "GET", "/v2/", &[]).as_bytes());
        let mut answer = Vec::new();
        let _ = other.read_to_end(&mut answer);
        !answer.is_empty()
    };
    while is_answered() {}
    assert!(!ended.is_finished(), "one request is not ready");
    stream.write_all(b"data").unwrap();
    let mut answer = String::new();
    lines.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 202"), "{answer}");
    assert_eq!(ended.join().unwrap(), 0);
}
