//! Names of the bits and numbers that parameters hold.
//!
//! The numbers are those of captures, the same on every architecture; they are not the kernel's (`O_CREAT` is 4).
//! Source: the published event table of Falco's libraries, `driver/flags_table.c` and `driver/ppm_events_public.h`. The
//! order is theirs, because it is the order in which names are printed.

/// One list of names.
#[derive(Debug, PartialEq, Eq)]
pub struct FlagSet {
    /// Names with their numbers, in the order of printing.
    pub flags: &'static [(&'static str, u32)],
}

impl FlagSet {
    /// The number behind a name.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.flags.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }

    /// The first name of exactly this number.
    pub fn name(&self, number: u32) -> Option<&'static str> {
        self.flags.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
    }

    /// The names of the bits in `bits`: a bit that a name took is not named again (`O_RDWR`, and not also `O_RDONLY`). A
    /// name of no bits is given only when `bits` is 0.
    pub fn names(&self, bits: u32) -> impl Iterator<Item = &'static str> {
        let mut left = bits;
        let mut done = false;
        self.flags.iter().filter_map(move |(name, flag)| {
            let matches = !done && if *flag == 0 { bits == 0 } else { left & flag == *flag };
            if matches {
                left &= !flag;
                done = *flag == bits;
            }
            matches.then_some(*name)
        })
    }

    /// All names of exactly this number: `AF_LOCAL` and `AF_UNIX`.
    pub fn names_of_number(&self, number: u32) -> impl Iterator<Item = &'static str> {
        self.flags.iter().filter(move |(_, flag)| *flag == number).map(|(name, _)| *name)
    }
}

macro_rules! flag_sets {
    ($($(#[$doc:meta])* $set:ident { $($name:ident = $number:literal),* })*) => {
        $($(#[$doc])* pub static $set: $crate::flags::FlagSet = $crate::flags::FlagSet {
            flags: &[$((stringify!($name), $number)),*],
        };)*
    };
}

mod files;
mod memory;
mod network;
mod processes;

pub use files::*;
pub use memory::*;
pub use network::*;
pub use processes::*;
