//! Promise: a whole registry is scanned, each image once, whoever is killed meanwhile.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use model::Report;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use support::{base_layer, seawall};
use testkit::server::{Reply, Request, Server};
use testkit::{LayerEncoding, Layout, RegistryServer, Tar};

const PATIENCE: Duration = Duration::from_secs(120);

/// The names that [`fill`] pushes; `b:1` and `b:latest` are one image.
const NAMES: [&str; 6] = ["team/a:1", "team/a:2", "team/b:1", "team/b:latest", "shop/c:1", "shop/multi:1"];
const IMAGES: usize = 5;

/// Digests of images by tag of the layout, all upon one base layer.
struct Pushed {
    base_blob: String,
    digests: Vec<(&'static str, String)>,
}

fn fill(server: &RegistryServer, directory: &Path) -> Pushed {
    let mut layout = Layout::new(directory);
    let mut digests = Vec::new();
    let mut image = |layout: &mut Layout, name: &'static str, architecture: &str| {
        let text = format!(r#"{{"name": "lodash", "version": "4.17.4", "description": "{name}"}}"#);
        let own = Tar::new().file("app/node_modules/lodash/package.json", text.as_bytes()).finish();
        let descriptor = layout.image(architecture, &[base_layer(), own], LayerEncoding::Gzip);
        digests.push((name, descriptor["digest"].as_str().unwrap().to_owned()));
        descriptor
    };
    for name in ["a1", "a2", "b", "c"] {
        let descriptor = image(&mut layout, name, architecture());
        layout.tag(name, &descriptor);
    }
    let both = [image(&mut layout, "multi", architecture()), image(&mut layout, "other", "s390x")];
    let index = layout.index(&both);
    layout.tag("multi", &index);
    let layout = layout.finish();
    let manifest = std::fs::read(layout.join("blobs").join(digests[0].1.replace(':', "/"))).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let base_blob = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
    for (tag, name) in ["a1", "a2", "b", "b", "c", "multi"].into_iter().zip(NAMES) {
        server.push_layout(&layout, tag, name);
    }
    Pushed { base_blob, digests }
}

/// This machine's, in the words of images.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Pushed {
    fn digest(&self, name: &str) -> &str {
        &self.digests.iter().find(|(known, _)| *known == name).unwrap().1
    }
}

type Rule = Box<dyn Fn(&Request) -> bool + Send>;

/// What stands before the registry: it sees every request, and may refuse or hold some.
struct Door {
    server: Server,
    rules: Arc<Rules>,
    held: Receiver<()>,
}

struct Rules {
    gone: Mutex<Option<Rule>>,
    hold: Mutex<Option<Rule>>,
    released: Condvar,
}

impl Door {
    fn new(registry: &RegistryServer) -> Self {
        let rules =
            Arc::new(Rules { gone: Mutex::default(), hold: Mutex::default(), released: Condvar::new() });
        let (tell, held): (Sender<()>, _) = channel();
        let (address, own, tell) = (registry.address().to_owned(), rules.clone(), Mutex::new(tell));
        let server = Server::start(move |request| {
            let is_meant =
                |rule: &Mutex<Option<Rule>>| rule.lock().unwrap().as_ref().is_some_and(|rule| rule(request));
            if is_meant(&own.gone) {
                let body = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]});
                return Reply::new(404, body.to_string());
            }
            if is_meant(&own.hold) {
                let _ = tell.lock().unwrap().send(());
                let hold = own.hold.lock().unwrap();
                drop(own.released.wait_timeout_while(hold, PATIENCE, |rule| rule.is_some()).unwrap());
            }
            forward(&address, request)
        });
        Self { server, rules, held }
    }

    fn refuse(&self, rule: Option<Rule>) {
        *self.rules.gone.lock().unwrap() = rule;
    }

    fn hold(&self, rule: Rule) {
        *self.rules.hold.lock().unwrap() = Some(rule);
    }

    fn wait_until_held(&self) {
        self.held.recv_timeout(PATIENCE).expect("nothing asked for what is held");
    }

    fn release(&self) {
        *self.rules.hold.lock().unwrap() = None;
        self.rules.released.notify_all();
    }

    /// How often something was fetched, of the requests from a number on.
    fn fetched(&self, from: usize, what: &str) -> usize {
        let requests = self.server.requests();
        requests[from..].iter().filter(|r| r.method == "GET" && r.target.ends_with(what)).count()
    }
}

