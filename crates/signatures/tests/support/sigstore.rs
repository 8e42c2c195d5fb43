//! A sigstore in memory: its certificate authority, its logs, its authority of timestamps, and what they make. Each part of
//! what it makes may be made by another one.
#![allow(dead_code, reason = "not every test file needs everything")]

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SanType, SerialNumber,
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub(crate) const IDENTITY: &str = "https://ci.example.com/build@refs/heads/main";
pub(crate) const ISSUER: &str = "https://accounts.example.com";
/// When things are signed.
pub(crate) const AT_UNIX_SECS: i64 = 1_780_000_000;

/// A key that signs.
pub(crate) struct Key(pub(crate) KeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.0.serialize_der(), &random)
                .unwrap();
        pair.sign(&random, bytes).unwrap().as_ref().to_vec()
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    fn id(&self) -> Vec<u8> {
        Sha256::digest(self.spki()).to_vec()
    }
}

/// Who makes what.
pub(crate) struct Sigstore {
    pub(crate) authority: CertificateParams,
    pub(crate) authority_key: KeyPair,
    pub(crate) authority_der: Vec<u8>,
    pub(crate) certificate_log: Key,
    pub(crate) log: Key,
    pub(crate) stamper: Key,
    pub(crate) stamper_der: Vec<u8>,
}

/// How one signature is made.
pub(crate) struct Recipe {
    pub(crate) identity: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) certificate_from_unix_secs: i64,
    pub(crate) logged_unix_secs: i64,
    pub(crate) stamped_unix_secs: i64,
    /// Whether the certificate may sign code.
    pub(crate) is_for_code: bool,
    pub(crate) has_promise: bool,
    pub(crate) has_timestamp: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            identity: IDENTITY,
            issuer: ISSUER,
            certificate_from_unix_secs: AT_UNIX_SECS - 60,
            logged_unix_secs: AT_UNIX_SECS,
            stamped_unix_secs: AT_UNIX_SECS + 1,
            is_for_code: true,
            has_promise: true,
            has_timestamp: true,
        }
    }
}

/// What came of signing.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) certificate: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) entry: Value,
    pub(crate) timestamp: Vec<u8>,
    pub(crate) promise: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", encode(der))
}

fn at(unix_secs: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix_secs).unwrap()
}

/// One element in DER.
pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=0x7f => bytes.push(length as u8),
        length @ 0x80..=0xff => bytes.extend([0x81, length as u8]),
        length => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(content);
    bytes
}

fn params(name: &str, from_unix_secs: i64, seconds: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = at(from_unix_secs);
    params.not_after = at(from_unix_secs + seconds);
    params
}

const YEAR_SECS: i64 = 365 * 86_400;

impl Sigstore {
    pub(crate) fn new() -> Self {
        let mut authority = params("sigstore", AT_UNIX_SECS - YEAR_SECS, 3 * YEAR_SECS);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_key = Key::new().0;
        let authority_der = authority.self_signed(&authority_key).unwrap().der().to_vec();
        let mut this = Self {
            authority,
            authority_key,
            authority_der,
            certificate_log: Key::new(),
            log: Key::new(),
            stamper: Key::new(),
            stamper_der: Vec::new(),
        };
        let mut stamper = params("clock", AT_UNIX_SECS - YEAR_SECS, 2 * YEAR_SECS);
        stamper.serial_number = Some(SerialNumber::from(vec![9, 9]));
        stamper.extended_key_usages = vec![ExtendedKeyUsagePurpose::TimeStamping];
        this.stamper_der = this.signed(&stamper, &this.stamper);
        this
    }

    fn signed(&self, params: &CertificateParams, key: &Key) -> Vec<u8> {
        let issuer = Issuer::from_params(&self.authority, &self.authority_key);
        params.signed_by(&key.0, &issuer).unwrap().der().to_vec()
    }

