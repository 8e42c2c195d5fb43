//! TLS of listeners.

use rustls::{
    ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion, WantsVerifier,
    crypto::CryptoProvider,
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
    version::TLS13,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
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
    let identity = Identity::read(&files.certificate, &files.key).map_err(TlsError::Files)?;
    let mut config = builder(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain().to_vec(), identity.key())
        .map_err(|error| unusable(&error))?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(Arc::new(config))
}

/// The side of a server that answers whoever comes, by TLS 1.2 or 1.3; its certificate may be replaced while it listens.
#[derive(Clone, Debug)]
pub struct OpenServer {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

/// The certificate that is shown to whoever connects.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl OpenServer {
    /// A server with the certificate and key of these files.
    ///
    /// # Errors
    /// When files cannot be read or do not fit together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown(RwLock::new(certified(certificate, key)?)));
        let builder = builder(rustls::DEFAULT_VERSIONS)?.with_no_client_auth();
        let mut config = builder.with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP.to_vec()];
        Ok(Self { config: Arc::new(config), shown })
    }

    /// Shows the certificate of these files to whoever connects from here on; what was shown before stays when they
    /// cannot be used.
    ///
    /// # Errors
    /// When files cannot be read or do not fit together.
    pub fn replace(&self, certificate: &Path, key: &Path) -> Result<(), TlsError> {
        let next = certified(certificate, key)?;
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// What a listener needs.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

fn certified(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
    let identity = Identity::read(certificate, key).map_err(TlsError::Files)?;
    let certified = CertifiedKey::from_der(identity.chain().to_vec(), identity.key(), &provider())
        .map_err(|error| unusable(&error))?;
    Ok(Arc::new(certified))
}

/// HTTP/2 is never agreed on: it would not be read here.
const HTTP: &[u8] = b"http/1.1";

fn builder(
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|error| unusable(&error))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn unusable(error: &dyn std::fmt::Display) -> TlsError {
    TlsError::Unusable(error.to_string())
}
