//! As much of DER (ITU-T X.690) as keys and timestamps need: definite lengths, tags of one byte.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
}

/// The constructed element `[number]` of its context.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Takes the first element, and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
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
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Element { tag, content, whole: &bytes[..bytes.len() - rest.len()] }, rest))
}

/// Takes the element of a tag from the front: its content and what follows it.
pub(crate) fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    first(bytes).filter(|(element, _)| element.tag == tag).map(|(element, rest)| (element.content, rest))
}

/// As [`take`], of what may be left out: then nothing is taken.
pub(crate) fn take_if(bytes: &[u8], tag: u8) -> (Option<Element<'_>>, &[u8]) {
    match first(bytes) {
        Some((element, rest)) if element.tag == tag => (Some(element), rest),
        _ => (None, bytes),
    }
}

/// The content of an element that is all there is.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    take(bytes, tag).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// The elements of a content, so many at most.
pub(crate) fn all(mut bytes: &[u8], elements_max: usize) -> Option<Vec<Element<'_>>> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = first(bytes)?;
        if elements.len() == elements_max {
            return None;
        }
        elements.push(element);
        bytes = rest;
    }
    Some(elements)
}

/// Writes one element of less than 16 MiB.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        0x100..=0xffff => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => {
            assert!(length <= 0xff_ffff, "what is written is no longer than what was read");
            bytes.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]);
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
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let bytes = element(OCTET_STRING, &[&content]);
            assert_eq!(only(&bytes, OCTET_STRING), Some(content.as_slice()));
            assert_eq!(only(&bytes, SEQUENCE), None);
            assert_eq!(only(&bytes[..bytes.len() - 1], OCTET_STRING), None);
            assert_eq!(all(&[&bytes[..], &bytes[..]].concat(), 2).unwrap()[1].whole, bytes);
            assert_eq!(all(&[&bytes[..], &bytes[..]].concat(), 1), None);
        }
    }

    #[test]
    fn lengths_that_are_not_the_shortest_are_refused() {
        assert_eq!(take(&[4, 0x81, 1, 9], OCTET_STRING), None);
        assert_eq!(take(&[4, 0x80, 9, 0, 0], OCTET_STRING), None);
        assert_eq!(take(&[4, 0x84, 0, 0, 0, 1, 9], OCTET_STRING), None);
    }
}
