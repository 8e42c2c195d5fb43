//! Random access to a stream, in bounded memory.

use binaries::ReadAt;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Content up to this size is held in memory; more goes to an unlinked temporary file.
const MEMORY_BYTES_MAX: u64 = 4 << 20;

/// Calls `use_it` with random access to a stream of `size` bytes, unless its first bytes are of no interest.
///
/// # Errors
/// When the stream or the temporary file cannot be read or written.
pub(crate) fn with_random_access<T: Default, E>(
    stream: &mut dyn Read,
    size: u64,
    is_interesting: fn(&[u8]) -> bool,
    use_it: impl FnOnce(&dyn ReadAt) -> Result<T, E>,
) -> io::Result<Result<T, E>> {
    let mut head = Vec::with_capacity(64);
    stream.take(64).read_to_end(&mut head)?;
    if !is_interesting(&head) {
        return Ok(Ok(T::default()));
    }
    if size <= MEMORY_BYTES_MAX {
        stream.take(size.saturating_sub(head.len() as u64)).read_to_end(&mut head)?;
        let bytes = InMemory(head);
        return Ok(use_it(&bytes));
    }
    let mut file = tempfile::tempfile()?;
    file.write_all(&head)?;
    io::copy(&mut stream.take(size - head.len() as u64), &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(use_it(&file))
}

struct InMemory(Vec<u8>);

impl ReadAt for InMemory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_slice().read_at(offset, buffer)
    }
}
