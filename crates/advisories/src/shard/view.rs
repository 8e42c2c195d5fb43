//! Reads a shard where it lies.

use super::assemble::Label;
use super::details::Details;
use super::format::{
    BLOCK_BYTES_MAX, CHECKSUM_AT, FORMAT, HEADER_BYTES, MAGIC, SECTIONS, Section, ShardKind, TABLE_AT,
    checksum, read_bytes, read_text, u32_at, u64_at,
};

/// Why bytes are not a shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// The file begins with something else.
    #[error("not an advisory shard")]
    NotAShard,
    /// The format is of another release.
    #[error(
        "advisory shard of format {0}, this program reads format 1 (hint: update the program or the database)"
    )]
    Format(u32),
    /// The file ends before its sections do, or has bytes after them.
    #[error(
        "advisory shard of {actual_bytes} bytes should have {expected_bytes} (hint: run 'seawall db update')"
    )]
    Length {
        /// Length by its header.
        expected_bytes: u64,
        /// Length of the file.
        actual_bytes: u64,
    },
    /// The header does not match its checksum.
    #[error("header of advisory shard is damaged (hint: run 'seawall db update')")]
    Header,
    /// A row points outside.
    #[error("section {0} of advisory shard is damaged (hint: run 'seawall db update')")]
    Damaged(&'static str),
}

/// An opened shard. Opening reads the header alone; every later access is checked, so that damaged bytes give an
/// error and never a panic.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a> {
    bytes: &'a [u8],
    kind: ShardKind,
    sections: [(usize, usize); SECTIONS],
}

