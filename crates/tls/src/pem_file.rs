//! Files of certificates and keys, and the PEM blocks in them (RFC 7468).

use crate::TlsError;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _};
use std::{fs::File, io::Read as _, path::Path};

/// Bytes of one file: the list of a distribution has some 200 kilobytes.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// Reads a file, and calls it by its path from then on.
pub(crate) fn read(path: &Path) -> Result<(Vec<u8>, String), TlsError> {
    let failed = |source| TlsError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(TlsError::TooLarge { path: path.to_owned(), limit_bytes: FILE_BYTES_MAX });
    }
    Ok((bytes, path.display().to_string()))
}

/// The certificates, at least one. Blocks of other kinds, and damaged ones beside good ones, are passed over as Go's
/// `AppendCertsFromPEM` does, with which the same files are read by other clients.
pub(crate) fn certificates(pem: &[u8], origin: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut found = Vec::new();
    let mut damage = None;
    for item in CertificateDer::pem_slice_iter(pem) {
        match item {
            Ok(certificate) => found.push(certificate),
            Err(error) => damage = damage.or(Some(error)),
        }
    }
    match damage {
        _ if !found.is_empty() => Ok(found),
        Some(error) => Err(TlsError::Damaged { origin: origin.to_owned(), reason: reason(&error) }),
        // A DER certificate is an ASN.1 sequence with its length in two bytes (X.690, 8.1).
        None => {
            Err(TlsError::NoCertificate { origin: origin.to_owned(), is_der: pem.starts_with(&[0x30, 0x82]) })
        }
    }
}

/// The first key.
pub(crate) fn key(pem: &[u8], origin: &str) -> Result<PrivateKeyDer<'static>, TlsError> {
    let origin = || origin.to_owned();
    let has = |words: &[u8]| pem.windows(words.len()).any(|window| window == words);
    // PKCS #8 says it in its label (RFC 5958, 3), the older form in a header (RFC 1421, 4.6.1.1).
    let is_encrypted = has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED");
    match PrivateKeyDer::from_pem_slice(pem) {
        _ if is_encrypted => Err(TlsError::EncryptedKey { origin: origin() }),
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(TlsError::NoKey { origin: origin() }),
        Err(error) => Err(TlsError::Damaged { origin: origin(), reason: reason(&error) }),
    }
}

// The library's own words show the bytes.
fn reason(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a PEM block has no end",
        pem::Error::IllegalSectionStart { .. } => "a PEM block begins with a malformed line",
        pem::Error::Base64Decode(_) => "a PEM block is not base64",
        _ => "it cannot be read as PEM",
    }
    .to_owned()
}
