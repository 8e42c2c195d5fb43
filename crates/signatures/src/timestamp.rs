//! Timestamps of authorities (RFC 3161), in CMS (RFC 5652).

use crate::{
    KeyAlgorithm,
    certificate::{Certificate, Purpose, check_path},
    der,
};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use time::{Date, Month, PrimitiveDateTime, Time};

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]; // 1.2.840.113549.1.7.2
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04]; // …1.9.16.1.4
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03]; // …1.9.3
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04]; // …1.9.4
const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f]; // RFC 5035
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]; // 2.16.840.1.101.3.4.2.1
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
const ELEMENTS_MAX: usize = 64;

/// A timestamp that could be read.
#[derive(Clone, Debug)]
pub struct Timestamp {
    /// Seconds since 1970; nobody has checked it yet.
    pub unix_secs: i64,
    imprint_algorithm: Vec<u8>,
    imprint: Vec<u8>,
    info: Vec<u8>,
    /// As a SET, which is what is signed (RFC 5652, section 5.4).
    attributes: Vec<u8>,
    digest_algorithm: Vec<u8>,
    signature: Vec<u8>,
    signer: Signer,
    certificates: Vec<Certificate>,
}

#[derive(Clone, Debug)]
enum Signer {
    Serial { issuer: Vec<u8>, serial: Vec<u8> },
    Other,
}

impl Timestamp {
    /// Reads a response of an authority (`TimeStampResp`), or the token in it.
    ///
    /// # Errors
    /// When it is neither, or of a form that is not understood.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let not = |what: &str| format!("a timestamp cannot be read: {what}");
        let outer = der::only(bytes, der::SEQUENCE).ok_or_else(|| not("it is no sequence"))?;
        // A response begins with its status, a token with its type.
        let token = match der::take(outer, der::SEQUENCE) {
            None => outer,
            Some((status, token)) => {
                let granted =
                    der::take(status, der::INTEGER).is_some_and(|(value, _)| matches!(value, [0 | 1]));
                if !granted {
                    return Err(not("the authority has refused it"));
                }
                der::only(token, der::SEQUENCE).ok_or_else(|| not("there is no token"))?
            }
        };
        read_token(token).ok_or_else(|| not("it is no signed time"))
    }

    /// Checks that it is about these bytes and made by an authority that leads to one that is trusted, at its time. Each
    /// authority is a chain: its certificates, the last of which is trusted.
    pub(crate) fn check(&self, stamped: &[u8], authority: &[Certificate]) -> Result<(), String> {
        let told = |reason: &str| Err(format!("the timestamp {reason}"));
        if hash(&self.imprint_algorithm, stamped).as_deref() != Some(&self.imprint) {
            return told("is about another signature");
        }
        let attributes = self.signed_attributes().ok_or("the timestamp has no attributes that are signed")?;
        if hash(&self.digest_algorithm, &self.info).as_deref() != Some(attributes.digest) {
            return told("was changed");
        }
        let candidates = || self.certificates.iter().chain(authority);
        let signer = candidates().find(|one| match &self.signer {
            Signer::Serial { issuer, serial } => one.issuer == *issuer && one.serial == *serial,
            Signer::Other => false,
        });
        let Some(signer) = signer else { return told("does not tell which certificate signed it") };
        // RFC 5816, section 2.2.1: the certificate is named under the signature too, so that none is put in its place.
        if let Some(named) = attributes.certificate
            && !is_named(named, signer)
        {
            return told("names another certificate");
        }
        if !self.is_signed_by(signer) {
            return told("is not signed by its authority, or was changed");
        }
        let Some(root) = authority.last() else { return told("has no authority") };
        // An authority of one certificate signs by itself.
        if authority.len() == 1 && root.der == signer.der {
            return if root.is_valid_at(self.unix_secs) {
                Ok(())
            } else {
                told("was made when its authority had ended")
            };
        }
        let between: Vec<Certificate> =
            candidates().filter(|one| one.der != signer.der && one.der != root.der).cloned().collect();
        check_path(signer, &between, std::slice::from_ref(root), self.unix_secs, Purpose::TimeStamping)
            .map_err(|reason| format!("the timestamp's authority: {reason}"))
    }

    fn signed_attributes(&self) -> Option<Attributes<'_>> {
        let mut digest = None;
        let mut certificate = None;
        let mut is_time = false;
        for attribute in der::all(der::only(&self.attributes, der::SET)?, ELEMENTS_MAX)? {
            let (id, values) = der::take(attribute.content, der::OBJECT_IDENTIFIER)?;
            let value = der::only(values, der::SET)?;
            match id {
                MESSAGE_DIGEST if digest.is_none() => digest = Some(der::only(value, der::OCTET_STRING)?),
                MESSAGE_DIGEST => return None,
                CONTENT_TYPE => is_time = der::only(value, der::OBJECT_IDENTIFIER)? == TST_INFO,
                SIGNING_CERTIFICATE_V2 => certificate = Some(value),
                _ => {}
            }
        }
        is_time.then_some(Attributes { digest: digest?, certificate })
    }

    fn is_signed_by(&self, signer: &Certificate) -> bool {
        let Ok(key) = signer.key() else { return false };
        let rsa: &'static dyn VerificationAlgorithm = match self.digest_algorithm.as_slice() {
            SHA384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            SHA512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            _ => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        match key.algorithm() {
            KeyAlgorithm::Rsa => {
                UnparsedPublicKey::new(rsa, key.bits()).verify(&self.attributes, &self.signature).is_ok()
            }
            KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 | KeyAlgorithm::Ed25519 => {
                self.is_signed_with_curve(&key)
            }
        }
    }

    /// Curves go with any of the digests here (RFC 5758); P-256 with SHA-384 and SHA-512 is what Go's authorities make.
    fn is_signed_with_curve(&self, key: &crate::PublicKey) -> bool {
        key.is_signature_of(&self.attributes, &self.signature)
            || key.algorithm() == KeyAlgorithm::EcdsaP256
                && UnparsedPublicKey::new(&signature::ECDSA_P256_SHA384_ASN1, key.bits())
                    .verify(&self.attributes, &self.signature)
                    .is_ok()
    }
}

