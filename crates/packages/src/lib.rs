//! Parsers of package manager records, installed metadata and lock files.
//!
//! Each format is one file that holds one [`Format`]; [`FORMATS`] lists them. A parser takes the bytes of a
//! whole file and hands what it finds to a [`Sink`] at once.
//!
//! Invariants: parsers do no I/O, never panic, hold nothing twice; garbage in a record loses that record, is
//! told as a [`Problem`], and parsing goes on.

mod format;
mod formats;

// Operating systems.

// Languages.

pub use format::{Context, Format, FormatKind, OwnedFile, Problem, Sink};
pub use formats::FORMATS;