    pub(crate) fn trusted_root(&self) -> Value {
        let period = json!({"start": "2020-01-01T00:00:00Z"});
        let log = |key: &Key| {
            json!([{
                "baseUrl": "https://log.example.com", "hashAlgorithm": "SHA2_256", "logId": {"keyId": encode(key.id())},
                "publicKey": {"rawBytes": encode(key.spki()), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": period},
            }])
        };
        let chain = |ders: &[&Vec<u8>]| {
            let certificates: Vec<Value> = ders.iter().map(|der| json!({"rawBytes": encode(der)})).collect();
            json!([{"certChain": {"certificates": certificates}, "validFor": period}])
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": log(&self.log), "ctlogs": log(&self.certificate_log),
            "certificateAuthorities": chain(&[&self.authority_der]),
            "timestampAuthorities": chain(&[&self.stamper_der, &self.authority_der]),
        })
    }

    /// A certificate for a key, with the word of the log of certificates in it.
    fn certificate(&self, recipe: &Recipe, key: &Key) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.not_before = at(recipe.certificate_from_unix_secs);
        params.not_after = at(recipe.certificate_from_unix_secs + 600);
        params.serial_number = Some(SerialNumber::from(vec![1, 2, 3]));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if recipe.is_for_code {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        }
        params.subject_alt_names = vec![SanType::URI(recipe.identity.try_into().unwrap())];
        let issuer = der(0x0c, &[recipe.issuer.as_bytes()]);
        params.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57_264, 1, 8], issuer)];
        let before = self.signed(&params, key);
        let (_, read) = x509_parser::parse_x509_certificate(&before).unwrap();
        let signed = read.tbs_certificate.as_ref();
        let spki = self.authority_key.subject_public_key_info();
        let time_ms = u64::try_from(recipe.certificate_from_unix_secs * 1000).unwrap().to_be_bytes();
        let length = u32::try_from(signed.len()).unwrap().to_be_bytes();
        let promised =
            [&[0, 0][..], &time_ms, &[0, 1], &Sha256::digest(spki), &length[1..], signed, &[0, 0]].concat();
        let word = self.certificate_log.sign(&promised);
        let stamp = [
            &[0][..],
            &self.certificate_log.id(),
            &time_ms,
            &[0, 0, 4, 3],
            &u16::try_from(word.len()).unwrap().to_be_bytes(),
            &word,
        ]
        .concat();
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let one = [&length(&stamp)[..], &stamp].concat();
        let list = [&length(&one)[..], &one].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(
            &[1, 3, 6, 1, 4, 1, 11_129, 2, 4, 2],
            der(0x04, &[&list]),
        ));
        self.signed(&params, key)
    }

    /// Signs a message; what the log keeps is made by `body` of the certificate in PEM and the signature.
    pub(crate) fn sign(&self, recipe: &Recipe, message: &[u8], body: impl Fn(&str, &[u8]) -> Value) -> Made {
        let key = Key::new();
        let certificate = self.certificate(recipe, &key);
        let signature = key.sign(message);
        let body = serde_json::to_vec(&body(&pem("CERTIFICATE", &certificate), &signature)).unwrap();
        let id: String = self.log.id().iter().map(|byte| format!("{byte:02x}")).collect();
        let promised = format!(
            "{{\"body\":\"{}\",\"integratedTime\":{},\"logID\":\"{id}\",\"logIndex\":41}}",
            encode(&body),
            recipe.logged_unix_secs
        );
        let promise = self.log.sign(promised.as_bytes());
        // A tree of two leaves, in which this one is the second.
        let other = Sha256::digest(b"\0other");
        let leaf = Sha256::digest([b"\0", &body[..]].concat());
        let root = Sha256::digest([b"\x01", &other[..], &leaf[..]].concat());
        let note = format!("log.example.com\n2\n{}\n", encode(root));
        let note_signature = [&self.log.id()[..4], &self.log.sign(note.as_bytes())].concat();
        let mut entry = json!({
            "logIndex": "41", "logId": {"keyId": encode(self.log.id())},
            "integratedTime": recipe.logged_unix_secs.to_string(),
            "inclusionProof": {
                "logIndex": "1", "treeSize": "2", "rootHash": encode(root), "hashes": [encode(other)],
                "checkpoint": {"envelope": format!("{note}\n\u{2014} log.example.com {}\n", encode(note_signature))},
            },
            "canonicalizedBody": encode(&body),
        });
        if recipe.has_promise {
            entry["inclusionPromise"] = json!({"signedEntryTimestamp": encode(&promise)});
        }
        let timestamp = self.timestamp(&signature, recipe.stamped_unix_secs);
        Made { certificate, signature, entry, timestamp, promise, body }
    }

    /// A response of the authority of timestamps.
    pub(crate) fn timestamp(&self, stamped: &[u8], unix_secs: i64) -> Vec<u8> {
        let sha256 = der(0x30, &[&der(6, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]]), &[5, 0]]);
        let ecdsa = der(0x30, &[&der(6, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]])]);
        let pkcs9 = |end: &[u8]| der(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1], end]);
        let info_type = pkcs9(&[9, 16, 1, 4]);
        let when = at(unix_secs);
        let text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}Z",
            when.year(),
            u8::from(when.month()),
            when.day(),
            when.hour(),
            when.minute(),
            when.second()
        );
        let imprint = der(0x30, &[&sha256, &der(4, &[&Sha256::digest(stamped)])]);
        let policy = der(6, &[&[0x2a, 3]]);
        let info = der(0x30, &[&[2, 1, 1], &policy, &imprint, &[2, 1, 7], &der(0x18, &[text.as_bytes()])]);
        let attribute = |id: Vec<u8>, value: Vec<u8>| der(0x30, &[&id, &der(0x31, &[&value])]);
        let named =
            der(0x30, &[&der(0x30, &[&der(0x30, &[&der(4, &[&Sha256::digest(&self.stamper_der)])])])]);
        let attributes = [
            attribute(pkcs9(&[9, 3]), info_type.clone()),
            attribute(pkcs9(&[9, 4]), der(4, &[&Sha256::digest(&info)])),
            attribute(pkcs9(&[9, 16, 2, 0x2f]), named),
        ]
        .concat();
        let signature = self.stamper.sign(&der(0x31, &[&attributes]));
        let (_, read) = x509_parser::parse_x509_certificate(&self.stamper_der).unwrap();
        let tbs = &read.tbs_certificate;
        let signer = der(0x30, &[tbs.issuer.as_raw(), &der(2, &[tbs.raw_serial()])]);
        let signer = der(
            0x30,
            &[&[2, 1, 1], &signer, &sha256, &der(0xa0, &[&attributes]), &ecdsa, &der(4, &[&signature])],
        );
        let inner = der(0x30, &[&info_type, &der(0xa0, &[&der(4, &[&info])])]);
        let certificates = der(0xa0, &[&self.stamper_der]);
        let data =
            der(0x30, &[&[2, 1, 3], &der(0x31, &[&sha256]), &inner, &certificates, &der(0x31, &[&signer])]);
        let token = der(0x30, &[&pkcs9(&[7, 2]), &der(0xa0, &[&data])]);
        der(0x30, &[&der(0x30, &[&[2, 1, 0]]), &token])
    }
}

