//! Decoders that hide code, with bounds; each answers as PHP's own function does.

use super::value::TEXT_BYTES_MAX;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use std::io::Read;

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `base64_decode`, which skips what is no digit.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    FORGIVING.decode(&digits).ok()
}

pub(super) fn base64_encode(text: &[u8]) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.encode(text).into_bytes()
}

/// `gzinflate` (RFC 1951), `gzuncompress` (RFC 1950), `gzdecode` (RFC 1952).
pub(super) fn inflate(function: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let limit = TEXT_BYTES_MAX as u64;
    let mut out = Vec::new();
    let result = match function {
        b"gzinflate" => flate2::read::DeflateDecoder::new(text).take(limit).read_to_end(&mut out),
        b"gzuncompress" => flate2::read::ZlibDecoder::new(text).take(limit).read_to_end(&mut out),
        _ => flate2::read::GzDecoder::new(text).take(limit).read_to_end(&mut out),
    };
    // A cut stream still tells its beginning.
    (result.is_ok() || !out.is_empty()).then_some(out)
}

pub(super) fn rot13(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|byte| match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            other => *other,
        })
        .collect()
}

/// Pairs of hexadecimal digits.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            [high] => Some(digit(*high)? << 4),
            _ => None,
        })
        .collect()
}

pub(super) fn hex_encode(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// `rawurldecode`; `urldecode` also turns plus signs to spaces.
pub(super) fn url(text: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let pair = text.get(at + 1..at + 3).filter(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        match (text[at], pair.and_then(hex)) {
            (b'%', Some(byte)) => {
                out.extend(byte);
                at += 3;
                continue;
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            (other, _) => out.push(other),
        }
        at += 1;
    }
    out
}

/// `convert_uudecode` (POSIX.1-2017, uuencode, historical algorithm).
pub(super) fn uudecode(text: &[u8]) -> Vec<u8> {
    let six = |byte: Option<&u8>| byte.map_or(0, |byte| byte.wrapping_sub(32) & 63);
    let mut out = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Some((length, digits)) = line.split_first() else { continue };
        let length = usize::from(six(Some(length)));
        let mut bytes = Vec::with_capacity(length);
        for four in digits.chunks(4) {
            let (a, b, c, d) = (six(four.first()), six(four.get(1)), six(four.get(2)), six(four.get(3)));
            bytes.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        bytes.truncate(length);
        out.extend(bytes);
    }
    out
}

/// The escapes of C, as `stripcslashes` reads them.
pub(super) fn c_escapes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'\\' {
            out.push(text[at]);
            at += 1;
            continue;
        }
        let rest = &text[at + 1..];
        let count = |from: usize, most: usize, is_digit: fn(&u8) -> bool| {
            rest.iter().skip(from).take(most).take_while(|byte| is_digit(byte)).count()
        };
        let (hexes, octals) =
            (count(1, 2, u8::is_ascii_hexdigit), count(0, 3, |byte| (b'0'..=b'7').contains(byte)));
        let used = match rest.first() {
            Some(b'x') if hexes > 0 => 1 + hexes,
            _ if octals > 0 => octals,
            _ => 1,
        };
        out.extend(
            super::literals::escape(&text[at..(at + 1 + used).min(text.len())])
                .into_iter()
                .filter(|_| used > 1 || !rest.is_empty()),
        );
        at += 1 + used;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoders_answer_as_php_does() {
        assert_eq!(base64(b"aGVs bG8").unwrap(), b"hello");
        assert_eq!(base64(b"aGVsbG8===").unwrap(), b"hello");
        assert_eq!(rot13(b"nffreg"), b"assert");
        assert_eq!(hex(b"6162").unwrap(), b"ab");
        assert_eq!(hex(b"6x"), None);
        assert_eq!(url(b"a%62+c%zz", true), b"ab c%zz");
        assert_eq!(uudecode(b"#0V%T\n`\n"), b"Cat");
        assert_eq!(c_escapes(br"\x61\142c"), b"abc");
        let packed = [0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflate(b"gzinflate", &packed).unwrap(), b"hello");
        assert_eq!(inflate(b"gzinflate", b""), None);
    }
}
