//! Files that are too large to be held in memory: read where they lie, or from a temporary file without a name.

use oci::{Body, Entry};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

/// Files of more bytes are not held unless a detector needs them as a whole.
pub(crate) const BYTES_MIN: u64 = 8 << 20;
/// Bytes that are read at a time.
const STEP_BYTES: usize = 256 << 10;

/// A file that is not held.
pub(crate) struct LargeFile {
    pub(crate) entry: Entry,
    /// How long it turned out to be, at most what the entry says.
    pub(crate) length: u64,
    file: File,
}

impl LargeFile {
    /// A file where it lies; a stream is read to its end and put down.
    ///
    /// # Errors
    /// When it cannot be read or put down.
    pub(crate) fn new(entry: &Entry, body: Body<'_>) -> io::Result<Self> {
        let (file, length) = match body {
            Body::File(file) => (file.try_clone()?, file.metadata()?.len().min(entry.size)),
            Body::Stream(stream) => {
                let mut file = tempfile::tempfile()?;
                let length = io::copy(&mut stream.take(entry.size), &mut file)?;
                (file, length)
            }
        };
        Ok(Self { entry: entry.clone(), length, file })
    }

    /// Reads at an offset, as far as the entry says that there are bytes.
    pub(crate) fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.entry.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(rest);
        self.file.read_at(&mut buffer[..length], at)
    }

    /// At most `length` bytes of the beginning.
    pub(crate) fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let length = length.min(usize::try_from(self.entry.size).unwrap_or(usize::MAX));
        let mut head = vec![0; length];
        self.file.read_exact_at(&mut head, 0)?;
        Ok(head)
    }

    /// Its bytes from the beginning on.
    pub(crate) const fn stream(&self) -> Stream<'_> {
        Stream { large: self, at: 0 }
    }

    /// The digest of its first bytes.
    pub(crate) fn sha256(&self, length: u64) -> io::Result<[u8; 32]> {
        let mut hasher = Sha256::new();
        let mut stream = self.stream().take(length);
        let mut buffer = vec![0; STEP_BYTES];
        loop {
            match stream.read(&mut buffer)? {
                0 => return Ok(hasher.finalize().into()),
                count => hasher.update(&buffer[..count]),
            }
        }
    }
}

/// A file, read from its beginning on whatever others read of it.
pub(crate) struct Stream<'a> {
    large: &'a LargeFile,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.large.read_at(self.at, buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}
