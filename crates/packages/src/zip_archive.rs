//! Zip archives in memory: the central directory is walked in place and stored entries are slices of the
//! input, so that a hostile directory costs no memory and a nested jar that is stored costs no copy.
//!
//! PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (end
//! records). Bytes before the archive, as executable jars have, are allowed.

use flate2::read::DeflateDecoder;
use model::GapReason;
use std::{borrow::Cow, io::Read};

/// Why an archive or an entry of it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZipError {
    #[error("zip archive without an end record: cut short, or no zip archive")]
    NoEnd,
    #[error("zip directory points outside the archive")]
    Outside,
    #[error("zip directory is broken at byte {0}")]
    Directory(usize),
    #[error("zip entry {0} is cut short or broken")]
    Entry(String),
    #[error("zip entry {0} is encrypted or uses compression method {1}")]
    Method(String, u16),
    #[error("zip entry {0} unpacks to more than {1} bytes")]
    TooLarge(String, u64),
}

impl ZipError {
    /// The reason of the gap that it makes.
    pub(crate) fn reason(&self) -> GapReason {
        match self {
            Self::NoEnd => GapReason::Truncated,
            Self::Outside | Self::Directory(_) | Self::Entry(_) => GapReason::Malformed,
            Self::Method(..) => GapReason::Unsupported,
            Self::TooLarge(..) => GapReason::LimitReached,
        }
    }
}

/// An archive.
pub(crate) struct ZipArchive<'a> {
    bytes: &'a [u8],
    directory: &'a [u8],
    directory_start: usize,
    /// Bytes before the archive that its offsets do not count.
    prefix: u64,
}

/// An entry of the central directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// The path, as it is in the archive.
    pub(crate) name: &'a [u8],
    is_encrypted: bool,
    method: u16,
    compressed_bytes: u64,
    header_offset: u64,
}

const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const CENTRAL_BYTES: usize = 46;
const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl<'a> ZipArchive<'a> {
    /// Finds the central directory.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ZipError> {
        // The end record has a comment of up to 65,535 bytes behind it.
        let first = bytes.len().saturating_sub(END_BYTES + 65_535);
        let tail = bytes.get(first..).unwrap_or_default();
        let mut error = ZipError::NoEnd;
        for at in memchr::memmem::rfind_iter(tail, END) {
            match Self::with_end(bytes, first + at) {
                Ok(archive) => return Ok(archive),
                Err(found) => error = found,
            }
        }
        Err(error)
    }

    fn with_end(bytes: &'a [u8], end: usize) -> Result<Self, ZipError> {
        let record = bytes.get(end..end + END_BYTES).ok_or(ZipError::NoEnd)?;
        let (mut size, mut offset, mut directory_end) =
            (u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)), end);
        if let Some((size_64, offset_64, end_64)) = zip64_end(bytes, end) {
            (size, offset, directory_end) = (size_64, offset_64, end_64);
        }
        let size = usize::try_from(size).map_err(|_| ZipError::Outside)?;
        let start = directory_end.checked_sub(size).ok_or(ZipError::Outside)?;
        let prefix =
            u64::try_from(start).ok().and_then(|start| start.checked_sub(offset)).ok_or(ZipError::Outside)?;
        let directory = &bytes[start..directory_end];
        if !directory.is_empty() && !directory.starts_with(CENTRAL) {
            return Err(ZipError::Directory(start));
        }
        Ok(Self { bytes, directory, directory_start: start, prefix })
    }

    /// The entries, until the first that is broken.
    pub(crate) fn entries(&self) -> Entries<'a> {
        Entries { rest: self.directory, at: self.directory_start }
    }

    /// The content of an entry, at most `bytes_max` bytes.
    pub(crate) fn read(&self, entry: &Entry<'a>, bytes_max: u64) -> Result<Cow<'a, [u8]>, ZipError> {
        let name = || String::from_utf8_lossy(entry.name).chars().take(200).collect::<String>();
        if entry.is_encrypted || !matches!(entry.method, STORED | DEFLATED) {
            return Err(ZipError::Method(name(), entry.method));
        }
        let data = self.data(entry).ok_or_else(|| ZipError::Entry(name()))?;
        let too_large = || ZipError::TooLarge(name(), bytes_max);
        if entry.method == STORED {
            return if data.len() as u64 <= bytes_max { Ok(Cow::Borrowed(data)) } else { Err(too_large()) };
        }
        // The declared size is not believed: the buffer grows with what comes out.
        let mut content = Vec::new();
        let mut decoder = DeflateDecoder::new(data).take(bytes_max.saturating_add(1));
        decoder.read_to_end(&mut content).map_err(|_| ZipError::Entry(name()))?;
        if content.len() as u64 > bytes_max { Err(too_large()) } else { Ok(Cow::Owned(content)) }
    }

    fn data(&self, entry: &Entry<'a>) -> Option<&'a [u8]> {
        let start = usize::try_from(self.prefix.checked_add(entry.header_offset)?).ok()?;
        let header = self.bytes.get(start..start.checked_add(LOCAL_BYTES)?)?;
        if !header.starts_with(LOCAL) {
            return None;
        }
        let start = start + LOCAL_BYTES + usize::from(u16_at(header, 26)) + usize::from(u16_at(header, 28));
        self.bytes.get(start..start.checked_add(usize::try_from(entry.compressed_bytes).ok()?)?)
    }
}

/// Size and offset of the directory and the place of its end, when the archive has a Zip64 end record.
fn zip64_end(bytes: &[u8], end: usize) -> Option<(u64, u64, usize)> {
    let locator = bytes.get(end.checked_sub(20)?..end)?;
    if !locator.starts_with(LOCATOR_64) {
        return None;
    }
    // The record lies right before its locator; its own offset does not count a prefix.
    let start = end.checked_sub(20 + 56)?;
    let record = bytes.get(start..start + 56)?;
    record.starts_with(END_64).then(|| (u64_at(record, 40), u64_at(record, 48), start))
}

/// Walks a central directory.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ZipError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Anything else that follows is a digital signature (4.3.13).
        if self.rest.is_empty() || self.rest.starts_with(b"PK\x05\x05") {
            return None;
        }
        match split_entry(self.rest) {
            Some((entry, rest)) => {
                self.at += self.rest.len() - rest.len();
                self.rest = rest;
                Some(Ok(entry))
            }
            None => {
                self.rest = &[];
                Some(Err(ZipError::Directory(self.at)))
            }
        }
    }
}

