//! The bytes of a blob, hashed as they are read.

use crate::hash::Hasher;
use model::Digest;
use std::io::{self, BufRead, Read};

const BUFFER_BYTES: usize = 128 << 10;

/// The bytes of a blob, hashed as they are read.
pub(crate) struct Source<'a> {
    reader: Option<&'a mut (dyn Read + Send)>,
    hasher: Hasher,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    bytes_read: u64,
    bytes_max: u64,
    has_failed: bool,
}

impl<'a> Source<'a> {
    pub(crate) fn new(reader: &'a mut (dyn Read + Send), hasher: Hasher, bytes_max: u64) -> Self {
        let buffer = vec![0; BUFFER_BYTES];
        Self {
            reader: Some(reader),
            hasher,
            buffer,
            start: 0,
            end: 0,
            bytes_read: 0,
            bytes_max,
            has_failed: false,
        }
    }

    /// A source without bytes, to stand in for one that is moved.
    pub(crate) fn empty() -> Self {
        let (hasher, buffer) = (Hasher::sha256(), Vec::new());
        Self {
            reader: None,
            hasher,
            buffer,
            start: 0,
            end: 0,
            bytes_read: 0,
            bytes_max: 0,
            has_failed: false,
        }
    }

    /// Bytes read so far, with those in the buffer.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether the reader below failed, rather than what was made of its bytes.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// The first bytes, without taking them; fewer at the end of the blob. Only for the start.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.start < count {
            if self.read_more()? == 0 {
                break;
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Reads to the end of the blob.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                return Ok(());
            }
            self.consume(count);
        }
    }

    pub(crate) fn into_digest(self) -> Digest {
        self.hasher.finish()
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let Some(reader) = &mut self.reader else { return Ok(0) };
        loop {
            match reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.has_failed = true;
                    return Err(error);
                }
                Ok(count) => {
                    self.bytes_read += count as u64;
                    if self.bytes_read > self.bytes_max {
                        self.has_failed = true;
                        let problem =
                            format!("the blob has more than the {} bytes it may have", self.bytes_max);
                        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
                    }
                    self.hasher.update(&self.buffer[self.end..self.end + count]);
                    self.end += count;
                    return Ok(count);
                }
            }
        }
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end && !self.has_failed {
            (self.start, self.end) = (0, 0);
            self.read_more()?;
        }
        if self.has_failed {
            return Err(io::Error::other("the blob cannot be read any further"));
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        crate::buffered::read(self, out)
    }
}
