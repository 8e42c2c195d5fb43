//! What kinds of events there are, and what parameters they have.

use crate::flags::FlagSet;
use crate::table;

/// The number of a kind of event, as captures give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u16);

impl Kind {
    /// How many values [`Kind::slot`] has.
    pub const SLOTS: usize = table::SLOTS;

    /// What is known of this kind; nothing for numbers that are not in the table.
    #[inline]
    pub fn info(self) -> Option<&'static KindInfo> {
        table::info(self)
    }

    /// A small number for tables indexed by kind, below [`Kind::SLOTS`].
    #[inline]
    pub fn slot(self) -> Option<usize> {
        table::slot(self)
    }

    /// All kinds of this name: `open` is an enter and an exit event.
    pub fn named(name: &str) -> impl Iterator<Item = Kind> {
        table::kinds().filter(move |info| info.name == name).map(|info| info.kind)
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct KindInfo {
    /// Its number.
    pub kind: Kind,
    /// The name that `evt.type` gives, but for [`Kind::GENERIC`], which has the name of its system call.
    pub name: &'static str,
    /// What it is about (`evt.category`).
    pub category: Category,
    /// What produces it.
    pub source: Source,
    /// What it does to descriptors and state.
    pub traits: Traits,
    /// Its parameters, in the order of the encoding.
    pub parameters: &'static [ParameterInfo],
}

impl KindInfo {
    /// The position of a parameter.
    pub fn position(&self, parameter: &str) -> Option<usize> {
        self.parameters.iter().position(|known| known.name == parameter)
    }

    /// Whether this is the enter half of a system call.
    pub fn is_enter(&self) -> bool {
        self.traits.has(Traits::ENTER)
    }
}

/// A parameter of a kind.
#[derive(Debug)]
pub struct ParameterInfo {
    /// Its name, as `evt.arg.<name>` gives it.
    pub name: &'static str,
    /// Encoding and meaning.
    pub r#type: ParameterType,
    /// How a number is printed.
    pub format: Format,
}

/// Encoding and meaning of a parameter. All numbers are little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the plain numbers say what they are")]
pub enum ParameterType {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    /// Text that ends with a zero byte.
    Text,
    /// Bytes of no known meaning.
    Bytes,
    /// Texts, each ended by a zero byte.
    TextList,
    /// A result: 64 bits, negative for an error number.
    Errno,
    /// Family and address, see [`crate::SocketAddress`].
    SocketAddress,
    /// Family and two addresses, see [`crate::SocketTuple`].
    SocketTuple,
    /// A descriptor of 64 bits.
    Fd,
    /// A descriptor of 32 bits.
    Fd32,
    /// A process or thread of 64 bits.
    Pid,
    /// A process or thread of 32 bits.
    Pid32,
    /// Descriptors with events, see [`crate::FdList`].
    FdList,
    /// A path that ends with a zero byte.
    Path,
    /// A path relative to the descriptor in the parameter at this position.
    PathAt(usize),
    /// A system call, see [`crate::syscall_name`].
    Syscall,
    /// A signal of 8 bits.
    Signal,
    /// Nanoseconds.
    Duration,
    /// Nanoseconds since 1970.
    Time,
    /// A port of 16 bits.
    Port,
    /// Four bytes.
    Ipv4,
    /// Sixteen bytes.
    Ipv6,
    /// Bits with names.
    Flags8(&'static FlagSet),
    Flags16(&'static FlagSet),
    Flags32(&'static FlagSet),
    /// Numbers with names.
    Enum8(&'static FlagSet),
    Enum16(&'static FlagSet),
    Enum32(&'static FlagSet),
    /// Mode bits of a file, 32 bits.
    Mode(&'static FlagSet),
    /// A user of 32 bits; all ones is none.
    Uid,
    /// A group of 32 bits; all ones is none.
    Gid,
    /// The lower 32 bits of a set of signals.
    SignalSet,
    /// A byte that says which of several types follows.
    Dynamic(Dynamic),
}

impl ParameterType {
    /// Bytes of a number of this type; 0 for what is no number.
    pub fn number_bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Signal | Self::Flags8(_) | Self::Enum8(_) => 1,
            Self::I16 | Self::U16 | Self::Syscall | Self::Port | Self::Flags16(_) | Self::Enum16(_) => 2,
            Self::I32 | Self::U32 | Self::Fd32 | Self::Pid32 | Self::Uid | Self::Gid | Self::SignalSet => 4,
            Self::Mode(_) | Self::Flags32(_) | Self::Enum32(_) => 4,
            Self::I64 | Self::U64 | Self::Errno | Self::Fd | Self::Pid | Self::Duration | Self::Time => 8,
            Self::Text | Self::Path | Self::PathAt(_) | Self::Bytes | Self::TextList | Self::FdList => 0,
            Self::SocketAddress | Self::SocketTuple | Self::Ipv4 | Self::Ipv6 | Self::Dynamic(_) => 0,
        }
    }
}

/// Parameters whose first byte says of what type the rest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dynamic {
    /// The value of a socket option.
    SocketOption,
    /// The arguments of `ptrace`.
    Ptrace,
    /// The arguments of `keyctl`.
    Keyctl,
}

impl Dynamic {
    /// The type behind the first byte, and how it is printed.
    pub fn select(self, selector: u8) -> Option<(ParameterType, Format)> {
        use ParameterType::*;
        Some(match (self, selector) {
            (Self::SocketOption, 0) => (Bytes, Format::Hex),
            (Self::SocketOption, 1) => (Errno, Format::Dec),
            (Self::SocketOption, 2) => (U32, Format::Dec),
            (Self::SocketOption, 3) => (U64, Format::Dec),
            (Self::SocketOption, 4) => (Duration, Format::Dec),
            (Self::Ptrace, 0) => (U64, Format::Hex),
            (Self::Ptrace, 1) => (Signal, Format::Dec),
            (Self::Keyctl, 0) => (I64, Format::Dec),
            (Self::Keyctl, 1) => (Text, Format::Dec),
            _ => return None,
        })
    }
}

/// How a number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Decimal.
    Dec,
    /// Hexadecimal.
    Hex,
    /// Octal.
    Oct,
}

impl Format {
    /// The format of a row that names one; the macro of the table cannot choose otherwise.
    pub(crate) const fn or(self, named: Self) -> Self {
        named
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of `evt.category`")]
pub enum Category {
    Other,
    File,
    Net,
    Ipc,
    Memory,
    Process,
    Sleep,
    System,
    Signal,
    User,
    Time,
    /// Reading from whatever the descriptor is.
    Read,
    /// Writing to whatever the descriptor is.
    Write,
    /// Other work on a descriptor.
    Io,
    Wait,
    Scheduler,
    Internal,
}

/// What produces an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Source {
    Syscall,
    Tracepoint,
    Plugin,
    Meta,
    Iterator,
}

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits(pub u16);

impl Traits {
    /// It makes a descriptor.
    pub const CREATES_FD: Self = Self(1);
    /// It closes a descriptor.
    pub const DESTROYS_FD: Self = Self(1 << 1);
    /// It works on a descriptor.
    pub const USES_FD: Self = Self(1 << 2);
    /// It reads from a descriptor.
    pub const READS: Self = Self(1 << 3);
    /// It writes to a descriptor.
    pub const WRITES: Self = Self(1 << 4);
    /// It changes what `state` keeps.
    pub const STATE: Self = Self(1 << 5);
    /// It waits.
    pub const WAITS: Self = Self(1 << 6);
    /// The lengths of its parameters have 32 bits.
    pub const LARGE: Self = Self(1 << 7);
    /// It is the enter half of a system call.
    pub const ENTER: Self = Self(1 << 8);

    /// Whether all of `other` hold.
    #[inline]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
