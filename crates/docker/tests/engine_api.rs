//! Against an engine that plays any part.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]

use docker::{Access, Address, DockerError, Engine, Environment, OpenOptions, OpenedImage, Options};
use model::Limits;
use oci::PlatformChoice;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use testkit::{
    LayerEncoding, Layout, Tar, Tls,
    server::{Ending, Reply, Request, Server},
};

fn socket() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker.sock");
    (directory, path)
}

fn options(path: &Path) -> Options {
    Options { host: Some(format!("unix://{}", path.display())), ..Options::default() }
}

fn ping(request: &Request, version: &str) -> Option<Reply> {
    (request.target == "/_ping").then(|| Reply::ok("OK").header("api-version", version))
}

#[test]
fn the_older_version_of_the_api_is_spoken() {
    for (offered, expected) in [("1.30", "/v1.30/info"), ("1.99", "/v1.51/info"), ("strange", "/info")] {
        let (_directory, path) = socket();
        let server = Server::start_unix(&path, move |request| {
            ping(request, offered).unwrap_or_else(|| Reply::ok("{}"))
        });
        Engine::connect(options(&path)).unwrap().info().unwrap();
        assert_eq!(server.requests()[1].target, expected);
    }
}

#[test]
fn an_engine_that_is_not_there_is_an_error_with_advice() {
    let (_directory, path) = socket();
    let error = Engine::connect(options(&path)).unwrap_err();
    assert!(matches!(error, DockerError::Unreachable { .. }));
    assert!(error.to_string().contains("hint: is dockerd running?"), "{error}");
}

#[test]
fn answers_that_are_wrong_huge_or_slow_are_errors() {
    let (_directory, path) = socket();
    let _server = Server::start_unix(&path, |request| match request.target.rsplit('/').next().unwrap() {
        "_ping" => Reply::ok("OK").header("api-version", "1.41"),
        "info" => Reply::ok("[not json"),
        "json" => Reply::ok(vec![b' '; 100_000]).ending(Ending::Drip),
        "history" => Reply::new(500, "{\"message\":\"broken\\u001b[31m\"}"),
        _ => Reply::new(404, ""),
    });
    let engine =
        Engine::connect(Options { answer_timeout: Duration::from_millis(200), ..options(&path) }).unwrap();
    assert!(matches!(engine.info(), Err(DockerError::Malformed { .. })));
    let started = Instant::now();
    assert!(matches!(engine.images(), Err(DockerError::Unreachable { .. })));
    assert!(started.elapsed() < Duration::from_secs(5));
    let error = engine.history("a").unwrap_err().to_string();
    assert!(error.contains("500") && error.contains("broken") && !error.contains('\u{1b}'), "{error}");
}

#[test]
fn an_export_that_stalls_ends() {
    let (_directory, path) = socket();
    let _server = Server::start_unix(&path, |request| {
        ping(request, "1.41").unwrap_or_else(|| match request.target.as_str() {
            target if target.ends_with("/get") => {
                Reply::ok(vec![1; 10_000]).ending(Ending::StallAfter(5_000))
            }
            _ => Reply::ok(json!({"Id": format!("sha256:{}", "a".repeat(64))}).to_string()),
        })
    });
    let engine = Engine::connect(Options {
        export_timeout: Duration::from_millis(100),
        access: Access::ApiOnly,
        ..options(&path)
    })
    .unwrap();
    let OpenedImage::Stream(export) = engine.open_image("a:1", &OpenOptions::default()).unwrap() else {
        panic!()
    };
    let mut bytes = Vec::new();
    assert!(std::io::Read::read_to_end(&mut export.open().unwrap(), &mut bytes).is_err());
    assert_eq!(bytes.len(), 5_000);
}