impl<'a> Shard<'a> {
    /// Opens a shard.
    ///
    /// # Errors
    /// When the header is not that of a whole shard of this format.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, ShardError> {
        if bytes.get(..8) != Some(&MAGIC[..]) {
            return Err(ShardError::NotAShard);
        }
        match u32_at(bytes, 8) {
            Some(FORMAT) => {}
            Some(other) => return Err(ShardError::Format(other)),
            None => return Err(ShardError::Header),
        }
        let stored = bytes.get(CHECKSUM_AT..HEADER_BYTES).ok_or(ShardError::Header)?;
        if checksum(&bytes[..CHECKSUM_AT]) != stored {
            return Err(ShardError::Header);
        }
        let kind = u32_at(bytes, 12).and_then(ShardKind::from_code).ok_or(ShardError::Header)?;
        let expected_bytes = u64_at(bytes, 16).ok_or(ShardError::Header)?;
        let actual_bytes = bytes.len() as u64;
        if expected_bytes != actual_bytes {
            return Err(ShardError::Length { expected_bytes, actual_bytes });
        }
        let mut sections = [(0, 0); SECTIONS];
        for (index, section) in sections.iter_mut().enumerate() {
            let number = |at| u64_at(bytes, at).and_then(|number| usize::try_from(number).ok());
            let offset = number(TABLE_AT + index * 16).ok_or(ShardError::Header)?;
            let length = number(TABLE_AT + index * 16 + 8).ok_or(ShardError::Header)?;
            let end = offset.checked_add(length).ok_or(ShardError::Header)?;
            if bytes.get(offset..end).is_none() {
                return Err(ShardError::Header);
            }
            *section = (offset, end);
        }
        Ok(Self { bytes, kind, sections })
    }

    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> ShardKind {
        self.kind
    }

    /// Its size in bytes.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn section(&self, section: Section) -> &'a [u8] {
        let (start, end) = self.sections[section as usize];
        &self.bytes[start..end]
    }

    pub(crate) fn row_count(&self, section: Section) -> usize {
        self.section(section).len() / (section.columns() * 4)
    }

    /// The columns of a row.
    pub(crate) fn row<const N: usize>(&self, section: Section, index: u32) -> Result<[u32; N], ShardError> {
        debug_assert_eq!(section.columns(), N);
        let damaged = ShardError::Damaged(section.name());
        let start = (index as usize).checked_mul(N * 4).ok_or(damaged.clone())?;
        let end = start.checked_add(N * 4).ok_or(damaged.clone())?;
        let bytes = self.section(section).get(start..end).ok_or(damaged)?;
        let mut columns = [0; N];
        for (column, number) in columns.iter_mut().zip(bytes.chunks_exact(4)) {
            *column = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
        }
        Ok(columns)
    }

    pub(crate) fn text(&self, offset: u32) -> Result<&'a str, ShardError> {
        if offset == 0 {
            return Ok("");
        }
        read_text(self.section(Section::Strings), &mut (offset as usize))
            .ok_or(ShardError::Damaged(Section::Strings.name()))
    }

    /// The bytes of a text, for comparing: UTF-8 has the order of its characters.
    pub(crate) fn text_bytes(&self, offset: u32) -> Result<&'a [u8], ShardError> {
        read_bytes(self.section(Section::Strings), &mut (offset as usize))
            .ok_or(ShardError::Damaged(Section::Strings.name()))
    }

    /// Numbers at a place of a section of numbers.
    pub(crate) fn numbers(
        &self,
        section: Section,
        at: usize,
        count: usize,
    ) -> Result<impl ExactSizeIterator<Item = u32> + use<'a>, ShardError> {
        let damaged = || ShardError::Damaged(section.name());
        let start = at.checked_mul(4).ok_or_else(damaged)?;
        let end = count.checked_mul(4).and_then(|length| start.checked_add(length)).ok_or_else(damaged)?;
        let bytes: &'a [u8] = self.section(section).get(start..end).ok_or_else(damaged)?;
        Ok(bytes.chunks_exact(4).map(|n| u32::from_le_bytes([n[0], n[1], n[2], n[3]])))
    }

    /// The items of a list.
    pub(crate) fn list(&self, at: u32) -> Result<impl ExactSizeIterator<Item = u32> + use<'a>, ShardError> {
        let at = at as usize;
        let [count] = self.row::<1>(Section::Lists, at as u32)?;
        self.numbers(Section::Lists, at + 1, count as usize)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, at: u32) -> Result<Vec<&'a str>, ShardError> {
        self.list(at)?.map(|offset| self.text(offset)).collect()
    }

    pub(crate) fn label(&self) -> Result<Label, ShardError> {
        serde_json::from_slice(self.section(Section::Meta))
            .map_err(|_| ShardError::Damaged(Section::Meta.name()))
    }

    /// Unpacks a block of details.
    pub(crate) fn block(&self, block: u32) -> Result<Vec<u8>, ShardError> {
        let damaged = |_| ShardError::Damaged(Section::Details.name());
        self.block_with(block, &mut zstd::bulk::Decompressor::new().map_err(damaged)?)
    }

    /// [`Self::block`] with the memory of an earlier one.
    pub(crate) fn block_with(
        &self,
        block: u32,
        decompressor: &mut zstd::bulk::Decompressor<'_>,
    ) -> Result<Vec<u8>, ShardError> {
        let damaged = || ShardError::Damaged(Section::Details.name());
        let [offset, compressed, raw] = self.row(Section::Blocks, block)?;
        let (offset, compressed, raw) = (offset as usize, compressed as usize, raw as usize);
        let frame = self.section(Section::Details).get(offset..offset.saturating_add(compressed));
        if raw > BLOCK_BYTES_MAX {
            return Err(damaged());
        }
        let unpacked = decompressor.decompress(frame.ok_or_else(damaged)?, raw).map_err(|_| damaged())?;
        if unpacked.len() == raw { Ok(unpacked) } else { Err(damaged()) }
    }

    pub(crate) fn details(block: &[u8], at: u32) -> Result<Details, ShardError> {
        Details::read(block, at as usize).ok_or(ShardError::Damaged(Section::Details.name()))
    }
}

impl Section {
    const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Strings => "strings",
            Self::Names => "names",
            Self::Rows => "rows",
            Self::Extents => "extents",
            Self::Ranges => "ranges",
            Self::Qualities => "qualities",
            Self::Advisories => "advisories",
            Self::Groups => "groups",
            Self::Lists => "lists",
            Self::Ids => "ids",
            Self::Ratings => "ratings",
            Self::Blocks => "blocks",
            Self::Details => "details",
        }
    }
}
