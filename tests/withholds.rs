//! Promise: the guard before a registry lets nothing leave that did not pass, and goes on where it was killed.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

mod support;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};
use support::seawall;
use testkit::{LayerEncoding, Layout, RegistryServer, Tar, Tls};

const SECRET: &str = "correct horse battery";
const POLICY: &str = "version = 1\n[secret]\nblock = \"any\"\n[configuration]\nblock = \"never\"\n[integrity]\nblock = \"never\"\n";

/// A guard that runs as long as this.
struct Guarded {
    child: Child,
    address: String,
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SIGKILL: nothing is cleaned up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Place(tempfile::TempDir, String);

impl Place {
    fn new() -> Self {
        // One port for all guards of a test: clients find tokens where the one before was.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let place = Self(tempfile::tempdir().unwrap(), port.to_string());
        let rule = "rules:\n  - {principals: ['robot:ci'], repositories: ['**'], allow: [admin]}\n";
        let quota = "quotas:\n  - {repositories: ['counted/**'], repository_bytes_max: 2000}\n";
        let robot = format!("robots:\n  - {{name: ci, secret: '{}'}}\n", access::hash_secret(SECRET));
        let text = format!("version: 1\nservice: registry.test\n{robot}{rule}{quota}");
        place.write("access.yaml", text.as_bytes());
        place.write("policy.toml", POLICY.as_bytes());
        place
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self.0.path().join(name)
    }

    fn start(&self, upstream: &str, more: &[&str]) -> Guarded {
        let path = |name: &str| self.0.path().join(name).display().to_string();
        let mut command = seawall(&["guard", "registry", "--plain-http", "--listen", &self.1]);
        command.args(["--origin", &format!("http://{}", self.1)]);
        command.args(["--upstream", upstream, "--only", "secrets", "--no-cache"]);
        command.args(["--access", &path("access.yaml"), "--policy", &path("policy.toml")]);
        command.args(["--ledger", &path("log")]).args(more);
        command.env("SEAWALL_KEYS", self.0.path().join("keys"));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the guard ended: {told}")).unwrap();
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.to_owned();
            }
            told.push_str(&line);
        };
        std::thread::spawn(move || lines.for_each(drop));
        Guarded { child, address }
    }

    /// A layout with the image `clean` and the image `leaky`.
    fn layout(&self) -> PathBuf {
        let mut layout = Layout::new(&self.0.path().join("layout"));
        let key = ["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYz7Qm2LpD9"].concat();
        let secret = format!("AWS_SECRET_ACCESS_KEY={key}\n");
        for (tag, content) in [("clean", "PORT=80\n"), ("leaky", &secret)] {
            let layer = Tar::new().file("app/config.env", content.as_bytes()).finish();
            let image = layout.image("amd64", &[layer], LayerEncoding::Gzip);
            layout.tag(tag, &image);
        }
        layout.finish()
    }
}

/// Copies with skopeo; what it says, and whether it could.
fn copy(from: &str, to: &str) -> (bool, String) {
    let output = Command::new("skopeo")
        .args([
            "copy",
            "--insecure-policy",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--retry-times=0",
        ])
        .args(if from.starts_with("docker:") { ["--src-creds"] } else { ["--dest-creds"] })
        .args([&format!("ci:{SECRET}"), from, to])
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

struct Answer {
    status: u16,
    location: String,
    body: Vec<u8>,
}

/// Asks a guard as the robot, or a registry as nobody.
fn ask(method: &str, url: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body).unwrap()).unwrap();
    let location = response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
    Answer { status: response.status().as_u16(), location, body: response.body_mut().read_to_vec().unwrap() }
}

impl Guarded {
    fn ask(&self, method: &str, target: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        // `ci` with SECRET.
        let own = [("Authorization", "Basic Y2k6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5")];
        ask(method, &format!("http://{}{target}", self.address), &[&own, fields].concat(), body)
    }

    fn push(&self, layout: &Path, tag: &str, name: &str) {
        let (is_done, told) =
            copy(&format!("oci:{}:{tag}", layout.display()), &format!("docker://{}/{name}", self.address));
        assert!(is_done, "{told}");
    }

    fn pull(&self, name: &str, to: &Path) -> (bool, String) {
        copy(&format!("docker://{}/{name}", self.address), &format!("dir:{}", to.display()))
    }
}

