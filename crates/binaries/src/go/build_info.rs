//! Finds and reads the blob that `debug/buildinfo` of Go's standard library reads.
//!
//! It begins with 16 bytes: the magic, the size of a pointer, and flags. With flag 2 (Go 1.18 and later) two
//! strings with varint lengths follow at byte 32; before, two pointers to Go strings follow at byte 16, in the
//! byte order of flag 1.

use crate::{
    ReadAt,
    elf::{Elf, word},
    windows::{for_each_window, read_up_to},
};
use std::io;

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The blob is aligned so (`buildInfoAlign`).
const ALIGNMENT: u64 = 16;
/// How far the data segment of a program without section headers is searched.
const SEARCH_BYTES_MAX: u64 = 4 << 20;
/// Bytes of the version of Go.
const VERSION_BYTES_MAX: u64 = 4 << 10;
/// Bytes of the list of modules; Kubernetes has about 30 kB.
const MODULES_BYTES_MAX: u64 = 8 << 20;
/// `runtime.modinfo` lies between two sentinels of 16 bytes (`cmd/go/internal/modload`).
const SENTINEL_BYTES: usize = 16;

/// The two strings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuildInfo {
    pub(super) version: String,
    pub(super) modules: String,
}

/// Nothing when the program was not made by Go; a problem in words when the blob is broken.
pub(super) fn read(file: &dyn ReadAt, elf: &Elf) -> io::Result<Option<Result<BuildInfo, &'static str>>> {
    let Some(offset) = find(file, elf)? else { return Ok(None) };
    let header = read_up_to(file, offset, 32)?;
    if header.len() < 32 {
        return Ok(Some(Err("it ends early")));
    }
    let (pointer_bytes, flags) = (header[14], header[15]);
    let strings = if flags & 2 != 0 {
        read_inline(file, offset + 32)?
    } else if matches!(pointer_bytes, 4 | 8) {
        read_by_pointers(file, elf, &header, usize::from(pointer_bytes), flags & 1 != 0)?
    } else {
        None
    };
    Ok(Some(strings.ok_or("its strings lie outside the file or are too long").map(|(version, modules)| {
        BuildInfo {
            version: String::from_utf8_lossy(&version).into_owned(),
            modules: String::from_utf8_lossy(without_sentinels(&modules)).into_owned(),
        }
    })))
}

fn find(file: &dyn ReadAt, elf: &Elf) -> io::Result<Option<u64>> {
    let range = match (elf.section(b".go.buildinfo"), elf.data_segment()) {
        (Some(range), _) => range,
        // A writable segment is searched only when the section headers were taken away.
        (None, Some(range)) if !elf.has_sections() => range,
        _ => return Ok(None),
    };
    let start = range.start.next_multiple_of(ALIGNMENT);
    let end = range.end.min(start.saturating_add(SEARCH_BYTES_MAX));
    let mut found = None;
    for_each_window(file, std::slice::from_ref(&(start..end)), |window_offset, window| {
        let hit = window
            .chunks(ALIGNMENT as usize)
            .position(|chunk| chunk.starts_with(MAGIC))
            .map(|index| window_offset + index as u64 * ALIGNMENT);
        found = found.or(hit);
        found.is_none()
    })?;
    Ok(found)
}

type Strings = Option<(Vec<u8>, Vec<u8>)>;

fn read_inline(file: &dyn ReadAt, offset: u64) -> io::Result<Strings> {
    let Some((version, offset)) = read_with_length(file, offset, VERSION_BYTES_MAX)? else { return Ok(None) };
    Ok(read_with_length(file, offset, MODULES_BYTES_MAX)?.map(|(modules, _)| (version, modules)))
}

fn read_with_length(file: &dyn ReadAt, offset: u64, max: u64) -> io::Result<Option<(Vec<u8>, u64)>> {
    let bytes = read_up_to(file, offset, 10)?;
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().enumerate() {
        if index == 9 && *byte > 1 {
            return Ok(None);
        }
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let start = offset + index as u64 + 1;
            return Ok(read_exactly(file, start, length, max)?.map(|text| (text, start + length)));
        }
    }
    Ok(None)
}

fn read_by_pointers(
    file: &dyn ReadAt,
    elf: &Elf,
    header: &[u8],
    size: usize,
    is_big_endian: bool,
) -> io::Result<Strings> {
    let string = |address: u64, max: u64| -> io::Result<Option<Vec<u8>>> {
        let Some((offset, _)) = elf.offset_of(address) else { return Ok(None) };
        let string_header = read_up_to(file, offset, 2 * size)?;
        let (data, length) =
            (word(&string_header, 0, size, is_big_endian), word(&string_header, size, size, is_big_endian));
        if length == 0 {
            return Ok(Some(Vec::new()));
        }
        match elf.offset_of(data) {
            Some((offset, available)) if length <= available => read_exactly(file, offset, length, max),
            _ => Ok(None),
        }
    };
    let Some(version) = string(word(header, 16, size, is_big_endian), VERSION_BYTES_MAX)? else {
        return Ok(None);
    };
    // Programs built without modules have no list.
    let modules =
        string(word(header, 16 + size, size, is_big_endian), MODULES_BYTES_MAX)?.unwrap_or_default();
    Ok((!version.is_empty()).then_some((version, modules)))
}

fn read_exactly(file: &dyn ReadAt, offset: u64, length: u64, max: u64) -> io::Result<Option<Vec<u8>>> {
    if length > max {
        return Ok(None);
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let bytes = read_up_to(file, offset, length)?;
    Ok((bytes.len() == length).then_some(bytes))
}

fn without_sentinels(modules: &[u8]) -> &[u8] {
    let inner = modules.len().checked_sub(SENTINEL_BYTES).and_then(|end| modules.get(SENTINEL_BYTES..end));
    // As `debug/buildinfo` does: without a line end before the second sentinel there are none, and no list.
    inner.filter(|inner| inner.ends_with(b"\n")).unwrap_or_default()
}
