//! Files that are too large to be held in memory.

use std::io;
use std::ops::ControlFlow;

/// Bytes by which the reading goes on.
const STEP_BYTES: usize = 1 << 20;

/// A file that is too large to be held in memory, read piece by piece.
pub struct Pieces<'a> {
    length: u64,
    read_at: &'a ReadAt<'a>,
}

/// Fills a buffer with the bytes from an offset on, as `pread` does.
type ReadAt<'a> = dyn Fn(u64, &mut [u8]) -> io::Result<usize> + 'a;

/// What became of a file that was shown in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sifted {
    /// All hits were told.
    Judged,
    /// There may be hits, which [`crate::Detector::examine`] finds in the bytes as a whole.
    NeedsWhole,
}

impl<'a> Pieces<'a> {
    /// Bytes that a piece has in common with the one before it: whatever is no longer lies in one piece.
    pub const OVERLAP_BYTES: usize = 64 << 10;

    /// A file of which `length` bytes are shown.
    #[must_use]
    pub const fn new(length: u64, read_at: &'a ReadAt<'a>) -> Self {
        Self { length, read_at }
    }

    /// How many bytes are shown: all, or the beginning of a longer file.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// At most `length` bytes of the beginning.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; usize::try_from(self.length).unwrap_or(usize::MAX).min(length)];
        self.fill(0, &mut head)?;
        Ok(head)
    }

    /// Shows the pieces in their order, each with its offset, until told to stop.
    ///
    /// # Errors
    /// When a piece cannot be read.
    pub fn each(&self, mut show: impl FnMut(u64, &[u8]) -> ControlFlow<()>) -> io::Result<()> {
        let mut buffer = vec![0; Self::OVERLAP_BYTES + STEP_BYTES];
        let (mut at, mut kept) = (0_u64, 0);
        while at < self.length {
            let step = usize::try_from(self.length - at).unwrap_or(usize::MAX).min(STEP_BYTES);
            self.fill(at, &mut buffer[kept..kept + step])?;
            if show(at - kept as u64, &buffer[..kept + step]).is_break() {
                break;
            }
            at += step as u64;
            let next = (kept + step).min(Self::OVERLAP_BYTES);
            buffer.copy_within(kept + step - next..kept + step, 0);
            kept = next;
        }
        Ok(())
    }

    fn fill(&self, mut at: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match (self.read_at)(at, buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => {
                    at += count as u64;
                    buffer = &mut buffer[count..];
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces_of(bytes: &[u8], use_it: impl FnOnce(&Pieces<'_>)) {
        let read_at = |at: u64, buffer: &mut [u8]| {
            let rest = &bytes[usize::try_from(at).unwrap().min(bytes.len())..];
            // Reads may be short.
            let count = rest.len().min(buffer.len()).min(700_001);
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        };
        use_it(&Pieces::new(bytes.len() as u64, &read_at));
    }

    #[test]
    fn what_is_no_longer_than_the_overlap_lies_in_one_piece() {
        let bytes: Vec<u8> =
            (0..3_500_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        pieces_of(&bytes, |pieces| {
            let mut seen = Vec::new();
            pieces
                .each(|offset, piece| {
                    let start = usize::try_from(offset).unwrap();
                    assert_eq!(&bytes[start..start + piece.len()], piece);
                    seen.push(start..start + piece.len());
                    ControlFlow::Continue(())
                })
                .unwrap();
            for start in (0..bytes.len() - Pieces::OVERLAP_BYTES).step_by(1_009) {
                let end = start + Pieces::OVERLAP_BYTES;
                assert!(seen.iter().any(|piece| piece.start <= start && end <= piece.end), "{start}");
            }
            assert_eq!((seen[0].start, seen.last().unwrap().end), (0, bytes.len()));
            assert_eq!(pieces.head(5).unwrap(), bytes[..5]);
        });
    }

    #[test]
    fn pieces_end_when_told_and_with_the_file() {
        pieces_of(b"", |pieces| {
            assert!(pieces.is_empty());
            pieces.each(|_, _| unreachable!("there is none")).unwrap();
        });
        pieces_of(&[1; 4 << 20], |pieces| {
            let mut count = 0;
            let stop = |_: u64, _: &[u8]| {
                count += 1;
                ControlFlow::Break(())
            };
            pieces.each(stop).unwrap();
            assert_eq!(count, 1);
        });
        let gone = |_: u64, _: &mut [u8]| Ok(0);
        let error = Pieces::new(9, &gone).each(|_, _| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
