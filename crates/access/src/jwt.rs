//! JSON Web Tokens (RFC 7519) in their compact form, taken apart; signatures are verified by those who know the keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Why a text is no token that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is not three parts of base64url with JSON inside.
    #[error("it is no JSON Web Token")]
    Malformed,
    /// Another algorithm than the key's, or `none`.
    #[error("it is signed by another algorithm")]
    Algorithm,
    /// Made with a key that is not known.
    #[error("its key is not known")]
    Key,
    /// It has extensions that must be understood.
    #[error("it has extensions that are not known")]
    Critical,
    /// It was changed, or made by another key.
    #[error("its signature is wrong")]
    Signature,
    /// Somebody else made it.
    #[error("its issuer is another one")]
    Issuer,
    /// It is for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It is not good yet.
    #[error("it is not valid yet")]
    NotYet,
    /// A claim that it must have is missing.
    #[error("it lacks the claim '{0}'")]
    Claim(&'static str),
}

/// A token whose signature nobody has verified.
pub(crate) struct Unverified<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed: &'a [u8],
    pub(crate) signature: Vec<u8>,
}

/// No token is longer.
const TOKEN_BYTES_MAX: usize = 16 << 10;

impl<'a> Unverified<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, JwtError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(JwtError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let object = |text: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
        };
        let header = object(header).ok_or(JwtError::Malformed)?;
        if header.contains_key("crit") {
            return Err(JwtError::Critical);
        }
        Ok(Self {
            header,
            claims: object(claims).ok_or(JwtError::Malformed)?,
            signed: signed.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Malformed)?,
        })
    }

    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&str, JwtError> {
        self.claims.get(name).and_then(Value::as_str).ok_or(JwtError::Claim(name))
    }

    fn seconds(&self, name: &'static str) -> Option<u64> {
        let value = self.claims.get(name)?;
        // Some issuers write fractions.
        value
            .as_u64()
            .or_else(|| value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64))
    }

    /// Issuer, audience and time. Clocks may differ by so many seconds.
    pub(crate) fn check(
        &self,
        issuer: &str,
        audience: &str,
        now_secs: u64,
        leeway_secs: u64,
    ) -> Result<(), JwtError> {
        if self.text("iss")? != issuer {
            return Err(JwtError::Issuer);
        }
        let is_for = match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            _ => return Err(JwtError::Claim("aud")),
        };
        if !is_for {
            return Err(JwtError::Audience);
        }
        let expires = self.seconds("exp").ok_or(JwtError::Claim("exp"))?;
        if now_secs >= expires.saturating_add(leeway_secs) {
            return Err(JwtError::Expired);
        }
        for name in ["nbf", "iat"] {
            if self.claims.contains_key(name)
                && self.seconds(name).ok_or(JwtError::Claim(name))? > now_secs + leeway_secs
            {
                return Err(JwtError::NotYet);
            }
        }
        Ok(())
    }
}
