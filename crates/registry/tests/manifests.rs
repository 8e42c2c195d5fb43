//! Manifests, platforms, mirrors, retries and hostile answers.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use model::Limits;
use oci::PlatformChoice;
use registry::{Client, Options, ProgressEvent};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use support::{digest, options, reference};
use testkit::server::{Ending, Reply, Request, Server};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Content by path.
#[derive(Clone, Default)]
struct Store(HashMap<String, (String, Vec<u8>)>);

impl Store {
    fn add(&mut self, kind: &str, name: Option<&str>, media_type: &str, content: &[u8]) -> Value {
        let digest = digest(content);
        for name in [Some(digest.as_str()), name].into_iter().flatten() {
            self.0.insert(format!("/v2/app/{kind}/{name}"), (media_type.to_owned(), content.to_vec()));
        }
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": content.len()})
    }

    fn image(&mut self, architecture: &str, tag: Option<&str>) -> Value {
        let tar = testkit::Tar::new().file("etc/arch", architecture.as_bytes()).finish();
        let layer = self.add("blobs", None, "application/vnd.oci.image.layer.v1.tar", &tar);
        let config = json!({"os": "linux", "architecture": architecture, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}});
        let config = self.add(
            "blobs",
            None,
            "application/vnd.oci.image.config.v1+json",
            config.to_string().as_bytes(),
        );
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
        let mut descriptor = self.add("manifests", tag, MANIFEST, manifest.to_string().as_bytes());
        descriptor["platform"] = json!({"os": "linux", "architecture": architecture});
        descriptor
    }

    fn reply(&self, request: &Request) -> Reply {
        match self.0.get(&request.target) {
            Some((media_type, content)) => Reply::ranged(content, request)
                .header("content-type", media_type)
                .header("docker-content-digest", digest(content).as_str()),
            None if request.target == "/v2/" => Reply::ok("{}"),
            None => {
                Reply::new(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#)
            }
        }
    }

    fn serve(self) -> Server {
        Server::start(move |request| self.reply(request))
    }
}

fn two_platforms() -> Store {
    let mut store = Store::default();
    let manifests = [store.image("amd64", None), store.image("arm64", None)];
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
    store.add("manifests", Some("1"), INDEX, index.to_string().as_bytes());
    store
}

fn platforms(server: &Server, choice: &PlatformChoice) -> Result<Vec<String>, String> {
    let client = Client::new(options()).unwrap();
    let images = client
        .open(&reference(server, "app:1"), choice)
        .map_err(|error| format!("{error} {:?}", std::error::Error::source(&error)))?;
    Ok(images.into_iter().map(|image| image.target.platform.unwrap()).collect())
}

#[test]
fn one_or_all_platforms_of_an_index_are_opened() {
    let server = two_platforms().serve();
    let arm = PlatformChoice::One("linux/arm64".parse().unwrap());
    assert_eq!(platforms(&server, &arm).unwrap(), ["linux/arm64"]);
    assert_eq!(platforms(&server, &PlatformChoice::All).unwrap(), ["linux/amd64", "linux/arm64"]);
    let missing = platforms(&server, &PlatformChoice::One("linux/s390x".parse().unwrap())).unwrap_err();
    assert!(missing.contains("NoPlatform"), "{missing}");
}

#[test]
fn a_single_image_for_another_platform_than_asked_is_refused() {
    let mut store = Store::default();
    store.image("arm64", Some("1"));
    let server = store.serve();
    assert_eq!(platforms(&server, &PlatformChoice::Host).unwrap(), ["linux/arm64"]);
    assert!(platforms(&server, &PlatformChoice::One("linux/amd64".parse().unwrap())).is_err());
}

#[test]
fn an_image_that_is_missing_from_all_platforms_is_a_gap() {
    let mut store = two_platforms();
    let amd64 = store.image("amd64", None)["digest"].as_str().unwrap().to_owned();
    store.0.remove(&format!("/v2/app/manifests/{amd64}"));
    let server = store.serve();
    let client = Client::new(options()).unwrap();
    let images = client.open(&reference(&server, "app:1"), &PlatformChoice::All).unwrap();
    assert_eq!(images.len(), 1);
    assert!(
        images[0].gaps[0].what.contains(&amd64) && images[0].gaps[0].detail.contains("404"),
        "{:?}",
        images[0].gaps
    );
}

#[test]
fn a_tampered_manifest_is_a_mismatch_not_an_error() {
    let mut store = Store::default();
    let honest = store.image("amd64", Some("1"))["digest"].as_str().unwrap().to_owned();
    let path = format!("/v2/app/manifests/{honest}");
    store.0.get_mut(&path).unwrap().1.push(b' ');
    let server = store.serve();
    let client = Client::new(options()).unwrap();
    let images = client.open(&reference(&server, &format!("app@{honest}")), &PlatformChoice::Host).unwrap();
    assert_eq!(images[0].mismatches[0].expected.as_str(), honest);
    assert_eq!(images[0].mismatches[0].what, "manifest");
}

#[test]
fn a_tag_whose_manifest_is_not_what_the_registry_declares_is_a_mismatch() {
    let mut store = Store::default();
    store.image("amd64", Some("1"));
    let server = Server::start(move |request| {
        let mut reply = store.reply(request);
        if request.target.contains("/manifests/") {
            reply.headers.retain(|(name, _)| name != "docker-content-digest");
            reply = reply.header("docker-content-digest", digest(b"other").as_str());
        }
        reply
    });
    let client = Client::new(options()).unwrap();
    let fetched = client.manifest(&reference(&server, "app:1")).unwrap();
    assert_eq!(fetched.mismatch.unwrap().expected, digest(b"other"));
}

