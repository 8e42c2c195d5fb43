//! Bytes of a capture, plain or in gzip, as slices of one buffer.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// Bytes asked of the source at once; the buffer grows beyond only for blocks that are larger and really come.
const CHUNK_BYTES: usize = 256 << 10;

pub(crate) struct Input<R: Read> {
    source: Source<R>,
    buffer: Vec<u8>,
    /// What is read and not yet taken.
    start: usize,
    end: usize,
    /// Bytes taken so far.
    offset: u64,
    bytes_left: u64,
    /// The limit was reached, not the end.
    cut: bool,
}

enum Source<R: Read> {
    Plain(BufReader<R>),
    Gzip(Box<MultiGzDecoder<BufReader<R>>>),
}

impl<R: Read> Input<R> {
    pub(crate) fn open(input: R, bytes_max: u64) -> io::Result<Self> {
        let mut input = BufReader::with_capacity(64 << 10, input);
        let source = if input.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            Source::Gzip(Box::new(MultiGzDecoder::new(input)))
        } else {
            Source::Plain(input)
        };
        Ok(Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            bytes_left: bytes_max,
            cut: false,
        })
    }

    /// Bytes taken so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the limit of bytes was reached.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut
    }

    /// The next `wanted` bytes without taking them; fewer at the end.
    pub(crate) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        self.fill(wanted)?;
        let end = self.end.min(self.start.saturating_add(wanted));
        Ok(&self.buffer[self.start..end])
    }

    /// Makes the next `wanted` bytes one slice; fewer come only at the end.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while self.end - self.start < wanted && self.bytes_left > 0 {
            if self.start > 0 && (self.start == self.end || self.buffer.len() - self.end < CHUNK_BYTES / 2) {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            if self.buffer.len() - self.end < CHUNK_BYTES / 2 {
                // Grows by what came, not by what a length says.
                let mut larger = vec![0; (self.buffer.len() + CHUNK_BYTES).max(self.end * 3 / 2)];
                larger[..self.end].copy_from_slice(&self.buffer[..self.end]);
                self.buffer = larger;
            }
            let room =
                usize::try_from(self.bytes_left).unwrap_or(usize::MAX).min(self.buffer.len() - self.end);
            let target = &mut self.buffer[self.end..self.end + room];
            let read = match &mut self.source {
                Source::Plain(source) => source.read(target),
                Source::Gzip(source) => source.read(target),
            };
            match read {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    self.end += count;
                    self.bytes_left -= count as u64;
                    self.cut = self.bytes_left == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes bytes that [`Input::peek`] showed.
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        let start = self.start;
        self.start = self.end.min(start.saturating_add(count));
        self.offset += (self.start - start) as u64;
        &self.buffer[start..self.start]
    }

    /// What [`Input::take`] gave last, `count` bytes.
    pub(crate) fn taken(&self, count: usize) -> &[u8] {
        &self.buffer[self.start - count..self.start]
    }

    /// Whether everything that was read is taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The next line without its end; nothing at the end, or when it has more than `longest` bytes.
    pub(crate) fn line(&mut self, longest: usize) -> io::Result<Option<&[u8]>> {
        let mut seen = 0;
        loop {
            let found = self.buffer[self.start + seen..self.end].iter().position(|byte| *byte == b'\n');
            if let Some(position) = found {
                let length = seen + position;
                self.take(length + 1);
                return Ok(Some(&self.buffer[self.start - length - 1..self.start - 1]));
            }
            seen = self.end - self.start;
            if seen > longest {
                return Ok(None);
            }
            self.fill(seen + 1)?;
            if self.end - self.start == seen {
                if seen == 0 {
                    return Ok(None);
                }
                return Ok(Some(self.take(seen)));
            }
        }
    }

    /// Skips bytes without keeping them; gives how many there were.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut skipped = 0;
        while skipped < count {
            let step = usize::try_from(count - skipped).unwrap_or(usize::MAX).min(CHUNK_BYTES / 2);
            self.fill(step)?;
            let taken = self.take(step).len();
            if taken == 0 {
                break;
            }
            skipped += taken as u64;
        }
        Ok(skipped)
    }
}
