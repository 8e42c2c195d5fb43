//! What is wrong with a file of certificates or keys.

use std::{io, path::PathBuf};

/// What is wrong with a file of certificates or keys. `origin` is the file, or what the bytes were called.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is too long.
    #[error("{path} has more than {limit_bytes} bytes, too many for certificates or keys")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How long it may be.
        limit_bytes: u64,
    },
    /// There is no certificate in it.
    #[error(
        "{origin} holds no PEM certificate\nhint: it has to have a block -----BEGIN CERTIFICATE-----{}",
        of_der(*.is_der)
    )]
    NoCertificate {
        /// Where it was looked for.
        origin: String,
        /// Whether it looks like DER, the binary form.
        is_der: bool,
    },
    /// A block is cut off or not base64, or what it holds is no certificate.
    #[error("{origin} is damaged: {reason}")]
    Damaged {
        /// Where it is.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no key in it.
    #[error("{origin} holds no PEM key\nhint: it has to have a block -----BEGIN PRIVATE KEY-----")]
    NoKey {
        /// Where it was looked for.
        origin: String,
    },
    /// The key needs a password.
    #[error(
        "the key in {origin} is encrypted\nhint: openssl pkey -in ENCRYPTED -out PLAIN takes the password off"
    )]
    EncryptedKey {
        /// Where it is.
        origin: String,
    },
    /// The key is another certificate's, or of a kind that TLS does not use.
    #[error("{chain} and {key} do not belong together: {reason}")]
    Mismatch {
        /// Where the certificate is.
        chain: String,
        /// Where the key is.
        key: String,
        /// What the TLS library says.
        reason: String,
    },
}

fn of_der(is_der: bool) -> &'static str {
    if is_der { "; openssl x509 -inform der -in BINARY makes one of the binary form" } else { "" }
}
