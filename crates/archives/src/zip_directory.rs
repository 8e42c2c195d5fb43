//! The central directory of a zip archive.
//!
//! PKWARE APPNOTE.TXT 6.3.10, sections 4.3.12 (directory), 4.3.14 to 4.3.16 (end records), 4.5.3 (Zip64).

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_BYTES: usize = 46;
const HOST_UNIX: u8 = 3;

/// Where the directory is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory<'a> {
    bytes: &'a [u8],
    pub(crate) start: usize,
    /// Bytes in front of the archive that its offsets do not count.
    pub(crate) prefix: usize,
    pub(crate) entries_declared: u64,
    is_zip64: bool,
}

/// An entry of the directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// CRC-32 and size, when they are known before the content.
    pub(crate) checked: Option<(u32, u64)>,
    pub(crate) compressed_bytes: u64,
    pub(crate) header_offset: u64,
    /// Type and permissions, when the archive was made on Unix.
    pub(crate) unix_mode: u32,
}

impl<'a> Directory<'a> {
    /// The last directory whose end record makes sense.
    pub(crate) fn find(bytes: &'a [u8]) -> Option<Self> {
        // The end record has a comment of up to 65,535 bytes behind it.
        let first = bytes.len().saturating_sub(END_BYTES + 65_535);
        let ends: Vec<usize> = memchr::memmem::find_iter(&bytes[first..], END).take(1_024).collect();
        ends.iter().rev().find_map(|at| Self::with_end(bytes, first + at))
    }

    fn with_end(bytes: &'a [u8], end: usize) -> Option<Self> {
        let record = bytes.get(end..end + END_BYTES)?;
        if end + END_BYTES + usize::from(u16_at(record, 20)) > bytes.len() {
            return None;
        }
        let mut entries = u64::from(u16_at(record, 10));
        let (mut size, mut offset) = (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
        let mut directory_end = end;
        let zip64 = zip64_end(bytes, end);
        if let Some((entries_64, size_64, offset_64, end_64)) = zip64 {
            (entries, size, offset, directory_end) = (entries_64, size_64, offset_64, end_64);
        }
        let (size, offset) = (usize::try_from(size).ok()?, usize::try_from(offset).ok()?);
        let directory = |start: usize| Self {
            bytes: &bytes[..directory_end],
            start,
            prefix: start.saturating_sub(offset),
            entries_declared: entries,
            is_zip64: zip64.is_some(),
        };
        if entries == 0 && size == 0 {
            return Some(directory(directory_end));
        }
        // Right in front of its end record, whatever the offset says; else where the offset says.
        let starts = [directory_end.checked_sub(size).filter(|start| *start >= offset), Some(offset)];
        let is_start = |start: &usize| {
            bytes[..directory_end].get(*start..).is_some_and(|rest| rest.starts_with(CENTRAL))
        };
        starts.into_iter().flatten().find(is_start).map(directory)
    }

    /// The entry at a place, and the place behind it; None at the end. An error is the place where it is broken.
    pub(crate) fn entry(&self, at: usize) -> Result<Option<(Entry<'a>, usize)>, usize> {
        let Some(rest) = self.bytes.get(at..).filter(|rest| rest.starts_with(CENTRAL)) else {
            // A digital signature may stand behind the entries.
            return if self
                .bytes
                .get(at..)
                .is_none_or(|rest| rest.is_empty() || rest.starts_with(b"PK\x05\x05"))
            {
                Ok(None)
            } else {
                Err(at)
            };
        };
        self.parse(rest).map(|(entry, length)| Some((entry, at + length))).ok_or(at)
    }

    fn parse(&self, rest: &'a [u8]) -> Option<(Entry<'a>, usize)> {
        let header = rest.get(..CENTRAL_BYTES)?;
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(header, at)));
        let name_end = CENTRAL_BYTES + name;
        let (name, extra) = (rest.get(CENTRAL_BYTES..name_end)?, rest.get(name_end..name_end + extra)?);
        let length = name_end + extra.len() + comment;
        rest.get(..length)?;
        let mut numbers = [24, 20, 42].map(|at| u64::from(u32_at(header, at)));
        if numbers.contains(&0xffff_ffff) || self.is_zip64 {
            widen(&mut numbers, extra);
        }
        let [size, compressed_bytes, header_offset] = numbers;
        let entry = Entry {
            name,
            flags: u16_at(header, 8),
            method: u16_at(header, 10),
            checked: Some((u32_at(header, 16), size)),
            compressed_bytes,
            header_offset,
            unix_mode: if header[5] == HOST_UNIX { u32_at(header, 38) >> 16 } else { 0 },
        };
        Some((entry, length))
    }
}

/// Replaces those numbers that do not fit by the ones of the Zip64 extra field, in its order (4.5.3).
pub(crate) fn widen(numbers: &mut [u64], mut extra: &[u8]) {
    while let Some(header) = extra.get(..4) {
        let length = usize::from(u16_at(header, 2));
        let Some(mut data) = extra.get(4..4 + length) else { return };
        extra = &extra[4 + length..];
        if u16_at(header, 0) != 1 {
            continue;
        }
        for number in numbers.iter_mut().filter(|number| **number == 0xffff_ffff) {
            let Some((wide, rest)) = data.split_first_chunk::<8>() else { return };
            *number = u64::from_le_bytes(*wide);
            data = rest;
        }
        return;
    }
}

/// Entries, size, offset and end of the directory, when there is a Zip64 end record.
fn zip64_end(bytes: &[u8], end: usize) -> Option<(u64, u64, u64, usize)> {
    let locator = bytes.get(end.checked_sub(20)?..end)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return None;
    }
    // The record lies right in front of its locator; its own offset does not count a prefix.
    let start = end.checked_sub(20 + 56)?;
    let record = bytes.get(start..start + 56)?;
    record
        .starts_with(b"PK\x06\x06")
        .then(|| (u64_at(record, 32), u64_at(record, 40), u64_at(record, 48), start))
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
