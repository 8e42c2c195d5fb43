//! Certificates (RFC 5280), and the path from one to an authority that is trusted.

use crate::{PublicKey, encoding::shown};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

/// A certificate that could be read.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) der: Vec<u8>,
    /// The part that is signed.
    pub(crate) signed: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) not_before_unix_secs: i64,
    pub(crate) not_after_unix_secs: i64,
    /// SubjectPublicKeyInfo.
    pub(crate) spki: Vec<u8>,
    /// Whom it names: addresses of mail, URIs, and the other name of Fulcio.
    pub(crate) identities: Vec<String>,
    /// The issuer of the identity (fulcio, docs/oid-info.md, 1.3.6.1.4.1.57264.1.8 and .1.1).
    pub(crate) identity_issuer: Option<String>,
    /// Whether its key is for signatures (RFC 5280, section 4.2.1.3), and it says so.
    pub(crate) is_for_signatures: bool,
    /// Attributes of the subject by short name.
    pub(crate) attributes: Vec<(String, String)>,
}

/// What a certificate must be for (RFC 5280, section 4.2.1.12), as the bytes of an object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Signing code, and nothing is said that excludes it.
    CodeSigningIfPresent,
    /// Signing code.
    CodeSigning,
    /// Stamping time.
    TimeStamping,
}

const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03]; // 1.3.6.1.5.5.7.3.3
const TIME_STAMPING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]; // 1.3.6.1.5.5.7.3.8
const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

impl Certificate {
    /// Reads a certificate in DER.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, String> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(format!("a certificate has more than {CERTIFICATE_BYTES_MAX} bytes"));
        }
        let (rest, read) = x509_parser::parse_x509_certificate(der)
            .map_err(|_| "a certificate cannot be read".to_owned())?;
        if !rest.is_empty() {
            return Err("bytes follow a certificate".to_owned());
        }
        let tbs = &read.tbs_certificate;
        let signed = first_signed(der).ok_or("a certificate cannot be read")?;
        Ok(Self {
            der: der.to_vec(),
            signed: signed.to_vec(),
            subject: tbs.subject.as_raw().to_vec(),
            issuer: tbs.issuer.as_raw().to_vec(),
            serial: tbs.raw_serial().to_vec(),
            not_before_unix_secs: tbs.validity.not_before.timestamp(),
            not_after_unix_secs: tbs.validity.not_after.timestamp(),
            spki: tbs.subject_pki.raw.to_vec(),
            identities: identities(&read),
            identity_issuer: identity_issuer(&read),
            is_for_signatures: matches!(read.key_usage(), Ok(Some(usage)) if usage.value.digital_signature()),
            attributes: attributes(&read),
        })
    }

    /// Whether it is valid at a time.
    pub(crate) const fn is_valid_at(&self, unix_secs: i64) -> bool {
        self.not_before_unix_secs <= unix_secs && unix_secs <= self.not_after_unix_secs
    }

    /// Its key, when it is of a supported kind.
    pub(crate) fn key(&self) -> Result<PublicKey, String> {
        PublicKey::from_spki(&self.spki).map_err(|error| format!("the key of the certificate: {error}"))
    }
}

fn first_signed(der: &[u8]) -> Option<&[u8]> {
    let content = crate::der::only(der, crate::der::SEQUENCE)?;
    crate::der::first(content).map(|(element, _)| element.whole)
}

fn identities(read: &X509Certificate<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for extension in read.extensions() {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else { continue };
        for name in &names.general_names {
            match name {
                GeneralName::RFC822Name(text) | GeneralName::URI(text) => found.push((*text).to_owned()),
                // fulcio, docs/oid-info.md, 1.3.6.1.4.1.57264.1.7: a user name with its domain, [0] of a UTF8String.
                GeneralName::OtherName(oid, value) if oid.to_id_string() == "1.3.6.1.4.1.57264.1.7" => {
                    found.extend(other_name(value));
                }
                _ => {}
            }
        }
    }
    found
}

const UTF8_STRING: u8 = 0x0c;

fn other_name(value: &[u8]) -> Option<String> {
    let inner = crate::der::only(value, crate::der::context(0)).unwrap_or(value);
    String::from_utf8(crate::der::only(inner, UTF8_STRING)?.to_vec()).ok()
}

fn identity_issuer(read: &X509Certificate<'_>) -> Option<String> {
    let value = |id: &str| {
        let mut found = read.extensions().iter().filter(|extension| extension.oid.to_id_string() == id);
        let one = found.next().map(|extension| extension.value);
        one.filter(|_| found.next().is_none())
    };
    if let Some(der) = value("1.3.6.1.4.1.57264.1.8") {
        return String::from_utf8(crate::der::only(der, UTF8_STRING)?.to_vec()).ok();
    }
    String::from_utf8(value("1.3.6.1.4.1.57264.1.1")?.to_vec()).ok()
}

fn attributes(read: &X509Certificate<'_>) -> Vec<(String, String)> {
    let registry = x509_parser::objects::oid_registry();
    let attributes = read.subject().iter_attributes();
    attributes
        .filter_map(|attribute| {
            let name = x509_parser::objects::oid2abbrev(attribute.attr_type(), registry);
            let name = name.map_or_else(|_| attribute.attr_type().to_id_string(), str::to_owned);
            Some((name, attribute.as_str().ok()?.to_owned()))
        })
        .collect()
}

/// Checks that a certificate leads to one of the authorities, at a time, for a purpose.
pub(crate) fn check_path(
    leaf: &Certificate,
    between: &[Certificate],
    authorities: &[Certificate],
    unix_secs: i64,
    purpose: Purpose,
) -> Result<(), String> {
    let at = u64::try_from(unix_secs).map_err(|_| "a time before 1970".to_owned())?;
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at));
    // Trust anchors have no validity of their own in RFC 5280, section 6.1.1; here theirs counts too.
    let roots: Vec<CertificateDer<'_>> = authorities
        .iter()
        .filter(|root| root.is_valid_at(unix_secs))
        .map(|root| CertificateDer::from(root.der.as_slice()))
        .collect();
    let anchors: Vec<_> = roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let der = CertificateDer::from(leaf.der.as_slice());
    let unusable =
        |error: webpki::Error| format!("the certificate is not trusted: {}", shown(&error.to_string()));
    let end = EndEntityCert::try_from(&der).map_err(unusable)?;
    let between: Vec<CertificateDer<'_>> =
        between.iter().map(|one| CertificateDer::from(one.der.as_slice())).collect();
    let usage = match purpose {
        Purpose::CodeSigningIfPresent => KeyUsage::required_if_present(CODE_SIGNING),
        Purpose::CodeSigning => KeyUsage::required(CODE_SIGNING),
        Purpose::TimeStamping => KeyUsage::required(TIME_STAMPING),
    };
    end.verify_for_usage(ALGORITHMS, &anchors, &between, at, usage, None, None).map(drop).map_err(unusable)
}

/// All that ring verifies, SHA-1 not among them.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
    webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];
