//! What a field of one event says.

use std::net::IpAddr;

/// The value of a field: borrowed from the event, from the state, or from room that its maker was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The event has no such thing. No comparison with it is true.
    Missing,
    /// Text, paths and bytes.
    Text(&'a [u8]),
    /// Signed numbers.
    Signed(i64),
    /// Unsigned numbers, flags, ports, times.
    Unsigned(u64),
    /// `true` and `false`.
    Bool(bool),
    /// Floating-point numbers.
    Double(f64),
    /// An address.
    Address(IpAddr),
}

impl<'a> Value<'a> {
    /// Text, or nothing.
    #[must_use]
    pub fn text_or_missing(text: Option<&'a [u8]>) -> Self {
        text.map_or(Self::Missing, Self::Text)
    }

    /// Whether there is a value.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !matches!(self, Self::Missing)
    }
}
