//! TLS with an engine.

use crate::{ClientCertificate, DockerError, TlsMaterial};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

/// The TLS settings for an engine.
pub(crate) fn config(material: &TlsMaterial) -> Result<TlsConfig, DockerError> {
    let roots = match &material.ca_pem {
        None => RootCerts::WebPki,
        Some(pem) => {
            let authorities = certificates(pem);
            if authorities.is_empty() {
                return Err(wrong("ca.pem holds no certificate"));
            }
            RootCerts::from(authorities)
        }
    };
    Ok(TlsConfig::builder()
        .root_certs(roots)
        .client_cert(material.client.as_ref().map(client).transpose()?)
        .disable_verification(material.is_unverified)
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
fn client(given: &ClientCertificate) -> Result<ClientCert, DockerError> {
    let chain = certificates(&given.chain_pem);
    if chain.is_empty() {
        return Err(wrong("cert.pem holds no certificate"));
    }
    let no_key = || wrong("key.pem holds no key");
    let key = PrivateKey::from_pem(given.key_pem.reveal()).map_err(|_| no_key())?;
    let key_der = PrivateKeyDer::from_pem_slice(given.key_pem.reveal()).map_err(|_| no_key())?;
    let chain_der =
        chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    rustls::ClientConfig::builder_with_provider(
        std::sync::Arc::new(rustls::crypto::ring::default_provider()),
    )
    .with_safe_default_protocol_versions()
    .and_then(|builder| {
        builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_client_auth_cert(chain_der, key_der)
    })
    .map_err(|error| wrong(&format!("cert.pem and key.pem: {error}")))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn wrong(reason: &str) -> DockerError {
    DockerError::Tls { reason: reason.to_owned() }
}