/// What a log keeps of a signature over bytes.
pub(crate) fn hashed_record(message: &[u8]) -> impl Fn(&str, &[u8]) -> Value {
    let digest: String = Sha256::digest(message).iter().map(|byte| format!("{byte:02x}")).collect();
    move |certificate, signature| {
        json!({
            "apiVersion": "0.0.1", "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": digest}},
                "signature": {"content": encode(signature), "publicKey": {"content": encode(certificate)}},
            },
        })
    }
}

/// What a log keeps of an envelope.
pub(crate) fn envelope_record(payload: &[u8]) -> impl Fn(&str, &[u8]) -> Value {
    let digest: String = Sha256::digest(payload).iter().map(|byte| format!("{byte:02x}")).collect();
    move |certificate, signature| {
        json!({
            "apiVersion": "0.0.1", "kind": "dsse",
            "spec": {
                "payloadHash": {"algorithm": "sha256", "value": digest},
                "signatures": [{"signature": encode(signature), "verifier": encode(certificate)}],
            },
        })
    }
}

impl Made {
    /// The bundle, with the members that hold what was signed.
    pub(crate) fn bundle(&self, content: &Value, has_timestamp: bool) -> Value {
        let stamps =
            if has_timestamp { json!([{"signedTimestamp": encode(&self.timestamp)}]) } else { json!([]) };
        let mut bundle = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": encode(&self.certificate)},
                "tlogEntries": [self.entry],
                "timestampVerificationData": {"rfc3161Timestamps": stamps},
            },
        });
        for (name, value) in content.as_object().unwrap() {
            bundle[name] = value.clone();
        }
        bundle
    }
}
