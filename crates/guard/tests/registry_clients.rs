//! Promise: real clients push and pull through the guard, over TLS and with tokens.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};
use support_registry::{Guarded, SECRET, access, guarded_with};
use testkit::{LayerEncoding, Layout, Tar, Tls, find_program, private_dockerd, registry, skip};

/// A guard that listens with TLS besides; its address there.
fn with_tls(upstream: &str, more: &str) -> (Guarded, String, Tls) {
    let tls = Tls::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let guard = guarded_with(upstream, access(more), |options| options.origin = format!("https://{address}"));
    let serving = Arc::clone(&guard.guard);
    let listener = guard::Listener::Open(listener, Arc::clone(&tls.server));
    std::thread::spawn(move || serving.serve(&listener));
    (guard, address, tls)
}

fn layout(directory: &Path, names: &[&str]) -> (std::path::PathBuf, Vec<String>) {
    let mut layout = Layout::new(&directory.join("layout"));
    let mut digests = Vec::new();
    for name in names {
        let tar = Tar::new().file("etc/name", name.as_bytes());
        let image = layout.image("amd64", &[tar.finish()], LayerEncoding::Gzip);
        digests.push(image["digest"].as_str().unwrap().to_owned());
        layout.tag(name, &image);
    }
    (layout.finish(), digests)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn skopeo_pushes_and_pulls_what_passed() {
    let Some(registry) = registry() else { return };
    let (guard, address, tls) = with_tls(&format!("http://{}", registry.address()), "");
    let place = tempfile::tempdir().unwrap();
    let (layout, digests) = layout(place.path(), &["good", "bad"]);
    guard.judge.pass(&digests[0]);
    let certificates = place.path().join("certificates");
    std::fs::create_dir(&certificates).unwrap();
    std::fs::write(certificates.join("ca.crt"), &tls.ca_pem).unwrap();
    let skopeo = |arguments: &[&str]| {
        Command::new("skopeo").arg("--insecure-policy").args(arguments).output().unwrap()
    };
    let certificates = certificates.display().to_string();
    for name in ["good", "bad"] {
        let (from, to) =
            (format!("oci:{}:{name}", layout.display()), format!("docker://{address}/team-a/{name}:1"));
        let credentials = format!("alice:{SECRET}");
        let arguments = ["copy", "--dest-cert-dir", &certificates, "--dest-creds", &credentials, &from, &to];
        let pushed = skopeo(&arguments);
        assert!(pushed.status.success(), "{}", text(&pushed));
        let again = skopeo(&arguments);
        assert!(again.status.success(), "{}", text(&again));
    }
    let pull = |name: &str| {
        let (from, to) = (
            format!("docker://{address}/team-a/{name}:1"),
            format!("oci:{}/pulled-{name}", place.path().display()),
        );
        skopeo(&[
            "copy",
            "--src-cert-dir",
            &certificates,
            "--src-creds",
            &format!("puller:{SECRET}"),
            &from,
            &to,
        ])
    };
    let pulled = pull("good");
    assert!(pulled.status.success(), "{}", text(&pulled));
    let refused = pull("bad");
    assert!(!refused.status.success() && text(&refused).contains("did not pass"), "{}", text(&refused));
    let tags = skopeo(&[
        "list-tags",
        "--cert-dir",
        &certificates,
        "--creds",
        &format!("alice:{SECRET}"),
        &format!("docker://{address}/team-a/good"),
    ]);
    assert!(text(&tags).contains("\"1\""), "{}", text(&tags));
    let unknown =
        skopeo(&["inspect", "--cert-dir", &certificates, &format!("docker://{address}/team-a/good:1")]);
    assert!(!unknown.status.success(), "without a name nothing is had");
}

#[test]
fn docker_logs_in_pushes_and_pulls_what_passed() {
    let Some(registry) = registry() else { return };
    if find_program("docker").is_none() {
        skip("no docker");
        return;
    }
    let Some(dockerd) = private_dockerd() else { return };
    // The engine takes certificates of loopback addresses as they are.
    let (guard, address, _tls) = with_tls(&format!("http://{}", registry.address()), "");
    let docker = |arguments: &[&str]| dockerd.command().args(arguments).output().unwrap();
    let wrong = docker(&["login", "-u", "alice", "-p", "wrong", &address]);
    assert!(!wrong.status.success(), "{}", text(&wrong));
    let login = docker(&["login", "-u", "alice", "-p", SECRET, &address]);
    assert!(login.status.success(), "{}", text(&login));
    let tar = Tar::new().file("etc/name", b"docker");
    let name = format!("{address}/team-a/app:1");
    dockerd.import(&name, &tar.finish());
    let pushed = docker(&["push", &name]);
    assert!(pushed.status.success(), "{}", text(&pushed));
    let denied = docker(&["tag", &name, &format!("{address}/team-b/app:1")]);
    assert!(denied.status.success());
    let denied = docker(&["push", &format!("{address}/team-b/app:1")]);
    assert!(!denied.status.success(), "{}", text(&denied));
    // Not judged to be good so far: it does not come back.
    docker(&["rmi", &name, &format!("{address}/team-b/app:1")]);
    let refused = docker(&["pull", &name]);
    assert!(!refused.status.success() && text(&refused).contains("did not pass"), "{}", text(&refused));
    let digest = text(&pushed).split("digest: ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    guard.judge.pass(&digest);
    *guard.judge.edition.lock().unwrap() += "x";
    let pulled = docker(&["pull", &name]);
    assert!(pulled.status.success() && text(&pulled).contains(&digest), "{}", text(&pulled));
}
