//! TLS of both sides.

use crate::tls::TlsError;
use ::tls::{Authorities, Identity};
use rustls::{ClientConfig, RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where systems keep the authorities that they trust.
pub(crate) const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The files of the guard's own TLS, all PEM.
#[derive(Clone, Debug)]
pub struct RegistryTlsFiles {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Authorities whose clients may show a certificate; nobody must.
    pub client_ca: Option<PathBuf>,
}

/// The side of the clients: TLS 1.2 and 1.3, certificates of clients are read when they show one.
///
/// # Errors
/// When files cannot be read or do not fit together.
pub fn registry_server_config(files: &RegistryTlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(path)?), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|error| unusable(&error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let own = identity(&files.certificate, &files.key)?;
    let mut config =
        builder.with_single_cert(own.chain().to_vec(), own.key()).map_err(|error| unusable(&error))?;
    // HTTP/2 is never agreed on: it would not be read here.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The side of the registry behind: who is trusted there, and the guard's own certificate with its key.
///
/// # Errors
/// When files cannot be read or do not fit together.
pub fn registry_client_config(
    authorities: &Path,
    own: Option<(&Path, &Path)>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_root_certificates(roots(authorities)?);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let own = identity(certificate, key)?;
            builder
                .with_client_auth_cert(own.chain().to_vec(), own.key())
                .map_err(|error| unusable(&error))?
        }
    };
    Ok(Arc::new(config))
}

fn unusable(error: &dyn std::fmt::Display) -> TlsError {
    TlsError::Unusable(error.to_string())
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, TlsError> {
    Identity::read(certificate, key).map_err(TlsError::Files)
}

fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let authorities = Authorities::read(path).map_err(TlsError::Files)?;
    let mut roots = RootCertStore::empty();
    // Stores of systems hold certificates that webpki does not take; one good one must be there.
    let (added, _) = roots.add_parsable_certificates(authorities.certificates().iter().cloned());
    if added == 0 {
        return Err(TlsError::Unusable(format!("{} holds no authority's certificate", path.display())));
    }
    Ok(roots)
}
