//! Entries of a tar, one after the other, with their content.

mod sparse_maps;

use crate::tar_entry::{TarEntry, TarFault, TarKind, TarNote, TarStep};
use crate::tar_header::{BLOCK_BYTES, Block, Header, text};
use crate::tar_pax::PaxRecords;
use crate::tar_sparse::{SparseMap, SparseReader};
use model::GapReason;
use std::io::{self, BufRead, Read};

/// Bytes of one extended header or long name, as in Go's `archive/tar` (`maxSpecialFileSize`).
const EXTENSION_BYTES_MAX: u64 = 1 << 20;
/// Extended headers in front of one entry.
const EXTENSIONS_MAX: usize = 64;
/// Notes that are kept.
const NOTES_MAX: usize = 1_000;

/// The bytes of a tar.
pub(crate) trait TarInput: BufRead + Send {
    /// Leaves bytes out; how many there were, which is fewer at the end.
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let mut left = count;
        while left > 0 {
            let available = match self.fill_buf() {
                Ok(available) => available.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.consume(step);
            left -= step as u64;
        }
        Ok(count - left)
    }
}

impl TarInput for &[u8] {}

/// Reads a tar front to back. Memory is bounded by the extended headers of one entry.
///
/// Formats: v7, ustar, star, GNU (long names, old sparse files, base-256 numbers) and PAX (with sparse files
/// 0.0, 0.1 and 1.0). Which bytes are content is decided as in Go's `archive/tar` (`handleRegularFile`).
pub(crate) struct TarReader<'a> {
    input: &'a mut dyn TarInput,
    offset: u64,
    /// Stored bytes of the current entry that were not read yet.
    remaining: u64,
    padding: u64,
    name: Vec<u8>,
    link: Vec<u8>,
    sparse: Option<SparseMap>,
    notes: Vec<TarNote>,
}

impl<'a> TarReader<'a> {
    pub(crate) fn new(input: &'a mut dyn TarInput) -> Self {
        let (name, link) = (Vec::with_capacity(256), Vec::with_capacity(256));
        Self { input, offset: 0, remaining: 0, padding: 0, name, link, sparse: None, notes: Vec::new() }
    }

    /// The name of the current entry as stored.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// The link target of the current entry as stored.
    pub(crate) fn link(&self) -> &[u8] {
        &self.link
    }

    /// Bytes that were read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Odd things since the last call.
    pub(crate) fn take_notes(&mut self) -> Vec<TarNote> {
        std::mem::take(&mut self.notes)
    }

    /// The next entry; content of the current one that was not read is skipped.
    pub(crate) fn next(&mut self) -> Result<TarStep, TarFault> {
        self.skip_content()?;
        self.sparse = None;
        let mut block: Block = [0; BLOCK_BYTES];
        let mut pax = PaxRecords::default();
        let (mut long_name, mut long_link) = (None, None);
        for _ in 0..EXTENSIONS_MAX {
            if !self.read_block(&mut block)? {
                return Ok(TarStep::End { has_marker: false });
            }
            if is_zero(&block) {
                // One zero block at the very end is enough for all readers.
                if !self.read_block(&mut block)? || is_zero(&block) {
                    return Ok(TarStep::End { has_marker: true });
                }
                self.note(GapReason::Malformed, "a lone zero block, after which some readers stop");
            }
            let Some(header) = Header::check(&block) else {
                let offset = self.offset - BLOCK_BYTES as u64;
                return Err(self.fault_at(
                    offset,
                    GapReason::Malformed,
                    "the checksum of the header is wrong",
                ));
            };
            let size = header.size();
            match header.type_flag() {
                b'x' => {
                    pax = PaxRecords::default();
                    let bytes = self.read_extension(size)?;
                    if !pax.add(&bytes) {
                        let problem = "the extended header is malformed, so that readers disagree on the entry after it";
                        self.note(GapReason::Malformed, problem);
                    }
                }
                b'g' => {
                    let bytes = self.read_extension(size)?;
                    let mut global = PaxRecords::default();
                    if !global.add(&bytes) || !global.is_empty() {
                        self.note(
                            GapReason::Unsupported,
                            "a global extended header, which container engines ignore",
                        );
                    }
                }
                b'L' => long_name = Some(self.read_extension(size)?),
                b'K' => long_link = Some(self.read_extension(size)?),
                b'V' => self.start_content(size.unwrap_or(0)),
                _ => {
                    return self
                        .start_entry(&block, pax, long_name.as_deref(), long_link.as_deref())
                        .map(TarStep::Entry);
                }
            }
            self.skip_content()?;
        }
        Err(self.fault(GapReason::LimitReached, "more than 64 extended headers in front of one entry"))
    }

    /// The content of the current entry, with zeros for holes. It fails when the tar ends early.
    pub(crate) fn with_content<T>(&mut self, read: impl FnOnce(&mut (dyn Read + Send)) -> T) -> T {
        let Some(map) = self.sparse.take() else { return read(&mut Stored(self)) };
        let result = read(&mut SparseReader::new(&map, &mut Stored(self)));
        self.sparse = Some(map);
        result
    }

