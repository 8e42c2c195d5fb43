//! Whom to trust.

use crate::{TlsError, pem_file};
use rustls::{RootCertStore, pki_types::CertificateDer};
use std::path::{Path, PathBuf};

// Where distributions keep the machine's certificate authorities (Go, crypto/x509/root_linux.go).
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Certificate authorities, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Those of a PEM text; `origin` is what a message calls it.
    ///
    /// # Errors
    /// There is none in it that can be used.
    pub fn from_pem(pem: &[u8], origin: &str) -> Result<Self, TlsError> {
        let found = pem_file::certificates(pem, origin)?;
        let mut usable = RootCertStore::empty();
        match usable.add_parsable_certificates(found.iter().cloned()) {
            (0, _) => Err(TlsError::Damaged {
                origin: origin.to_owned(),
                reason: "no block in it is an X.509 certificate".to_owned(),
            }),
            _ => Ok(Self(found)),
        }
    }

    /// Those of a PEM file.
    ///
    /// # Errors
    /// It cannot be read, or there is none in it that can be used.
    pub fn read(path: &Path) -> Result<Self, TlsError> {
        let (pem, origin) = pem_file::read(path)?;
        Self::from_pem(&pem, &origin)
    }

    /// The certificates, in the order of the file.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }

    /// Trusts those of another file as well.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }
}

/// The machine's certificate authorities: those of the named file (`SSL_CERT_FILE`), else the distribution's. `None` when there
/// are none, as in images made from scratch.
#[must_use]
pub fn machine_authorities(named: Option<&Path>) -> Option<Authorities> {
    let files = match named {
        Some(file) => vec![file.to_owned()],
        None => BUNDLES.iter().map(PathBuf::from).collect(),
    };
    files.iter().find_map(|file| Authorities::read(file).ok())
}
