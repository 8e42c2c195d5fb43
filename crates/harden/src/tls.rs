//! Certificates for a daemon that listens on TCP: an authority, servers, clients, revocation.
//!
//! ECDSA P-256 throughout: every TLS library of the last ten years speaks it, and a key costs no time to make. The
//! daemon accepts no encrypted keys (docker/cli, docs/deprecated.md), so the files' modes are what protects them.

mod authority;
mod certificate;
mod unit;

pub use authority::{Authority, Leaf, LeafKind, Validity};
pub use certificate::{CertificateFacts, read_certificate};
pub use unit::{DropIn, TlsPaths, drop_in};

use model::Redacted;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A certificate that was made, with its key.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// Its private key, PKCS#8 PEM.
    pub key_pem: Redacted<String>,
}

/// Mode of a private key's file: its owner reads it (CIS Docker 3.14 asks for 0400).
pub const KEY_MODE: u32 = 0o400;
/// Mode of a certificate's file (CIS Docker 3.10 and 3.12 ask for 0444).
pub const CERTIFICATE_MODE: u32 = 0o444;

/// What can go wrong with certificates.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A name that a certificate cannot hold.
    #[error(
        "'{name}' is neither a DNS name nor an IP address (hint: letters, digits, '-' and '.'; one '*.' in front)"
    )]
    Name {
        /// The name, cut.
        name: String,
    },
    /// A validity that is not sensible.
    #[error("a validity of {days} days is not possible for {what} (hint: 1 to {days_max})")]
    Days {
        /// For what.
        what: &'static str,
        /// As asked.
        days: u32,
        /// What is possible.
        days_max: u32,
    },
    /// PEM or DER that is not what it should be.
    #[error("{what} cannot be used: {reason}")]
    Malformed {
        /// Which document.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The authority ends before what it should sign.
    #[error(
        "the authority ends on {ends}, before the certificate would (hint: make a new authority, or fewer days)"
    )]
    AuthorityEnds {
        /// The day.
        ends: String,
    },
    /// The library that makes certificates refuses.
    #[error("cannot make {what}")]
    Make {
        /// What was to be made.
        what: &'static str,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
}

/// A name by which clients reach the daemon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectName {
    /// A DNS name.
    Dns(String),
    /// An address.
    Address(IpAddr),
}

impl FromStr for SubjectName {
    type Err = TlsError;

    /// An IP address, or a DNS name as RFC 1123, section 2.1, and RFC 6125, section 6.4.3, allow it in certificates.
    fn from_str(text: &str) -> Result<Self, TlsError> {
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse() {
            return Ok(Self::Address(address));
        }
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        let plain = name.strip_prefix("*.").unwrap_or(&name);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_number = plain.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if name.len() > 253 || is_number || !plain.split('.').all(is_label) {
            let name = text.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(TlsError::Name { name });
        }
        Ok(Self::Dns(name))
    }
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_before_they_are_signed() {
        for good in
            ["localhost", "Docker1.example.com.", "192.0.2.1", "2001:db8::1", "[::1]", "*.example.com"]
        {
            assert!(good.parse::<SubjectName>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a..b", "-a", "*.*.a", "a*", "192.0.2.300", "a/b", "ä", "x\ny", "*"] {
            assert!(bad.parse::<SubjectName>().is_err(), "{bad:?}");
        }
        assert_eq!("DOCKER.example.com.".parse::<SubjectName>().unwrap().to_string(), "docker.example.com");
    }
}
