//! TLS 1.3 with certificates on both sides.

use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier, version::TLS13};
use std::{path::PathBuf, sync::Arc};
use tls::{Authorities, Identity};

/// The files that a TLS listener needs, all PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authorities whose clients may connect.
    pub client_ca: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("the files of the TLS listener cannot be used")]
    Files(#[source] tls::TlsError),
    /// They do not fit together.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
}

/// The server's side: TLS 1.3 alone, and nobody without a certificate of the authority.
///
/// # Errors
/// When files cannot be read or do not fit together.
pub fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let identity = Identity::read(&files.certificate, &files.key).map_err(TlsError::Files)?;
    let authorities = Authorities::read(&files.client_ca).map_err(TlsError::Files)?;
    let unusable = |error: &dyn std::fmt::Display| TlsError::Unusable(error.to_string());
    let mut roots = RootCertStore::empty();
    for authority in authorities.certificates() {
        roots.add(authority.clone()).map_err(|error| unusable(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| unusable(&error))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| unusable(&error))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain().to_vec(), identity.key())
        .map_err(|error| unusable(&error))?;
    // HTTP/2 is never agreed on: it would not be read here.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
