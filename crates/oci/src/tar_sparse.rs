//! Files of a tar that are stored without their holes.

use crate::tar_pax::SPARSE_PIECES_MAX;
use std::io::{self, Read};

/// Where the stored bytes of a sparse file belong. Pieces are in order, do not overlap and end within the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SparseMap {
    pieces: Vec<Piece>,
    /// Size of the file with its holes.
    pub(crate) real_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    offset: u64,
    length: u64,
}

impl SparseMap {
    /// A map of alternating offsets and lengths, if it makes sense and accounts for `stored` bytes.
    pub(crate) fn new(numbers: &[u64], real_size: u64, stored: u64) -> Option<Self> {
        if !numbers.len().is_multiple_of(2) || numbers.len() / 2 > SPARSE_PIECES_MAX {
            return None;
        }
        let mut pieces = Vec::with_capacity(numbers.len() / 2);
        let (mut end, mut sum) = (0_u64, 0_u64);
        for pair in numbers.chunks_exact(2) {
            let (offset, length) = (pair[0], pair[1]);
            if offset < end {
                return None;
            }
            end = offset.checked_add(length)?;
            sum = sum.checked_add(length)?;
            if length > 0 {
                pieces.push(Piece { offset, length });
            }
        }
        (end <= real_size && sum <= stored).then_some(Self { pieces, real_size })
    }
}

/// The content of a sparse file: stored pieces from `stored`, zeros between them.
pub(crate) struct SparseReader<'a> {
    map: &'a SparseMap,
    stored: &'a mut (dyn Read + Send),
    position: u64,
    next_piece: usize,
}

impl<'a> SparseReader<'a> {
    pub(crate) fn new(map: &'a SparseMap, stored: &'a mut (dyn Read + Send)) -> Self {
        Self { map, stored, position: 0, next_piece: 0 }
    }
}

impl Read for SparseReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX).min(out.len());
        let piece = self.map.pieces.get(self.next_piece);
        let hole_end = piece.map_or(self.map.real_size, |piece| piece.offset);
        if self.position < hole_end {
            let count = room(hole_end - self.position);
            out[..count].fill(0);
            self.position += count as u64;
            return Ok(count);
        }
        let Some(piece) = piece else { return Ok(0) };
        let end = piece.offset + piece.length;
        let count = room(end - self.position);
        let count = self.stored.read(&mut out[..count])?;
        self.position += count as u64;
        if self.position == end {
            self.next_piece += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_read_as_zeros() {
        let map = SparseMap::new(&[2, 2, 6, 0, 6, 1], 9, 3).unwrap();
        let mut content = Vec::new();
        SparseReader::new(&map, &mut b"abc".as_slice()).read_to_end(&mut content).unwrap();
        assert_eq!(content, b"\0\0ab\0\0c\0\0");
    }

    #[test]
    fn maps_that_make_no_sense_are_refused() {
        for (numbers, real_size, stored) in [
            (&[1, 2, 3][..], 9, 9),
            (&[4, 2, 1, 1], 9, 9),
            (&[1, 9], 9, 9),
            (&[0, 5], 9, 4),
            (&[u64::MAX, 2], u64::MAX, 9),
        ] {
            assert_eq!(SparseMap::new(numbers, real_size, stored), None, "{numbers:?}");
        }
    }
}
