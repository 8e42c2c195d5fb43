//! Members of a cpio archive.
//!
//! POSIX.1-2017, pax, "cpio Interchange Format" (odc); the `newc` and `crc` forms as in cpio(5) of FreeBSD, and the
//! old binary forms of both byte orders.

use crate::meter::{Fault, read_all};
use crate::peek::peek;
use crate::walk::{MemberHead, Step, Walk};
use crate::{Format, HEAD_BYTES, ProblemKind, sized};
use std::io::BufRead;

const WHAT: &str = "the cpio archive";
const NAME_BYTES_MAX: u64 = 64 << 10;
const TYPE_MASK: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;

/// Whether the beginning is a header of the old binary forms, whose magic number is only two bytes long: the length of
/// the name and its end must fit.
pub(crate) fn is_old_binary(head: &[u8]) -> bool {
    let Some(header) = head.get(..26) else { return false };
    let Some(entry) = Header::old_binary(header) else { return false };
    let end = 26 + usize::try_from(entry.name_bytes).unwrap_or(usize::MAX).min(HEAD_BYTES);
    let is_type_known = matches!(entry.mode & TYPE_MASK, REGULAR | DIRECTORY | SYMLINK | 0);
    (2..=1_024).contains(&entry.name_bytes)
        && is_type_known
        && head.get(26).is_some_and(|byte| *byte >= 0x20)
        && (head.len() < end || head[end - 1] == 0)
}

/// Shows the members. Another archive may follow behind the end mark, as in the initial file systems of Linux.
pub(crate) fn walk(walk: &mut Walk<'_>, input: &mut (dyn BufRead + Send)) -> Step {
    loop {
        match entry(walk, input)? {
            Ok(Next::Entry) => {}
            Ok(Next::End) => break,
            Err(fault) => return walk.fault(&fault),
        }
    }
    behind_end(walk, input)
}

enum Next {
    Entry,
    End,
}

struct Header {
    mode: u32,
    uid: u32,
    name_bytes: u64,
    size: u64,
    header_bytes: u64,
    /// Names and contents are filled up to a multiple of this.
    alignment: u64,
    checksum: Option<u32>,
}

impl Header {
    fn read(input: &mut (dyn BufRead + Send)) -> Result<Self, Fault> {
        let mut bytes = [0; 110];
        read_all(input, &mut bytes[..6], WHAT)?;
        let bad = || Fault::new(ProblemKind::Malformed, "a header of the cpio archive is broken");
        match &bytes[..6] {
            b"070701" | b"070702" => {
                read_all(input, &mut bytes[6..110], WHAT)?;
                Self::new_ascii(&bytes).ok_or_else(bad)
            }
            b"070707" => {
                read_all(input, &mut bytes[6..76], WHAT)?;
                Self::old_ascii(&bytes[..76]).ok_or_else(bad)
            }
            b"07070X" => Err(Fault::new(
                ProblemKind::Unsupported,
                "a stripped cpio archive, as RPM has for large files",
            )),
            _ => {
                read_all(input, &mut bytes[6..26], WHAT)?;
                Self::old_binary(&bytes[..26]).ok_or_else(bad)
            }
        }
    }

    fn new_ascii(bytes: &[u8]) -> Option<Self> {
        let field = |at: usize| {
            u32::from_str_radix(std::str::from_utf8(bytes.get(6 + at * 8..14 + at * 8)?).ok()?, 16).ok()
        };
        Some(Self {
            mode: field(1)?,
            uid: field(2)?,
            name_bytes: field(11)?.into(),
            size: field(6)?.into(),
            header_bytes: 110,
            alignment: 4,
            checksum: if bytes[5] == b'2' { field(12) } else { None },
        })
    }

    fn old_ascii(bytes: &[u8]) -> Option<Self> {
        let field = |at: usize, length: usize| {
            u64::from_str_radix(std::str::from_utf8(bytes.get(at..at + length)?).ok()?, 8).ok()
        };
        Some(Self {
            mode: u32::try_from(field(18, 6)?).ok()?,
            uid: u32::try_from(field(24, 6)?).ok()?,
            name_bytes: field(59, 6)?,
            size: field(65, 11)?,
            header_bytes: 76,
            alignment: 1,
            checksum: None,
        })
    }