fn split_entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (header, rest) = bytes.split_at_checked(CENTRAL_BYTES)?;
    if !header.starts_with(CENTRAL) {
        return None;
    }
    let (name, rest) = rest.split_at_checked(usize::from(u16_at(header, 28)))?;
    let (extra, rest) = rest.split_at_checked(usize::from(u16_at(header, 30)))?;
    let (_comment, rest) = rest.split_at_checked(usize::from(u16_at(header, 32)))?;
    let mut entry = Entry {
        name,
        is_encrypted: u16_at(header, 8) & 1 != 0,
        method: u16_at(header, 10),
        compressed_bytes: u64::from(u32_at(header, 20)),
        header_offset: u64::from(u32_at(header, 42)),
    };
    let is_size_64 = u32_at(header, 24) == u32::MAX;
    read_zip64_extra(&mut entry, is_size_64, extra);
    Some((entry, rest))
}

/// Replaces the fields that are all ones (4.5.3): size, compressed size, offset, in this order.
fn read_zip64_extra(entry: &mut Entry<'_>, is_size_64: bool, mut extra: &[u8]) {
    while let Some((header, rest)) = extra.split_at_checked(4) {
        let Some((mut field, rest)) = rest.split_at_checked(usize::from(u16_at(header, 2))) else { return };
        extra = rest;
        if u16_at(header, 0) != 1 {
            continue;
        }
        let mut next = || {
            let (value, rest) = field.split_at_checked(8)?;
            field = rest;
            Some(u64_at(value, 0))
        };
        if is_size_64 {
            next();
        }
        if entry.compressed_bytes == u64::from(u32::MAX) {
            entry.compressed_bytes = next().unwrap_or(entry.compressed_bytes);
        }
        if entry.header_offset == u64::from(u32::MAX) {
            entry.header_offset = next().unwrap_or(entry.header_offset);
        }
    }
}

// The callers cut records of fixed length first.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    /// A deflated archive of these files.
    pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        write_zip(files, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
    }

    /// A stored archive of these files.
    pub(crate) fn stored_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        write_zip(files, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
    }

    fn write_zip(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read_all(bytes: &[u8], bytes_max: u64) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
        let archive = ZipArchive::open(bytes)?;
        let mut all = Vec::new();
        for entry in archive.entries() {
            let entry = entry?;
            all.push((
                String::from_utf8_lossy(entry.name).into_owned(),
                archive.read(&entry, bytes_max)?.into_owned(),
            ));
        }
        Ok(all)
    }

    #[test]
    fn stored_and_deflated_entries_are_read_behind_any_prefix() {
        let files: [(&str, &[u8]); 2] = [("a/b", b"bbbbbbbbbbbbbbbbbbbbbbb"), ("c", b"")];
        let expected: Vec<_> =
            files.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        for archive in [zip(&files), stored_zip(&files)] {
            assert_eq!(read_all(&archive, 100).unwrap(), expected);
            let with_script = [b"#!/bin/sh\nexec java -jar $0\n".to_vec(), archive].concat();
            assert_eq!(read_all(&with_script, 100).unwrap(), expected);
        }
    }

    #[test]
    fn zip64_sizes_are_read() {
        let options = SimpleFileOptions::default().large_file(true);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("a", options).unwrap();
        writer.write_all(b"content").unwrap();
        let archive = writer.finish().unwrap().into_inner();
        assert_eq!(read_all(&archive, 100).unwrap()[0].1, b"content");
    }

    #[test]
    fn more_entries_than_16_bits_count_are_walked() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..70_000 {
            writer
                .start_file(
                    format!("{number}"),
                    SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
                )
                .unwrap();
        }
        let archive = writer.finish().unwrap().into_inner();
        assert_eq!(ZipArchive::open(&archive).unwrap().entries().filter(Result::is_ok).count(), 70_000);
    }

    #[test]
    fn large_entries_stop_at_the_limit() {
        let archive = zip(&[("bomb", &vec![0; 1 << 20])]);
        assert_eq!(read_all(&archive, 1000), Err(ZipError::TooLarge("bomb".to_owned(), 1000)));
        let archive = stored_zip(&[("bomb", &vec![0; 1 << 20])]);
        assert_eq!(read_all(&archive, 1000), Err(ZipError::TooLarge("bomb".to_owned(), 1000)));
    }

    #[test]
    fn every_cut_of_an_archive_is_an_error() {
        let archive = zip(&[("a", b"aaaaaaaaaaaaaa"), ("b", b"b")]);
        for length in 0..archive.len() {
            assert!(read_all(&archive[..length], 100).is_err(), "{length}");
        }
    }
}
