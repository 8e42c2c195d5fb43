//! Tokens of the guard's own service: ES256 alone (RFC 7518, section 3.4).

use crate::jwt::{JwtError, Unverified};
use crate::principal::Principal;
use crate::scope::Scope;
use crate::secret::random;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    digest,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        UnparsedPublicKey,
    },
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The key that tokens are signed with.
pub struct TokenKey {
    pair: EcdsaKeyPair,
    id: String,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// Not PEM.
    #[error("it is no PEM file with a private key (PKCS#8)")]
    Pem,
    /// Another key.
    #[error(
        "it is no ECDSA key on P-256 (hint: 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256')"
    )]
    Key,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// For whom it was made.
    pub principal: Principal,
    /// What it allows; the rights of the moment count too.
    pub scopes: Vec<Scope>,
    /// Its number.
    pub id: String,
}

/// Who issues.
const ISSUER: &str = "seawall";
/// Tokens are for the clock that made them.
const LEEWAY_SECS: u64 = 2;

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKey({})", self.id)
    }
}

impl TokenKey {
    /// A key that lives as long as the process.
    #[must_use]
    pub fn generate() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .expect("the kernel gives random bytes");
        Self::of_pkcs8(document.as_ref()).expect("ring reads what it wrote")
    }

    /// Reads a private key.
    ///
    /// # Errors
    /// When it is none of PKCS#8 on P-256.
    pub fn parse(pem: &str) -> Result<Self, TokenKeyError> {
        let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----").ok_or(TokenKeyError::Pem)?;
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(TokenKeyError::Pem)?;
        let body: String = body.split_ascii_whitespace().collect();
        Self::of_pkcs8(&STANDARD.decode(body).map_err(|_| TokenKeyError::Pem)?)
    }

    fn of_pkcs8(bytes: &[u8]) -> Result<Self, TokenKeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes, &SystemRandom::new())
            .map_err(|_| TokenKeyError::Key)?;
        // The thumbprint of RFC 7638: members in order, without spaces.
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, jwk.as_bytes()));
        Ok(Self { pair, id })
    }

    /// Makes a token.
    #[must_use]
    pub fn issue(
        &self,
        principal: &Principal,
        service: &str,
        scopes: &[Scope],
        now_secs: u64,
        life_secs: u64,
    ) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": self.id });
        let access: Vec<Value> = scopes
            .iter()
            .map(|scope| json!({ "type": scope.kind, "name": scope.name, "actions": scope.actions }))
            .collect();
        let groups = principal.groups().filter(|groups| !groups.is_empty());
        let mut claims = json!({
            "iss": ISSUER, "sub": principal.to_string(), "aud": service, "iat": now_secs, "nbf": now_secs,
            "exp": now_secs + life_secs, "jti": URL_SAFE_NO_PAD.encode(random::<16>()), "access": access,
        });
        if let Some(groups) = groups {
            claims["groups"] = json!(groups);
        }
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature =
            self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("the kernel gives random bytes");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// Reads a token that this key made.
    ///
    /// # Errors
    /// When it was not made by it, for this service, now.
    pub fn verify(&self, token: &str, service: &str, now_secs: u64) -> Result<Granted, JwtError> {
        let unverified = Unverified::parse(token)?;
        // The algorithm is the key's, whatever the token says; one that says something else was not made here.
        if unverified.header_text("alg") != Some("ES256") || unverified.header_text("typ") != Some("JWT") {
            return Err(JwtError::Algorithm);
        }
        if unverified.header_text("kid") != Some(&self.id) {
            return Err(JwtError::Key);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref())
            .verify(unverified.signed, &unverified.signature)
            .map_err(|_| JwtError::Signature)?;
        unverified.check(ISSUER, service, now_secs, LEEWAY_SECS)?;
        let principal = Principal::parse(unverified.text("sub")?).ok_or(JwtError::Claim("sub"))?;
        let groups = unverified.claims.get("groups").and_then(Value::as_array).into_iter().flatten();
        let groups = groups.filter_map(|group| group.as_str().map(str::to_owned)).collect();
        let principal = principal.with_groups(groups);
        let access =
            unverified.claims.get("access").and_then(Value::as_array).ok_or(JwtError::Claim("access"))?;
        let scopes: Option<Vec<Scope>> = access.iter().map(scope).collect();
        let scopes = scopes.ok_or(JwtError::Claim("access"))?;
        Ok(Granted { principal, scopes, id: unverified.text("jti")?.to_owned() })
    }
}

