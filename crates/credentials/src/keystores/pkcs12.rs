//! PKCS#12 (RFC 7292).

use super::{PASSWORDS, Store};
use crate::keys::der::{Der, OBJECT_ID, OCTET_STRING, SEQUENCE};
use content::Budget;
use memchr::memmem;
use ring::hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Bags with a key in clear and with an encrypted key (appendix D): 1.2.840.113549.1.12.10.1.1 and .2.
const KEY_BAG: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 1];
const SHROUDED_KEY_BAG: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
/// The content type `data`: 1.2.840.113549.1.7.1.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// Stores with more rounds are not tried: the passwords would cost too much time.
const ROUNDS_MAX: u64 = 50_000;

/// Reads a store: version 3, the content, and a code over it that the password makes.
pub(super) fn read(bytes: &[u8], budget: &Budget) -> Option<Store> {
    // Version 3 right at the beginning, also with the indefinite lengths that some programs write.
    let head = bytes.get(..24)?;
    memmem::find(head, &[2, 1, 3, 0x30])?;
    let in_clear = memmem::find_iter(bytes, KEY_BAG).count();
    let keys = in_clear + memmem::find_iter(bytes, SHROUDED_KEY_BAG).count();
    let mut password = if in_clear > 0 { Some("") } else { None };
    if keys > 0 && password.is_none() {
        password = opens(bytes, budget);
    }
    Some(Store { format: "PKCS#12", keys, names: Vec::new(), password })
}

/// The first password whose code is right; nothing when the store has none, or one of an unknown kind.
fn opens(bytes: &[u8], budget: &Budget) -> Option<&'static str> {
    let mut store = Der::new(bytes).inside(SEQUENCE)?;
    store.number()?;
    let mut content = store.inside(SEQUENCE)?;
    if content.expect(OBJECT_ID)? != DATA {
        return None;
    }
    let data = content.inside(0xa0)?.expect(OCTET_STRING)?;
    let mut code = store.inside(SEQUENCE)?;
    let mut info = code.inside(SEQUENCE)?;
    let algorithm = info.inside(SEQUENCE)?.expect(OBJECT_ID)?;
    let expected = info.expect(OCTET_STRING)?;
    let salt = code.expect(OCTET_STRING)?;
    let rounds = if code.is_empty() { 1 } else { code.number()? };
    if rounds == 0 || rounds > ROUNDS_MAX || salt.len() > 1_024 {
        return None;
    }
    PASSWORDS.iter().copied().find(|password| {
        if budget.check().is_err() {
            return false;
        }
        let (kind, key) = match algorithm {
            [0x2b, 14, 3, 2, 26] => {
                (hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, derive::<Sha1>(password, salt, rounds, 64))
            }
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => {
                (hmac::HMAC_SHA256, derive::<Sha256>(password, salt, rounds, 64))
            }
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => {
                (hmac::HMAC_SHA384, derive::<Sha384>(password, salt, rounds, 128))
            }
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => {
                (hmac::HMAC_SHA512, derive::<Sha512>(password, salt, rounds, 128))
            }
            _ => return false,
        };
        hmac::verify(&hmac::Key::new(kind, &key), data, expected).is_ok()
    })
}

/// The key of the code (RFC 7292, appendix B.2, with purpose 3). One round of output suffices, since code and hash have
/// the same length.
fn derive<D: Digest>(password: &str, salt: &[u8], rounds: u64, block_bytes: usize) -> Vec<u8> {
    // BMPString with two zeros at the end; an empty password is no bytes at all or two zeros, of which OpenSSL and
    // Java write the latter.
    let wide: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let filled = |part: &[u8]| -> Vec<u8> {
        let length = part.len().div_ceil(block_bytes) * block_bytes;
        part.iter().copied().cycle().take(if part.is_empty() { 0 } else { length }).collect()
    };
    let mut sum = D::new()
        .chain_update(vec![3_u8; block_bytes])
        .chain_update(filled(salt))
        .chain_update(filled(&wide))
        .finalize();
    for _ in 1..rounds {
        sum = D::digest(&sum);
    }
    sum.to_vec()
}
