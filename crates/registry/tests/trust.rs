//! Which registries are trusted.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use registry::{Client, Insecure, Options, RegistryError};
use std::collections::BTreeMap;
use support::{options, reference};
use testkit::server::{Reply, Server};
use tls::{Authorities, Identity};

const MANIFEST: &str = r#"{"schemaVersion":2}"#;

#[test]
fn only_a_trusted_authority_opens_a_registry_with_tls() {
    let tls = testkit::Tls::new();
    let server = Server::start_tls(tls.server.clone(), |_| Reply::ok(MANIFEST));
    let manifest =
        |options: Options| Client::new(options).unwrap().manifest(&reference(&server, "app:1")).map(|_| ());
    let strict = || Options { insecure: Insecure::Never, ..options() };
    let error = manifest(strict()).unwrap_err().to_string();
    assert!(error.contains("hint: pass --tls-ca"), "{error}");
    manifest(Options { authorities: trusted(&tls), ..strict() }).unwrap();
    manifest(Options { insecure: Insecure::Hosts(vec!["127.0.0.1".to_owned()]), ..options() }).unwrap();
    let certs = tempfile::tempdir().unwrap();
    let of_host = certs.path().join(&server.address);
    std::fs::create_dir(&of_host).unwrap();
    std::fs::write(of_host.join("ca.crt"), &tls.ca_pem).unwrap();
    manifest(Options { certs_dirs: vec![certs.path().to_owned()], ..strict() }).unwrap();
}

#[test]
fn plain_http_is_not_spoken_unless_allowed() {
    let server = Server::start(|_| Reply::ok(MANIFEST));
    let strict = Client::new(Options { insecure: Insecure::Never, retries_max: 0, ..options() }).unwrap();
    assert!(strict.manifest(&reference(&server, "app:1")).is_err());
    assert!(server.requests().is_empty());
}

#[test]
fn options_that_make_no_sense_are_refused_at_once() {
    let bad_mirror =
        Options { mirrors: BTreeMap::from([("a".to_owned(), vec!["ftp://b".to_owned()])]), ..options() };
    assert!(Client::new(bad_mirror).is_err());
}

#[test]
fn a_client_certificate_opens_a_registry_that_asks_for_one() {
    let tls = testkit::Tls::new();
    let server = Server::start_tls(tls.server_for_known_clients.clone(), |_| Reply::ok(MANIFEST));
    let manifest = |identity| {
        let options = Options {
            insecure: Insecure::Never,
            authorities: trusted(&tls),
            identity,
            retries_max: 0,
            ..options()
        };
        Client::new(options)?.manifest(&reference(&server, "app:1")).map(|_| ())
    };
    let identity = Identity::from_pem((&tls.client_pem, "cert"), (&tls.client_key_pem, "key")).unwrap();
    manifest(Some(identity)).unwrap();
    assert!(manifest(None).is_err());
}

#[test]
fn damaged_files_of_a_registry_are_told_by_their_path() {
    let (tls, other) = (testkit::Tls::new(), testkit::Tls::new());
    let certs = tempfile::tempdir().unwrap();
    let of_host = certs.path().join("registry.example.com");
    std::fs::create_dir(&of_host).unwrap();
    let client = || Client::new(Options { certs_dirs: vec![certs.path().to_owned()], ..options() }).unwrap();
    let manifest = || client().manifest(&"registry.example.com/app:1".parse().unwrap());
    let refused = |expected: &str| {
        let Err(RegistryError::Tls { source }) = manifest() else { panic!("{expected}") };
        assert!(source.to_string().contains(expected), "{source}");
    };
    std::fs::write(of_host.join("ca.crt"), "no certificate").unwrap();
    refused("registry.example.com/ca.crt holds no PEM certificate");
    std::fs::write(of_host.join("ca.crt"), &tls.ca_pem).unwrap();
    std::fs::write(of_host.join("client.cert"), &tls.client_pem).unwrap();
    std::fs::write(of_host.join("client.key"), &other.client_key_pem).unwrap();
    refused("do not belong together");
}

fn trusted(tls: &testkit::Tls) -> Option<Authorities> {
    Some(Authorities::from_pem(&tls.ca_pem, "ca").unwrap())
}
