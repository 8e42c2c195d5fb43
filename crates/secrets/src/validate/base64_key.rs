//! Keys in base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex_automata::Span;

/// Base64 round a token that makes it a piece of something longer: more than the path of an address has.
const BLOB_BYTES: usize = 200;
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64 of either alphabet (RFC 4648, sections 4 and 5), with or without padding.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        URL_SAFE.decode(text).ok()
    } else {
        STANDARD.decode(text).ok()
    }
}

/// Whether a token is a piece of a longer text in base64 (a picture, a program, a certificate), in which any row of
/// letters and digits turns up.
pub(super) fn is_within(text: &[u8], token: Span) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = text[..token.start].iter().rev().take(BLOB_BYTES).take_while(|byte| is_base64(byte)).count();
    let after = text[token.end..].iter().take(BLOB_BYTES).take_while(|byte| is_base64(byte)).count();
    before + after >= BLOB_BYTES
}

/// Whether it is base64 of so many bytes that look random.
pub(super) fn decodes_to(text: &[u8], length: usize) -> bool {
    decode(text).is_some_and(|bytes| {
        let mut seen = [false; 256];
        bytes.iter().for_each(|byte| seen[usize::from(*byte)] = true);
        bytes.len() == length && seen.iter().filter(|seen| **seen).count() * 2 > length
    })
}

/// Whether it is base64 of a JSON object.
pub(super) fn is_json(text: &[u8]) -> bool {
    decode(text).is_some_and(|bytes| {
        serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|value| value.is_object())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_blob_is_told_from_a_token_in_an_address() {
        let token = "EAAAq8Zk3VxWm2LtY7RbN5cJ";
        let within = |text: &str| {
            let start = text.find(token).unwrap();
            is_within(text.as_bytes(), Span::from(start..start + token.len()))
        };
        assert!(within(&format!("\"{}/{token}+{}\"", "AGFzbQEA".repeat(20), "fwBgA39/".repeat(20))));
        assert!(!within(&format!("https://graph.invalid/v2/{token}/me")));
        assert!(!within(&format!("token={token}")));
    }
}
