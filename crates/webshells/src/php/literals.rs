//! Literals of PHP (<https://www.php.net/manual/en/language.types.string.php>).

/// The text of a literal in single quotes; only `\\` and `\'` are escapes.
pub(super) fn single_quoted(literal: &[u8]) -> Vec<u8> {
    let literal = literal.strip_prefix(b"b").unwrap_or(literal);
    let inner = literal.strip_prefix(b"'").unwrap_or(literal);
    let inner = inner.strip_suffix(b"'").unwrap_or(inner);
    let mut text = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(byte) = inner.get(at) {
        at += 1;
        match (byte, inner.get(at)) {
            (b'\\', Some(next @ (b'\\' | b'\''))) => {
                text.push(*next);
                at += 1;
            }
            _ => text.push(*byte),
        }
    }
    text
}

/// One escape of a literal in double quotes.
pub(super) fn escape(sequence: &[u8]) -> Vec<u8> {
    let rest = sequence.get(1..).unwrap_or(&[]);
    let number = |digits: &[u8], radix: u32| {
        std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())
    };
    let byte = match rest {
        [b'n'] => b'\n',
        [b't'] => b'\t',
        [b'r'] => b'\r',
        [b'v'] => 0x0b,
        [b'e'] => 0x1b,
        [b'f'] => 0x0c,
        [b'x' | b'X', digits @ ..] if !digits.is_empty() => match number(digits, 16) {
            Some(number) => (number & 0xff) as u8,
            None => return sequence.to_vec(),
        },
        [b'u', b'{', digits @ .., b'}'] => match number(digits, 16).and_then(char::from_u32) {
            Some(character) => return character.to_string().into_bytes(),
            None => return sequence.to_vec(),
        },
        [b'0'..=b'7', ..] => match number(rest, 8) {
            Some(number) => (number & 0xff) as u8,
            None => return sequence.to_vec(),
        },
        [other @ (b'\\' | b'$' | b'"' | b'`' | b'\'')] => *other,
        _ => return sequence.to_vec(),
    };
    vec![byte]
}

/// An integer in any base, with underscores.
pub(super) fn integer(literal: &[u8]) -> Option<i64> {
    let text: String = std::str::from_utf8(literal).ok()?.chars().filter(|c| *c != '_').collect();
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = lower.strip_prefix("0b") {
        return i64::from_str_radix(digits, 2).ok();
    }
    if let Some(digits) = lower.strip_prefix("0o") {
        return i64::from_str_radix(digits, 8).ok();
    }
    match lower.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => i64::from_str_radix(digits, 8).ok(),
        _ => lower.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_php_reads_them() {
        assert_eq!(single_quoted(br"'a\'b\\c\n'"), br"a'b\c\n");
        assert_eq!(escape(br"\x41"), b"A");
        assert_eq!(escape(br"\101"), b"A");
        assert_eq!(escape(br"\u{e9}"), "é".as_bytes());
        assert_eq!(escape(br"\q"), br"\q");
        assert_eq!(
            [integer(b"0x1F"), integer(b"017"), integer(b"1_000"), integer(b"0b11")],
            [Some(31), Some(15), Some(1_000), Some(3)]
        );
        assert_eq!(integer(b"99999999999999999999"), None);
    }
}
