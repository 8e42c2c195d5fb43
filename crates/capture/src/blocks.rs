//! Types of blocks (Falco's libraries, `userspace/libscap/scap_savefile.h`). Numbers from `0x80000000` on are those of
//! captures before the first release.

/// Bytes of a block beside its body: type, length, and the length again at its end.
pub(crate) const FRAME_BYTES: usize = 12;
pub(crate) const SECTION: u32 = 0x0a0d_0d0a;
pub(crate) const BYTE_ORDER: u32 = 0x1a2b_3c4d;
pub(crate) const MACHINE: u32 = 0x201;
pub(crate) const THREADS: u32 = 0x215;
pub(crate) const DESCRIPTORS: u32 = 0x218;
pub(crate) const INTERFACES: u32 = 0x219;
pub(crate) const USERS: u32 = 0x220;
pub(crate) const EVENT: u32 = 0x216;
pub(crate) const EVENT_LARGE: u32 = 0x221;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Section,
    Machine,
    /// Processes, in one of nine layouts.
    Threads(u8),
    /// Descriptors; whether each entry has a length.
    Descriptors(Entries),
    Interfaces(Entries),
    Users(Entries),
    Event {
        /// Whether the header counts the parameters.
        counted: bool,
        /// Whether 32 bits of flags stand before the event.
        flags: bool,
    },
    Unknown,
}

/// Whether entries of a table begin with their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entries {
    Plain,
    Sized,
}

impl Block {
    pub(crate) fn of(number: u32) -> Self {
        match number {
            SECTION => Self::Section,
            MACHINE | 0x8002_abcd => Self::Machine,
            0x202 | 0x8000_abcd => Self::Threads(1),
            0x207 | 0x8013_abcd => Self::Threads(2),
            0x209 | 0x8014_abcd => Self::Threads(3),
            0x210 => Self::Threads(4),
            0x211 => Self::Threads(5),
            0x212 => Self::Threads(6),
            0x213 => Self::Threads(7),
            0x214 => Self::Threads(8),
            THREADS => Self::Threads(9),
            0x203 | 0x8001_abcd => Self::Descriptors(Entries::Plain),
            DESCRIPTORS => Self::Descriptors(Entries::Sized),
            0x205 | 0x8011_abcd => Self::Interfaces(Entries::Plain),
            INTERFACES => Self::Interfaces(Entries::Sized),
            0x206 | 0x8012_abcd => Self::Users(Entries::Plain),
            USERS => Self::Users(Entries::Sized),
            0x204 | 0x8010_abcd => Self::Event { counted: false, flags: false },
            0x208 => Self::Event { counted: false, flags: true },
            EVENT | EVENT_LARGE => Self::Event { counted: true, flags: false },
            0x217 | 0x222 => Self::Event { counted: true, flags: true },
            _ => Self::Unknown,
        }
    }
}
