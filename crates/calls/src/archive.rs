//! Archives in bodies of calls (tar), read strictly as they pass, and written anew.
//!
//! What goes on is never what came: each entry is read from its headers (ustar, pax, GNU long names; POSIX.1-2017, pax,
//! "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format"), judged, and gets a header
//! in the one form that is written here. So no other reader finds another entry in it. What could be read in two ways is refused:
//! sparse files, names told twice, kinds that are not known, bytes behind the end.

mod header;
mod pax;
mod write;

use crate::refusal::{Refusal, shown};
use header::{BLOCK_BYTES, Block, Format};
use pax::Records;

/// Entries of one archive.
const ENTRIES_MAX: u64 = 2_000_000;
/// Bytes of a long name, or of the records before an entry.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a name or of where a link leads: as many as a path of Linux has (`PATH_MAX`).
const NAME_BYTES_MAX: usize = 4096;

/// An entry of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Its name as written.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Where it leads, for links.
    pub link: Vec<u8>,
    /// Its mode, the low 12 bits.
    pub mode: u32,
    /// Bytes of its content.
    pub size: u64,
    /// Its owner and group by number.
    pub owner: (u64, u64),
    /// Its owner and group by name.
    pub owner_names: (Vec<u8>, Vec<u8>),
    /// Its time, in seconds since 1970, with a fraction where there is one.
    pub modified: String,
    /// The numbers of a device.
    pub device: (u32, u32),
    /// Its extended attributes (`security.capability`).
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    #[default]
    File,
    /// Another name of an entry before.
    HardLink,
    /// A symbolic link.
    SymbolicLink,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A directory.
    Directory,
    /// A named pipe.
    Pipe,
}

/// Looks at an archive while it passes.
pub trait Inspect {
    /// Why an archive is broken off.
    type Refused: From<Refusal>;

    /// An entry comes. Whether its content is wanted, and at most how many bytes of it may be there then.
    ///
    /// # Errors
    /// When it may not pass: nothing of it goes on.
    fn entry(&mut self, entry: &ArchiveEntry) -> Result<Option<u64>, Self::Refused>;

    /// The whole content of an entry whose content was wanted; it has passed already, what is behind it has not.
    ///
    /// # Errors
    /// When what comes behind it may not pass.
    fn content(&mut self, entry: &ArchiveEntry, content: &[u8]) -> Result<(), Self::Refused>;
}

/// Reads an archive piece by piece and writes it anew.
#[derive(Debug, Default)]
pub struct ArchiveReader {
    state: State,
    block: Vec<u8>,
    extensions: Extensions,
    entries: u64,
}

