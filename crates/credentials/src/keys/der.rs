//! Distinguished Encoding Rules (ITU-T X.690): tags, lengths and contents, nothing else.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// Reads values one after another.
#[derive(Clone, Copy)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value, whatever it is. Definite lengths alone (X.690, section 10.1).
    pub(crate) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
                rest = after;
                digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit))
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.rest = after;
        Some((tag, content))
    }

    /// The next value, when it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (found, content) = ahead.any()?;
        (found == tag).then(|| {
            *self = ahead;
            content
        })
    }

    /// The values inside the next one.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Self::new)
    }

    /// The next integer without leading zeros; none when it is negative.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let content = self.expect(INTEGER)?;
        if content.first().is_none_or(|first| *first >= 0x80) {
            return None;
        }
        let zeros = content.iter().take_while(|byte| **byte == 0).count();
        Some(&content[zeros..])
    }

    /// The next integer, when it fits.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let digits = self.unsigned()?;
        (digits.len() <= 8).then(|| digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)))
    }
}

/// Bits of a number without leading zero bytes.
pub(crate) fn bits(number: &[u8]) -> u32 {
    let Some(first) = number.first() else { return 0 };
    u32::try_from(number.len() * 8).unwrap_or(u32::MAX) - first.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_checked() {
        assert_eq!(Der::new(&[0x02, 1, 5]).number(), Some(5));
        assert_eq!(Der::new(&[0x02, 0x82, 0, 1, 5]).number(), Some(5));
        for wrong in [
            &[0x02][..],
            &[0x02, 2, 5],
            &[0x02, 0x80, 5],
            &[0x02, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x02, 1, 0xff],
        ] {
            assert_eq!(Der::new(wrong).number(), None, "{wrong:?}");
        }
        assert_eq!([bits(&[]), bits(&[1]), bits(&[0x80, 0])], [0, 1, 16]);
    }
}
