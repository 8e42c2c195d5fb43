//! Base64, hexadecimal and SHA-256 as the formats of signatures use them.

use base64::{
    Engine as _,
    alphabet::{STANDARD as STANDARD_ALPHABET, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use model::Digest;
use sha2::Digest as _;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&STANDARD_ALPHABET, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Decodes standard or URL-safe base64, padded or not: protobuf's JSON form and DSSE allow both
/// (protobuf.dev, ProtoJSON; DSSE envelope.md).
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    STANDARD.decode(text).or_else(|_| URL.decode(text)).ok()
}

/// Padded standard base64.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Hexadecimal digits in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits.
pub(crate) fn decode_hex(digits: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(pair).collect()
}

/// SHA-256 as a content digest.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_sha256(&sha2::Sha256::digest(bytes).into())
}

/// The digest of bytes by the algorithm of another digest.
pub(crate) fn digest_like(expected: &Digest, bytes: &[u8]) -> Digest {
    if expected.algorithm() != "sha512" {
        return sha256(bytes);
    }
    let hex = hex(&sha2::Sha512::digest(bytes));
    format!("sha512:{hex}").parse().expect("128 hexadecimal digits are a SHA-512 digest")
}

/// At most 200 characters of an untrusted text, on one line, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut line: String =
        text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(200).is_some() {
        line.push('…');
    }
    line
}
