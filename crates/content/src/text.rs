//! Text in the encodings that files have.

use std::borrow::Cow;

/// Bytes of the beginning that decide whether something is text.
const SAMPLE_BYTES: usize = 4_096;

/// Whether bytes are text: no NUL in the first 4 KiB and few other control characters, or UTF-16 with a byte order
/// mark.
#[must_use]
pub fn is_text(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    if sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
        return true;
    }
    let control = sample
        .iter()
        .filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08))
        .count();
    !sample.contains(&0) && control * 50 <= sample.len()
}

/// The bytes as UTF-8-compatible text: UTF-16 with a byte order mark is converted (RFC 2781, section 4.3), a UTF-8
/// mark is cut off, anything else stays as it is.
#[must_use]
pub fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |rest: &[u8], number: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| number([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ => Cow::Borrowed(bytes),
    }
}

/// The 1-based line of an offset.
#[must_use]
pub fn line_at(bytes: &[u8], offset: usize) -> u32 {
    let before = &bytes[..offset.min(bytes.len())];
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// A credential made unreadable, but recognisable by who has it: the first and last characters of a long one, and its
/// length. Control characters do not pass.
#[must_use]
pub fn redact(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    let shown = match characters.len() {
        0..=7 => 0,
        8..=15 => 1,
        16..=31 => 2,
        _ => 4,
    };
    let keep = |part: &[char]| part.iter().map(|c| if c.is_control() { '·' } else { *c }).collect::<String>();
    let (head, tail) = (keep(&characters[..shown]), keep(&characters[characters.len() - shown..]));
    format!("{head}…{tail} ({} characters)", characters.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_recognised_in_its_encodings() {
        assert!(is_text("grüße\n".as_bytes()) && is_text(b"") && is_text(b"\xff\xfea\0"));
        assert!(!is_text(b"\x7fELF\x02\x01\x01\0") && !is_text(b"\x01\x02\x03\x04"));
        assert_eq!(as_text(b"\xff\xfea\0b\0").as_ref(), b"ab");
        assert_eq!(as_text(b"\xfe\xff\0a\0b").as_ref(), b"ab");
        assert_eq!(as_text(b"\xef\xbb\xbfab").as_ref(), b"ab");
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!([line_at(b"a\nb\nc", 0), line_at(b"a\nb\nc", 2), line_at(b"a\nb\nc", 99)], [1, 2, 3]);
    }

    #[test]
    fn a_redacted_secret_shows_at_most_a_quarter() {
        for length in 0..100 {
            let secret = "x".repeat(length);
            let shown = redact(&secret).matches('x').count();
            assert!(shown * 4 <= length, "{length}: {shown}");
        }
        assert_eq!(redact("AKIA1234567890ABCDEF"), "AK…EF (20 characters)");
    }
}