fn scope(value: &Value) -> Option<Scope> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let actions: Option<BTreeSet<String>> =
        value.get("actions")?.as_array()?.iter().map(|action| action.as_str().map(str::to_owned)).collect();
    Some(Scope { kind: text("type")?, name: text("name")?, actions: actions? })
}

impl Granted {
    /// Whether it allows an action on a repository.
    #[must_use]
    pub fn allows(&self, kind: &str, name: &str, action: &str) -> bool {
        let of_name = self.scopes.iter().filter(|scope| scope.kind == kind && scope.name == name);
        of_name.flat_map(|scope| &scope.actions).any(|other| other == action || other == "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> Vec<Scope> {
        crate::scopes(["repository:team/app:pull"])
    }

    fn token(key: &TokenKey) -> String {
        key.issue(&Principal::Robot("ci".to_owned()), "registry.example.com", &scopes(), 1_000, 300)
    }

    #[test]
    fn token_says_what_it_was_made_for() {
        let key = TokenKey::generate();
        let granted = key.verify(&token(&key), "registry.example.com", 1_100).unwrap();
        assert_eq!(
            (granted.principal.to_string().as_str(), granted.scopes.as_slice()),
            ("robot:ci", scopes().as_slice())
        );
        assert!(granted.allows("repository", "team/app", "pull"));
        assert!(!granted.allows("repository", "team/app", "push"));
        assert!(!granted.allows("repository", "team/app2", "pull"));
    }

    #[test]
    fn groups_come_along() {
        let key = TokenKey::generate();
        let one = Principal::Oidc("p".to_owned(), "s".to_owned(), ["a/b".to_owned(), "c".to_owned()].into());
        let token = key.issue(&one, "registry.example.com", &[], 1_000, 300);
        assert_eq!(key.verify(&token, "registry.example.com", 1_100).unwrap().principal, one);
    }

    #[test]
    fn token_of_other_key_time_or_service_is_none() {
        let (key, other) = (TokenKey::generate(), TokenKey::generate());
        let token = token(&key);
        let service = "registry.example.com";
        assert_eq!(other.verify(&token, service, 1_100), Err(JwtError::Key));
        assert_eq!(key.verify(&token, "other", 1_100), Err(JwtError::Audience));
        assert_eq!(key.verify(&token, service, 1_400), Err(JwtError::Expired));
        assert_eq!(key.verify(&token, service, 900), Err(JwtError::NotYet));
    }

    #[test]
    fn algorithm_is_pinned_and_none_is_refused() {
        let key = TokenKey::generate();
        let token = token(&key);
        let (_, rest) = token.split_once('.').unwrap();
        for algorithm in ["none", "None", "HS256", "ES384", ""] {
            let header = json!({ "typ": "JWT", "alg": algorithm, "kid": key.id });
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            let forged = format!("{header}.{rest}");
            assert_eq!(
                key.verify(&forged, "registry.example.com", 1_100),
                Err(JwtError::Algorithm),
                "{algorithm}"
            );
            let unsigned = format!("{header}.{}.", rest.split_once('.').unwrap().0);
            assert_eq!(key.verify(&unsigned, "registry.example.com", 1_100), Err(JwtError::Algorithm));
        }
    }

    #[test]
    fn changed_token_never_counts() {
        let key = TokenKey::generate();
        let token = token(&key);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let verified = key.verify(&changed, "registry.example.com", 1_100);
            assert!(verified.is_err(), "changed at {at}");
            let _ = key.verify(&token[..at], "registry.example.com", 1_100);
        }
    }
}
