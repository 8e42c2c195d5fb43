//! OpenSSH's own format of private keys (openssh-portable, PROTOCOL.key).

use super::private_key::{PrivateKey, describe_blob, fingerprint, take};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Decodes a key: cipher, key derivation, its options, number of keys, public keys, private part.
pub(crate) fn decode(bytes: &[u8]) -> Option<PrivateKey> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let cipher = take(&mut rest)?;
    let derivation = take(&mut rest)?;
    let _options = take(&mut rest)?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    if u32::from_be_bytes(*count) == 0 {
        return None;
    }
    let public = take(&mut rest)?;
    let private = take(&mut rest)?;
    let (algorithm, bits) = describe_blob(public)?;
    if private.len() < 16 || algorithm.ends_with("security key") {
        // The key itself stays in the device.
        return None;
    }
    let is_clear = cipher == b"none";
    let encryption = (!is_clear)
        .then(|| format!("{} with {}", String::from_utf8_lossy(cipher), String::from_utf8_lossy(derivation)));
    let comment = is_clear.then(|| comment(private, public)).flatten();
    Some(PrivateKey {
        algorithm,
        bits,
        encryption,
        fingerprint: Some(fingerprint(public)),
        comment,
        ..PrivateKey::default()
    })
}

/// The comment: the last text of the clear private part before its padding 1, 2, 3 …
fn comment(private: &[u8], public: &[u8]) -> Option<String> {
    // Two equal check numbers come first.
    if private.get(..4)? != private.get(4..8)? {
        return None;
    }
    let mut rest = private.get(8..)?;
    let algorithm = take(&mut rest)?;
    if !public.get(4..)?.starts_with(algorithm) {
        return None;
    }
    let mut last: &[u8] = &[];
    // No algorithm has more than seven parts.
    for _ in 0..8 {
        match take(&mut rest) {
            Some(text) => last = text,
            None => break,
        }
    }
    let text = std::str::from_utf8(last).ok()?;
    (!text.is_empty() && text.len() < 256 && !text.contains(char::is_control)).then(|| text.to_owned())
}
