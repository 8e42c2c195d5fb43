//! Certificates are proven by those who read them: rustls, openssl, and a Docker Engine started with them.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "certificates are given to other programs as files"
)]

use harden::tls::{
    Authority, CERTIFICATE_MODE, Issued, KEY_MODE, Leaf, LeafKind, SubjectName, Validity, read_certificate,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

fn validity(days: u32) -> Validity {
    Validity { from_unix_secs: now(), days }
}

fn server(authority: &Authority, names: &[&str]) -> Issued {
    let names = names.iter().map(|name| name.parse::<SubjectName>().unwrap()).collect();
    let kind = LeafKind::Server { names };
    authority.sign(&Leaf { name: "docker".to_owned(), kind, validity: validity(365) }).unwrap()
}

fn client(authority: &Authority) -> Issued {
    let leaf = Leaf { name: "deploy".to_owned(), kind: LeafKind::Client, validity: validity(90) };
    authority.sign(&leaf).unwrap()
}

fn identity(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain =
        CertificateDer::pem_slice_iter(issued.certificate_pem.as_bytes()).map(Result::unwrap).collect();
    (chain, PrivateKeyDer::from_pem_slice(issued.key_pem.reveal().as_bytes()).unwrap())
}

/// Whether a client that shows `shown` and trusts `authority` gets through to a server that trusts the same.
fn shakes_hands(
    authority: &Authority,
    server: &Issued,
    shown: Option<&Issued>,
    name: &str,
) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
    let roots = Arc::new(roots);
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
        .build()
        .unwrap();
    let (chain, key) = identity(server);
    let server_config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .unwrap();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let client_config = match shown {
        None => builder.with_no_client_auth(),
        Some(issued) => {
            let (chain, key) = identity(issued);
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(client_config), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server_config)).unwrap();
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).map_err(|error| error.to_string())?;
        let mut read = wire.as_slice();
        while !read.is_empty() {
            server.read_tls(&mut read).map_err(|error| error.to_string())?;
        }
        server.process_new_packets().map_err(|error| format!("server: {error}"))?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).map_err(|error| error.to_string())?;
        let mut read = wire.as_slice();
        while !read.is_empty() {
            client.read_tls(&mut read).map_err(|error| error.to_string())?;
        }
        client.process_new_packets().map_err(|error| format!("client: {error}"))?;
    }
    Ok(())
}

#[test]
fn server_and_client_of_one_authority_shake_hands() {
    let (authority, _) = Authority::generate("test authority", validity(3650)).unwrap();
    let server = server(&authority, &["docker.example.com", "192.0.2.7"]);
    let client = client(&authority);
    for name in ["docker.example.com", "192.0.2.7", "localhost", "127.0.0.1", "::1"] {
        shakes_hands(&authority, &server, Some(&client), name).unwrap();
    }
    assert!(shakes_hands(&authority, &server, Some(&client), "other.example.com").is_err(), "other name");
    assert!(shakes_hands(&authority, &server, None, "localhost").is_err(), "no client certificate");
}

#[test]
fn keys_of_clients_and_servers_are_not_each_others() {
    let (authority, _) = Authority::generate("test authority", validity(3650)).unwrap();
    let (server, client) = (server(&authority, &[]), client(&authority));
    assert!(shakes_hands(&authority, &client, Some(&client), "localhost").is_err(), "client plays server");
    assert!(shakes_hands(&authority, &server, Some(&server), "localhost").is_err(), "server plays client");
    let (other, _) = Authority::generate("other authority", validity(3650)).unwrap();
    let stranger = self::client(&other);
    assert!(shakes_hands(&authority, &server, Some(&stranger), "localhost").is_err(), "other authority");
}

#[test]
fn renewal_keeps_the_authority_and_what_clients_trust() {
    let (authority, issued) = Authority::generate("test authority", validity(3650)).unwrap();
    let old_client = client(&authority);
    let reopened = Authority::open(&issued.certificate_pem, &issued.key_pem).unwrap();
    let renewed = server(&reopened, &["docker.example.com"]);
    shakes_hands(&authority, &renewed, Some(&old_client), "docker.example.com").unwrap();
    let facts = read_certificate(&renewed.certificate_pem).unwrap();
    assert!(facts.is_server && !facts.is_client && !facts.is_authority);
    assert!(!facts.is_due(now()) && facts.is_due(now() + 300 * 86_400));
    assert!(facts.names.contains(&"docker.example.com".parse().unwrap()));
    let other = Authority::generate("other", validity(10)).unwrap().1;
    assert!(Authority::open(&issued.certificate_pem, &other.key_pem).is_err(), "key of another");
    assert!(Authority::open(&renewed.certificate_pem, &renewed.key_pem).is_err(), "a leaf is no authority");
}

