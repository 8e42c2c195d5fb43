//! The one form in which entries go on: a ustar header, with pax records for what it has no room for.

use super::header::BLOCK_BYTES;
use super::{ArchiveEntry, EntryKind, padding, refused};
use crate::refusal::Refusal;

const NAME_BYTES: usize = 100;
const OWNER_BYTES: usize = 32;
/// The greatest number of seven octal digits, and of eleven.
const SMALL_MAX: u64 = 0o777_7777;
const LARGE_MAX: u64 = 0o777_7777_7777;

/// Writes what stands before the content of an entry.
pub(super) fn entry(entry: &ArchiveEntry, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let mut records = Vec::new();
    let mut text = |key: &[u8], value: &[u8], room: usize| {
        if value.len() > room || !value.is_ascii() {
            record(key, value, &mut records);
        }
    };
    text(b"path", &entry.name, NAME_BYTES);
    text(b"linkpath", &entry.link, NAME_BYTES);
    text(b"uname", &entry.owner_names.0, OWNER_BYTES);
    text(b"gname", &entry.owner_names.1, OWNER_BYTES);
    for (key, number, most) in [
        ("uid", entry.owner.0, SMALL_MAX),
        ("gid", entry.owner.1, SMALL_MAX),
        ("size", entry.size, LARGE_MAX),
    ] {
        if number > most {
            record(key.as_bytes(), number.to_string().as_bytes(), &mut records);
        }
    }
    let seconds = entry.modified.parse::<u64>().ok().filter(|seconds| *seconds <= LARGE_MAX);
    if seconds.is_none() {
        record(b"mtime", entry.modified.as_bytes(), &mut records);
    }
    for (name, value) in &entry.attributes {
        record(&[b"SCHILY.xattr.", name.as_slice()].concat(), value, &mut records);
    }
    if !records.is_empty() {
        let size = records.len() as u64;
        block(
            &ArchiveEntry {
                name: b"PaxHeaders.0/entry".to_vec(),
                mode: 0o644,
                size,
                ..ArchiveEntry::default()
            },
            b'x',
            0,
            out,
        );
        out.extend_from_slice(&records);
        out.extend(std::iter::repeat_n(0, usize::try_from(padding(size)).unwrap_or_default()));
    }
    if u64::from(entry.device.0.max(entry.device.1)) > SMALL_MAX {
        return Err(refused("archive-number", "the number of a device is too great"));
    }
    let kind = match entry.kind {
        EntryKind::File => b'0',
        EntryKind::HardLink => b'1',
        EntryKind::SymbolicLink => b'2',
        EntryKind::CharacterDevice => b'3',
        EntryKind::BlockDevice => b'4',
        EntryKind::Directory => b'5',
        EntryKind::Pipe => b'6',
    };
    block(entry, kind, seconds.unwrap_or_default(), out);
    Ok(())
}

// What stands in a record has an empty field, or its begin, here: records win.
fn block(entry: &ArchiveEntry, kind: u8, seconds: u64, out: &mut Vec<u8>) {
    let mut block = [0_u8; BLOCK_BYTES];
    let mut put = |at: usize, value: &[u8], room: usize| {
        let size = value.len().min(room);
        block[at..at + size].copy_from_slice(&value[..size]);
    };
    let octal = |number: u64, most: u64, digits: usize| {
        format!("{:0digits$o}", if number > most { 0 } else { number })
    };
    put(0, &entry.name, NAME_BYTES);
    put(100, octal(entry.mode.into(), SMALL_MAX, 7).as_bytes(), 7);
    put(108, octal(entry.owner.0, SMALL_MAX, 7).as_bytes(), 7);
    put(116, octal(entry.owner.1, SMALL_MAX, 7).as_bytes(), 7);
    put(124, octal(entry.size, LARGE_MAX, 11).as_bytes(), 11);
    put(136, octal(seconds, LARGE_MAX, 11).as_bytes(), 11);
    put(148, b"        ", 8);
    put(156, &[kind], 1);
    put(157, &entry.link, NAME_BYTES);
    put(257, b"ustar\x0000", 8);
    put(265, &entry.owner_names.0, OWNER_BYTES);
    put(297, &entry.owner_names.1, OWNER_BYTES);
    put(329, octal(entry.device.0.into(), SMALL_MAX, 7).as_bytes(), 7);
    put(337, octal(entry.device.1.into(), SMALL_MAX, 7).as_bytes(), 7);
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&block);
}

/// One record; its length counts its own digits.
fn record(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    if length.to_string().len() > rest.to_string().len() {
        length += 1;
    }
    out.extend_from_slice(length.to_string().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}
