//! Reading pieces of a file that may be too large to hold.

use crate::ReadAt;
use std::{io, ops::Range};

/// Bytes of one window.
const WINDOW_BYTES: usize = 1 << 20;
/// Bytes that two windows share; nothing that is searched is longer.
const OVERLAP_BYTES: usize = 4 << 10;

/// Reads up to `length` bytes at an offset; fewer at the end of the file.
pub(crate) fn read_up_to(file: &dyn ReadAt, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let available = usize::try_from(file.size().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut buffer = vec![0; length.min(available)];
    let count = fill(file, offset, &mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

/// Shows the ranges of a file, one overlapping window after the other, with the offset of each, until `visit`
/// answers false.
pub(crate) fn for_each_window(
    file: &dyn ReadAt,
    ranges: &[Range<u64>],
    mut visit: impl FnMut(u64, &[u8]) -> bool,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    for range in ranges {
        let mut offset = range.start;
        let end = range.end.min(file.size());
        while offset < end {
            let length = usize::try_from(end - offset).unwrap_or(usize::MAX).min(WINDOW_BYTES);
            buffer.resize(length, 0);
            let count = fill(file, offset, &mut buffer)?;
            if !visit(offset, &buffer[..count]) {
                return Ok(());
            }
            if count < length || length < WINDOW_BYTES {
                break;
            }
            offset += (WINDOW_BYTES - OVERLAP_BYTES) as u64;
        }
    }
    Ok(())
}

fn fill(file: &dyn ReadAt, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match file.read_at(offset.saturating_add(count as u64), &mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_across_the_border_of_two_windows_is_seen_whole() {
        let mut bytes = vec![b'.'; 3 * WINDOW_BYTES];
        for at in [WINDOW_BYTES - 3, 2 * WINDOW_BYTES - OVERLAP_BYTES - 3] {
            bytes[at..at + 6].copy_from_slice(b"needle");
        }
        let mut seen = std::collections::BTreeSet::new();
        for_each_window(&bytes, std::slice::from_ref(&(0..bytes.len() as u64)), |offset, window| {
            for (at, text) in window.windows(6).enumerate() {
                if text == b"needle" {
                    seen.insert(offset + at as u64);
                }
            }
            true
        })
        .unwrap();
        assert_eq!(seen.len(), 2);
    }
}
