//! Secrets of users and robots: argon2id, and what was verified a moment ago.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use base64::Engine as _;
use ring::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Verifies secrets. Argon2 is slow on purpose, so what was verified is remembered for some minutes: not the secret, but its
/// HMAC under a key of this process.
pub struct Secrets {
    key: hmac::Key,
    verified: Mutex<HashMap<String, Verified>>,
    // One at a time: whoever guesses makes others that guess wait, and takes the memory of one verification.
    slow: Mutex<()>,
    nobody: String,
}

struct Verified {
    // Of secret and hash: a hash that was changed in the file is verified anew.
    tag: hmac::Tag,
    until_secs: u64,
}

/// So long is remembered what was verified.
const REMEMBERED_SECS: u64 = 300;
/// For so many.
const REMEMBERED_MAX: usize = 10_000;
/// A secret is at most so long; ID tokens are verified otherwise.
const SECRET_BYTES_MAX: usize = 1_024;
/// What a hash may ask for, so that no line of a file stops the service.
const MEMORY_KIB_MAX: u32 = 256 << 10;
const PASSES_MAX: u32 = 16;

impl Default for Secrets {
    fn default() -> Self {
        let nobody = hash_secret(&new_secret());
        let key = random::<32>();
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            verified: Mutex::default(),
            slow: Mutex::new(()),
            nobody,
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Whether a secret is the one behind a hash. Without a hash, as for somebody unknown, it takes as long and is not.
    pub(crate) fn verify(&self, name: &str, secret: &str, hash: Option<&str>, now_secs: u64) -> bool {
        if secret.len() > SECRET_BYTES_MAX {
            return false;
        }
        let message =
            [name, secret, hash.unwrap_or_default()].map(|part| format!("{}:{part}", part.len())).concat();
        if let Some(verified) = self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(name)
            && hash.is_some()
            && now_secs < verified.until_secs
            && hmac::verify(&self.key, message.as_bytes(), verified.tag.as_ref()).is_ok()
        {
            return true;
        }
        let is_right = {
            let _slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
            let of_somebody = hash.unwrap_or(&self.nobody);
            PasswordHash::new(of_somebody)
                .is_ok_and(|parsed| Argon2::default().verify_password(secret.as_bytes(), &parsed).is_ok())
        };
        let is_right = is_right && hash.is_some();
        if is_right {
            let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
            if verified.len() >= REMEMBERED_MAX {
                verified.retain(|_, verified| now_secs < verified.until_secs);
            }
            if verified.len() < REMEMBERED_MAX {
                let tag = hmac::sign(&self.key, message.as_bytes());
                verified.insert(name.to_owned(), Verified { tag, until_secs: now_secs + REMEMBERED_SECS });
            }
        }
        is_right
    }
}

/// The line of the file for a secret.
#[must_use]
pub fn hash_secret(secret: &str) -> String {
    let salt = random::<16>();
    let hash = Argon2::default().hash_password_with_salt(secret.as_bytes(), &salt);
    hash.expect("the parameters are argon2's own, and salt and secret are short").to_string()
}

/// A secret that nobody guesses: 256 random bits.
#[must_use]
pub fn new_secret() -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<32>())
}

pub(crate) fn check_hash(text: &str) -> Result<(), String> {
    let hint = "is no argon2id hash (hint: make one with 'seawall guard registry --hash-secret')";
    let parsed = PasswordHash::new(text).map_err(|_| hint.to_owned())?;
    if parsed.algorithm.as_str() != "argon2id" || parsed.salt.is_none() || parsed.hash.is_none() {
        return Err(hint.to_owned());
    }
    let params = argon2::Params::try_from(&parsed).map_err(|_| hint.to_owned())?;
    if params.m_cost() > MEMORY_KIB_MAX || params.t_cost() > PASSES_MAX {
        return Err(format!("asks for more than {MEMORY_KIB_MAX} KiB or {PASSES_MAX} passes"));
    }
    Ok(())
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}
