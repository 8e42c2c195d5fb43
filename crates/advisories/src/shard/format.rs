//! Bytes of a shard file.
//!
//! ```text
//! magic "SEAWALLS" · format u32 · kind u32 · file length u64 · section table (offset u64, length u64) × 14 ·
//! checksum of the header (first 8 bytes of its SHA-256) · sections
//! ```
//!
//! All numbers are little-endian. Sections are tables of fixed-width rows (see [`Section`]), so a shard is used
//! where it is mapped and opening it reads the header alone. A text is named by its offset in the pool (0 is
//! the empty text), a list by its offset in the lists (0 is the empty list).

use ring::digest::{SHA256, digest};

pub(crate) const MAGIC: [u8; 8] = *b"SEAWALLS";
pub(crate) const FORMAT: u32 = 1;
pub(crate) const SECTIONS: usize = 14;
pub(crate) const TABLE_AT: usize = 24;
pub(crate) const CHECKSUM_AT: usize = TABLE_AT + SECTIONS * 16;
pub(crate) const HEADER_BYTES: usize = CHECKSUM_AT + 8;
/// Bytes that a block of details unpacks to at most; a reader refuses more.
pub(crate) const BLOCK_BYTES_MAX: usize = 1 << 20;
/// A block of details is closed once it holds this many bytes: small, since matching unpacks whole blocks.
pub(crate) const BLOCK_BYTES: usize = 8 << 10;
/// Set in [`Section::Ids`] when the number is that of an advisory, not of a group.
pub(crate) const IS_ADVISORY: u32 = 1 << 31;
/// Advisory flag: taken back by its publisher.
pub(crate) const IS_WITHDRAWN: u32 = 1;
/// Advisory flag: the group column is a list.
pub(crate) const HAS_GROUP_LIST: u32 = 2;
/// Quality flag: the name is that of a source package.
pub(crate) const IS_SOURCE: u32 = 1;

/// What a shard file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardKind {
    /// Advisories by package.
    Advisories,
    /// Known exploited vulnerabilities by CVE.
    KnownExploited,
    /// Exploit prediction by CVE.
    ExploitPrediction,
    /// Coordinates of Java archives by SHA-1.
    JavaArchives,
}

impl ShardKind {
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Advisories => 1,
            Self::KnownExploited => 2,
            Self::ExploitPrediction => 3,
            Self::JavaArchives => 4,
        }
    }

    pub(crate) const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Advisories),
            2 => Some(Self::KnownExploited),
            3 => Some(Self::ExploitPrediction),
            4 => Some(Self::JavaArchives),
            _ => None,
        }
    }
}

/// The sections of a shard, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// JSON: name, meta, counts.
    Meta,
    /// Texts: length as LEB128, then UTF-8.
    Strings,
    /// Sorted by name: name text, first row. The last entry is a sentinel with the number of rows.
    Names,
    /// Advisory, extent, quality. In score shards: key of the CVE and two numbers. In the shard of Java
    /// archives, sorted: SHA-1 (20 bytes), coordinates, version.
    Rows,
    /// Number of ranges, number of versions, ranges, version texts.
    Extents,
    /// Introduced, fixed, last affected.
    Ranges,
    /// Ecosystem, status, flags, module, architectures, channel, rating + 1.
    Qualities,
    /// Id, source, aliases, vulnerabilities, group(s), ratings, block of details, offset in it, flags.
    Advisories,
    /// Id shown, list of all ids (0 when there is no other).
    Groups,
    /// Count, items.
    Lists,
    /// Sorted by id: id text, group or advisory.
    Ids,
    /// Source, vector, severity, score.
    Ratings,
    /// Offset in the details, compressed bytes, unpacked bytes.
    Blocks,
    /// Zstandard frames.
    Details,
}

impl Section {
    /// How many u32 columns a row has.
    pub(crate) const fn columns(self) -> usize {
        match self {
            Self::Meta | Self::Strings | Self::Details | Self::Extents | Self::Lists => 1,
            Self::Names | Self::Groups | Self::Ids => 2,
            Self::Rows | Self::Ranges | Self::Blocks => 3,
            Self::Ratings => 4,
            Self::Qualities => 7,
            Self::Advisories => 9,
        }
    }
}

pub(crate) fn checksum(header: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&digest(&SHA256, header).as_ref()[..8]);
    first
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Reads a LEB128 number of at most five bytes and moves past it.
pub(crate) fn read_length(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

/// Appends a LEB128 number.
pub(crate) fn write_length(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads a text with its length before it.
pub(crate) fn read_text<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a str> {
    std::str::from_utf8(read_bytes(bytes, at)?).ok()
}

/// [`read_text`] without checking that it is UTF-8.
pub(crate) fn read_bytes<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let length = read_length(bytes, at)?;
    let end = at.checked_add(length)?;
    let text = bytes.get(*at..end)?;
    *at = end;
    Some(text)
}

/// Appends a text with its length before it.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}
