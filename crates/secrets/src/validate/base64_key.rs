//! Keys in base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

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
