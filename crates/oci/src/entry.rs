//! The entries of a layer, whatever it is stored in.

use model::{Gap, LayerPath, Limits};
use std::{fs::File, io::Read};

/// One entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is; for whiteouts, the path that is hidden.
    pub path: LayerPath,
    /// What it is.
    pub kind: EntryKind,
    /// Size of the content in bytes.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Its capabilities, when it is an executable file that has any.
    pub capability: Option<FileCapability>,
}

/// The attribute `security.capability` of a file as stored (linux/capability.h, `struct vfs_cap_data`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCapability {
    bytes: [u8; Self::BYTES_MAX],
    length: usize,
}

impl FileCapability {
    /// Revision 3 has 24 bytes; earlier ones have fewer.
    pub const BYTES_MAX: usize = 24;

    /// The attribute, unless it is longer than any revision.
    #[must_use]
    pub fn new(value: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::BYTES_MAX];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { bytes, length: value.len() })
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link and its target as written.
    Symlink(String),
    /// A hard link to an entry of the same layer.
    HardLink(LayerPath),
    /// The path does not exist any more (OCI image-spec, layer.md, "Whiteouts").
    Whiteout,
    /// The directory hides everything that lower layers have below it.
    OpaqueWhiteout,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharacterDevice,
    /// A FIFO, a socket, or what cannot be told.
    Special,
}

/// The content of a regular file.
pub enum Body<'a> {
    /// Read once, front to back; already bounded to the size of the entry.
    Stream(&'a mut dyn Read),
    /// An open file that can be read anywhere (directories and overlay layers).
    File(&'a File),
}

/// Receives the entries of a layer in its order.
pub trait Visitor {
    /// Called for every entry; true asks for [`Visitor::body`] of a regular file.
    fn entry(&mut self, entry: &Entry) -> bool;
    /// The content of a file that was asked for. It need not be read to its end.
    fn body(&mut self, entry: &Entry, body: Body<'_>);
    /// True stops the walk (a time limit); asked now and then.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What a walk over a layer proved and could not look at.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was not looked at.
    pub gaps: Vec<Gap>,
    /// Digests that did not match.
    pub mismatches: Vec<Mismatch>,
    /// Hard links that point outside the layer's root, or to themselves.
    pub bad_links: Vec<(LayerPath, String)>,
    /// Uncompressed bytes that were read.
    pub bytes_read: u64,
}

/// Content that does not hash to its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was hashed: `blob`, `diff id`, `manifest`, `config`.
    pub what: &'static str,
    /// What it should be.
    pub expected: model::Digest,
    /// What it is.
    pub actual: model::Digest,
}

/// A layer that can be walked any number of times.
pub trait LayerSource: Send + Sync {
    /// Walks all entries. Content that cannot be read any further (truncated, a limit) ends the walk with a
    /// gap in the outcome; entries seen until then count.
    ///
    /// # Errors
    /// When the layer cannot be opened at all.
    fn walk(&self, limits: &Limits, visitor: &mut dyn Visitor) -> Result<Outcome, std::io::Error>;
}
