//! Readers that stop at a bound, and decompression by magic number.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// Reads at most `bytes_max` bytes and then fails, instead of pretending that the input ended.
pub(crate) struct Bounded<R> {
    inner: R,
    left_bytes: u64,
}

impl<R: Read> Bounded<R> {
    pub(crate) fn new(inner: R, bytes_max: u64) -> Self {
        Self { inner, left_bytes: bytes_max }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left_bytes == 0 {
            // One more byte tells the end of the input from the bound.
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::Error::other("the limit on decompressed bytes is reached")),
            };
        }
        let want = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(buffer.len());
        let got = self.inner.read(&mut buffer[..want])?;
        self.left_bytes -= got as u64;
        Ok(got)
    }
}

/// Refuses to hand out more than a budget of bytes until the budget is renewed: parsers that buffer one
/// record in memory are bounded by it, however long the input is.
pub(crate) struct Metered<R> {
    inner: BufReader<R>,
    budget: RecordBudget,
}

/// Renews the budget of a [`Metered`] reader, which its parser owns.
#[derive(Clone)]
pub(crate) struct RecordBudget {
    left_bytes: Rc<Cell<u64>>,
    bytes_max: u64,
}

impl RecordBudget {
    pub(crate) fn renew(&self) {
        self.left_bytes.set(self.bytes_max);
    }
}

impl<R: Read> Metered<R> {
    pub(crate) fn new(inner: R, record_bytes_max: u64) -> (Self, RecordBudget) {
        // The buffer is read ahead, so the budget is at least one buffer.
        let bytes_max = record_bytes_max.max(BUFFER_BYTES as u64);
        let budget = RecordBudget { left_bytes: Rc::new(Cell::new(bytes_max)), bytes_max };
        (Self { inner: BufReader::with_capacity(BUFFER_BYTES, inner), budget: budget.clone() }, budget)
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        match self.budget.left_bytes.get().checked_sub(bytes as u64) {
            Some(left) => {
                self.budget.left_bytes.set(left);
                Ok(())
            }
            None => Err(io::Error::other("a record is longer than the limit on record bytes")),
        }
    }
}

const BUFFER_BYTES: usize = 64 << 10;
// `xz -9` needs 65 MiB to decompress (xz(1)).
const XZ_MEMORY_KIB_MAX: u32 = 128 << 10;

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.spend(got)?;
        Ok(got)
    }
}

impl<R: Read> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.budget.left_bytes.get() == 0 {
            self.spend(1)?;
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        let left = self.budget.left_bytes.get();
        self.budget.left_bytes.set(left.saturating_sub(bytes as u64));
        self.inner.consume(bytes);
    }
}

/// The bytes of a whole input, or an error when there are more than `bytes_max`.
pub(crate) fn read_all(input: &mut dyn Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::other(format!("more than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// A reader of the decompressed bytes of gzip (RFC 1952), bzip2, xz or Zstandard (RFC 8878) input, told by
/// its first bytes; other input is handed through. Fails after `bytes_max` decompressed bytes.
pub(crate) fn decompressed<'a>(input: impl Read + 'a, bytes_max: u64) -> io::Result<Box<dyn Read + 'a>> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let reader: Box<dyn Read + 'a> = match compression(input.fill_buf()?) {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB_MAX)),
        Compression::Zstandard => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            // 128 MiB, the window that `zstd --ultra` uses at most without `--long`.
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
        Compression::None => Box::new(input),
    };
    Ok(Box::new(Bounded::new(reader, bytes_max)))
}

/// A compression format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstandard,
}

/// The compression format that the first bytes tell.
pub(crate) fn compression(first: &[u8]) -> Compression {
    match first {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Compression::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstandard,
        _ => Compression::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounded_reader_fails_at_the_bound_and_not_before() {
        let mut out = Vec::new();
        assert!(Bounded::new(&[1u8; 10][..], 10).read_to_end(&mut out).is_ok());
        assert!(Bounded::new(&[1u8; 11][..], 10).read_to_end(&mut out).is_err());
    }

    #[test]
    fn metered_reader_wants_its_budget_renewed() {
        let input = vec![7u8; 3 * BUFFER_BYTES];
        let mut out = vec![0; BUFFER_BYTES];
        let (mut reader, budget) = Metered::new(&input[..], 1);
        reader.read_exact(&mut out).unwrap();
        assert!(reader.read_exact(&mut out).is_err());
        let (mut reader, budget_of_second) = Metered::new(&input[..], 1);
        for _ in 0..3 {
            reader.read_exact(&mut out).unwrap();
            budget_of_second.renew();
        }
        drop(budget);
    }

    #[test]
    fn gzip_bomb_is_stopped() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, &vec![0; 1 << 20]).unwrap();
        let packed = encoder.finish().unwrap();
        assert!(read_all(&mut decompressed(&packed[..], 1 << 20).unwrap(), u64::MAX - 1).is_ok());
        assert!(read_all(&mut decompressed(&packed[..], 1 << 19).unwrap(), u64::MAX - 1).is_err());
    }
}
