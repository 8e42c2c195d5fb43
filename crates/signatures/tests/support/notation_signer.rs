//! A signer as notation knows them: a certificate with its authority, and the envelopes that it makes.
#![allow(dead_code, reason = "not every test file needs everything")]

use crate::sigstore::{Key, encode};
use crate::support::NOW_UNIX_SECS;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use model::Digest;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

pub(crate) const DAY_SECS: i64 = 86_400;

/// A signer with its authority.
pub(crate) struct Signing {
    pub(crate) authority_der: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Key,
}

pub(crate) fn at(unix_secs: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix_secs).unwrap()
}

impl Signing {
    pub(crate) fn new(organisation: &str, from_unix_secs: i64, days: i64) -> Self {
        Self::with(organisation, from_unix_secs, days, vec![KeyUsagePurpose::DigitalSignature])
    }

    pub(crate) fn with(
        organisation: &str,
        from_unix_secs: i64,
        days: i64,
        usages: Vec<KeyUsagePurpose>,
    ) -> Self {
        let params = |name: &str, days: i64| {
            let mut params = CertificateParams::default();
            for (kind, value) in [
                (DnType::CountryName, "US"),
                (DnType::StateOrProvinceName, "WA"),
                (DnType::OrganizationName, organisation),
                (DnType::CommonName, name),
            ] {
                params.distinguished_name.push(kind, value);
            }
            params.not_before = at(from_unix_secs);
            params.not_after = at(from_unix_secs + days * DAY_SECS);
            params
        };
        let mut authority = params("authority", 3650);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_key: KeyPair = Key::new().0;
        let authority_der = authority.self_signed(&authority_key).unwrap().der().to_vec();
        let key = Key::new();
        let mut leaf = params("builder", days);
        leaf.key_usages = usages;
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let issuer = Issuer::from_params(&authority, &authority_key);
        let der = leaf.signed_by(&key.0, &issuer).unwrap().der().to_vec();
        Self { chain: vec![der, authority_der.clone()], authority_der, key }
    }

    pub(crate) fn usual() -> Self {
        Self::new("acme", NOW_UNIX_SECS - 30 * DAY_SECS, 365)
    }

    /// An envelope; `change` sees the protected header, the payload and the header that is not.
    pub(crate) fn envelope(
        &self,
        image: &Digest,
        change: impl FnOnce(&mut Value, &mut Value, &mut Value),
    ) -> Vec<u8> {
        let mut protected = json!({
            "alg": "ES256", "cty": "application/vnd.cncf.notary.payload.v1+json",
            "crit": ["io.cncf.notary.signingScheme"], "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": "2026-09-01T00:00:00Z",
        });
        let mut payload = json!({"targetArtifact": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image, "size": 7,
        }});
        let x5c: Vec<String> = self.chain.iter().map(encode).collect();
        let mut header = json!({"x5c": x5c, "io.cncf.notary.signingAgent": "test"});
        change(&mut protected, &mut payload, &mut header);
        let url = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", url(&protected), url(&payload));
        let random = SystemRandom::new();
        let key = self.key.0.serialize_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &random).unwrap();
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        json!({
            "payload": url(&payload), "protected": url(&protected), "header": header,
            "signature": BASE64_URL_SAFE_NO_PAD.encode(signature),
        })
        .to_string()
        .into_bytes()
    }
}

/// A trust policy for everything by one organisation.
pub(crate) fn policy(level: &str) -> Value {
    json!({"version": "1.0", "trustPolicies": [{
        "name": "all", "registryScopes": ["*"], "signatureVerification": {"level": level},
        "trustStores": ["ca:acme"], "trustedIdentities": ["x509.subject: C=US, ST=WA, O=acme"],
    }]})
}
