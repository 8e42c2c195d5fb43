//! What conditions can talk about: fields and their types, told by whoever runs the rules.

use crate::KindSet;
use std::net::IpAddr;

/// Type of a field's value; it decides which operators are allowed and how constants are read (libsinsp,
/// `value_parser.cpp` and `filter_compare.cpp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text up to a NUL byte.
    Text,
    /// A path; compared as text.
    Path,
    /// Bytes of any kind.
    Bytes,
    /// `true` or `false`.
    Bool,
    /// A signed number of so many bits.
    Signed(u8),
    /// An unsigned number of so many bits; flags and modes are such.
    Unsigned(u8),
    /// A port, also written by the name of its service.
    Port,
    /// An IP address.
    Address,
    /// A network that an address lies in.
    Network,
    /// A duration in nanoseconds.
    RelativeTime,
    /// Nanoseconds since 1970.
    AbsoluteTime,
    /// A floating-point number; constants are whole.
    Double,
    /// Something that can only be asked for with `exists`: socket tuples, signal sets.
    Opaque,
}

impl ValueType {
    /// Name of the type in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "CHARBUF",
            Self::Path => "FSPATH",
            Self::Bytes => "BYTEBUF",
            Self::Bool => "BOOL",
            Self::Signed(8) => "INT8",
            Self::Signed(16) => "INT16",
            Self::Signed(32) => "INT32",
            Self::Signed(_) => "INT64",
            Self::Unsigned(8) => "UINT8",
            Self::Unsigned(16) => "UINT16",
            Self::Unsigned(32) => "UINT32",
            Self::Unsigned(_) => "UINT64",
            Self::Port => "PORT",
            Self::Address => "IPADDR",
            Self::Network => "IPNET",
            Self::RelativeTime => "RELTIME",
            Self::AbsoluteTime => "ABSTIME",
            Self::Double => "DOUBLE",
            Self::Opaque => "OPAQUE",
        }
    }

    /// Whether values are text for operators.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Path)
    }
}

/// What stands in brackets behind a field, or behind its dot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Argument {
    /// Nothing.
    #[default]
    None,
    /// A number: a position in a list, a distance to an ancestor.
    Index(i64),
    /// A name.
    Key(String),
}

/// A field as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Number by which whoever runs the rules knows it.
    pub id: u16,
    /// As written, the argument included.
    pub name: String,
    /// Parsed argument.
    pub argument: Argument,
    /// Type of the value, or of the elements of a list.
    pub value_type: ValueType,
    /// How several values are compared.
    pub several: Several,
    /// Whether it may stand on the right side, and beside another field at all.
    pub compares_to_fields: bool,
    /// Whether functions may be applied to it.
    pub takes_functions: bool,
    /// Whether it may stand in an output.
    pub is_shown: bool,
}

/// What a comparison means for a field that can have several values at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Several {
    /// It has one value.
    Never,
    /// True when any value passes, whatever the operator (names of ancestors).
    AnyPasses,
    /// True when any value is equal, or, for `!=`, when none is (both ends of a connection).
    EitherEnd,
    /// A list in the sense of the language: `in` wants all values, `intersects` one.
    List,
}

/// Why a field cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// There is none of that name.
    #[error("nonexistent field {0}")]
    Unknown(String),
    /// The field is there, but not with this argument.
    #[error("field {name}: {problem}")]
    Argument {
        /// Name of the field.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

/// What conditions can talk about.
pub trait Vocabulary {
    /// The field of a name, with the text in its brackets.
    ///
    /// # Errors
    ///
    /// No such field, or it does not take this argument.
    fn field(&self, name: &str, argument: Option<&str>) -> Result<Field, FieldError>;

    /// Refuses constants that a field can never have, beyond what its type says.
    ///
    /// # Errors
    ///
    /// Tells why.
    fn check_constant(&self, field: &Field, text: &str) -> Result<(), String> {
        let _ = (field, text);
        Ok(())
    }

    /// All kinds of events.
    fn kinds(&self) -> KindSet;

    /// The kinds of events that a field equals one of the texts for: nothing when the field says nothing about kinds.
    fn kinds_named(&self, field: &Field, text: &str) -> Option<KindSet> {
        let _ = (field, text);
        None
    }

    /// Whether a plugin of this name is there, at which version.
    fn plugin_version(&self, name: &str) -> Option<&str> {
        let _ = name;
        None
    }

    /// Whether events of a source are there.
    fn has_source(&self, source: &str) -> bool {
        source == "syscall"
    }

    /// The port of a service's name.
    fn port(&self, service: &str) -> Option<u16> {
        let _ = service;
        None
    }
}

/// A value written in a rule, read by the type of the field that it is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// Text, paths and bytes.
    Bytes(Vec<u8>),
    /// Signed numbers.
    Signed(i64),
    /// Unsigned numbers, ports, times.
    Unsigned(u64),
    /// `true` and `false`.
    Bool(bool),
    /// Floating-point numbers.
    Double(f64),
    /// An address.
    Address(IpAddr),
    /// A network.
    Network(Network),
}

/// An address and the number of its leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// The address as written.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix_bits: u8,
}

impl Network {
    /// Whether an address lies in it. Addresses of the other version never do.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix_bits.min(32))).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix_bits.min(128))).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}