#[test]
fn head_tells_the_digest_without_the_manifest() {
    let server = two_platforms().serve();
    let client = Client::new(options()).unwrap();
    let summary = client.resolve(&reference(&server, "app:1")).unwrap();
    assert_eq!(summary.digest, client.manifest(&reference(&server, "app:1")).unwrap().digest);
    assert_eq!(server.requests()[0].method, "HEAD");
    assert!(summary.size_bytes.unwrap() > 100);
}

#[test]
fn a_missing_image_is_named_with_the_registrys_words_and_not_asked_for_again() {
    let server = Store::default().serve();
    let client = Client::new(options()).unwrap();
    let error = client.manifest(&reference(&server, "app:none")).unwrap_err();
    assert_eq!(error.status(), Some(404));
    let shown = error.to_string();
    for part in [
        server.address.as_str(),
        "404",
        "manifest none of app",
        "MANIFEST_UNKNOWN",
        "hint: look for a typing error",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn temporary_errors_are_retried_and_the_server_says_when() {
    let store = two_platforms();
    let count = AtomicU32::new(0);
    let server =
        Server::start(move |request| match (request.target.as_str(), count.load(Ordering::SeqCst)) {
            ("/v2/", _) => Reply::ok(""),
            (_, 0) => {
                count.store(1, Ordering::SeqCst);
                Reply::new(429, "").header("retry-after", "0")
            }
            (_, 1) => {
                count.store(2, Ordering::SeqCst);
                Reply::ok("half an answer").ending(Ending::CutAfter(3))
            }
            _ => store.reply(request),
        });
    let client = Client::new(options()).unwrap();
    client.manifest(&reference(&server, "app:1")).unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_wait_longer_than_allowed_is_not_waited_for() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/" => Reply::ok(""),
        _ => Reply::new(429, "").header("retry-after", "21600"),
    });
    let started = Instant::now();
    let error =
        Client::new(options()).unwrap().manifest(&reference(&server, "app:1")).unwrap_err().to_string();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(error.contains("429") && error.contains("limits requests"), "{error}");
}

#[test]
fn a_slow_loris_is_bounded_in_time() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/" => Reply::ok(""),
        _ => Reply::ok(vec![b' '; 1_000_000]).ending(Ending::Drip),
    });
    let options = Options { document_timeout: Duration::from_millis(300), retries_max: 1, ..options() };
    let started = Instant::now();
    assert!(Client::new(options).unwrap().manifest(&reference(&server, "app:1")).is_err());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_huge_manifest_is_refused_before_it_is_read() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/" => Reply::ok(""),
        _ => Reply::ok(vec![b' '; 100_000]),
    });
    let limits = Limits { manifest_bytes_max: 10_000, ..Limits::default() };
    let client = Client::new(Options { limits, ..options() }).unwrap();
    let error = client.manifest(&reference(&server, "app:1")).unwrap_err().to_string();
    assert!(error.contains("more than 10000 bytes"), "{error}");
}

#[test]
fn endless_redirects_and_redirects_to_plain_http_are_refused() {
    let server = Server::start(|request| match request.target.as_str() {
        "/v2/" => Reply::ok(""),
        target if target.contains("loop") => Reply::new(302, "").header("location", "/v2/app/manifests/loop"),
        _ => Reply::new(302, "").header("location", "http://plain.invalid/x?signature=secret"),
    });
    let client = Client::new(options()).unwrap();
    let error = client.manifest(&reference(&server, "app:loop")).unwrap_err().to_string();
    assert!(error.contains("too many redirects"), "{error}");
    let error = client.manifest(&reference(&server, "app:1")).unwrap_err().to_string();
    assert!(error.contains("plain http") && !error.contains("secret"), "{error}");
}

#[test]
fn mirrors_are_asked_first_and_passed_over_when_they_fail_or_lie() {
    let store = two_platforms();
    let honest = digest(&store.0["/v2/app/manifests/1"].1);
    let dead = Server::start(|_| Reply::new(500, "down"));
    let lying = {
        let mut store = store.clone();
        store.0.values_mut().for_each(|(_, content)| content.push(b' '));
        store.serve()
    };
    let origin = store.serve();
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let client = Client::new(Options {
        mirrors: BTreeMap::from([(
            origin.address.clone(),
            vec![format!("http://{}", dead.address), format!("http://{}", lying.address)],
        )]),
        progress: Some(Arc::new(move |event| log.lock().unwrap().push(event))),
        retries_max: 0,
        ..options()
    })
    .unwrap();
    let by_digest = reference(&origin, "app").with_digest(honest);
    assert_eq!(client.manifest(&by_digest).unwrap().mismatch, None);
    assert!(!dead.requests().is_empty() && !lying.requests().is_empty() && !origin.requests().is_empty());
    let failed: Vec<String> = events
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            ProgressEvent::MirrorFailed { host, .. } => Some(host.clone()),
            _ => None,
        })
        .collect();
    assert!(failed.contains(&dead.address) && failed.contains(&lying.address), "{failed:?}");
}

#[test]
fn a_mirror_that_cannot_be_reached_is_asked_once() {
    let origin = two_platforms().serve();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let failures = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&failures);
    let client = Client::new(Options {
        mirrors: BTreeMap::from([(origin.address.clone(), vec![format!("http://{closed}")])]),
        progress: Some(Arc::new(move |event| {
            if matches!(event, ProgressEvent::MirrorFailed { .. }) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })),
        ..options()
    })
    .unwrap();
    client.open(&reference(&origin, "app:1"), &PlatformChoice::All).unwrap();
    assert_eq!(failures.load(Ordering::SeqCst), 1);
}
