//! Certificates: whom to trust, and what the client shows.

use crate::{CaBundle, ClientCertificate, Options, RegistryError, authority::host_of};
use model::Redacted;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

// Where distributions keep the machine's certificate authorities (Go, crypto/x509/root_linux.go).
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The machine's certificate authorities; the compiled-in ones when it has none.
pub(crate) fn machine_bundle(named: Option<PathBuf>) -> CaBundle {
    let files = match named {
        Some(file) => vec![file],
        None => BUNDLES.iter().map(PathBuf::from).collect(),
    };
    let found = files.iter().find_map(|file| read_bounded(file).filter(|pem| !certificates(pem).is_empty()));
    found.map_or(CaBundle::BuiltIn, CaBundle::Pem)
}

/// TLS towards one host, with what a `certs.d` directory says of it.
pub(crate) fn config(
    authority: &str,
    is_verified: bool,
    options: &Options,
) -> Result<TlsConfig, RegistryError> {
    let of_host = CertsDir::read(authority, &options.certs_dirs);
    let mut extra = Vec::new();
    for pem in options.ca_pem.iter().chain(&of_host.authorities_pem) {
        let found = certificates(pem);
        if found.is_empty() {
            return Err(RegistryError::Option {
                what: "certificate authority",
                value: crate::error::sanitised(&pem[..pem.len().min(40)], 40),
                reason: "it holds no PEM certificate".to_owned(),
            });
        }
        extra.extend(found);
    }
    let roots = match (&options.ca_bundle, extra.is_empty()) {
        (CaBundle::BuiltIn, true) => RootCerts::WebPki,
        (CaBundle::BuiltIn, false) => RootCerts::from(extra),
        (CaBundle::Pem(pem), _) => RootCerts::from(certificates(pem).into_iter().chain(extra)),
    };
    let client = of_host.client.as_ref().or(options.client_certificate.as_ref());
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .client_cert(client.map(client_certificate).transpose()?)
        .disable_verification(!is_verified)
        .build())
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect()
}

// What does not fit together is found here, since the TLS library takes it for a programming error later.
fn client_certificate(given: &ClientCertificate) -> Result<ClientCert, RegistryError> {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let wrong =
        |reason: String| RegistryError::Option { what: "client certificate", value: String::new(), reason };
    let chain = certificates(&given.chain_pem);
    if chain.is_empty() {
        return Err(wrong("it holds no PEM certificate".to_owned()));
    }
    let key = PrivateKey::from_pem(given.key_pem.reveal())
        .map_err(|_| wrong("its key is no PEM key".to_owned()))?;
    let chain_der =
        chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    let key_der = PrivateKeyDer::from_pem_slice(given.key_pem.reveal())
        .map_err(|_| wrong("its key is no PEM key".to_owned()))?;
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_client_auth_cert(chain_der, key_der)
        })
        .map_err(|error| wrong(error.to_string()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

#[derive(Default)]
struct CertsDir {
    authorities_pem: Vec<Vec<u8>>,
    client: Option<ClientCertificate>,
}

impl CertsDir {
    /// Reads `DIR/HOST[:PORT]/`: every `*.crt` is an authority, `X.cert` with `X.key` is the client's.
    fn read(authority: &str, directories: &[PathBuf]) -> Self {
        let mut found = Self::default();
        // The name becomes a path component.
        if authority.contains('/') || host_of(authority).is_empty() || authority.starts_with('.') {
            return found;
        }
        for directory in directories {
            let Ok(entries) = std::fs::read_dir(directory.join(authority)) else { continue };
            let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).take(200).collect();
            files.sort();
            for file in &files {
                match file.extension().and_then(|extension| extension.to_str()) {
                    Some("crt") => found.authorities_pem.extend(read_bounded(file)),
                    Some("cert") if found.client.is_none() => {
                        if let (Some(chain_pem), Some(key_pem)) =
                            (read_bounded(file), read_bounded(&file.with_extension("key")))
                        {
                            found.client =
                                Some(ClientCertificate { chain_pem, key_pem: Redacted::new(key_pem) });
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

fn read_bounded(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
