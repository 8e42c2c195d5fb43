//! One event, decoded on demand.

use crate::extension::Extension;
use crate::kind::{Kind, KindInfo, Traits};
use crate::syscalls::syscall_name;
use crate::value::Value;

/// Length of the header: time, thread, length, kind, count of parameters.
pub const HEADER_BYTES: usize = 26;

/// How many bits the lengths of parameters have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 16 bits: all but a few meta events.
    Narrow,
    /// 32 bits.
    Wide,
}

impl Width {
    /// The width that the table gives a kind.
    #[inline]
    pub fn of(kind: Kind) -> Self {
        if kind.info().is_some_and(|info| info.traits.has(Traits::LARGE)) { Self::Wide } else { Self::Narrow }
    }

    /// Bytes of one length.
    #[inline]
    pub fn bytes(self) -> usize {
        match self {
            Self::Narrow => 2,
            Self::Wide => 4,
        }
    }
}

/// Why bytes are no event.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// Fewer bytes than a header.
    #[error("event of {have_bytes} bytes, its header alone has {HEADER_BYTES}")]
    NoHeader {
        /// How many there are.
        have_bytes: usize,
    },
    /// The length in the header is not that of the bytes.
    #[error("event of kind {kind} says it has {said_bytes} bytes, {have_bytes} are there")]
    Length {
        /// The number of its kind.
        kind: u16,
        /// What the header says.
        said_bytes: u32,
        /// How many there are.
        have_bytes: usize,
    },
    /// The parameters do not fit the bytes.
    #[error("{count} parameters of an event of kind {kind} do not fit its {have_bytes} bytes")]
    Parameters {
        /// The number of its kind.
        kind: u16,
        /// What the header says.
        count: u32,
        /// How many bytes there are.
        have_bytes: usize,
    },
}

/// One event. Its parameters are decoded when asked for.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Nanoseconds since 1970.
    pub time_ns: u64,
    /// The thread that did it, as its host numbers it.
    pub thread: i64,
    /// What happened.
    pub kind: Kind,
    /// The processor.
    pub cpu: u16,
    /// Its number in the stream, from 1 on; 0 when nobody counted.
    pub number: u64,
    lengths: &'a [u8],
    body: &'a [u8],
    width: Width,
}