    fn start_entry(
        &mut self,
        block: &Block,
        mut pax: PaxRecords,
        long_name: Option<&[u8]>,
        long_link: Option<&[u8]>,
    ) -> Result<TarEntry, TarFault> {
        let header = Header::check(block).expect("the caller checked it");
        self.name.clear();
        match (long_name, pax.path.take()) {
            (Some(name), _) => self.name.extend_from_slice(text(name)),
            (None, Some(path)) => self.name.extend_from_slice(&path),
            (None, None) => header.append_name(&mut self.name),
        }
        self.link.clear();
        match (long_link, &pax.link_path) {
            (Some(link), _) => self.link.extend_from_slice(text(link)),
            (None, Some(link)) => self.link.extend_from_slice(link),
            (None, None) => self.link.extend_from_slice(header.link_name()),
        }
        let Ok(size) = pax.size.map_or_else(|| header.size(), Ok) else {
            let offset = self.offset - BLOCK_BYTES as u64;
            return Err(self.fault_at(offset, GapReason::Malformed, "the size of an entry is not a number"));
        };
        let ends_in_slash = self.name.last() == Some(&b'/');
        let flag = header.type_flag();
        let kind = match flag {
            b'\0' | b'5' if flag == b'5' || ends_in_slash => TarKind::Directory,
            b'0' | b'\0' | b'7' | b'S' => TarKind::File,
            b'1' => TarKind::HardLink,
            b'2' => TarKind::Symlink,
            b'3' => TarKind::CharacterDevice,
            b'4' => TarKind::BlockDevice,
            b'6' => TarKind::Special,
            other => TarKind::Unknown(other),
        };
        let has_content = matches!(kind, TarKind::File | TarKind::Unknown(_));
        self.start_content(if has_content { size } else { 0 });
        let stored_at_header = self.remaining;
        let mut entry = TarEntry {
            kind,
            size: stored_at_header,
            mode: header.mode(),
            uid: pax.uid.unwrap_or_else(|| header.uid()),
            gid: pax.gid.unwrap_or_else(|| header.gid()),
            mtime: pax.mtime.unwrap_or_else(|| header.mtime()),
            capability: pax.capability,
            data_offset: 0,
            stored_bytes: 0,
            is_readable: true,
        };
        if kind == TarKind::File {
            if let Some(real_size) = self.start_sparse(&header, flag, pax)? {
                entry.size = real_size;
                entry.is_readable = self.sparse.is_some();
            }
            // The name of a directory with the type of a file: only `\0` means a directory to Go, yet no file
            // can be made of it.
            if ends_in_slash {
                entry.kind = TarKind::Directory;
                entry.size = 0;
            }
        }
        (entry.data_offset, entry.stored_bytes) = (self.offset, self.remaining);
        Ok(entry)
    }

    fn read_extension(
        &mut self,
        size: Result<u64, crate::tar_header::BadNumber>,
    ) -> Result<Vec<u8>, TarFault> {
        let Ok(size) = size else {
            return Err(self.fault(GapReason::Malformed, "the size of an extended header is not a number"));
        };
        self.start_content(size);
        if size > EXTENSION_BYTES_MAX {
            self.note(GapReason::LimitReached, "an extended header of more than 1 MiB was not read");
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        match Stored(self).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.io_fault(&error)),
        }
    }

    fn start_content(&mut self, size: u64) {
        self.remaining = size;
        self.padding = size.wrapping_neg() % BLOCK_BYTES as u64;
    }

    fn skip_content(&mut self) -> Result<(), TarFault> {
        let wanted = self.remaining.saturating_add(self.padding);
        (self.remaining, self.padding) = (0, 0);
        if wanted == 0 {
            return Ok(());
        }
        let skipped = self.input.skip(wanted).map_err(|error| self.io_fault(&error))?;
        self.offset += skipped;
        if skipped < wanted {
            return Err(self.fault(GapReason::Truncated, "the tar ends inside an entry"));
        }
        Ok(())
    }

    // False at the end of the input.
    fn read_block(&mut self, block: &mut Block) -> Result<bool, TarFault> {
        let mut filled = 0;
        while filled < BLOCK_BYTES {
            match self.input.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(self.fault(GapReason::Truncated, "the tar ends inside a header")),
                Ok(count) => {
                    filled += count;
                    self.offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.io_fault(&error)),
            }
        }
        Ok(true)
    }

    fn note(&mut self, reason: GapReason, problem: &'static str) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(TarNote { offset: self.offset, reason, problem });
        }
    }

    fn io_fault(&self, error: &io::Error) -> TarFault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.fault(GapReason::Truncated, "the tar ends inside an entry"),
            _ => self.fault(GapReason::Unreadable, &error.to_string()),
        }
    }

    fn fault(&self, reason: GapReason, problem: &str) -> TarFault {
        self.fault_at(self.offset, reason, problem)
    }

    fn fault_at(&self, offset: u64, reason: GapReason, problem: &str) -> TarFault {
        TarFault { offset, reason, problem: problem.to_owned() }
    }
}

fn is_zero(block: &Block) -> bool {
    block.iter().all(|byte| *byte == 0)
}

// The stored bytes of the current entry.
struct Stored<'r, 'a>(&'r mut TarReader<'a>);

impl Read for Stored<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.0.remaining).unwrap_or(usize::MAX).min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.0.input.read(&mut out[..wanted])?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the layer ends inside this file"));
        }
        self.0.remaining -= count as u64;
        self.0.offset += count as u64;
        Ok(count)
    }
}