/// Asks the registry itself; HTTP/1.0 has no chunks.
fn forward(address: &str, request: &Request) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{} {} HTTP/1.0\r\n", request.method, request.target).unwrap();
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "connection") {
        write!(stream, "{name}: {value}\r\n").unwrap();
    }
    write!(stream, "content-length: {}\r\n\r\n{}", request.body.len(), request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut reply = Reply::new(status, &answer[head_end + 4..]);
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        if !name.eq_ignore_ascii_case("connection") {
            reply = reply.header(&name.to_ascii_lowercase(), value.trim());
        }
    }
    reply
}

struct Bench {
    _registry: RegistryServer,
    door: Door,
    pushed: Pushed,
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Option<Self> {
        let registry = testkit::registry()?;
        let directory = tempfile::tempdir().unwrap();
        let pushed = fill(&registry, &directory.path().join("layout"));
        let door = Door::new(&registry);
        Some(Self { _registry: registry, door, pushed, directory })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `seawall scan 'registry:DOOR/*'` with state, cache and output of its own.
    fn scan(&self, pattern: &str, more: &[&str]) -> Command {
        let target = format!("registry:{}/{pattern}", self.door.server.address);
        let mut command = seawall(&["scan", &target, "--lease", "2"]);
        command.arg("--output-dir").arg(self.path("out"));
        if !more.contains(&"--no-cache") {
            command.arg("--cache").arg(self.path("cache"));
        }
        if !more.contains(&"--queue") {
            command.arg("--state").arg(self.path("state"));
        }
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn summary(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("out/summary.json")).unwrap()).unwrap()
    }

    /// The reports of all images, each once, under all names.
    #[track_caller]
    fn assert_complete(&self) {
        let summary = self.summary();
        let images = summary["images"].as_array().unwrap();
        assert_eq!((images.len(), summary["failures"].as_array().unwrap().len()), (IMAGES, 0), "{summary:#}");
        let mut names = BTreeSet::new();
        for image in images {
            let [file] = image["reports"].as_array().unwrap().as_slice() else { panic!("{image}") };
            let path = self.path("out").join(file["path"].as_str().unwrap());
            let report: Report = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            assert_eq!(report.target.manifest_digest.unwrap().as_str(), image["digest"].as_str().unwrap());
            assert_eq!(report.findings.len() as u64, image["findings"].as_u64().unwrap());
            assert!(image["worst"].to_string().contains("lodash"), "{image}");
            for name in image["names"].as_array().unwrap() {
                assert!(names.insert(name.as_str().unwrap().to_owned()), "{name} is there twice");
            }
        }
        let expected = NAMES.map(|name| format!("{}/{name}", self.door.server.address));
        assert_eq!(names, expected.into_iter().collect());
        let files = std::fs::read_dir(self.path("out/reports")).unwrap().count();
        assert_eq!(files, IMAGES);
    }
}

#[track_caller]
fn run(mut command: Command, status: i32) -> String {
    let output = command.output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{text}");
    text
}

/// SIGKILL: nothing is cleaned up.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn is_layer(request: &Request) -> bool {
    request.target.contains("/blobs/")
}

