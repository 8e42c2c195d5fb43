//! One header of an archive: 512 bytes (POSIX.1-2017, pax, "ustar Interchange Format").

use super::refused;
use crate::refusal::Refusal;

pub(super) const BLOCK_BYTES: usize = 512;

/// Whose header it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Before POSIX: nothing behind the name of the link counts.
    V7,
    Ustar,
    /// star's: the begin of a name is shorter.
    Star,
    /// GNU tar's: there is no begin of a name.
    Gnu,
}

/// A header whose sum is right.
#[derive(Debug)]
pub(super) struct Block<'a> {
    bytes: &'a [u8],
    format: Format,
}

impl<'a> Block<'a> {
    /// None when it is no header.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let told = octal(bytes.get(148..156)?)?;
        let is_sum = |byte: usize| (148..156).contains(&byte);
        let of = |at: usize, byte: u8| if is_sum(at) { b' ' } else { byte };
        let sum: u64 = bytes.iter().enumerate().map(|(at, byte)| u64::from(of(at, *byte))).sum();
        // Old programs added signed characters.
        let signed: i64 =
            bytes.iter().enumerate().map(|(at, byte)| i64::from(of(at, *byte).cast_signed())).sum();
        if bytes.len() != BLOCK_BYTES || (told != sum && i64::try_from(told) != Ok(signed)) {
            return None;
        }
        let format = match (&bytes[257..265], &bytes[508..512]) {
            (b"ustar\x0000", b"tar\0") => Format::Star,
            (b"ustar  \0", _) => Format::Gnu,
            (magic, _) if magic.starts_with(b"ustar\0") => Format::Ustar,
            _ => Format::V7,
        };
        Some(Self { bytes, format })
    }

    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn kind(&self) -> u8 {
        self.bytes[156]
    }

    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.bytes[..100]);
        let prefix = match self.format {
            Format::Ustar => text(&self.bytes[345..500]),
            Format::Star => text(&self.bytes[345..476]),
            Format::V7 | Format::Gnu => &[],
        };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        text(&self.bytes[157..257]).to_vec()
    }

    pub(super) fn mode(&self) -> Result<u32, Refusal> {
        Ok(u32::try_from(self.number(100, 8)? & 0o7777).unwrap_or_default())
    }

    pub(super) fn uid(&self) -> Result<u64, Refusal> {
        self.number(108, 8)
    }

    pub(super) fn gid(&self) -> Result<u64, Refusal> {
        self.number(116, 8)
    }

    pub(super) fn size(&self) -> Result<u64, Refusal> {
        self.number(124, 12)
    }

    pub(super) fn modified(&self) -> Result<String, Refusal> {
        let field = &self.bytes[136..148];
        // Before 1970, as GNU tar writes it: two's complement of all bits but the first.
        if field[0] == 0xff {
            let seconds = i64::from_be_bytes(field[4..12].try_into().expect("there are eight of them"));
            let is_small = field[1..4] == [0xff; 3] && seconds < 0;
            return if is_small { Ok(seconds.to_string()) } else { Err(number_refused()) };
        }
        Ok(self.number(136, 12)?.to_string())
    }

    pub(super) fn owner_names(&self) -> (Vec<u8>, Vec<u8>) {
        match self.format {
            Format::V7 => (Vec::new(), Vec::new()),
            _ => (text(&self.bytes[265..297]).to_vec(), text(&self.bytes[297..329]).to_vec()),
        }
    }

    pub(super) fn device(&self) -> Result<(u32, u32), Refusal> {
        let number =
            |at| self.number(at, 8).and_then(|number| u32::try_from(number).map_err(|_| number_refused()));
        Ok((number(329)?, number(337)?))
    }

    fn number(&self, at: usize, length: usize) -> Result<u64, Refusal> {
        let field = &self.bytes[at..at + length];
        // Numbers that octal digits have no room for (GNU tar manual, "Extensions").
        if field[0] & 0x80 != 0 {
            let mut number = u64::from(field[0] & 0x7f);
            for byte in &field[1..] {
                number = number
                    .checked_mul(256)
                    .and_then(|number| number.checked_add(u64::from(*byte)))
                    .filter(|number| i64::try_from(*number).is_ok())
                    .ok_or_else(number_refused)?;
            }
            return Ok(number);
        }
        octal(field).ok_or_else(number_refused)
    }
}

fn number_refused() -> Refusal {
    refused("archive-number", "a number in a header of the archive is not understood")
}

/// Octal digits between blanks and zeros; an empty field is 0.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let digits = &field[start..];
    let end = digits.iter().position(|byte| matches!(byte, b' ' | 0)).unwrap_or(digits.len());
    if !digits[end..].iter().all(|byte| matches!(byte, b' ' | 0)) {
        return None;
    }
    digits[..end].iter().try_fold(0_u64, |number, byte| match byte {
        b'0'..=b'7' => number.checked_mul(8).map(|number| number + u64::from(byte - b'0')),
        _ => None,
    })
}

fn text(field: &[u8]) -> &[u8] {
    &field[..field.iter().position(|byte| *byte == 0).unwrap_or(field.len())]
}