#[test]
fn an_engine_with_tls_is_reached_with_the_certificates_of_docker_cert_path() {
    let tls = Tls::new();
    let certs = tempfile::tempdir().unwrap();
    for (name, content) in
        [("ca.pem", &tls.ca_pem), ("cert.pem", &tls.client_pem), ("key.pem", &tls.client_key_pem)]
    {
        std::fs::write(certs.path().join(name), content).unwrap();
    }
    let server = Server::start_tls(tls.server_for_known_clients, |request| {
        ping(request, "1.41").unwrap_or_else(|| Reply::ok("{}"))
    });
    let environment = Environment {
        docker_host: Some(format!("tcp://{}", server.address)),
        has_tls: true,
        is_tls_verified: true,
        cert_path: Some(certs.path().to_owned()),
        ..Environment::default()
    };
    let engine = Engine::connect(Options { environment: environment.clone(), ..Options::default() }).unwrap();
    assert_eq!(engine.address(), &Address::Tls(server.address.clone()));
    engine.info().unwrap();
    // Without the client's certificate the engine does not talk; with another authority we do not.
    std::fs::remove_file(certs.path().join("key.pem")).unwrap();
    let connect = || Engine::connect(Options { environment: environment.clone(), ..Options::default() });
    assert!(connect().is_err());
    std::fs::write(certs.path().join("ca.pem"), Tls::new().ca_pem).unwrap();
    assert!(connect().is_err());
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_an_error_not_a_panic() {
    let (one, other, certs) = (Tls::new(), Tls::new(), tempfile::tempdir().unwrap());
    std::fs::write(certs.path().join("cert.pem"), one.client_pem).unwrap();
    std::fs::write(certs.path().join("key.pem"), other.client_key_pem).unwrap();
    let environment = Environment {
        docker_host: Some("tcp://127.0.0.1:1".to_owned()),
        has_tls: true,
        cert_path: Some(certs.path().to_owned()),
        ..Environment::default()
    };
    let Err(DockerError::Tls { source }) = Engine::connect(Options { environment, ..Options::default() })
    else {
        panic!()
    };
    assert!(source.to_string().contains("cert.pem and"), "{source}");
}

/// An engine with the containerd image store: a data root made by code.
struct ContainerdEngine {
    _server: Server,
    directory: TempDir,
    options: Options,
    layer: String,
}

fn containerd_engine(platforms: &[&str]) -> ContainerdEngine {
    let (directory, path) = socket();
    let root = directory.path().join("root");
    let layout = Layout::new(&root.join("containerd/daemon/io.containerd.content.v1.content"));
    let layers = [Tar::new().directory("etc").file("etc/motd", b"hello").finish()];
    let mut manifests: Vec<_> =
        platforms.iter().map(|name| layout.image(name, &layers, LayerEncoding::Gzip)).collect();
    // A platform of the index that was never pulled, as in most images of Docker Hub.
    let mut absent = manifests[0].clone();
    absent["digest"] = json!(format!("sha256:{}", "b".repeat(64)));
    absent["platform"] = json!({"os": "linux", "architecture": "riscv64"});
    manifests.push(absent);
    let id = layout.index(&manifests)["digest"].as_str().unwrap().to_owned();
    let blobs = root.join("containerd/daemon/io.containerd.content.v1.content/blobs/sha256");
    let manifest: serde_json::Value = serde_json::from_slice(
        &std::fs::read(blobs.join(&manifests[0]["digest"].as_str().unwrap()[7..])).unwrap(),
    )
    .unwrap();
    let layer = blobs.join(&manifest["layers"][0]["digest"].as_str().unwrap()[7..]).display().to_string();
    let info = json!({
        "Driver": "overlayfs", "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]], "DockerRootDir": root,
    });
    let inspect = json!({"Id": id, "RepoTags": ["app:1"], "RepoDigests": [format!("app@{id}")], "Os": "linux", "Architecture": "amd64"});
    let server = Server::start_unix(&path, move |request| {
        ping(request, "1.47").unwrap_or_else(|| match request.target.as_str() {
            "/v1.47/info" => Reply::ok(info.to_string()),
            "/v1.47/images/app:1/json" => Reply::ok(inspect.to_string()),
            _ => Reply::new(404, "{}"),
        })
    });
    ContainerdEngine { _server: server, directory, options: options(&path), layer }
}

fn open(engine: &ContainerdEngine, platforms: PlatformChoice) -> Result<OpenedImage, DockerError> {
    Engine::connect(engine.options.clone()).unwrap().open_image("app:1", &OpenOptions { platforms })
}

struct Ignore;
impl oci::Visitor for Ignore {
    fn entry(&mut self, _: &oci::Entry) -> bool {
        false
    }
    fn body(&mut self, _: &oci::Entry, _: oci::Body<'_>) {}
}

#[test]
fn blobs_of_the_containerd_store_are_read_in_place_and_verified() {
    let engine = containerd_engine(&["amd64", "arm64"]);
    let OpenedImage::InPlace(images) =
        open(&engine, PlatformChoice::One("linux/arm64".parse().unwrap())).unwrap()
    else {
        panic!("not in place")
    };
    assert_eq!(images.len(), 1);
    assert_eq!(images[0].target.platform.as_deref(), Some("linux/arm64"));
    let outcome = images[0].layers[0].source.walk(&Limits::default(), &mut Ignore).unwrap();
    assert!(outcome.mismatches.is_empty() && outcome.gaps.is_empty(), "{outcome:?}");

    let mut content = std::fs::read(&engine.layer).unwrap();
    let middle = content.len() - 12;
    content[middle] ^= 1;
    std::fs::write(&engine.layer, content).unwrap();
    let outcome = images[0].layers[0].source.walk(&Limits::default(), &mut Ignore).unwrap();
    assert!(!outcome.mismatches.is_empty(), "a changed blob must be seen");
}

#[test]
fn all_platforms_are_those_that_the_engine_holds() {
    let engine = containerd_engine(&["amd64", "arm64"]);
    let OpenedImage::InPlace(images) = open(&engine, PlatformChoice::All).unwrap() else {
        panic!("not in place")
    };
    assert_eq!(images.len(), 2);
    let absent = open(&engine, PlatformChoice::One("linux/riscv64".parse().unwrap()));
    assert!(matches!(absent, Err(DockerError::Platform { .. })), "{absent:?}");
}

#[test]
fn a_store_without_the_content_leads_to_the_export() {
    let engine = containerd_engine(&["amd64"]);
    std::fs::remove_file(&engine.layer).unwrap();
    let OpenedImage::Stream(export) = open(&engine, PlatformChoice::All).unwrap() else { panic!("in place") };
    assert!(export.reason.contains("missing"), "{}", export.reason);
    std::fs::remove_dir_all(engine.directory.path().join("root")).unwrap();
    assert!(matches!(open(&engine, PlatformChoice::All).unwrap(), OpenedImage::Stream(_)));
}

#[test]
fn other_drivers_and_other_machines_are_streamed_with_the_reason() {
    for (driver, native, expected) in [("btrfs", "true", "'btrfs'"), ("vfs", "true", "'vfs'")] {
        let (_directory, path) = socket();
        let _server = Server::start_unix(&path, move |request| {
            ping(request, "1.41").unwrap_or_else(|| match request.target.as_str() {
                "/v1.41/info" => Reply::ok(
                    json!({"Driver": driver, "DriverStatus": [["Native Overlay Diff", native]], "DockerRootDir": "/nowhere"}).to_string(),
                ),
                _ => Reply::ok(json!({"Id": format!("sha256:{}", "a".repeat(64))}).to_string()),
            })
        });
        let engine = Engine::connect(options(&path)).unwrap();
        let OpenedImage::Stream(export) = engine.open_image("a:1", &OpenOptions::default()).unwrap() else {
            panic!()
        };
        assert!(export.reason.contains(expected), "{}", export.reason);
    }
    let server = Server::start(|request| {
        ping(request, "1.41")
            .unwrap_or_else(|| Reply::ok(json!({"Id": format!("sha256:{}", "a".repeat(64))}).to_string()))
    });
    let engine =
        Engine::connect(Options { host: Some(format!("tcp://{}", server.address)), ..Options::default() })
            .unwrap();
    let OpenedImage::Stream(export) = engine.open_image("a:1", &OpenOptions::default()).unwrap() else {
        panic!()
    };
    assert!(export.reason.contains("another machine"), "{}", export.reason);
}
