//! The headers of an ELF file (System V ABI, "Object Files"), read by offset.

use crate::{ReadAt, windows::read_up_to};
use std::{io, ops::Range};

/// Section and program headers that are kept; the largest programs have some hundred.
const HEADERS_MAX: usize = 4_096;
/// Bytes of the table of section names.
const NAMES_BYTES_MAX: usize = 1 << 20;

const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
const PT_LOAD: u32 = 1;
const PF_W: u32 = 2;

/// What is needed of an ELF file.
pub(crate) struct Elf {
    is_big_endian: bool,
    is_64: bool,
    sections: Vec<Section>,
    segments: Vec<Segment>,
    /// A table that does not lie in the file, in words.
    pub(crate) problem: Option<&'static str>,
}

struct Section {
    name: Vec<u8>,
    kind: u32,
    flags: u64,
    range: Range<u64>,
}

struct Segment {
    is_writable: bool,
    address: u64,
    range: Range<u64>,
}

impl Elf {
    /// Nothing when the file is no ELF file.
    pub(crate) fn read(file: &dyn ReadAt) -> io::Result<Option<Self>> {
        let header = read_up_to(file, 0, 64)?;
        let (true, Some(class), Some(order)) = (header.starts_with(b"\x7fELF"), header.get(4), header.get(5))
        else {
            return Ok(None);
        };
        let mut elf = Self {
            is_64: *class == 2,
            is_big_endian: *order == 2,
            sections: Vec::new(),
            segments: Vec::new(),
            problem: None,
        };
        if !matches!(class, 1 | 2)
            || !matches!(order, 1 | 2)
            || header.len() < if elf.is_64 { 64 } else { 52 }
        {
            elf.problem = Some("the ELF header is broken");
            return Ok(Some(elf));
        }
        elf.read_segments(file, &header)?;
        elf.read_sections(file, &header)?;
        Ok(Some(elf))
    }

    /// Whether there are section headers.
    pub(crate) fn has_sections(&self) -> bool {
        !self.sections.is_empty()
    }

    /// Where the content of a section lies in the file.
    pub(crate) fn section(&self, name: &[u8]) -> Option<Range<u64>> {
        self.sections
            .iter()
            .find(|section| section.name == name && section.kind != SHT_NOBITS)
            .map(|section| section.range.clone())
    }

