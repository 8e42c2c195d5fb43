//! ID tokens of OIDC providers, verified by the providers' keys (OpenID Connect Core 1.0, section 3.1.3.7; RFC 7517).

use crate::file::Oidc;
use crate::jwt::{JwtError, Unverified};
use crate::principal::Groups;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

/// A provider of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name in the file; clients log in with it and an ID token as secret.
    pub name: String,
    /// Who issues.
    pub issuer: String,
    /// For whom tokens must be.
    pub audience: String,
    /// A file or an address with its keys (JWKS).
    pub keys: String,
    /// A file with the authorities to trust for that address.
    pub ca: Option<String>,
    /// The claim that names the subject.
    pub claim: String,
    /// The claim that lists his groups.
    pub groups: String,
}

/// The keys of a provider.
#[derive(Debug)]
pub struct KeySet(Vec<Key>);

/// Why keys cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// Not a key set.
    #[error("the key set cannot be read: {0}")]
    Malformed(String),
    /// No key of an algorithm that is known.
    #[error("the key set has no key for RS256, ES256 or EdDSA")]
    Empty,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    kind: KeyKind,
}

#[derive(Debug)]
enum KeyKind {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<RawKey>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    kid: Option<String>,
    crv: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Clocks of providers may differ by so much.
const LEEWAY_SECS: u64 = 60;
const KEYS_MAX: usize = 100;
/// Groups of one subject.
pub(crate) const GROUPS_MAX: usize = 1_000;

pub(crate) fn is_group(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.chars().any(char::is_control)
}

impl KeySet {
    /// Reads a JWKS document. Keys of other kinds are left out.
    ///
    /// # Errors
    /// When it is none, or nothing in it can be used.
    pub fn parse(bytes: &[u8]) -> Result<Self, OidcError> {
        let set: RawSet =
            serde_json::from_slice(bytes).map_err(|error| OidcError::Malformed(error.to_string()))?;
        let usable =
            set.keys.into_iter().filter(|key| key.usage.as_deref().is_none_or(|usage| usage == "sig"));
        let keys: Vec<Key> = usable.filter_map(key).take(KEYS_MAX).collect();
        if keys.is_empty() { Err(OidcError::Empty) } else { Ok(Self(keys)) }
    }
}

fn key(raw: RawKey) -> Option<Key> {
    let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
    let kind = match (raw.kty.as_str(), raw.crv.as_deref()) {
        ("RSA", _) => KeyKind::Rsa { modulus: bytes(&raw.n)?, exponent: bytes(&raw.e)? },
        ("EC", Some("P-256")) => {
            let point = [vec![4], bytes(&raw.x)?, bytes(&raw.y)?].concat();
            KeyKind::P256(Some(point).filter(|point| point.len() == 65)?)
        }
        ("OKP", Some("Ed25519")) => KeyKind::Ed25519(bytes(&raw.x)?),
        _ => return None,
    };
    Some(Key { id: raw.kid, kind })
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self.kind {
            KeyKind::Rsa { .. } => "RS256",
            KeyKind::P256(_) => "ES256",
            KeyKind::Ed25519(_) => "EdDSA",
        }
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            KeyKind::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            KeyKind::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            KeyKind::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok()
            }
        }
    }
}

impl Provider {
    pub(crate) fn new(raw: &Oidc) -> Self {
        Self {
            name: raw.name.clone(),
            issuer: raw.issuer.clone(),
            audience: raw.audience.clone(),
            keys: raw.keys.clone(),
            ca: raw.ca.clone(),
            claim: raw.claim.clone(),
            groups: raw.groups.clone(),
        }
    }

    /// The subject of an ID token, and his groups.
    ///
    /// # Errors
    /// When it is not a token of this provider, for this audience, now.
    pub fn subject(&self, token: &str, keys: &KeySet, now_secs: u64) -> Result<(String, Groups), JwtError> {
        let unverified = Unverified::parse(token)?;
        let algorithm = unverified.header_text("alg").unwrap_or_default();
        let id = unverified.header_text("kid");
        let candidates = keys.0.iter().filter(|key| id.is_none() || key.id.as_deref() == id);
        let (mut has_key, mut has_algorithm) = (false, false);
        for key in candidates {
            has_key = true;
            // The key says by which algorithm it signs.
            if key.algorithm() == algorithm {
                has_algorithm = true;
                if key.has_signed(unverified.signed, &unverified.signature) {
                    unverified.check(&self.issuer, &self.audience, now_secs, LEEWAY_SECS)?;
                    let subject = self.claim_of(&unverified)?;
                    let is_plain = |letter: char| letter.is_ascii_graphic();
                    let is_subject =
                        !subject.is_empty() && subject.len() <= 512 && subject.chars().all(is_plain);
                    return if is_subject {
                        Ok((subject, self.groups_of(&unverified)))
                    } else {
                        Err(JwtError::Claim("sub"))
                    };
                }
            }
        }
        Err(match (has_key, has_algorithm) {
            (false, _) => JwtError::Key,
            (true, false) => JwtError::Algorithm,
            (true, true) => JwtError::Signature,
        })
    }

    // One group may stand alone; what is no plain name is none.
    fn groups_of(&self, token: &Unverified<'_>) -> Groups {
        let claim = token.claims.get(&self.groups);
        let listed = match claim {
            Some(Value::Array(several)) => several.as_slice(),
            one => one.map_or(&[][..], std::slice::from_ref),
        };
        let names = listed.iter().filter_map(Value::as_str).filter(|name| is_group(name));
        names.take(GROUPS_MAX).map(str::to_owned).collect()
    }

    fn claim_of(&self, token: &Unverified<'_>) -> Result<String, JwtError> {
        let value = token.claims.get(&self.claim).and_then(|value| value.as_str());
        value.map(str::to_owned).ok_or(JwtError::Claim("sub"))
    }
}
