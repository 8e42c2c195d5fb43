//! The prehashed form of Ed25519.

use sha2::{Digest as _, Sha512};

/// Whether it is a signature of Ed25519ph (RFC 8032, section 5.1) without context. What is signed there is told apart from what
/// Ed25519 signs, so accepting both gives nobody a second meaning of one signature.
pub(crate) fn is_signature_of(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (key.try_into(), signature.try_into()) else { return false };
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    let digest = Sha512::new_with_prefix(message);
    ed25519_dalek::VerifyingKey::from_bytes(&key)
        .is_ok_and(|key| key.verify_prehashed_strict(digest, None, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn prehashed_signature_of_the_standard_is_one_and_each_change_of_it_is_none() {
        use ring::signature::KeyPair as _;
        // RFC 8032, section 7.3.
        let secret = bytes("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
        let signature = bytes(
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        );
        let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&secret).unwrap();
        let key = pair.public_key().as_ref();
        assert!(is_signature_of(key, b"abc", &signature));
        assert!(!is_signature_of(key, b"abd", &signature));
        assert!(!is_signature_of(key, b"abc", pair.sign(b"abc").as_ref()), "the other form");
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!is_signature_of(key, b"abc", &changed), "{at}");
        }
        for short in [0, 32, 63] {
            assert!(!is_signature_of(key, b"abc", &signature[..short]));
        }
    }
}
