//! What a file begins with, as far as it decides which rules can match.

use serde::{Deserialize, Serialize};

/// What a file begins with. Decided by bytes alone, never by name, so that leaving out the rules that ask for another
/// beginning changes no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadClass {
    /// `\x7fELF` (System V ABI, chapter 4).
    Elf,
    /// `MZ` (PE format, MS-DOS stub).
    Pe,
    /// One of Mach-O's numbers, which Java classes share (`mach-o/loader.h`, `mach-o/fat.h`).
    MachO,
    /// `PK`: zip and what is built on it.
    Zip,
    /// A printable ASCII character, white space or a byte order mark.
    Text,
    /// Any other byte, or none.
    Binary,
}

const MACH_O: [[u8; 4]; 8] = [
    [0xfe, 0xed, 0xfa, 0xce],
    [0xce, 0xfa, 0xed, 0xfe],
    [0xfe, 0xed, 0xfa, 0xcf],
    [0xcf, 0xfa, 0xed, 0xfe],
    [0xca, 0xfe, 0xba, 0xbe],
    [0xbe, 0xba, 0xfe, 0xca],
    [0xca, 0xfe, 0xba, 0xbf],
    [0xbf, 0xba, 0xfe, 0xca],
];

impl HeadClass {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Elf, Self::Pe, Self::MachO, Self::Zip, Self::Text, Self::Binary];

    /// The class of a file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        for class in [Self::Elf, Self::Pe, Self::MachO, Self::Zip] {
            if class.beginnings().iter().any(|beginning| bytes.starts_with(beginning)) {
                return class;
            }
        }
        let has_mark = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|m| bytes.starts_with(m));
        match bytes.first() {
            Some(first) if is_text_byte(*first) || has_mark => Self::Text,
            _ => Self::Binary,
        }
    }

    /// The kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Elf => "elf",
            Self::Pe => "pe",
            Self::MachO => "mach-o",
            Self::Zip => "zip",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn beginnings(self) -> Vec<&'static [u8]> {
        match self {
            Self::Elf => vec![b"\x7fELF"],
            Self::Pe => vec![b"MZ"],
            Self::MachO => MACH_O.iter().map(<[u8; 4]>::as_slice).collect(),
            Self::Zip => vec![b"PK"],
            Self::Text | Self::Binary => Vec::new(),
        }
    }
}

const fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')
}

/// A set of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadClasses(u8);

impl HeadClasses {
    /// Every class.
    pub(crate) const ALL: Self = Self(0x3f);
    /// No class.
    pub(crate) const NONE: Self = Self(0);

    /// One class.
    pub(crate) const fn only(class: HeadClass) -> Self {
        Self(class.bit())
    }

    /// The classes of files that may begin with known bytes; `None` stands for a byte that is not known.
    pub(crate) fn beginning_with(prefix: &[Option<u8>]) -> Self {
        let mut possible = Self::NONE;
        for class in HeadClass::ALL {
            for beginning in class.beginnings() {
                let known = |at: usize| prefix.get(at).copied().flatten();
                if beginning.iter().enumerate().all(|(at, byte)| known(at) == Some(*byte)) {
                    return Self::only(class);
                }
                if beginning.iter().enumerate().all(|(at, byte)| known(at).is_none_or(|b| b == *byte)) {
                    possible = possible.or(Self::only(class));
                }
            }
        }
        let (text, binary) = match prefix.first().copied().flatten() {
            None | Some(0xef | 0xfe | 0xff) => (true, true),
            Some(byte) => (is_text_byte(byte), !is_text_byte(byte)),
        };
        let rest = (u8::from(text) * HeadClass::Text.bit()) | (u8::from(binary) * HeadClass::Binary.bit());
        Self(possible.0 | rest)
    }

    /// Those of a list.
    pub(crate) fn any_of(classes: &[HeadClass]) -> Self {
        classes.iter().fold(Self::NONE, |all, class| all.or(Self::only(*class)))
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[cfg(test)]
    pub(crate) const fn contains(self, class: HeadClass) -> bool {
        self.0 & class.bit() != 0
    }

    /// Whether they have a class in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_alone_decide() {
        for (bytes, class) in [
            (&b"\x7fELF\x02"[..], HeadClass::Elf),
            (b"\x7fEL", HeadClass::Binary),
            (b"MZ", HeadClass::Pe),
            (b"M", HeadClass::Text),
            (b"\xca\xfe\xba\xbe", HeadClass::MachO),
            (b"PK\x03\x04", HeadClass::Zip),
            (b"#!/bin/sh", HeadClass::Text),
            (b"\xef\xbb\xbf<?php", HeadClass::Text),
            (b"\xef\xbb", HeadClass::Binary),
            (b"", HeadClass::Binary),
        ] {
            assert_eq!(HeadClass::of(bytes), class, "{bytes:?}");
        }
    }

    #[test]
    fn a_file_is_never_of_a_class_that_its_beginning_excludes() {
        let heads: &[&[u8]] = &[
            b"\x7fELF\x02\x01\0\0",
            b"MZ\x90\0\x03\0\0\0",
            b"\xca\xfe\xba\xbe\0\0\0\x34",
            b"PK\x03\x04\x14\0\0\0",
            b"<?php ev",
            b"\xef\xbb\xbfabcde",
            b"\xff\xd8\xff\xe0\0\0\0\0",
            b"\xff\xfea\0b\0c\0",
            b"\0\0\0\0\0\0\0\0",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"MSCF\0\0\0\0",
            b"%PDF-1.7",
        ];
        for head in heads {
            for mask in 0..=255u8 {
                let prefix: Vec<Option<u8>> =
                    (0..8).map(|at| ((mask >> at) & 1 == 1).then_some(head[at])).collect();
                let classes = HeadClasses::beginning_with(&prefix);
                assert!(classes.contains(HeadClass::of(head)), "{head:?} {mask:08b}");
            }
        }
        let elf = HeadClasses::beginning_with(&[Some(0x7f), Some(b'E'), Some(b'L'), Some(b'F')]);
        assert_eq!(elf, HeadClasses::only(HeadClass::Elf));
    }
}
