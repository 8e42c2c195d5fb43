//! NDB, the native package database of rpm (`Packages.db`).
//!
//! Format: rpm, `lib/backend/ndb/rpmpkg.c`. Everything is little-endian. The file begins with a header of 32
//! bytes (magic, version, generation, number of 4,096-byte slot pages, next package number), slots of 16 bytes
//! fill the rest of the slot pages (magic, package number, offset and count in blocks of 16 bytes); a blob has a
//! head (magic, package number, generation, bytes), the data, and a tail (Adler-32 of head, data and padding,
//! bytes again, magic).

use crate::bytes::{Order, size_at, u32_at};
use crate::{Fault, Problem, Records};

pub(crate) fn is_ndb(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RpmP")
}

const SLOT_PAGE_BYTES: usize = 4096;
const SLOT_BYTES: usize = 16;
const BLOCK_BYTES: usize = 16;
const BLOB_HEAD_BYTES: usize = 16;
const BLOB_TAIL_BYTES: usize = 12;

pub(crate) fn read(bytes: &[u8], records: &mut Records<'_>) {
    if u32_at(bytes, 4, Order::Little) != Some(0) {
        records.problem(Problem::new(Fault::Unsupported, "NDB version is not 0".to_owned()));
        return;
    }
    let slot_area_bytes = match size_at(bytes, 12, Order::Little) {
        Some(pages) => pages.saturating_mul(SLOT_PAGE_BYTES),
        None => 0,
    };
    let slots = bytes.get(2 * SLOT_BYTES..slot_area_bytes.min(bytes.len())).unwrap_or(&[]);
    if slot_area_bytes == 0 || slot_area_bytes > bytes.len() {
        let detail = format!("{slot_area_bytes} bytes of slots in a file of {} bytes", bytes.len());
        records.problem(Problem::new(Fault::Truncated, detail));
    }
    // Blobs do not overlap, so all together are no larger than the file.
    let mut bytes_left = bytes.len();
    for (position, slot) in slots.chunks_exact(SLOT_BYTES).enumerate() {
        if records.is_hopeless() {
            return;
        }
        if !slot.starts_with(b"Slot") {
            records.problem(Problem::malformed(format!("slot {position} has no magic number")));
            continue;
        }
        let field = |at| size_at(slot, at, Order::Little).expect("a slot has 16 bytes");
        let (number, first_block, block_count) = (field(4), field(8), field(12));
        if first_block == 0 {
            continue;
        }
        match blob_of(bytes, number, first_block, block_count) {
            Ok(blob) if blob.len() > bytes_left => {
                records.problem(Problem::malformed(format!("blobs overlap at slot {position}")));
                return;
            }
            Ok(blob) => {
                bytes_left -= blob.len();
                records.blob(number as u64, blob);
                if !checksum_fits(bytes, first_block, block_count) {
                    let detail = format!("package number {number}: checksum does not fit the blob");
                    records.problem(Problem::malformed(detail));
                }
            }
            Err(detail) => records.problem(Problem::malformed(format!("package number {number}: {detail}"))),
        }
    }
}

fn blob_of(bytes: &[u8], number: usize, first_block: usize, block_count: usize) -> Result<&[u8], String> {
    let blocks = blocks_of(bytes, first_block, block_count)
        .ok_or_else(|| format!("{block_count} blocks at block {first_block} are not in the file"))?;
    let field = |at| size_at(blocks, at, Order::Little);
    if !blocks.starts_with(b"BlbS") || field(4) != Some(number) {
        return Err(format!("no blob of it at block {first_block}"));
    }
    let length = field(12).unwrap_or(0);
    let whole = length.saturating_add(BLOB_HEAD_BYTES + BLOB_TAIL_BYTES);
    if whole.div_ceil(BLOCK_BYTES) != block_count {
        return Err(format!("blob of {length} bytes in {block_count} blocks"));
    }
    Ok(&blocks[BLOB_HEAD_BYTES..BLOB_HEAD_BYTES + length])
}

fn blocks_of(bytes: &[u8], first_block: usize, block_count: usize) -> Option<&[u8]> {
    let start = first_block.checked_mul(BLOCK_BYTES)?;
    bytes.get(start..start.checked_add(block_count.checked_mul(BLOCK_BYTES)?)?)
}

