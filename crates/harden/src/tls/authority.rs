//! The authority that signs a daemon's and its clients' certificates.

use super::{Issued, SubjectName, TlsError, read_certificate};
use model::Redacted;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData as _,
    RevocationReason, RevokedCertParams, SanType, SerialNumber,
};
use time::{Duration, OffsetDateTime};

/// Days for which an authority may be valid.
const AUTHORITY_DAYS_MAX: u32 = 3650;
/// Days for which what it signs may be valid: a lost client key ends by itself within a year, since the daemon reads
/// no revocation lists.
const LEAF_DAYS_MAX: u32 = 365;
/// Clocks of clients may be behind.
const BACKDATED: Duration = Duration::minutes(5);

/// From when and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Seconds since 1970.
    pub from_unix_secs: i64,
    /// Days.
    pub days: u32,
}

/// What a certificate is for. A server's is no client's and the other way round, so that a stolen client key cannot
/// play the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// The daemon, with every name and address by which clients reach it.
    Server {
        /// Its names; `localhost` and the loopback addresses are added.
        names: Vec<SubjectName>,
    },
    /// A client. The daemon shows its name to authorization plugins.
    Client,
}

/// A certificate to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The common name.
    pub name: String,
    /// What it is for.
    pub kind: LeafKind,
    /// From when and for how long.
    pub validity: Validity,
}

/// An authority with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    ends: OffsetDateTime,
}

impl Authority {
    /// Makes one. It may sign leaves and revocation lists and no further authority.
    ///
    /// # Errors
    /// When the validity or the name is not possible.
    pub fn generate(name: &str, validity: Validity) -> Result<(Self, Issued), TlsError> {
        let (from, ends) = period("an authority", validity, AUTHORITY_DAYS_MAX)?;
        let mut params = params(name, from, ends)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = key()?;
        let make = |source| TlsError::Make { what: "the authority", source };
        let certificate_pem = params.self_signed(&key).map_err(make)?.pem();
        let issued =
            Issued { certificate_pem: certificate_pem.clone(), key_pem: Redacted::new(key.serialize_pem()) };
        Ok((Self { issuer: Issuer::new(params, key), certificate_pem, ends }, issued))
    }

    /// Opens one that was made before, by us or with openssl.
    ///
    /// # Errors
    /// When the documents are no authority and its key.
    pub fn open(certificate_pem: &str, key_pem: &Redacted<String>) -> Result<Self, TlsError> {
        let malformed = |what, reason: String| TlsError::Malformed { what, reason };
        let facts = read_certificate(certificate_pem)?;
        if !facts.is_authority {
            return Err(malformed("the authority's certificate", "it may not sign others".to_owned()));
        }
        let key = KeyPair::from_pem(key_pem.reveal())
            .map_err(|_| malformed("the authority's key", "it is no PKCS#8 key in PEM".to_owned()))?;
        if key.subject_public_key_info() != facts.public_key_der {
            return Err(malformed("the authority's key", "it does not belong to the certificate".to_owned()));
        }
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)
            .map_err(|source| TlsError::Make { what: "an issuer of that authority", source })?;
        let ends = OffsetDateTime::from_unix_timestamp(facts.not_after_unix_secs)
            .map_err(|error| malformed("the authority's certificate", error.to_string()))?;
        Ok(Self { issuer, certificate_pem: certificate_pem.to_owned(), ends })
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Signs a certificate with a key of its own.
    ///
    /// # Errors
    /// When a name or validity is not possible, or the authority ends before.
    pub fn sign(&self, leaf: &Leaf) -> Result<Issued, TlsError> {
        let (from, ends) = period("a certificate", leaf.validity, LEAF_DAYS_MAX)?;
        if ends > self.ends {
            return Err(TlsError::AuthorityEnds { ends: self.ends.date().to_string() });
        }
        let mut params = params(&leaf.name, from, ends)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        match &leaf.kind {
            LeafKind::Client => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
            LeafKind::Server { names } => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
                params.subject_alt_names = subject_alternatives(names)?;
            }
        }
        let key = key()?;
        let make = |source| TlsError::Make { what: "a certificate", source };
        let certificate_pem = params.signed_by(&key, &self.issuer).map_err(make)?.pem();
        Ok(Issued { certificate_pem, key_pem: Redacted::new(key.serialize_pem()) })
    }

    /// A revocation list of these certificates (PEM), for proxies in front of the daemon; `number` grows with each.
    /// The daemon itself reads none (crypto/tls of Go): to shut a client out of it, make a new authority.
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn revoke(
        &self,
        certificates_pem: &[&str],
        number: u64,
        validity: Validity,
    ) -> Result<String, TlsError> {
        let (_, ends) = period("a revocation list", validity, LEAF_DAYS_MAX)?;
        let from = instant(validity.from_unix_secs)?;
        let mut revoked_certs = Vec::new();
        for pem in certificates_pem {
            revoked_certs.push(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&read_certificate(pem)?.serial),
                revocation_time: from,
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            });
        }
        let params = CertificateRevocationListParams {
            this_update: from,
            next_update: ends,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let make = |source| TlsError::Make { what: "a revocation list", source };
        params.signed_by(&self.issuer).map_err(make)?.pem().map_err(make)
    }
}

fn key() -> Result<KeyPair, TlsError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|source| TlsError::Make { what: "a key", source })
}

fn params(name: &str, from: OffsetDateTime, ends: OffsetDateTime) -> Result<CertificateParams, TlsError> {
    // RFC 5280, appendix A.1: ub-common-name.
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err(TlsError::Name { name: name.chars().filter(|c| !c.is_control()).take(80).collect() });
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = from - BACKDATED;
    params.not_after = ends;
    Ok(params)
}

fn subject_alternatives(names: &[SubjectName]) -> Result<Vec<SanType>, TlsError> {
    let mut all: Vec<SubjectName> = names.to_vec();
    for own in ["localhost", "127.0.0.1", "::1"] {
        all.push(own.parse()?);
    }
    all.sort();
    all.dedup();
    let mut alternatives = Vec::new();
    for name in all {
        alternatives.push(match &name {
            SubjectName::Address(address) => SanType::IpAddress(*address),
            SubjectName::Dns(dns) => SanType::DnsName(
                dns.as_str().try_into().map_err(|_| TlsError::Name { name: name.to_string() })?,
            ),
        });
    }
    Ok(alternatives)
}

fn period(
    what: &'static str,
    validity: Validity,
    days_max: u32,
) -> Result<(OffsetDateTime, OffsetDateTime), TlsError> {
    if !(1..=days_max).contains(&validity.days) {
        return Err(TlsError::Days { what, days: validity.days, days_max });
    }
    let from = instant(validity.from_unix_secs)?;
    Ok((from, from + Duration::days(i64::from(validity.days))))
}

fn instant(unix_secs: i64) -> Result<OffsetDateTime, TlsError> {
    // Year 9000: what is added stays within the type.
    let instant = OffsetDateTime::from_unix_timestamp(unix_secs.clamp(0, 221_845_392_000));
    instant.map_err(|error| TlsError::Malformed { what: "the time", reason: error.to_string() })
}
