//! Cosign's encrypted private keys: a JSON document with scrypt and NaCl's secretbox
//! (go-securesystemslib, encrypted/encrypted.go; cosign, pkg/cosign/keys.go).

use crate::encoding::{decode_base64, encode_base64};
use poly1305::{Poly1305, universal_hash::KeyInit as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use salsa20::{
    XSalsa20,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use serde::{Deserialize, Serialize};

/// Why a key cannot be decrypted, or encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptedKeyError {
    /// Not the JSON document that is expected.
    #[error("the document inside the key is malformed")]
    Json(#[source] serde_json::Error),
    /// A part of it is malformed.
    #[error("its {0} is malformed")]
    Malformed(&'static str),
    /// Another key derivation or cipher.
    #[error("it uses {0}, which is not supported")]
    Unsupported(String),
    /// Parameters that would take too much memory or time.
    #[error("its scrypt parameters (N {n}, r {r}, p {p}) are out of bounds")]
    Parameters {
        /// CPU and memory cost.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallelisation.
        p: u32,
    },
    /// The password does not fit, or the bytes were changed.
    #[error("wrong password")]
    Password,
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
}

#[derive(Serialize, Deserialize)]
struct Document {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

const KDF: &str = "scrypt";
const CIPHER: &str = "nacl/secretbox";
/// `scrypt.Standard` of encrypted.go: 64 MiB and a fraction of a second.
const STANDARD: Params = Params { n: 65_536, r: 8, p: 1 };
const MEMORY_BYTES_MAX: u64 = 256 << 20;
const PARALLEL_MAX: u32 = 4;
const TAG_LENGTH: usize = 16;

/// The PKCS #8 bytes inside an encrypted key.
pub(crate) fn decrypt(document: &[u8], password: &[u8]) -> Result<Vec<u8>, EncryptedKeyError> {
    let document: Document = serde_json::from_slice(document).map_err(EncryptedKeyError::Json)?;
    if document.kdf.name != KDF {
        return Err(EncryptedKeyError::Unsupported(crate::encoding::shown(&document.kdf.name)));
    }
    if document.cipher.name != CIPHER {
        return Err(EncryptedKeyError::Unsupported(crate::encoding::shown(&document.cipher.name)));
    }
    let decoded = |text: &str, what| decode_base64(text).ok_or(EncryptedKeyError::Malformed(what));
    let salt = decoded(&document.kdf.salt, "salt")?;
    let nonce: [u8; 24] = decoded(&document.cipher.nonce, "nonce")?
        .try_into()
        .map_err(|_| EncryptedKeyError::Malformed("nonce"))?;
    let sealed = decoded(&document.ciphertext, "ciphertext")?;
    let key = derive(password, &salt, document.kdf.params)?;
    open(&key, &nonce, &sealed).ok_or(EncryptedKeyError::Password)
}

/// The document of an encrypted key.
pub(crate) fn encrypt(pkcs8: &[u8], password: &[u8]) -> Result<Vec<u8>, EncryptedKeyError> {
    let random = SystemRandom::new();
    let (mut salt, mut nonce) = ([0; 32], [0; 24]);
    random.fill(&mut salt).map_err(|_| EncryptedKeyError::Random)?;
    random.fill(&mut nonce).map_err(|_| EncryptedKeyError::Random)?;
    let key = derive(password, &salt, STANDARD)?;
    let document = Document {
        kdf: Kdf { name: KDF.to_owned(), params: STANDARD, salt: encode_base64(&salt) },
        cipher: Cipher { name: CIPHER.to_owned(), nonce: encode_base64(&nonce) },
        ciphertext: encode_base64(&seal(&key, &nonce, pkcs8)),
    };
    Ok(serde_json::to_vec(&document).expect("texts and numbers are always JSON"))
}

fn derive(password: &[u8], salt: &[u8], Params { n, r, p }: Params) -> Result<[u8; 32], EncryptedKeyError> {
    let bounds = || EncryptedKeyError::Parameters { n, r, p };
    // scrypt keeps 128 * N * r bytes (RFC 7914, section 2).
    let memory_bytes = n.checked_mul(u64::from(r)).and_then(|blocks| blocks.checked_mul(128));
    let is_bounded = n.is_power_of_two()
        && n > 1
        && (1..=32).contains(&r)
        && (1..=PARALLEL_MAX).contains(&p)
        && memory_bytes.is_some_and(|bytes| bytes <= MEMORY_BYTES_MAX);
    if !is_bounded {
        return Err(bounds());
    }
    let parameters = scrypt::Params::new(n.trailing_zeros() as u8, r, p).map_err(|_| bounds())?;
    let mut key = [0; 32];
    scrypt::scrypt(password, salt, &parameters, &mut key).map_err(|_| bounds())?;
    Ok(key)
}

/// `crypto_secretbox` of NaCl (Bernstein, "Cryptography in NaCl", sections 9 and 10): the first 32 bytes of
/// XSalsa20's stream are the key of Poly1305 over the text that the rest of the stream encrypts.
fn seal(key: &[u8; 32], nonce: &[u8; 24], plain: &[u8]) -> Vec<u8> {
    let (mut cipher, authenticator) = start(key, nonce);
    let mut text = plain.to_vec();
    cipher.apply_keystream(&mut text);
    let tag = authenticator.compute_unpadded(&text);
    [tag.as_slice(), &text].concat()
}

fn open(key: &[u8; 32], nonce: &[u8; 24], sealed: &[u8]) -> Option<Vec<u8>> {
    let (tag, text) = sealed.split_at_checked(TAG_LENGTH)?;
    let (mut cipher, authenticator) = start(key, nonce);
    let expected = authenticator.compute_unpadded(text);
    let difference = expected.iter().zip(tag).fold(0, |difference, (a, b)| difference | (a ^ b));
    if difference != 0 {
        return None;
    }
    let mut plain = text.to_vec();
    cipher.apply_keystream(&mut plain);
    Some(plain)
}

fn start(key: &[u8; 32], nonce: &[u8; 24]) -> (XSalsa20, Poly1305) {
    let mut cipher = XSalsa20::new(key.into(), nonce.into());
    let mut first = [0; 32];
    cipher.apply_keystream(&mut first);
    (cipher, Poly1305::new(&first.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    // The example of "Cryptography in NaCl", section 10, which NaCl's own tests/secretbox.c checks.
    #[test]
    fn the_box_is_that_of_nacl() {
        let key =
            bytes("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389").try_into().unwrap();
        let nonce = bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37").try_into().unwrap();
        let plain = bytes(concat!(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129",
            "6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde",
            "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705"
        ));
        let sealed = seal(&key, &nonce, &plain);
        assert_eq!(sealed[..16], bytes("f3ffc7703f9400e52a7dfb4b3d3305d9"));
        assert_eq!(sealed[16..32], bytes("8e993b9f48681273c29650ba32fc76ce"));
        assert_eq!(open(&key, &nonce, &sealed), Some(plain));
        let mut changed = sealed;
        changed[40] ^= 1;
        assert_eq!(open(&key, &nonce, &changed), None);
    }

    #[test]
    fn parameters_that_would_eat_the_memory_are_refused() {
        for (n, r, p) in
            [(1 << 30, 8, 1), (3, 8, 1), (0, 8, 1), (u64::MAX, 8, 1), (1 << 16, 0, 1), (16, 8, 99)]
        {
            let result = derive(b"", b"", Params { n, r, p });
            assert!(matches!(result, Err(EncryptedKeyError::Parameters { .. })), "{n} {r} {p}");
        }
    }
}
