//! Promise: over TCP nobody gets in without a certificate of the authority, and who has one is known by the names in it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support;

use guard::{Listener, TlsFiles, server_config};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixListener,
    sync::Arc,
};
use support::Running;

const SPIFFE: &str = "spiffe://example.com/build";

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, name: SanType, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names.push(name);
        params.extended_key_usages.push(usage);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn ask(port: u16, authority: &Authority, client: Option<&(String, String)>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match client {
        Some((certificate, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(session, TcpStream::connect(("127.0.0.1", port)).unwrap());
    stream.write_all(b"GET /v1.41/containers/json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn clients_with_a_certificate_get_in_and_are_recorded_by_name() {
    let place = tempfile::tempdir().unwrap();
    let engine = UnixListener::bind(place.path().join("engine")).unwrap();
    let body = "x".repeat(300_000);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for stream in engine.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).unwrap_or(0) > 0 {
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    let running = Running::open(&place.path().join("engine"));
    let authority = Authority::new();
    let dns = SanType::DnsName("localhost".try_into().unwrap());
    let server = authority.sign(dns, ExtendedKeyUsagePurpose::ServerAuth);
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = TlsFiles {
        certificate: write("cert.pem", &server.0),
        key: write("key.pem", &server.1),
        client_ca: write("ca.pem", &authority.pem),
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let guard = Arc::clone(&running.guard);
    let listener = Listener::Tls(listener, server_config(&files).unwrap());
    std::thread::spawn(move || guard.serve(&listener));

    let uri = SanType::URI(SPIFFE.try_into().unwrap());
    let client = authority.sign(uri.clone(), ExtendedKeyUsagePurpose::ClientAuth);
    let answer = ask(port, &authority, Some(&client)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("xxx"), "{}", &answer[..200]);
    assert!(answer.len() > 300_000);
    assert!(ask(port, &authority, None).is_err(), "nobody gets in without a certificate");
    let stranger = Authority::new().sign(uri, ExtendedKeyUsagePurpose::ClientAuth);
    assert!(ask(port, &authority, Some(&stranger)).is_err(), "nor with one of another authority");
    running.guard.close_log().unwrap();
    assert!(running.log().contains(SPIFFE), "{}", running.log());
}
