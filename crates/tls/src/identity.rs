//! What one side shows of itself: a certificate with its key.

use crate::{TlsError, pem_file};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::CertifiedKey,
};
use std::{fmt, path::Path, sync::Arc};
use ureq::tls::{Certificate, ClientCert, PrivateKey};

/// A certificate, those that lead to its authority, and its key.
#[derive(Clone)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    /// The same for ureq, which makes one of PEM alone.
    http_key: Arc<PrivateKey<'static>>,
}

impl Identity {
    /// Of two PEM texts, each with what a message calls it.
    ///
    /// # Errors
    /// One of them holds nothing that can be used, or they do not belong together.
    pub fn from_pem(
        (chain_pem, chain_origin): (&[u8], &str),
        (key_pem, key_origin): (&[u8], &str),
    ) -> Result<Self, TlsError> {
        let chain = pem_file::certificates(chain_pem, chain_origin)?;
        let key = pem_file::key(key_pem, key_origin)?;
        let provider = rustls::crypto::ring::default_provider();
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider).map_err(|error| {
            TlsError::Mismatch {
                chain: chain_origin.to_owned(),
                key: key_origin.to_owned(),
                reason: match error {
                    rustls::Error::InconsistentKeys(_) => "the key is that of another certificate".to_owned(),
                    error => error.to_string(),
                },
            }
        })?;
        let http_key =
            PrivateKey::from_pem(key_pem).map_err(|_| TlsError::NoKey { origin: key_origin.to_owned() })?;
        Ok(Self { chain, key: Arc::new(key), http_key: Arc::new(http_key) })
    }

    /// Of two PEM files, which may be the same.
    ///
    /// # Errors
    /// One of them cannot be read or holds nothing that can be used, or they do not belong together.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let (chain_pem, chain_origin) = pem_file::read(chain)?;
        let (key_pem, key_origin) = pem_file::read(key)?;
        Self::from_pem((&chain_pem, &chain_origin), (&key_pem, &key_origin))
    }

    /// The certificate, then those that lead to its authority.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The private key. Whoever calls this is about to prove who they are with it.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// What ureq shows.
    pub(crate) fn of_http_client(&self) -> ClientCert {
        let chain: Vec<Certificate<'static>> =
            self.chain.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        ClientCert::new_with_certs(&chain, (*self.http_key).to_owned())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates, [redacted])", self.chain.len())
    }
}