#[test]
fn every_image_has_one_report_and_shared_layers_are_walked_once() {
    let Some(bench) = Bench::new() else { return };
    let one = format!("registry:{}/team/a:1", bench.door.server.address);
    run(seawall(&["scan", &one, "--no-cache", "--quiet"]), 1);
    let walks_of_one = bench.door.fetched(0, &bench.pushed.base_blob);
    assert!(walks_of_one > 0);
    let before = bench.door.server.requests().len();
    // What a signature is stored as is a tag, and no image.
    let prefix = bench.path("key").display().to_string();
    run(seawall(&["sign", "--generate-key", &prefix]), 0);
    let signed = format!("{}/team/a:1", bench._registry.address());
    run(seawall(&["sign", &signed, "--key", &format!("{prefix}.key")]), 0);
    let told = run(bench.scan("*", &[]), 1);
    assert!(told.contains(&format!("{IMAGES}/{IMAGES} ")), "progress is told: {told}");
    bench.assert_complete();
    assert_eq!(bench.door.fetched(before, &bench.pushed.base_blob), walks_of_one);
    let summary = bench.summary();
    let skipped = summary["skipped"].as_array().unwrap();
    assert!(skipped.len() == 1 && skipped[0]["name"].as_str().unwrap().ends_with(".sig"), "{skipped:?}");
    let page = std::fs::read_to_string(bench.path("out/index.html")).unwrap();
    assert!(page.contains("team/b:latest") && page.contains("href=\"reports/") && !page.contains("<script"));
    assert!(std::fs::read_to_string(bench.path("out/summary.md")).unwrap().contains("lodash"));
}

#[test]
fn patterns_choose_repositories_and_tags_and_formats_are_chosen() {
    let Some(bench) = Bench::new() else { return };
    run(bench.scan("team/*:1", &["--format", "html", "--format", "sarif", "--quiet", "--no-cache"]), 1);
    let summary = bench.summary();
    let images = summary["images"].as_array().unwrap();
    assert_eq!(images.len(), 2, "{summary:#}");
    assert_eq!(images[0]["reports"].as_array().unwrap().len(), 2);
    run(bench.scan("shop/multi:*", &["--only", "webshells", "--quiet"]), 0);
    assert_eq!(bench.summary()["images"][0]["platform"], format!("linux/{}", architecture()));
    run(bench.scan("shop/*", &["--platform", "linux/s390x", "--quiet"]), 2);
    let summary = bench.summary();
    let reason = summary["failures"][0]["reason"].as_str().unwrap();
    assert!(
        summary["images"].as_array().unwrap().len() == 1 && reason.contains("linux/s390x"),
        "{summary:#}"
    );
    run(bench.scan("shop/*", &["--all-platforms", "--quiet"]), 1);
    assert_eq!(bench.summary()["images"].as_array().unwrap().len(), 3);
    let refused = run(seawall(&["scan", "registry:localhost:1/*"]), 2);
    assert!(refused.contains("--output-dir"), "{refused}");
}

#[test]
fn a_killed_scan_goes_on_and_scans_nothing_twice() {
    let Some(bench) = Bench::new() else { return };
    let results = bench.path("state/results");
    let finished = move || -> Vec<String> {
        let names = std::fs::read_dir(&results).into_iter().flatten().flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| Some(name.strip_suffix(".json")?.replace("sha256-", "sha256:"))).collect()
    };
    let look = finished.clone();
    bench.door.hold(Box::new(move |request| is_layer(request) && look().len() >= 2));
    let child = bench.scan("*", &[]).spawn().unwrap();
    bench.door.wait_until_held();
    kill(child);
    bench.door.release();
    let finished = finished();
    assert_eq!(finished.len(), 2);
    let before = bench.door.server.requests().len();
    let told = run(bench.scan("*", &[]), 1);
    assert!(told.contains("2 of them scanned before"), "{told}");
    bench.assert_complete();
    for (_, digest) in bench.pushed.digests.iter().filter(|(name, _)| *name != "other") {
        let opened = bench.door.fetched(before, digest);
        assert_eq!(opened, usize::from(!finished.contains(digest)), "{digest}");
    }
    // What was scanned as a whole is scanned anew, since advisories change.
    let told = run(bench.scan("*", &[]), 1);
    assert!(told.contains(" 0 of them scanned before"), "{told}");
}

