//! The index of a header: which value lies where in its store.
//!
//! Format: rpm documentation, "RPM v4 Package format", section "Header structure": number of index entries and
//! bytes of the store as 32-bit big-endian values, 16 bytes for each entry (tag, type, offset, count), the store.
//! Tag numbers: rpm documentation, "RPM tags".

use crate::bytes::{Order, size_at, u32_at};
use crate::{Fault, Problem};
use std::borrow::Cow;

pub(crate) mod tag {
    pub(crate) const NAME: u32 = 1000;
    pub(crate) const VERSION: u32 = 1001;
    pub(crate) const RELEASE: u32 = 1002;
    pub(crate) const EPOCH: u32 = 1003;
    pub(crate) const INSTALL_TIME: u32 = 1008;
    pub(crate) const SIZE: u32 = 1009;
    pub(crate) const VENDOR: u32 = 1011;
    pub(crate) const LICENSE: u32 = 1014;
    pub(crate) const ARCH: u32 = 1022;
    pub(crate) const OLD_FILE_NAMES: u32 = 1027;
    pub(crate) const FILE_DIGESTS: u32 = 1035;
    pub(crate) const FILE_FLAGS: u32 = 1037;
    pub(crate) const SOURCE_RPM: u32 = 1044;
    pub(crate) const FILE_VERIFY_FLAGS: u32 = 1045;
    pub(crate) const DIRECTORY_INDEXES: u32 = 1116;
    pub(crate) const BASE_NAMES: u32 = 1117;
    pub(crate) const DIRECTORY_NAMES: u32 = 1118;
    pub(crate) const LONG_SIZE: u32 = 5009;
    pub(crate) const FILE_DIGEST_ALGORITHM: u32 = 5011;
    pub(crate) const MODULARITY_LABEL: u32 = 5096;
}

pub(crate) mod kind {
    pub(crate) const INT32: u32 = 4;
    pub(crate) const INT64: u32 = 5;
    pub(crate) const STRING: u32 = 6;
    pub(crate) const STRING_ARRAY: u32 = 8;
    pub(crate) const I18N_STRING: u32 = 9;
}

pub(crate) const ENTRY_BYTES: usize = 16;

/// Bytes of a name, a licence or another text.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 10;

/// The index and the store, both inside the blob.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index<'a> {
    entries: &'a [u8],
    pub(crate) store: &'a [u8],
}

impl<'a> Index<'a> {
    pub(crate) fn parse(blob: &'a [u8]) -> Result<Self, Problem> {
        let truncated =
            || Problem::new(Fault::Truncated, format!("header of {} bytes ends early", blob.len()));
        let entry_count = size_at(blob, 0, Order::Big).ok_or_else(truncated)?;
        let store_bytes = size_at(blob, 4, Order::Big).ok_or_else(truncated)?;
        let entries_bytes = entry_count.checked_mul(ENTRY_BYTES).ok_or_else(truncated)?;
        let (entries, rest) = blob[8..].split_at_checked(entries_bytes).ok_or_else(truncated)?;
        let store = rest.get(..store_bytes).ok_or_else(truncated)?;
        Ok(Self { entries, store })
    }

    /// The last entry of a tag: entries behind the immutable region replace those inside it.
    pub(crate) fn find(&self, tag: u32) -> Option<Entry<'a>> {
        let wanted = tag.to_be_bytes();
        let entry = self.entries.rchunks_exact(ENTRY_BYTES).find(|entry| entry[..4] == wanted)?;
        let offset = size_at(entry, 8, Order::Big)?;
        Some(Entry {
            kind: u32_at(entry, 4, Order::Big)?,
            count: size_at(entry, 12, Order::Big)?,
            data: self.store.get(offset..)?,
        })
    }

    /// The text of a tag; nothing when it is not set or of another type.
    pub(crate) fn text(&self, tag: u32) -> Result<Option<Cow<'a, str>>, Problem> {
        let is_text =
            |entry: &Entry<'_>| matches!(entry.kind, kind::STRING | kind::STRING_ARRAY | kind::I18N_STRING);
        let Some(entry) = self.find(tag).filter(is_text) else { return Ok(None) };
        let data = &entry.data[..entry.data.len().min(TEXT_BYTES_MAX + 1)];
        let end = memchr::memchr(0, data).ok_or_else(|| {
            Problem::malformed(format!("text of tag {tag} does not end within {TEXT_BYTES_MAX} bytes"))
        })?;
        Ok(Some(String::from_utf8_lossy(&data[..end])).filter(|text| !text.is_empty()))
    }

    pub(crate) fn number(&self, tag: u32) -> Option<u32> {
        u32_at(self.find(tag)?.numbers(1)?, 0, Order::Big)
    }

    pub(crate) fn long_number(&self, tag: u32) -> Option<u64> {
        let entry = self.find(tag)?;
        let bytes = entry.data.first_chunk::<8>().filter(|_| entry.kind == kind::INT64)?;
        Some(u64::from_be_bytes(*bytes))
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    kind: u32,
    count: usize,
    data: &'a [u8],
}

impl<'a> Entry<'a> {
    /// A list of at least `count_min` 32-bit numbers, as bytes.
    pub(crate) fn numbers(&self, count_min: usize) -> Option<&'a [u8]> {
        if self.kind != kind::INT32 || self.count < count_min {
            return None;
        }
        self.data.get(..self.count.checked_mul(4)?)
    }

    /// A list of strings, all of which end inside the store.
    pub(crate) fn strings(&self) -> Option<Strings<'a>> {
        if !matches!(self.kind, kind::STRING_ARRAY | kind::STRING) {
            return None;
        }
        let last = match self.count.checked_sub(1) {
            Some(last) => memchr::memchr_iter(0, self.data).nth(last)?,
            None => return Some(Strings::NONE),
        };
        Some(Strings { rest: &self.data[..=last], count: self.count })
    }
}

/// Strings that each end with a NUL.
#[derive(Clone, Debug)]
pub(crate) struct Strings<'a> {
    rest: &'a [u8],
    pub(crate) count: usize,
}

impl Strings<'_> {
    pub(crate) const NONE: Self = Strings { rest: &[], count: 0 };
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(0, self.rest)?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(text)
    }
}
