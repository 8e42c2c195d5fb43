//! Typed values of parameters.

use crate::address::{SocketAddress, SocketTuple};
use crate::kind::{Format, ParameterType};

/// A decoded parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Results, descriptors, processes, signed numbers.
    Signed(i64),
    /// Everything else that is a number; users and groups too (all ones is none).
    Unsigned(u64),
    /// Text or a path, without its zero byte.
    Text(&'a [u8]),
    /// Bytes of no known meaning.
    Bytes(&'a [u8]),
    /// Several texts.
    Texts(TextList<'a>),
    /// An address.
    Address(SocketAddress<'a>),
    /// Two addresses.
    Tuple(SocketTuple<'a>),
    /// Descriptors with events.
    Fds(FdList<'a>),
}

impl<'a> Value<'a> {
    /// Decodes the bytes of a parameter. Empty ones have no value, and neither have bytes too few for their type.
    pub fn read(r#type: ParameterType, raw: &'a [u8]) -> Option<Self> {
        use ParameterType as P;
        if raw.is_empty() {
            return None;
        }
        Some(match r#type {
            P::I8 => Self::Signed(i64::from(raw[0].cast_signed())),
            P::I16 => Self::Signed(i64::from(i16::from_le_bytes(*raw.first_chunk()?))),
            P::I32 | P::Fd32 | P::Pid32 => Self::Signed(i64::from(i32::from_le_bytes(*raw.first_chunk()?))),
            P::I64 | P::Errno | P::Fd | P::Pid => Self::Signed(i64::from_le_bytes(*raw.first_chunk()?)),
            P::U8 | P::Signal | P::Flags8(_) | P::Enum8(_) => Self::Unsigned(u64::from(raw[0])),
            P::U16 | P::Syscall | P::Port | P::Flags16(_) | P::Enum16(_) => {
                Self::Unsigned(u64::from(u16::from_le_bytes(*raw.first_chunk()?)))
            }
            P::U32 | P::Uid | P::Gid | P::SignalSet | P::Mode(_) | P::Flags32(_) | P::Enum32(_) => {
                Self::Unsigned(u64::from(u32::from_le_bytes(*raw.first_chunk()?)))
            }
            P::U64 | P::Duration | P::Time => Self::Unsigned(u64::from_le_bytes(*raw.first_chunk()?)),
            P::Text | P::Path | P::PathAt(_) => {
                Self::Text(raw.split(|byte| *byte == 0).next().unwrap_or(raw))
            }
            P::Bytes | P::Ipv4 | P::Ipv6 => Self::Bytes(raw),
            P::TextList => Self::Texts(TextList { raw }),
            P::SocketAddress => Self::Address(SocketAddress::read(raw)?),
            P::SocketTuple => Self::Tuple(SocketTuple::read(raw)?),
            P::FdList => Self::Fds(FdList::read(raw)?),
            P::Dynamic(dynamic) => {
                let (selector, rest) = raw.split_first()?;
                let (r#type, _) = dynamic.select(*selector)?;
                return Self::read(r#type, rest);
            }
        })
    }

    /// The type and print format behind a parameter whose type depends on its first byte.
    pub fn resolve(r#type: ParameterType, format: Format, raw: &[u8]) -> (ParameterType, Format) {
        match (r#type, raw.first()) {
            (ParameterType::Dynamic(dynamic), Some(selector)) => {
                dynamic.select(*selector).unwrap_or((r#type, format))
            }
            _ => (r#type, format),
        }
    }

    /// The number, whatever its sign.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Signed(number) => Some(*number),
            Self::Unsigned(number) => Some(number.cast_signed()),
            _ => None,
        }
    }

    /// The text.
    pub fn text(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Texts, each ended by a zero byte: arguments, environment, control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextList<'a> {
    raw: &'a [u8],
}

impl<'a> TextList<'a> {
    /// The texts in these bytes; the last need not have its zero byte.
    pub fn new(raw: &'a [u8]) -> Self {
        Self { raw }
    }

    /// The texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.raw
            .strip_suffix(b"\0")
            .unwrap_or(self.raw)
            .split(|byte| *byte == 0)
            .skip(usize::from(self.raw.is_empty()))
    }
}

/// Bytes of an entry: descriptor and events.
const ENTRY_BYTES: usize = 10;

/// Descriptors with what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FdList<'a> {
    entries: &'a [u8],
}

impl<'a> FdList<'a> {
    fn read(raw: &'a [u8]) -> Option<Self> {
        let (count, rest) = raw.split_first_chunk::<2>()?;
        let bytes = usize::from(u16::from_le_bytes(*count)) * ENTRY_BYTES;
        Some(Self { entries: rest.get(..bytes)? })
    }

    /// Descriptor and events of each.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u16)> + use<'a> {
        self.entries.as_chunks::<ENTRY_BYTES>().0.iter().map(|entry| {
            let fd = i64::from_le_bytes(*entry.first_chunk().expect("eight of ten bytes"));
            (fd, u16::from_le_bytes([entry[8], entry[9]]))
        })
    }
}
