//! TLS of listeners.

use rustls::{
    ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion, WantsVerifier,
    crypto::CryptoProvider,
    server::{WantsServerCert, WebPkiClientVerifier},
    version::TLS13,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
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
    let authorities = Authorities::read(&files.client_ca).map_err(TlsError::Files)?;
    let mut roots = RootCertStore::empty();
    for authority in authorities.certificates() {
        roots.add(authority.clone()).map_err(|error| unusable(&error))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| unusable(&error))?;
    config(&files.certificate, &files.key, &[&TLS13], |builder| builder.with_client_cert_verifier(verifier))
}

/// The side of a server that answers whoever comes, by TLS 1.2 or 1.3.
///
/// # Errors
/// When files cannot be read or do not fit together.
pub fn open_server_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    config(certificate, key, rustls::DEFAULT_VERSIONS, ConfigBuilder::<ServerConfig, _>::with_no_client_auth)
}

fn config(
    certificate: &Path,
    key: &Path,
    versions: &[&'static SupportedProtocolVersion],
    clients: impl FnOnce(
        ConfigBuilder<ServerConfig, WantsVerifier>,
    ) -> ConfigBuilder<ServerConfig, WantsServerCert>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let identity = Identity::read(certificate, key).map_err(TlsError::Files)?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|error| unusable(&error))?;
    let mut config = clients(builder)
        .with_single_cert(identity.chain().to_vec(), identity.key())
        .map_err(|error| unusable(&error))?;
    // HTTP/2 is never agreed on: it would not be read here.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn unusable(error: &dyn std::fmt::Display) -> TlsError {
    TlsError::Unusable(error.to_string())
}