fn checksum_fits(bytes: &[u8], first_block: usize, block_count: usize) -> bool {
    let Some(blocks) = blocks_of(bytes, first_block, block_count) else { return false };
    let Some(at) = blocks.len().checked_sub(BLOB_TAIL_BYTES) else { return false };
    u32_at(blocks, at, Order::Little) == Some(adler32(&blocks[..at]))
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    // 5,552 is the largest number of bytes after which neither sum overflows 32 bits.
    for chunk in bytes.chunks(5552) {
        for &byte in chunk {
            low += u32::from(byte);
            high += low;
        }
        low %= 65_521;
        high %= 65_521;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{HeaderBuilder, names, survives_mutation};

    fn database(blobs: &[Vec<u8>]) -> Vec<u8> {
        let mut file = [&b"RpmP"[..], &[0; 8], &1_u32.to_le_bytes(), &[0; 16]].concat();
        let mut area = Vec::new();
        for (position, blob) in blobs.iter().enumerate() {
            let number = position as u32 + 1;
            let first_block = ((SLOT_PAGE_BYTES + area.len()) / BLOCK_BYTES) as u32;
            let mut bytes = [&b"BlbS"[..], &number.to_le_bytes(), &[0; 4]].concat();
            bytes.extend((blob.len() as u32).to_le_bytes());
            bytes.extend(blob);
            while !(bytes.len() + BLOB_TAIL_BYTES).is_multiple_of(BLOCK_BYTES) {
                bytes.push(0);
            }
            let sum = adler32(&bytes);
            for value in [sum, blob.len() as u32] {
                bytes.extend(value.to_le_bytes());
            }
            bytes.extend(b"BlbE");
            file.extend(b"Slot");
            for value in [number, first_block, (bytes.len() / BLOCK_BYTES) as u32] {
                file.extend(value.to_le_bytes());
            }
            area.extend(bytes);
        }
        while file.len() < SLOT_PAGE_BYTES {
            file.extend(b"Slot");
            file.extend([0; 12]);
        }
        file.extend(area);
        file
    }

    fn three() -> Vec<u8> {
        database(&["bash", "glibc", "zlib"].map(|name| HeaderBuilder::named(name).build()))
    }

    #[test]
    fn every_used_slot_is_a_package() {
        assert_eq!(names(&three()), (vec!["bash".into(), "glibc".into(), "zlib".into()], vec![]));
    }

    #[test]
    fn broken_slot_loses_one_package() {
        let mut file = three();
        file[32 + 16 + 8] = 0xff;
        let (found, problems) = names(&file);
        assert_eq!(found, ["bash", "zlib"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
    }

    #[test]
    fn changed_blob_is_told() {
        let mut file = three();
        let at = memchr::memmem::find(&file, b"glibc").unwrap();
        file[at] = b'k';
        let (found, problems) = names(&file);
        assert_eq!(found, ["bash", "klibc", "zlib"]);
        assert!(problems[0].contains("package number 2: checksum"), "{problems:?}");
    }

    #[test]
    fn slots_that_share_a_blob_end_the_reading() {
        let mut file = database(&[HeaderBuilder::named("a").text(1, &"x".repeat(9000)).build()]);
        let slot = file[32..48].to_vec();
        for at in (48..SLOT_PAGE_BYTES).step_by(SLOT_BYTES) {
            file[at..at + SLOT_BYTES].copy_from_slice(&slot);
        }
        let (found, problems) = names(&file);
        assert!(found.len() < 3 && problems[0].contains("overlap"), "{found:?} {problems:?}");
    }

    #[test]
    fn endless_garbage_is_given_up() {
        let pages = 1000_u32;
        let mut file = vec![b'?'; pages as usize * SLOT_PAGE_BYTES];
        file[..12].copy_from_slice(b"RpmP\0\0\0\0\0\0\0\0");
        file[12..16].copy_from_slice(&pages.to_le_bytes());
        let summary = crate::read(&file, &mut |_| {});
        assert_eq!(summary.problems.len(), crate::Summary::PROBLEMS_MAX);
        assert_eq!(summary.problems_left_out, crate::Summary::PROBLEMS_LEFT_OUT_MAX);
    }

    #[test]
    fn no_mutation_panics() {
        survives_mutation(&three());
    }
}