struct Attributes<'a> {
    digest: &'a [u8],
    certificate: Option<&'a [u8]>,
}

/// ESSCertIDv2 (RFC 5035, section 4): SHA-256 when no algorithm is named.
fn is_named(value: &[u8], certificate: &Certificate) -> bool {
    let first = || {
        let list = der::take(der::only(value, der::SEQUENCE)?, der::SEQUENCE)?.0;
        let (id, _) = der::take(list, der::SEQUENCE)?;
        let (algorithm, rest) = der::take_if(id, der::SEQUENCE);
        let (named, _) = der::take(rest, der::OCTET_STRING)?;
        let algorithm = match algorithm {
            None => SHA256,
            Some(algorithm) => der::take(algorithm.content, der::OBJECT_IDENTIFIER)?.0,
        };
        Some(hash(algorithm, &certificate.der).as_deref() == Some(named))
    };
    first().unwrap_or(false)
}

fn hash(algorithm: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA384 => Some(Sha384::digest(bytes).to_vec()),
        SHA512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

fn algorithm(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (content, rest) = der::take(bytes, der::SEQUENCE)?;
    Some((der::take(content, der::OBJECT_IDENTIFIER)?.0.to_vec(), rest))
}

/// ContentInfo with SignedData (RFC 5652, sections 3 and 5.1).
fn read_token(content: &[u8]) -> Option<Timestamp> {
    let (id, rest) = der::take(content, der::OBJECT_IDENTIFIER)?;
    let data = der::only(der::only(rest, der::context(0))?, der::SEQUENCE)?;
    let (_, rest) = der::take(data, der::INTEGER).filter(|_| id == SIGNED_DATA)?;
    let (_, rest) = der::take(rest, der::SET)?;
    let (inner, rest) = der::take(rest, der::SEQUENCE)?;
    let (kind, inner) = der::take(inner, der::OBJECT_IDENTIFIER)?;
    let info =
        der::only(der::only(inner, der::context(0))?, der::OCTET_STRING).filter(|_| kind == TST_INFO)?;
    let (certificates, rest) = der::take_if(rest, der::context(0));
    let (_, rest) = der::take_if(rest, der::context(1));
    let signers = der::only(rest, der::SET)?;
    // RFC 3161, section 2.4.2: there is one signer.
    let signer = der::only(signers, der::SEQUENCE)?;
    let (_, rest) = der::take(signer, der::INTEGER)?;
    let (named, rest) = der::first(rest)?;
    let signer = match named.tag {
        der::SEQUENCE => {
            let (issuer, serial) = der::first(named.content)?;
            let serial = der::only(serial, der::INTEGER)?.to_vec();
            Signer::Serial { issuer: issuer.whole.to_vec(), serial }
        }
        _ => Signer::Other,
    };
    let (digest_algorithm, rest) = algorithm(rest)?;
    let (attributes, rest) = der::take_if(rest, der::context(0));
    let attributes = der::element(der::SET, &[attributes?.content]);
    let (_, rest) = algorithm(rest)?;
    let (signature, _) = der::take(rest, der::OCTET_STRING)?;
    let certificates = match certificates {
        None => Vec::new(),
        Some(list) => der::all(list.content, ELEMENTS_MAX)?
            .iter()
            .filter(|one| one.tag == der::SEQUENCE)
            .map(|one| Certificate::parse(one.whole).ok())
            .collect::<Option<_>>()?,
    };
    let (imprint_algorithm, imprint, unix_secs) = read_info(info)?;
    Some(Timestamp {
        unix_secs,
        imprint_algorithm,
        imprint,
        info: info.to_vec(),
        attributes,
        digest_algorithm,
        signature: signature.to_vec(),
        signer,
        certificates,
    })
}

/// TSTInfo (RFC 3161, section 2.4.2): the imprint and the time.
fn read_info(info: &[u8]) -> Option<(Vec<u8>, Vec<u8>, i64)> {
    let content = der::only(info, der::SEQUENCE)?;
    let (_, rest) = der::take(content, der::INTEGER).filter(|(version, _)| *version == [1])?;
    let (_, rest) = der::take(rest, der::OBJECT_IDENTIFIER)?;
    let (imprint, rest) = der::take(rest, der::SEQUENCE)?;
    let (imprint_algorithm, hashed) = algorithm(imprint)?;
    let hashed = der::only(hashed, der::OCTET_STRING)?.to_vec();
    let (_, rest) = der::take(rest, der::INTEGER)?;
    let (time, mut rest) = der::take(rest, der::GENERALIZED_TIME)?;
    // What else there may be: accuracy, ordering, nonce, name, extensions. A critical extension has no meaning here.
    while !rest.is_empty() {
        let (element, after) = der::first(rest)?;
        if element.tag == der::context(1) {
            let has_critical = der::all(element.content, ELEMENTS_MAX)?.iter().any(|extension| {
                der::take(extension.content, der::OBJECT_IDENTIFIER)
                    .is_some_and(|(_, rest)| der::take(rest, der::BOOLEAN).is_some_and(|(yes, _)| yes != [0]))
            });
            if has_critical {
                return None;
            }
        }
        rest = after;
    }
    Some((imprint_algorithm, hashed, unix_secs(std::str::from_utf8(time).ok()?)?))
}

/// `YYYYMMDDhhmmss[.s…]Z` (RFC 3161, section 2.4.2).
fn unix_secs(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let number = |from: usize, to: usize| whole[from..to].parse::<u8>().ok();
    let month = Month::try_from(number(4, 6)?).ok()?;
    let date = Date::from_calendar_date(whole[..4].parse().ok()?, month, number(6, 8)?).ok()?;
    let time = Time::from_hms(number(8, 10)?, number(10, 12)?, number(12, 14)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}
