//! Maps shard files into memory.
#![expect(unsafe_code, reason = "the only memory map of the project; see ARCHITECTURE.md, invariant 9")]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;

/// Maps a shard file for reading.
pub(crate) fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: the bytes of a map must not change while it lives. Shard files are named by the SHA-256 of their
    // content, are written under another name, and get theirs by rename when they are whole; no code of this
    // crate opens one for writing, and replacing or removing one leaves the mapped inode alone. Whoever may
    // write to the directory could still change a file in place: its content is checked against the signed
    // manifest before use, every access of a shard checks its bounds, and text is checked to be UTF-8 whenever
    // it is read, so that the worst is a wrong answer or, for a file that is cut, SIGBUS, in a process that
    // trusted that directory.
    unsafe { Mmap::map(&file) }
}
