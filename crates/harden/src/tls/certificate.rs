//! What a certificate says, for renewal.

use super::{SubjectName, TlsError};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::parse_x509_pem;

/// Bytes of a certificate that is looked at.
const PEM_BYTES_MAX: usize = 256 << 10;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The common name; empty without one.
    pub name: String,
    /// Names and addresses of a server, sorted.
    pub names: Vec<SubjectName>,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Whether it is for servers.
    pub is_server: bool,
    /// Whether it is for clients.
    pub is_client: bool,
    /// Seconds since 1970.
    pub not_before_unix_secs: i64,
    /// Seconds since 1970.
    pub not_after_unix_secs: i64,
    /// The serial number's bytes.
    pub serial: Vec<u8>,
    /// The public key as SubjectPublicKeyInfo.
    pub public_key_der: Vec<u8>,
}

impl CertificateFacts {
    /// Whether a third or less of its time is left: the time to renew it, with room for a failed attempt.
    #[must_use]
    pub const fn is_due(&self, now_unix_secs: i64) -> bool {
        let whole = self.not_after_unix_secs.saturating_sub(self.not_before_unix_secs);
        self.not_after_unix_secs.saturating_sub(now_unix_secs) <= whole / 3
    }
}

/// Reads the first certificate of a PEM document (RFC 7468, RFC 5280).
///
/// # Errors
/// When there is none.
pub fn read_certificate(pem: &str) -> Result<CertificateFacts, TlsError> {
    let malformed = |reason: String| TlsError::Malformed { what: "a certificate", reason };
    if pem.len() > PEM_BYTES_MAX {
        return Err(malformed(format!("it has more than {PEM_BYTES_MAX} bytes")));
    }
    let (_, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| malformed("it is not PEM".to_owned()))?;
    if block.label != "CERTIFICATE" {
        return Err(malformed("it is another kind of PEM document".to_owned()));
    }
    let certificate = block.parse_x509().map_err(|_| malformed("it is not X.509".to_owned()))?;
    let mut facts = CertificateFacts {
        name: String::new(),
        names: Vec::new(),
        is_authority: certificate.is_ca(),
        is_server: false,
        is_client: false,
        not_before_unix_secs: certificate.validity().not_before.timestamp(),
        not_after_unix_secs: certificate.validity().not_after.timestamp(),
        serial: certificate.tbs_certificate.raw_serial().to_vec(),
        public_key_der: certificate.public_key().raw.to_vec(),
    };
    if let Some(Ok(name)) = certificate.subject().iter_common_name().next().map(|name| name.as_str()) {
        facts.name = name.chars().filter(|c| !c.is_control()).take(64).collect();
    }
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::ExtendedKeyUsage(usage) => {
                facts.is_server = usage.server_auth || usage.any;
                facts.is_client = usage.client_auth || usage.any;
            }
            ParsedExtension::SubjectAlternativeName(alternatives) => {
                facts.names = alternatives.general_names.iter().filter_map(subject_name).collect();
            }
            _ => {}
        }
    }
    facts.names.sort();
    Ok(facts)
}

fn subject_name(name: &GeneralName<'_>) -> Option<SubjectName> {
    match name {
        GeneralName::DNSName(name) => name.parse().ok(),
        GeneralName::IPAddress(bytes) => {
            let address = match bytes.len() {
                4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(*bytes).ok()?)),
                16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(*bytes).ok()?)),
                _ => return None,
            };
            Some(SubjectName::Address(address))
        }
        _ => None,
    }
}