#[test]
fn nothing_outlives_its_authority_or_the_longest_validity() {
    let (authority, _) = Authority::generate("short", validity(30)).unwrap();
    let long = Leaf { name: "c".to_owned(), kind: LeafKind::Client, validity: validity(60) };
    assert!(authority.sign(&long).is_err());
    assert!(Authority::generate("long", validity(3651)).is_err());
    let (authority, _) = Authority::generate("long", validity(3650)).unwrap();
    assert!(authority.sign(&Leaf { validity: validity(366), ..long.clone() }).is_err());
    assert!(authority.sign(&Leaf { validity: validity(0), ..long }).is_err());
}

#[test]
fn damaged_certificates_are_refused_without_panic() {
    let (authority, _) = Authority::generate("test authority", validity(3650)).unwrap();
    let pem = server(&authority, &["docker.example.com"]).certificate_pem;
    for at in 0..pem.len() {
        let _ = read_certificate(&pem[..at]);
        let mut bytes = pem.clone().into_bytes();
        bytes[at] ^= 1 << (at % 7);
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = read_certificate(&text);
        }
    }
}

fn write(directory: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

#[test]
fn openssl_accepts_the_chain_by_purpose_and_the_revocation() {
    let Some(openssl) = testkit::find_program("openssl") else {
        testkit::skip("certificates are not shown to openssl: it is not installed");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = Authority::generate("test authority", validity(3650)).unwrap();
    let (server, client) = (server(&authority, &["docker.example.com"]), client(&authority));
    let gone = self::client(&authority);
    let list = authority.revoke(&[&gone.certificate_pem], 7, validity(30)).unwrap();
    let ca = write(directory.path(), "ca.pem", authority.certificate_pem(), CERTIFICATE_MODE);
    let crl = write(directory.path(), "crl.pem", &list, CERTIFICATE_MODE);
    let verify = |issued: &Issued, options: &[&str]| {
        let file = write(directory.path(), "leaf.pem", &issued.certificate_pem, 0o600);
        let mut command = Command::new(&openssl);
        command.args(["verify", "-x509_strict", "-CAfile", &ca]).args(options).arg(file);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(verify(&server, &["-purpose", "sslserver", "-verify_hostname", "docker.example.com"]));
    assert!(verify(&client, &["-purpose", "sslclient"]));
    assert!(!verify(&server, &["-purpose", "sslclient"]));
    assert!(!verify(&client, &["-purpose", "sslserver"]));
    assert!(verify(&client, &["-crl_check", "-CRLfile", &crl]), "not revoked");
    assert!(!verify(&gone, &["-crl_check", "-CRLfile", &crl]), "revoked");
}

#[test]
fn a_docker_engine_takes_clients_of_the_authority_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, _) = Authority::generate("test authority", validity(3650)).unwrap();
    let (server, client) = (server(&authority, &[]), client(&authority));
    let ca = write(directory.path(), "ca.pem", authority.certificate_pem(), CERTIFICATE_MODE);
    let cert = write(directory.path(), "server-cert.pem", &server.certificate_pem, CERTIFICATE_MODE);
    let key = write(directory.path(), "server-key.pem", server.key_pem.reveal(), KEY_MODE);
    // The daemon refuses port 0, so a free one is looked up before.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("tcp://127.0.0.1:{port}");
    let arguments = [
        format!("--host={host}"),
        "--tlsverify".to_owned(),
        format!("--tlscacert={ca}"),
        format!("--tlscert={cert}"),
        format!("--tlskey={key}"),
    ];
    let Some(dockerd) = testkit::private_dockerd_with_arguments(&arguments) else { return };
    write(directory.path(), "cert.pem", &client.certificate_pem, CERTIFICATE_MODE);
    write(directory.path(), "key.pem", client.key_pem.reveal(), KEY_MODE);
    let version = |configure: &dyn Fn(&mut Command)| {
        let mut command = dockerd.command();
        command.env("DOCKER_HOST", &host).env_remove("DOCKER_TLS_VERIFY").env_remove("DOCKER_CERT_PATH");
        configure(&mut command);
        command.args(["version", "--format", "{{.Server.Version}}"]).output().unwrap()
    };
    let known = version(&|command| {
        command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", directory.path());
    });
    let said = String::from_utf8_lossy(&known.stderr).into_owned();
    assert!(known.status.success() && !known.stdout.is_empty(), "{said}");
    let without_key = version(&|command| {
        command.args(["--tlsverify", "--tlscacert", &ca, "--tlscert=", "--tlskey="]);
    });
    assert!(!without_key.status.success(), "a client without a certificate");
    assert!(!version(&|_| ()).status.success(), "a client without TLS");
    std::io::stderr().flush().unwrap();
}
