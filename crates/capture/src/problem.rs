//! What was wrong in a capture.

use std::fmt;

/// Why nothing can be read at all.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The first bytes are not those of a capture.
    #[error(
        "not a capture: it begins with {begins:02x?}\nhint: a .scap file, plain or in gzip, begins with 0a 0d 0d 0a"
    )]
    NotACapture {
        /// The first bytes.
        begins: Vec<u8>,
    },
    /// A capture of a machine with the other byte order.
    #[error("capture in big-endian byte order, only little-endian ones can be read")]
    BigEndian,
    /// A later major version.
    #[error("capture of format version {major}.{minor}, only version 1 can be read")]
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// Reading failed.
    #[error("cannot read the capture")]
    Read(#[source] std::io::Error),
}

/// What kind of thing was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The capture ends inside a block.
    Truncated,
    /// A block's two lengths differ, or its length is impossible; nothing after it can be read.
    Framing,
    /// More than a limit allows.
    Limit,
    /// A block of a type that is not known was left out.
    UnknownBlock,
    /// An event whose lengths do not fit it was left out.
    BadEvent,
    /// An event of a kind that is not known was left out.
    UnknownKind,
    /// An entry of a table whose lengths do not fit it was left out, with the rest of its block.
    BadTable,
    /// Events whose time is before that of an earlier event.
    ClockBack,
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Truncated => "the capture ends inside a block",
            Self::Framing => "lengths of a block contradict each other",
            Self::Limit => "more than a limit allows",
            Self::UnknownBlock => "block of unknown type",
            Self::BadEvent => "event that does not fit its lengths",
            Self::UnknownKind => "event of unknown kind",
            Self::BadTable => "table that does not fit its lengths",
            Self::ClockBack => "time goes back",
        })
    }
}

/// One thing that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub kind: ProblemKind,
    /// Where, in bytes after decompression.
    pub offset: u64,
    /// The values in question.
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at byte {}: {}: {}", self.offset, self.kind, self.detail)
    }
}

/// Everything that was wrong: counted by kind, the first ones told.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    counts: std::collections::BTreeMap<ProblemKind, u64>,
    told: Vec<Problem>,
    told_max: usize,
}

impl Problems {
    pub(crate) fn new(told_max: usize) -> Self {
        Self { told_max, ..Self::default() }
    }

    /// `detail` is made only for problems that are told.
    pub(crate) fn add(&mut self, kind: ProblemKind, offset: u64, detail: impl FnOnce() -> String) {
        *self.counts.entry(kind).or_default() += 1;
        if self.told.len() < self.told_max {
            self.told.push(Problem { kind, offset, detail: detail() });
        }
    }

    /// Whether all was well.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many of each kind.
    pub fn counts(&self) -> impl Iterator<Item = (ProblemKind, u64)> {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    /// The first ones.
    pub fn told(&self) -> &[Problem] {
        &self.told
    }
}
