//! What is told of an archive, besides its members.

use crate::Format;
use model::GapReason;

/// A regular file inside an archive, at any depth.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its path: one name for each archive it lies in, outermost first. Never empty. Names are as stored, with
    /// bytes that are no UTF-8 replaced: absolute ones and `..` occur.
    pub nested: &'a [String],
    /// Its size in bytes; more than `bytes` has when only the beginning could be read, and then at least one more.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky; 0 when the archive tells none.
    pub mode: u32,
    /// Owner; 0 when the archive tells none.
    pub uid: u32,
    /// Its content, or the beginning of it.
    pub bytes: &'a [u8],
}

impl Member<'_> {
    /// Whether all of it is here.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.bytes.len() as u64 == self.size
    }
}

/// What is told of a file after it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the file is; None when it is no archive that is known here, and then nothing else is told.
    pub format: Option<Format>,
    /// Members that were shown.
    pub members: u64,
    /// Bytes that were decompressed, or stand in for holes, at all depths together.
    pub bytes: u64,
    /// Symbolic and hard links, devices and the like: they have no content and are never followed.
    pub links: u64,
    /// What could not be read, and what is wrong; at most [`crate::ArchiveLimits::problems_max`].
    pub problems: Vec<Problem>,
    /// Problems that are not in the list, since there were too many.
    pub problems_more: u64,
}

impl Outcome {
    /// Whether every byte of every member was shown.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.problems_more == 0 && !self.problems.iter().any(|problem| problem.kind.hides_content())
    }
}

/// Something wrong in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as in [`Member::nested`]; empty for the file itself.
    pub nested: Vec<String>,
    /// The kind.
    pub kind: ProblemKind,
    /// The concrete circumstances, one line.
    pub detail: String,
}

impl Problem {
    /// The place as one text: `a.zip!b.tar!etc/passwd` below the outermost file.
    #[must_use]
    pub fn place(&self) -> String {
        self.nested.join("!")
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A bound of [`crate::ArchiveLimits`] or the time was reached.
    Limit,
    /// The archive ends early.
    Truncated,
    /// The archive is broken, or says different things in different places.
    Malformed,
    /// A password is needed.
    Encrypted,
    /// A feature that is not understood.
    Unsupported,
    /// Members share bytes, as in archive bombs.
    Overlapping,
    /// The checksum of a member is wrong; it was shown as it is.
    Checksum,
    /// A name, or the target of a link, leads out of the archive; its content was shown under that name.
    UnsafeName,
}

impl ProblemKind {
    /// Whether there may be content that was not shown.
    #[must_use]
    pub const fn hides_content(self) -> bool {
        !matches!(self, Self::Checksum | Self::UnsafeName)
    }

    /// The reason of the gap that it makes.
    #[must_use]
    pub const fn reason(self) -> GapReason {
        match self {
            Self::Limit => GapReason::LimitReached,
            Self::Truncated => GapReason::Truncated,
            Self::Malformed | Self::Overlapping | Self::Checksum | Self::UnsafeName => GapReason::Malformed,
            Self::Encrypted | Self::Unsupported => GapReason::Unsupported,
        }
    }
}