#[test]
fn what_vanished_is_a_failure_that_stops_nothing_and_is_tried_again() {
    let Some(bench) = Bench::new() else { return };
    let lost = bench.pushed.digest("c").to_owned();
    bench.door.refuse(Some(Box::new(move |request| {
        request.target.ends_with("/team/a/manifests/2") || request.target.ends_with(&lost)
    })));
    let told = run(bench.scan("*", &["--tries", "1"]), 2);
    assert!(told.contains("not scanned") && told.contains("2 of 5 could not be scanned"), "{told}");
    let summary = bench.summary();
    assert_eq!(summary["images"].as_array().unwrap().len(), IMAGES - 2);
    let failures = summary["failures"].as_array().unwrap();
    let told =
        |name: &str| failures.iter().find(|failure| failure["names"].to_string().contains(name)).unwrap();
    assert!(told("team/a:2")["reason"].as_str().unwrap().contains("404"), "{failures:?}");
    assert!(
        told("shop/c:1")["reason"].as_str().unwrap().starts_with("given up after 1 tries"),
        "{failures:?}"
    );
    bench.door.refuse(None);
    let told = run(bench.scan("*", &["--tries", "1"]), 1);
    assert!(told.contains("3 of them scanned before"), "{told}");
    bench.assert_complete();
}

#[test]
fn a_layer_that_cannot_be_read_is_a_gap_when_no_try_is_left() {
    let Some(bench) = Bench::new() else { return };
    let lost = bench.pushed.base_blob.clone();
    bench.door.refuse(Some(Box::new(move |request| request.target.ends_with(&lost))));
    run(bench.scan("team/b:1*", &["--tries", "1"]), 1);
    let summary = bench.summary();
    let gaps = summary["images"][0]["first_gaps"].to_string();
    assert!(gaps.contains("layer 0") && gaps.contains("unreadable"), "{summary:#}");
}

#[test]
fn two_scans_do_not_share_a_state_by_accident() {
    let Some(bench) = Bench::new() else { return };
    bench.door.hold(Box::new(is_layer));
    let child = bench.scan("*", &[]).spawn().unwrap();
    bench.door.wait_until_held();
    let told = run(bench.scan("*", &[]), 2);
    assert!(told.contains("another scan uses"), "{told}");
    kill(child);
    bench.door.release();
}

/// A process that publishes and works is killed in the middle of an image; another one works on, and a third writes the
/// summary.
fn check_shared(queue: &str, results: &str) {
    let Some(bench) = Bench::new() else { return };
    let share = ["--queue", queue, "--results", results, "--run", "nightly"];
    let work = |wait: &str| {
        let mut command = seawall(&[&["work", "--lease", "2", "--wait", wait][..], &share].concat());
        command.arg("--cache").arg(bench.path("cache")).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    bench.door.hold(Box::new({
        let is_first = Mutex::new(true);
        // The first layer of all: whoever has that image waits, all others go on.
        move |request| is_layer(request) && std::mem::take(&mut *is_first.lock().unwrap())
    }));
    let publisher = bench.scan("*", &share).spawn().unwrap();
    bench.door.wait_until_held();
    let store = || queue::open_results_of(results, "nightly").unwrap();
    assert_eq!(store().list().unwrap(), []);
    let worker = work("5").spawn().unwrap();
    while store().list().unwrap().len() < IMAGES - 1 {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(publisher);
    let output = worker.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains(&format!("scanned {IMAGES}")), "{told}");
    bench.door.release();
    let reports = store().list().unwrap();
    assert_eq!(reports.len(), IMAGES);
    let told = run(bench.scan("*", &share), 1);
    assert!(told.contains(&format!("{IMAGES} of them scanned before")), "{told}");
    bench.assert_complete();
    assert_eq!(store().list().unwrap(), reports, "a result is never replaced");
    let opened: usize = bench.pushed.digests.iter().map(|(_, digest)| bench.door.fetched(0, digest)).sum();
    assert_eq!(opened, IMAGES + 1, "only the image of the killed one was begun twice");
}

#[test]
fn a_killed_worker_costs_no_image_with_directories() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name).display().to_string();
    check_shared(&place("queue"), &place("results"));
}

#[cfg(not(all(feature = "nats", feature = "postgres")))]
#[test]
fn a_killed_worker_costs_no_image_with_nats_and_postgresql() {
    eprintln!("skipped: built without the features nats and postgres");
}

#[cfg(all(feature = "nats", feature = "postgres"))]
#[test]
fn a_killed_worker_costs_no_image_with_nats_and_postgresql() {
    let (Some(nats), Some(postgres)) = (testkit::nats(), testkit::postgres()) else { return };
    check_shared(nats.address(), postgres.address());
}
