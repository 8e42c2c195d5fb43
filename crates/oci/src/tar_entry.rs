//! What a tar holds: entries, and what is odd about them.

use model::GapReason;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TarKind {
    File,
    Directory,
    Symlink,
    HardLink,
    /// A character device 0/0 is a whiteout of overlayfs, which does not belong into a layer.
    CharacterDevice,
    BlockDevice,
    Special,
    /// A type that container engines do not unpack.
    Unknown(u8),
}

/// The numbers of an entry; its names are in the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TarEntry {
    pub(crate) kind: TarKind,
    /// Size with holes.
    pub(crate) size: u64,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mtime: i64,
    pub(crate) capability: Option<crate::FileCapability>,
    /// Where its content starts in the tar.
    pub(crate) data_offset: u64,
    /// Bytes that are stored of it.
    pub(crate) stored_bytes: u64,
    /// Whether it is clear where the stored bytes belong.
    pub(crate) is_readable: bool,
}

/// One step through a tar.
pub(crate) enum TarStep {
    Entry(TarEntry),
    /// The end; without the marker of zero blocks it may have been cut off.
    End {
        has_marker: bool,
    },
}

/// Something odd that does not end the tar.
pub(crate) struct TarNote {
    pub(crate) offset: u64,
    pub(crate) reason: GapReason,
    pub(crate) problem: &'static str,
}

/// What ended the tar early.
#[derive(Debug)]
pub(crate) struct TarFault {
    pub(crate) offset: u64,
    pub(crate) reason: GapReason,
    pub(crate) problem: String,
}