    fn old_binary(bytes: &[u8]) -> Option<Self> {
        let is_big = match bytes.get(..2)? {
            [0xc7, 0x71] => false,
            [0x71, 0xc7] => true,
            _ => return None,
        };
        let field = |at: usize| {
            let pair = [bytes[at * 2], bytes[at * 2 + 1]];
            u32::from(if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
        };
        // Long numbers are two halves, the higher first, in either byte order.
        Some(Self {
            mode: field(3),
            uid: field(4),
            name_bytes: field(10).into(),
            size: (field(11) << 16 | field(12)).into(),
            header_bytes: 26,
            alignment: 2,
            checksum: None,
        })
    }

    fn padding(&self, bytes: u64) -> u64 {
        bytes.wrapping_neg() % self.alignment
    }
}

fn entry(
    walk: &mut Walk<'_>,
    input: &mut (dyn BufRead + Send),
) -> Result<Result<Next, Fault>, crate::walk::Over> {
    let (header, name) =
        match Header::read(input).and_then(|header| name(&header, input).map(|name| (header, name))) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault)),
        };
    if name == b"TRAILER!!!" {
        return Ok(Ok(Next::End));
    }
    let places = (header.size, header.padding(header.size));
    let file_type = header.mode & TYPE_MASK;
    if file_type == REGULAR || file_type == 0 {
        let mut head = MemberHead::new(&name, Some(header.size), header.mode);
        head.uid = header.uid;
        let sum = match sized::member(walk, &head, input, places, WHAT)? {
            Ok(sum) => sum,
            Err(fault) => return Ok(Err(fault)),
        };
        if header
            .checksum
            .is_some_and(|checksum| u64::from(checksum) != sum && head.size <= Some(walk.member_bytes_max()))
        {
            walk.problem_in(&head.name, ProblemKind::Checksum, "its checksum is wrong");
        }
        return Ok(Ok(Next::Entry));
    }
    let mut target = vec![0; usize::try_from(places.0.min(4_096)).unwrap_or(0)];
    let read = if file_type == SYMLINK {
        read_all(input, &mut target, WHAT)
    } else {
        target.clear();
        Ok(())
    };
    if file_type == DIRECTORY {
        walk.check_time()?;
    } else {
        walk.link(&name, &target)?;
    }
    let left = places.0 - target.len() as u64 + places.1;
    Ok(read.and_then(|()| crate::meter::skip(input, left, WHAT)).map(|()| Next::Entry))
}

fn name(header: &Header, input: &mut (dyn BufRead + Send)) -> Result<Vec<u8>, Fault> {
    if header.name_bytes > NAME_BYTES_MAX {
        return Err(Fault::new(ProblemKind::Malformed, "a name in the cpio archive is too long"));
    }
    let mut name = vec![0; usize::try_from(header.name_bytes).unwrap_or(0)];
    read_all(input, &mut name, WHAT)?;
    crate::meter::skip(input, header.padding(header.header_bytes + header.name_bytes), WHAT)?;
    name.truncate(memchr::memchr(0, &name).unwrap_or(name.len()));
    Ok(name)
}

fn behind_end(outer: &mut Walk<'_>, input: &mut (dyn BufRead + Send)) -> Step {
    // Archives are filled up with zeros to a block.
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) => return outer.fault(&Fault::of(&error)),
        };
        let zeros = available.iter().position(|byte| *byte != 0);
        let count = zeros.unwrap_or(available.len());
        if available.is_empty() {
            return Ok(());
        }
        input.consume(count);
        if zeros.is_some() {
            break;
        }
    }
    let (head, mut rest) = match peek(input, HEAD_BYTES) {
        Ok(next) => next,
        Err(fault) => return outer.fault(&fault),
    };
    match Format::by_head("", &head) {
        // The recursion is bounded: a level of nesting is opened for what follows.
        Some(format) if format == Format::Cpio || format.is_compressed_stream() => {
            let behind = MemberHead::new(b"behind-the-end", None, 0);
            outer.member(&behind, &mut rest).map(|_| ())
        }
        _ => {
            outer.problem(
                ProblemKind::Unsupported,
                "bytes behind the end of the cpio archive were not looked at",
            );
            Ok(())
        }
    }
}