fn manifest_of(registry: &RegistryServer, name: &str, tag: &str) -> (String, Value) {
    let url = format!("http://{}/v2/{name}/manifests/{tag}", registry.address());
    let accept = [("Accept", "application/vnd.oci.image.manifest.v1+json")];
    let body = ask("GET", &url, &accept, b"").body;
    (format!("sha256:{}", hex_of(&body)), serde_json::from_slice(&body).unwrap())
}

fn hex_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn killed_guard_goes_on_with_verdicts_links_uploads_and_quotas() {
    let Some(registry) = testkit::registry() else { return };
    let upstream = format!("http://{}", registry.address());
    let place = Place::new();
    let guard = place.start(&upstream, &[]);
    guard.push(&place.layout(), "clean", "team/app:1");
    let (pulled, told) = guard.pull("team/app:1", &place.0.path().join("pulled"));
    assert!(pulled, "{told}");
    let (digest, manifest) = manifest_of(&registry, "team/app", "1");
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
    let counted = guard.ask("POST", "/v2/counted/app/blobs/uploads/", &[], b"");
    let content = [b'x'; 1_500];
    let end = format!("{}?digest=sha256:{}", counted.location, hex_of(&content));
    assert_eq!(guard.ask("PUT", &end, &[], &content).status, 201);
    let begun = guard.ask("POST", "/v2/team/app/blobs/uploads/", &[], b"").location;
    assert_eq!(guard.ask("PATCH", &begun, &[("Content-Range", "0-4")], b"first").status, 202);
    drop(guard);

    let guard = place.start(&upstream, &[]);
    // Without the manifest nobody could judge the image now: verdict and link are those of before.
    let gone = ask("DELETE", &format!("{upstream}/v2/team/app/manifests/{digest}"), &[], b"");
    assert_eq!(gone.status, 202);
    let blob = guard.ask("GET", &format!("/v2/team/app/blobs/{layer}"), &[], b"");
    assert_eq!(blob.status, 200, "{}", String::from_utf8_lossy(&blob.body));
    assert_eq!(format!("sha256:{}", hex_of(&blob.body)), layer);
    let sent = guard.ask("PATCH", &begun, &[("Content-Range", "5-10")], b"second");
    assert_eq!(sent.status, 202, "{}", String::from_utf8_lossy(&sent.body));
    let end = format!("{begun}?digest=sha256:{}", hex_of(b"firstsecond"));
    assert_eq!(guard.ask("PUT", &end, &[], b"").status, 201);
    let counted = guard.ask("POST", "/v2/counted/app/blobs/uploads/", &[], b"");
    let end = format!("{}?digest=sha256:{}", counted.location, hex_of(&[b'y'; 600]));
    assert_eq!(guard.ask("PUT", &end, &[], &[b'y'; 600]).status, 413);
    drop(guard);

    // Another policy: what passed by the one before is nothing.
    place.write("policy.toml", format!("{POLICY}[webshell]\nblock = \"any\"\n").as_bytes());
    let guard = place.start(&upstream, &[]);
    let blob = guard.ask("GET", &format!("/v2/team/app/blobs/{layer}"), &[], b"");
    assert_eq!(blob.status, 503, "{}", String::from_utf8_lossy(&blob.body));
}

#[test]
fn scans_reach_a_closed_registry_as_the_guard() {
    let tls = Tls::new();
    let Some(registry) = testkit::closed_registry(&tls) else { return };
    let place = Place::new();
    let file = |name: &str, content: &[u8]| place.write(name, content).display().to_string();
    let (name, secret) = testkit::LOGIN;
    let ca = file("ca.pem", &tls.ca_pem);
    let certificate = file("client.pem", &tls.client_pem);
    let key = file("client.key", &tls.client_key_pem);
    let login = file("login", format!("{name}:{secret}\n").as_bytes());
    let own =
        ["--upstream-ca", &ca, "--upstream-cert", &certificate, "--upstream-key", &key, "--upstream-login"];
    let upstream = format!("https://{}", registry.address());
    let guard = place.start(&upstream, &[&own[..], &[&login]].concat());
    let layout = place.layout();
    guard.push(&layout, "clean", "team/clean:1");
    guard.push(&layout, "leaky", "team/leaky:1");
    let (passed, told) = guard.pull("team/clean:1", &place.0.path().join("clean"));
    assert!(passed, "{told}");
    let (passed, told) = guard.pull("team/leaky:1", &place.0.path().join("leaky"));
    assert!(!passed && told.contains("AWS_SECRET_ACCESS_KEY"), "{told}");
    drop(guard);
    // The registry is closed indeed: without the login nothing is to be had, and nobody else is asked for one.
    let wrong = file("wrong", format!("{name}:wrong\n").as_bytes());
    let guard = place.start(&upstream, &[&own[..], &[&wrong]].concat());
    let (passed, told) = guard.pull("team/clean:1", &place.0.path().join("refused"));
    assert!(!passed, "{told}");
}

