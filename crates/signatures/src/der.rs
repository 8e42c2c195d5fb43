//! As much of DER (ITU-T X.690) as keys need: definite lengths, tags of one byte.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
#[cfg(test)]
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Takes the element of a tag from the front: its content and what follows it.
pub(crate) fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().fold(0_usize, |length, &digit| length << 8 | usize::from(digit));
            // The shortest form is the only one (X.690, section 10.1).
            if length < 0x80 || digits[0] == 0 {
                return None;
            }
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The content of an element that is all there is.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    take(bytes, tag).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// Writes one element.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        _ => {
            assert!(length <= 0xffff, "keys are shorter than 64 KiB");
            bytes.extend([0x82, (length >> 8) as u8, length as u8]);
        }
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535] {
            let content = vec![7; length];
            let bytes = element(OCTET_STRING, &[&content]);
            assert_eq!(only(&bytes, OCTET_STRING), Some(content.as_slice()));
            assert_eq!(only(&bytes, SEQUENCE), None);
            assert_eq!(only(&bytes[..bytes.len() - 1], OCTET_STRING), None);
        }
    }

    #[test]
    fn lengths_that_are_not_the_shortest_are_refused() {
        assert_eq!(take(&[4, 0x81, 1, 9], OCTET_STRING), None);
        assert_eq!(take(&[4, 0x80, 9, 0, 0], OCTET_STRING), None);
        assert_eq!(take(&[4, 0x84, 0, 0, 0, 1, 9], OCTET_STRING), None);
    }
}
