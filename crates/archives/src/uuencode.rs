//! Uuencoded lines (POSIX.1-2017, uuencode).

/// The name of a file that begins with this line, and whether its lines are base64.
pub(crate) fn begin(line: &[u8]) -> Option<(&[u8], bool)> {
    let (rest, is_base64) = match line.strip_prefix(b"begin-base64 ") {
        Some(rest) => (rest, true),
        None => (line.strip_prefix(b"begin ")?, false),
    };
    let digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?;
    ((3..=4).contains(&digits) && !name.is_empty()).then_some((name, is_base64))
}

/// Appends what a line stands for; false when it is no such line.
#[must_use]
pub(crate) fn decode_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some((first, digits)) = line.split_first() else { return true };
    if !(0x20..=0x60).contains(first) || digits.iter().any(|byte| !(0x20..=0x60).contains(byte)) {
        return false;
    }
    let value = |byte: u8| (byte - 0x20) & 0x3f;
    let length = usize::from(value(*first));
    // Spaces at the end of lines get lost on the way; they mean zero. A check sum may follow.
    let digit = |at: usize| u32::from(value(digits.get(at).copied().unwrap_or(b' ')));
    if digits.len() + 3 < length.div_ceil(3) * 4 {
        return false;
    }
    for at in 0..length {
        let start = at / 3 * 4;
        let group = digit(start) << 18 | digit(start + 1) << 12 | digit(start + 2) << 6 | digit(start + 3);
        out.push((group >> (16 - 8 * (at % 3))) as u8);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_decoded() {
        let mut out = Vec::new();
        assert!(decode_line(b"#0V%T", &mut out) && out == b"Cat");
        assert!(decode_line(b"`", &mut out) && out == b"Cat");
        assert!(!decode_line(b"hello world", &mut out));
        assert_eq!(begin(b"begin 644 a b"), Some((b"a b".as_slice(), false)));
        assert_eq!(begin(b"begin again, please"), None);
    }
}