    /// Where texts may lie: what is loaded and is no code; the whole file when there are no section headers.
    pub(crate) fn text_ranges(&self, file_size: u64) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = self
            .sections
            .iter()
            .filter(|s| s.kind != SHT_NOBITS && s.flags & SHF_ALLOC != 0 && s.flags & SHF_EXECINSTR == 0)
            // One byte more, so that the sign before the first text is seen.
            .map(|s| s.range.start.saturating_sub(1)..s.range.end.min(file_size))
            .filter(|range| range.start < range.end)
            .collect();
        if ranges.is_empty() {
            return std::iter::once(0..file_size).collect();
        }
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end.saturating_add(64) => {
                    last.end = last.end.max(range.end);
                }
                _ => joined.push(range),
            }
        }
        joined
    }

    /// The first segment that is loaded and writable.
    pub(crate) fn data_segment(&self) -> Option<Range<u64>> {
        self.segments.iter().find(|segment| segment.is_writable).map(|segment| segment.range.clone())
    }

    /// Where the content of an address lies in the file, and how many bytes follow it there.
    pub(crate) fn offset_of(&self, address: u64) -> Option<(u64, u64)> {
        self.segments.iter().find_map(|segment| {
            let within = address.checked_sub(segment.address)?;
            let offset = segment.range.start.checked_add(within)?;
            (offset < segment.range.end).then(|| (offset, segment.range.end - offset))
        })
    }

    fn read_segments(&mut self, file: &dyn ReadAt, header: &[u8]) -> io::Result<()> {
        let (table, entry_bytes, count) = if self.is_64 {
            (self.u64(header, 32), self.u16(header, 54), self.u16(header, 56))
        } else {
            (self.u32(header, 28).into(), self.u16(header, 42), self.u16(header, 44))
        };
        let entry_bytes = usize::from(entry_bytes);
        if table == 0 || count == 0 || entry_bytes < if self.is_64 { 56 } else { 32 } {
            return Ok(());
        }
        let bytes = read_up_to(file, table, entry_bytes * usize::from(count).min(HEADERS_MAX))?;
        if bytes.len() < entry_bytes {
            self.problem = Some("the program headers lie outside the file");
        }
        for entry in bytes.chunks_exact(entry_bytes) {
            let (flags, offset, address, size) = if self.is_64 {
                (self.u32(entry, 4), self.u64(entry, 8), self.u64(entry, 16), self.u64(entry, 32))
            } else {
                (
                    self.u32(entry, 24),
                    self.u32(entry, 4).into(),
                    self.u32(entry, 8).into(),
                    self.u32(entry, 16).into(),
                )
            };
            if self.u32(entry, 0) == PT_LOAD {
                let range = offset..offset.saturating_add(size);
                self.segments.push(Segment { is_writable: flags & PF_W != 0, address, range });
            }
        }
        Ok(())
    }

    fn read_sections(&mut self, file: &dyn ReadAt, header: &[u8]) -> io::Result<()> {
        let (table, entry_bytes, count, names) = if self.is_64 {
            (self.u64(header, 40), self.u16(header, 58), self.u16(header, 60), self.u16(header, 62))
        } else {
            (self.u32(header, 32).into(), self.u16(header, 46), self.u16(header, 48), self.u16(header, 50))
        };
        let entry_bytes = usize::from(entry_bytes);
        if table == 0 || entry_bytes < if self.is_64 { 64 } else { 40 } {
            return Ok(());
        }
        // 0 stands for 65,280 sections and more; those files are objects, not programs.
        let bytes = read_up_to(file, table, entry_bytes * usize::from(count).min(HEADERS_MAX))?;
        if bytes.len() < entry_bytes * usize::from(count).min(HEADERS_MAX) {
            self.problem = Some("the section headers lie outside the file");
        }
        let entries: Vec<(usize, Section)> = bytes
            .chunks_exact(entry_bytes)
            .map(|entry| {
                let (flags, offset, size) = if self.is_64 {
                    (self.u64(entry, 8), self.u64(entry, 24), self.u64(entry, 32))
                } else {
                    (self.u32(entry, 8).into(), self.u32(entry, 16).into(), self.u32(entry, 20).into())
                };
                let section = Section {
                    name: Vec::new(),
                    kind: self.u32(entry, 4),
                    flags,
                    range: offset..offset.saturating_add(size),
                };
                (usize::try_from(self.u32(entry, 0)).unwrap_or(usize::MAX), section)
            })
            .collect();
        let Some((_, table)) = entries.get(usize::from(names)) else { return Ok(()) };
        let names_bytes = usize::try_from(table.range.end - table.range.start).unwrap_or(usize::MAX);
        let names = read_up_to(file, table.range.start, names_bytes.min(NAMES_BYTES_MAX))?;
        self.sections = entries
            .into_iter()
            .map(|(name, section)| {
                let name = names.get(name..).unwrap_or_default();
                let end = name.iter().take(64).position(|byte| *byte == 0).unwrap_or(0);
                Section { name: name[..end].to_vec(), ..section }
            })
            .collect();
        Ok(())
    }

    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        u16::try_from(word(bytes, at, 2, self.is_big_endian)).expect("two bytes fit")
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        u32::try_from(word(bytes, at, 4, self.is_big_endian)).expect("four bytes fit")
    }

    fn u64(&self, bytes: &[u8], at: usize) -> u64 {
        word(bytes, at, 8, self.is_big_endian)
    }
}

/// A number of up to eight bytes; 0 when it does not lie in the text.
pub(crate) fn word(bytes: &[u8], at: usize, word_bytes: usize, is_big_endian: bool) -> u64 {
    let word = bytes.get(at..at.saturating_add(word_bytes)).unwrap_or_default();
    let add = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    if is_big_endian { word.iter().fold(0, add) } else { word.iter().rev().fold(0, add) }
}
