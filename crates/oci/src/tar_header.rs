//! One 512-byte header of a tar.

/// Bytes of a block.
pub(crate) const BLOCK_BYTES: usize = 512;
/// A header or a piece of content.
pub(crate) type Block = [u8; BLOCK_BYTES];

/// A header block whose checksum is right (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual,
/// "Basic Tar Format"). Where writers differ, it is read as Go's `archive/tar` does, since that is what the
/// container engines unpack with: a difference would hide files from a scan.
pub(crate) struct Header<'a>(&'a Block);

/// A number field that is neither octal nor base-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadNumber;

impl<'a> Header<'a> {
    /// The header, if its checksum is right.
    pub(crate) fn check(block: &'a Block) -> Option<Self> {
        let header = Self(block);
        let expected = parse_octal(&block[148..156]).ok()?;
        let (before, after) = (&block[..148], &block[156..]);
        let sum = |part: &[u8]| part.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        // The checksum field counts as eight spaces.
        let unsigned = sum(before) + sum(after) + 8 * 32;
        if unsigned == expected {
            return Some(header);
        }
        // Some old writers summed signed characters.
        #[expect(clippy::cast_possible_wrap, reason = "the sign is what is wanted")]
        let signed = |part: &[u8]| part.iter().map(|byte| i64::from(*byte as i8)).sum::<i64>();
        let total = signed(before) + signed(after) + 8 * 32;
        (u64::try_from(total) == Ok(expected)).then_some(header)
    }

    pub(crate) fn type_flag(&self) -> u8 {
        self.0[156]
    }

    /// Appends the name, with the prefix of the ustar and star formats.
    pub(crate) fn append_name(&self, name: &mut Vec<u8>) {
        if &self.0[257..263] == b"ustar\0" {
            let is_star = &self.0[508..512] == b"tar\0";
            let prefix = text(if is_star { &self.0[345..476] } else { &self.0[345..500] });
            if !prefix.is_empty() {
                name.extend_from_slice(prefix);
                name.push(b'/');
            }
        }
        name.extend_from_slice(text(&self.0[..100]));
    }

    pub(crate) fn link_name(&self) -> &'a [u8] {
        text(&self.0[157..257])
    }

    pub(crate) fn size(&self) -> Result<u64, BadNumber> {
        u64::try_from(parse_number(&self.0[124..136])?).map_err(|_| BadNumber)
    }

    /// Permission bits; a malformed field counts as none.
    pub(crate) fn mode(&self) -> u32 {
        lenient(&self.0[100..108]) & 0o7777
    }

    pub(crate) fn uid(&self) -> u32 {
        lenient(&self.0[108..116])
    }

    pub(crate) fn gid(&self) -> u32 {
        lenient(&self.0[116..124])
    }

    pub(crate) fn mtime(&self) -> i64 {
        parse_number(&self.0[136..148]).unwrap_or(0)
    }

    /// The first four pieces of an old GNU sparse file, whether more follow, and its full size
    /// (GNU tar manual, "Storing Sparse Files", "Old GNU Format").
    pub(crate) fn old_gnu_sparse(&self) -> (&'a [u8], bool, Result<u64, BadNumber>) {
        let size =
            parse_number(&self.0[483..495]).and_then(|size| u64::try_from(size).map_err(|_| BadNumber));
        (&self.0[386..482], self.0[482] != 0, size)
    }
}

/// The bytes before the first NUL.
pub(crate) fn text(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// Octal digits between spaces and NULs, or, with the highest bit set, a big-endian two's complement number
/// (GNU tar manual, "Extensions to the Archive Format"; star).
pub(crate) fn parse_number(field: &[u8]) -> Result<i64, BadNumber> {
    let Some(first) = field.first() else { return Ok(0) };
    if first & 0x80 == 0 {
        return parse_octal(field).and_then(|number| i64::try_from(number).map_err(|_| BadNumber));
    }
    let is_negative = first & 0x40 != 0;
    let mut number: i64 = if is_negative { -1 } else { 0 };
    for (at, byte) in field.iter().enumerate() {
        let byte = if at == 0 && !is_negative { byte & 0x7f } else { *byte };
        if number.leading_zeros().max((!number).leading_zeros()) < 9 {
            return Err(BadNumber);
        }
        number = (number << 8) | i64::from(byte);
    }
    Ok(number)
}

fn parse_octal(field: &[u8]) -> Result<u64, BadNumber> {
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_padding(byte)).unwrap_or(field.len());
    let digits = &field[start..];
    let digits = &digits[..digits.iter().position(is_padding).unwrap_or(digits.len())];
    let mut number: u64 = 0;
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) || number >> 61 != 0 {
            return Err(BadNumber);
        }
        number = (number << 3) | u64::from(digit - b'0');
    }
    Ok(number)
}

fn lenient(field: &[u8]) -> u32 {
    u32::try_from(parse_number(field).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        assert_eq!(parse_number(b"0000644\0"), Ok(0o644));
        assert_eq!(parse_number(b"  644 \0\0"), Ok(0o644));
        assert_eq!(parse_number(b"\0\0\0\0"), Ok(0));
        assert_eq!(parse_number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0"), Ok(2 << 32));
        assert_eq!(parse_number(b"\xff\xff\xff\xff\xff\xff\xff\xfe"), Ok(-2));
        assert_eq!(parse_number(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), Err(BadNumber));
        assert_eq!(parse_number(b"12x4"), Err(BadNumber));
        assert_eq!(parse_number(b"0009"), Err(BadNumber));
    }
}
