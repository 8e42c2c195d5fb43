//! Identities of age (age-encryption.org/v1, "The X25519 recipient type"): Bech32 (BIP 173) of 32 bytes.

use super::private_key::PrivateKey;

const CHARACTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Decodes an identity at the beginning of the bytes; its length in bytes comes too.
pub(crate) fn decode(bytes: &[u8]) -> Option<(PrivateKey, usize)> {
    let length =
        bytes.iter().take(128).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let text = std::str::from_utf8(&bytes[..length]).ok()?.to_ascii_lowercase();
    let (prefix, data) = text.rsplit_once('1')?;
    // 52 characters hold 32 bytes, 6 more the checksum.
    if prefix != "age-secret-key-" || data.len() != 58 {
        return None;
    }
    let mut values: Vec<u8> = prefix.bytes().map(|byte| byte >> 5).collect();
    values.push(0);
    values.extend(prefix.bytes().map(|byte| byte & 31));
    for byte in data.bytes() {
        values.push(u8::try_from(CHARACTERS.iter().position(|c| *c == byte)?).ok()?);
    }
    let key = PrivateKey { algorithm: "age X25519".to_owned(), ..PrivateKey::default() };
    (checksum(&values) == 1).then_some((key, length))
}

/// The checksum of BIP 173, section "Checksum"; 1 when it is right.
fn checksum(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(*value);
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(next, |next, bit| next ^ GENERATOR[bit])
    })
}