#[test]
fn signatures_count_wherever_they_are_kept() {
    let Some(registry) = testkit::registry() else { return };
    let place = Place::new();
    // Who may sign gets the manifest of what lacks a signature alone; this one may not.
    let access = std::fs::read_to_string(place.0.path().join("access.yaml")).unwrap();
    place.write("access.yaml", access.replace("[admin]", "[pull]").as_bytes());
    let layout = place.layout();
    let prefix = place.0.path().join("signer").display().to_string();
    let run = |words: &[&str]| {
        let output = seawall(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["sign", "--generate-key", &prefix]);
    let policy = format!("{POLICY}[signature]\nmissing = \"block\"\nkeys = [\"signer.pub\"]\n");
    place.write("policy.toml", policy.as_bytes());
    for name in ["unsigned", "by-tag", "by-index"] {
        registry.push_layout(&layout, "clean", &format!("team/{name}:1"));
    }
    let key = format!("{prefix}.key");
    let image = |name: &str| format!("{}/team/{name}:1", registry.address());
    run(&["sign", &image("by-tag"), "--key", &key]);
    // The registry knows no referrers: they are listed by the index under the fallback tag.
    run(&["sign", &image("by-index"), "--key", &key, "--referrer"]);
    let guard = place.start(&format!("http://{}", registry.address()), &[]);
    for (name, expected) in [("unsigned", false), ("by-tag", true), ("by-index", true)] {
        let (passed, told) = guard.pull(&format!("team/{name}:1"), &place.0.path().join(name));
        assert_eq!(passed, expected, "{name}: {told}");
        assert!(passed || told.contains("signature"), "{told}");
    }
}

/// OSV's `all.zip` of npm with one advisory, for all versions of a package.
fn advisories(package: &str) -> Vec<u8> {
    let record = format!(
        r#"{{"id": "SEA-{package}", "modified": "2026-01-01T00:00:00Z", "summary": "waves", "affected": [{{
            "package": {{"ecosystem": "npm", "name": "{package}"}},
            "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}]}}]}}]}}"#
    );
    support::zip(&[(&format!("SEA-{package}.json"), record.as_bytes())])
}

#[test]
fn new_advisories_take_back_what_passed() {
    let Some(registry) = testkit::registry() else { return };
    let place = Place::new();
    let package = br#"{"name": "breakwater", "version": "1.0.0"}"#;
    let layer = Tar::new().file("app/node_modules/breakwater/package.json", package).finish();
    let mut layout = Layout::new(&place.0.path().join("layout"));
    let image = layout.image("amd64", &[layer], LayerEncoding::Gzip);
    layout.tag("it", &image);
    registry.push_layout(&layout.finish(), "it", "team/app:1");
    place.write("policy.toml", format!("{POLICY}[vulnerability]\nblock = \"any\"\n").as_bytes());
    let db = place.0.path().join("db").display().to_string();
    let import = |package: &str| {
        let archive = place.write("all.zip", &advisories(package)).display().to_string();
        let output = seawall(&["db", "import", &archive, "--db", &db])
            .env("SEAWALL_KEYS", place.0.path().join("keys"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    import("something-else");
    let more = ["--db", &db, "--no-embedded", "--only", "vulnerabilities"];
    let guard = place.start(&format!("http://{}", registry.address()), &more);
    let (passed, told) = guard.pull("team/app:1", &place.0.path().join("before"));
    assert!(passed, "{told}");
    let (_, manifest) = manifest_of(&registry, "team/app", "1");
    let blob = format!("/v2/team/app/blobs/{}", manifest["layers"][0]["digest"].as_str().unwrap());
    assert_eq!(guard.ask("GET", &blob, &[], b"").status, 200);
    import("breakwater");
    // The guard looks for other advisories once a second, so asking goes on until it has.
    let begun = Instant::now();
    while guard.ask("GET", &blob, &[], b"").status == 200 {
        assert!(begun.elapsed().as_secs() < 60, "the verdict of before still counts");
    }
    assert_eq!(guard.ask("GET", &blob, &[], b"").status, 403);
    let (passed, told) = guard.pull("team/app:1", &place.0.path().join("after"));
    assert!(!passed && told.contains("SEA-breakwater"), "{told}");
}
