//! Which registries are trusted.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and writes its own files"
)]
mod support;

use model::Redacted;
use registry::{Client, ClientCertificate, Insecure, Options};
use std::collections::BTreeMap;
use support::{options, reference};
use testkit::server::{Reply, Server};

const MANIFEST: &str = r#"{"schemaVersion":2}"#;

#[test]
fn only_a_trusted_authority_opens_a_registry_with_tls() {
    let tls = testkit::Tls::new();
    let server = Server::start_tls(tls.server, |_| Reply::ok(MANIFEST));
    let manifest =
        |options: Options| Client::new(options).unwrap().manifest(&reference(&server, "app:1")).map(|_| ());
    let strict = || Options { insecure: Insecure::Never, ..options() };
    let error = manifest(strict()).unwrap_err().to_string();
    assert!(error.contains("hint: pass --tls-ca"), "{error}");
    manifest(Options { ca_pem: vec![tls.ca_pem.clone()], ..strict() }).unwrap();
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
    let bad_ca = Options { ca_pem: vec![b"no certificate".to_vec()], ..options() };
    assert!(Client::new(bad_ca).unwrap_err().to_string().contains("no PEM certificate"));
    let bad_mirror =
        Options { mirrors: BTreeMap::from([("a".to_owned(), vec!["ftp://b".to_owned()])]), ..options() };
    assert!(Client::new(bad_mirror).is_err());
}

#[test]
fn a_client_certificate_opens_a_registry_that_asks_for_one() {
    let (tls, other) = (testkit::Tls::new(), testkit::Tls::new());
    let server = Server::start_tls(tls.server_for_known_clients, |_| Reply::ok(MANIFEST));
    let manifest = |client_certificate| {
        let options = Options {
            insecure: Insecure::Never,
            ca_pem: vec![tls.ca_pem.clone()],
            client_certificate,
            retries_max: 0,
            ..options()
        };
        Client::new(options)?.manifest(&reference(&server, "app:1")).map(|_| ())
    };
    let certificate = |key: &[u8]| {
        Some(ClientCertificate { chain_pem: tls.client_pem.clone(), key_pem: Redacted::new(key.to_vec()) })
    };
    manifest(certificate(&tls.client_key_pem)).unwrap();
    assert!(manifest(None).is_err());
    let misfit = manifest(certificate(&other.client_key_pem)).unwrap_err().to_string();
    assert!(misfit.contains("client certificate"), "{misfit}");
}