impl<'a> Event<'a> {
    /// Reads header and lengths; `bytes` are exactly one event.
    #[inline]
    pub fn read(bytes: &'a [u8], width: Width) -> Result<Self, EventError> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(EventError::NoHeader { have_bytes: bytes.len() });
        };
        let word = |from: usize| {
            u64::from_le_bytes(header[from..from + 8].try_into().expect("eight bytes of a header of 26"))
        };
        let half = |from: usize| {
            u32::from_le_bytes(header[from..from + 4].try_into().expect("four bytes of a header of 26"))
        };
        let (time_ns, thread, said_bytes, count) = (word(0), word(8).cast_signed(), half(16), half(22));
        let kind = u16::from_le_bytes([header[20], header[21]]);
        if said_bytes as usize != bytes.len() {
            return Err(EventError::Length { kind, said_bytes, have_bytes: bytes.len() });
        }
        let wrong = EventError::Parameters { kind, count, have_bytes: bytes.len() };
        let Some((lengths, body)) =
            (count as usize).checked_mul(width.bytes()).and_then(|size| rest.split_at_checked(size))
        else {
            return Err(wrong);
        };
        let event = Self { time_ns, thread, kind: Kind(kind), cpu: 0, number: 0, lengths, body, width };
        // What is left over is allowed: old drivers padded.
        let sum = (0..event.count()).fold(0usize, |sum, index| sum.saturating_add(event.length(index)));
        if sum > body.len() { Err(wrong) } else { Ok(event) }
    }

    /// What is known of its kind.
    #[inline]
    pub fn info(&self) -> Option<&'static KindInfo> {
        self.kind.info()
    }

    /// The name that `evt.type` gives: of the kind, or of the system call of a generic event.
    pub fn name(&self) -> &'static str {
        if self.kind == Kind::GENERIC {
            let number = self.unsigned(0).and_then(|number| u16::try_from(number).ok());
            return number.and_then(syscall_name).unwrap_or("unknown");
        }
        self.info().map_or("unknown", |info| info.name)
    }

    /// How many parameters were written: fewer or more than the table names when other versions wrote them.
    #[inline]
    pub fn count(&self) -> usize {
        self.lengths.len() / self.width.bytes()
    }

    /// How wide its lengths are.
    #[inline]
    pub fn width(&self) -> Width {
        self.width
    }

    #[inline]
    fn length(&self, index: usize) -> usize {
        match self.width {
            Width::Narrow => {
                usize::from(u16::from_le_bytes([self.lengths[2 * index], self.lengths[2 * index + 1]]))
            }
            Width::Wide => {
                let bytes = self.lengths[4 * index..4 * index + 4].try_into().expect("four bytes");
                u32::from_le_bytes(bytes) as usize
            }
        }
    }

    /// The bytes of a parameter; empty ones are there and empty.
    #[inline]
    pub fn raw(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.count() {
            return None;
        }
        let start: usize = (0..index).map(|before| self.length(before)).sum();
        self.body.get(start..start + self.length(index))
    }

    /// The bytes of all parameters, in order.
    pub fn raws(&self) -> impl Iterator<Item = &'a [u8]> {
        let (event, mut start) = (*self, 0);
        (0..self.count()).map(move |index| {
            let end = start + event.length(index);
            let bytes = &event.body[start..end];
            start = end;
            bytes
        })
    }

    /// A parameter by position, as the table types it.
    pub fn value(&self, index: usize) -> Option<Value<'a>> {
        let parameter = self.info()?.parameters.get(index)?;
        Value::read(parameter.r#type, self.raw(index)?)
    }

    /// A parameter by name.
    pub fn parameter(&self, name: &str) -> Option<Value<'a>> {
        self.value(self.info()?.position(name)?)
    }

    /// A number of up to 64 bits, sign extended from the parameter's own width; for types without sign see
    /// [`Event::unsigned`].
    #[inline]
    pub fn signed(&self, index: usize) -> Option<i64> {
        let raw = self.raw(index)?;
        Some(match raw.len() {
            8 => i64::from_le_bytes(raw.try_into().ok()?),
            4 => i64::from(i32::from_le_bytes(raw.try_into().ok()?)),
            2 => i64::from(i16::from_le_bytes(raw.try_into().ok()?)),
            1 => i64::from(raw[0].cast_signed()),
            _ => return None,
        })
    }

    /// A number of up to 64 bits.
    #[inline]
    pub fn unsigned(&self, index: usize) -> Option<u64> {
        let raw = self.raw(index)?;
        Some(match raw.len() {
            8 => u64::from_le_bytes(raw.try_into().ok()?),
            4 => u64::from(u32::from_le_bytes(raw.try_into().ok()?)),
            2 => u64::from(u16::from_le_bytes(raw.try_into().ok()?)),
            1 => u64::from(raw[0]),
            _ => return None,
        })
    }

    /// Text up to its zero byte; nothing for a parameter that is missing or empty (not even the zero byte).
    #[inline]
    pub fn text(&self, index: usize) -> Option<&'a [u8]> {
        match self.raw(index)? {
            [] => None,
            raw => Some(raw.split(|byte| *byte == 0).next().unwrap_or(raw)),
        }
    }

    /// What the system call returned: a result, negative for an error number, or the new descriptor.
    #[inline]
    pub fn result(&self) -> Option<i64> {
        let info = self.info()?;
        let first = info.parameters.first()?;
        let is_result = first.name == "res" || (first.name == "fd" && info.traits.has(Traits::CREATES_FD));
        if is_result && !info.is_enter() { self.signed(0) } else { None }
    }

    /// Its bytes, as in an event block.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes);
        bytes
    }

    /// Its bytes, as in an event block, instead of what `out` holds.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let size = HEADER_BYTES + self.lengths.len() + self.body.len();
        out.clear();
        out.reserve(size);
        out.extend_from_slice(&self.time_ns.to_le_bytes());
        out.extend_from_slice(&self.thread.to_le_bytes());
        out.extend_from_slice(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&self.kind.0.to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.count()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.lengths);
        out.extend_from_slice(self.body);
    }

    /// What the sensor added.
    pub fn extension(&self) -> Option<Extension<'a>> {
        let known = self.info().map_or(0, |info| info.parameters.len());
        let last = self.count().checked_sub(1)?;
        if last < known { None } else { Extension::read(self.raw(last)?) }
    }
}
