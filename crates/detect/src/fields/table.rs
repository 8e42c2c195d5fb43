//! How tables of fields are written: one macro makes an enumeration and what the language needs to know of each.

use falco::{Several, ValueType};

/// What the language needs to know of a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// Name, as in `proc.name`.
    pub name: &'static str,
    /// Type of its value.
    pub value_type: ValueType,
    /// What may stand behind it.
    pub takes: Takes,
    /// How it behaves beyond that.
    pub manner: Manner,
}

/// What may stand behind a field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A number in brackets, or nothing.
    Index,
    /// A number or a name in brackets, or nothing.
    IndexOrKey,
    /// A number or a name in brackets.
    IndexOrKeyAlways,
    /// A name in brackets.
    KeyAlways,
    /// The name of a parameter behind a dot, or its number in brackets.
    ParameterOrIndex,
    /// The name of a parameter behind a dot.
    Parameter,
    /// A name behind a dot.
    Dotted,
    /// A name behind a dot, or nothing.
    DottedMaybe,
    /// A number between 0 and 2 in brackets, or nothing; lists descriptors by these numbers.
    Numbers,
}

/// How a field behaves in comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As its type says.
    Plain,
    /// Without an argument it is all ancestors, and any of them makes a comparison true. No functions, nothing on the
    /// other side but constants.
    Ancestors,
    /// Both ends of a connection. Not for outputs, no functions, nothing on the other side but constants.
    Ends,
    /// No functions, nothing on the other side but constants.
    Alone,
    /// As `Alone`, and not for outputs.
    Hidden,
    /// A list; nothing on the other side but constants.
    List,
}

impl Manner {
    pub(crate) fn several(self, has_argument: bool) -> Several {
        match self {
            Self::Ancestors if !has_argument => Several::AnyPasses,
            Self::Ends => Several::EitherEnd,
            Self::List => Several::List,
            _ => Several::Never,
        }
    }

    pub(crate) fn compares_to_fields(self) -> bool {
        matches!(self, Self::Plain)
    }

    pub(crate) fn takes_functions(self) -> bool {
        matches!(self, Self::Plain | Self::List)
    }

    pub(crate) fn is_shown(self) -> bool {
        !matches!(self, Self::Ends | Self::Hidden)
    }
}

/// Makes an enumeration of fields with its table. `Variant "name" Type;`, then optionally what it takes and its manner.
macro_rules! fields {
    ($(#[$attribute:meta])* $enum:ident { $($variant:ident $name:literal $type:expr $(, $takes:ident $(, $manner:ident)?)?;)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum { $(#[doc = concat!("`", $name, "`")] $variant,)+ }

        impl $enum {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What the language needs to know of each.
            pub const SPECS: &'static [$crate::fields::FieldSpec] = &[$({
                #[allow(unused_imports, reason = "not every table has every type")]
                use falco::ValueType::*;
                #[allow(unused_mut, unused_assignments, reason = "most fields have the defaults")]
                {
                    let mut takes = $crate::fields::Takes::Nothing;
                    let mut manner = $crate::fields::Manner::Plain;
                    $(takes = $crate::fields::Takes::$takes; $(manner = $crate::fields::Manner::$manner;)?)?
                    $crate::fields::FieldSpec { name: $name, value_type: $type, takes, manner }
                }
            },)+];
        }
    };
}
pub(crate) use fields;