/// What stands before an entry and is about it.
#[derive(Debug, Default)]
struct Extensions {
    records: Option<Records>,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
enum State {
    /// At, or inside, a header.
    #[default]
    Header,
    /// Inside what an extension says.
    Extension { kind: u8, left: u64, padding: u64, content: Vec<u8> },
    /// Inside the content of an entry; with it, where somebody wants it.
    Content { left: u64, padding: u64, wanted: Option<Box<(ArchiveEntry, Vec<u8>)>> },
    /// Between the end of something and the next block.
    Padding { left: u64 },
    /// Behind one block of zeros.
    HalfEnd,
    /// Behind two.
    End,
}

impl ArchiveReader {
    /// Entries that have passed so far.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Reads on. What goes on is added to `out`; its size is that of the bytes, and some more for each entry.
    ///
    /// # Errors
    /// The archive is not understood, or an entry may not pass. Then nothing more of it may go on.
    pub fn push<I: Inspect>(
        &mut self,
        mut bytes: &[u8],
        out: &mut Vec<u8>,
        inspect: &mut I,
    ) -> Result<(), I::Refused> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Header | State::HalfEnd => {
                    let missing = BLOCK_BYTES - self.block.len();
                    let (now, rest) = bytes.split_at(missing.min(bytes.len()));
                    self.block.extend_from_slice(now);
                    bytes = rest;
                    if self.block.len() == BLOCK_BYTES {
                        let block = std::mem::take(&mut self.block);
                        self.header(&block, out, inspect)?;
                        self.block = block;
                        self.block.clear();
                    }
                }
                State::Extension { left, content, .. } => {
                    let (now, rest) = split(bytes, *left);
                    content.extend_from_slice(now);
                    *left -= now.len() as u64;
                    bytes = rest;
                    if *left == 0 {
                        self.extension()?;
                    }
                }
                State::Content { left, padding, wanted } => {
                    let (now, rest) = split(bytes, *left);
                    out.extend_from_slice(now);
                    if let Some(wanted) = wanted {
                        wanted.1.extend_from_slice(now);
                    }
                    *left -= now.len() as u64;
                    bytes = rest;
                    if *left == 0 {
                        out.extend(std::iter::repeat_n(0, usize::try_from(*padding).unwrap_or_default()));
                        let (padding, wanted) = (*padding, wanted.take());
                        self.state = padding_state(padding);
                        if let Some(wanted) = wanted {
                            inspect.content(&wanted.0, &wanted.1)?;
                        }
                    }
                }
                State::Padding { left } => {
                    let (now, rest) = split(bytes, *left);
                    *left -= now.len() as u64;
                    bytes = rest;
                    if *left == 0 {
                        self.state = State::Header;
                    }
                }
                State::End => {
                    // Programs fill the last record with zeros (POSIX.1-2017, pax).
                    if bytes.iter().any(|byte| *byte != 0) {
                        return Err(refused(
                            "archive-behind-end",
                            "something follows the end of the archive",
                        ));
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The body has ended.
    ///
    /// # Errors
    /// The archive has not.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let is_between =
            self.block.is_empty() && matches!(self.state, State::Header | State::HalfEnd | State::End);
        let has_open = self.extensions.records.is_some()
            || self.extensions.long_name.is_some()
            || self.extensions.long_link.is_some();
        if !is_between || has_open {
            return Err(refused("archive-cut-off", "the archive is cut off"));
        }
        out.extend_from_slice(&[0; 2 * BLOCK_BYTES]);
        Ok(())
    }

    fn header<I: Inspect>(
        &mut self,
        block: &[u8],
        out: &mut Vec<u8>,
        inspect: &mut I,
    ) -> Result<(), I::Refused> {
        let is_half_ended = matches!(self.state, State::HalfEnd);
        if block.iter().all(|byte| *byte == 0) {
            self.state = if is_half_ended { State::End } else { State::HalfEnd };
            return Ok(());
        }
        if is_half_ended {
            return Err(refused("archive-behind-end", "something follows the end of the archive"));
        }
        let block = Block::read(block).ok_or_else(|| {
            let seen = String::from_utf8_lossy(&block[..block.len().min(60)]).into_owned();
            refused::<Refusal>("archive-header", format!("this is no tar archive: '{}'", shown(&seen)))
        })?;
        match block.kind() {
            kind @ (b'x' | b'g' | b'L' | b'K') => {
                let size = block.size()?;
                if size > EXTENSION_BYTES_MAX {
                    return Err(refused("archive-name-too-long", "a name or attribute is too long"));
                }
                self.state =
                    State::Extension { kind, left: size, padding: padding(size), content: Vec::new() };
                if size == 0 {
                    self.extension()?;
                }
                Ok(())
            }
            _ => self.entry(&block, out, inspect),
        }
    }

    fn entry<I: Inspect>(
        &mut self,
        block: &Block<'_>,
        out: &mut Vec<u8>,
        inspect: &mut I,
    ) -> Result<(), I::Refused> {
        let entry = entry(block, std::mem::take(&mut self.extensions))?;
        self.entries += 1;
        if self.entries > ENTRIES_MAX {
            return Err(refused("archive-too-many", "the archive has too many entries"));
        }
        let wanted = inspect.entry(&entry)?;
        if wanted.is_some_and(|most| entry.size > most) {
            return Err(refused("archive-file-too-long", format!("{} is too long", lossy(&entry.name))));
        }
        write::entry(&entry, out)?;
        let wanted = wanted.map(|_| Box::new((entry.clone(), Vec::new())));
        if entry.size > 0 {
            self.state = State::Content { left: entry.size, padding: padding(entry.size), wanted };
        } else {
            self.state = State::Header;
            if let Some(wanted) = wanted {
                inspect.content(&wanted.0, &wanted.1)?;
            }
        }
        Ok(())
    }

    /// An extension is here whole.
    fn extension(&mut self) -> Result<(), Refusal> {
        let state = std::mem::take(&mut self.state);
        let State::Extension { kind, padding, content, .. } = state else { return Ok(()) };
        self.state = padding_state(padding);
        let extensions = &mut self.extensions;
        let is_repeated = match kind {
            b'x' => extensions.records.replace(Records::read(&content)?).is_some(),
            b'L' => extensions.long_name.replace(pax::until_zero(&content)).is_some(),
            b'K' => extensions.long_link.replace(pax::until_zero(&content)).is_some(),
            // Readers of engines pass over what is said of all entries (moby `pkg/archive`, `createTarFile`), so that is what
            // it means; `git archive` writes a comment there.
            _ => Records::read(&content).map(|_| false)?,
        };
        if is_repeated {
            return Err(refused("archive-name-twice", "an entry has two names"));
        }
        Ok(())
    }
}

/// The entry that a header and what stands before it tell.
fn entry(block: &Block<'_>, extensions: Extensions) -> Result<ArchiveEntry, Refusal> {
    let Extensions { records, long_name, long_link } = extensions;
    let records = records.unwrap_or_default();
    if (long_name.is_some() && records.path.is_some()) || (long_link.is_some() && records.link.is_some()) {
        return Err(refused("archive-name-twice", "an entry has two names"));
    }
    let name = long_name.or(records.path).unwrap_or_else(|| block.name());
    let is_directory = name.ends_with(b"/");
    let kind = match block.kind() {
        // Before POSIX a directory was told by its name alone.
        0 | b'0' if is_directory => EntryKind::Directory,
        0 | b'0' => EntryKind::File,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::SymbolicLink,
        b'3' => EntryKind::CharacterDevice,
        b'4' => EntryKind::BlockDevice,
        b'5' => EntryKind::Directory,
        b'6' => EntryKind::Pipe,
        other => {
            let kind = char::from(other).escape_default();
            return Err(refused("archive-kind", format!("an entry of the kind '{kind}' is not understood")));
        }
    };
    let is_link = matches!(kind, EntryKind::HardLink | EntryKind::SymbolicLink);
    let link = if is_link { long_link.or(records.link).unwrap_or_else(|| block.link()) } else { Vec::new() };
    let is_device = matches!(kind, EntryKind::CharacterDevice | EntryKind::BlockDevice);
    // Whatever size a link tells, no content follows it (Go `archive/tar`, `isHeaderOnly`).
    let size = match kind {
        EntryKind::File => records.size.map_or_else(|| block.size(), Ok)?,
        _ => 0,
    };
    if name.is_empty() || (is_link && link.is_empty()) {
        return Err(refused("archive-name-empty", "an entry has no name, or a link leads nowhere"));
    }
    if name.contains(&0) || link.contains(&0) || name.len() > NAME_BYTES_MAX || link.len() > NAME_BYTES_MAX {
        return Err(refused("archive-name", "a name is too long, or holds the character zero"));
    }
    let names = block.owner_names();
    Ok(ArchiveEntry {
        name,
        kind,
        link,
        mode: block.mode()? & 0o7777,
        size,
        owner: (records.uid.map_or_else(|| block.uid(), Ok)?, records.gid.map_or_else(|| block.gid(), Ok)?),
        owner_names: (records.uname.unwrap_or(names.0), records.gname.unwrap_or(names.1)),
        modified: records.modified.map_or_else(|| block.modified(), Ok)?,
        device: if is_device && block.format() != Format::V7 { block.device()? } else { (0, 0) },
        attributes: records.attributes,
    })
}

fn split(bytes: &[u8], left: u64) -> (&[u8], &[u8]) {
    bytes.split_at(usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len())))
}

const fn padding(size: u64) -> u64 {
    (BLOCK_BYTES as u64 - size % BLOCK_BYTES as u64) % BLOCK_BYTES as u64
}

const fn padding_state(left: u64) -> State {
    if left == 0 { State::Header } else { State::Padding { left } }
}

fn refused<R: From<Refusal>>(reason: &'static str, message: impl Into<String>) -> R {
    R::from(Refusal::malformed(reason, message))
}

fn lossy(name: &[u8]) -> String {
    shown(&String::from_utf8_lossy(name))
}
