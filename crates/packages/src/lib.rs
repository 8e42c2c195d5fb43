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
mod apk;
mod deb;
pub mod distribution;
mod records;
mod rpm;

// Languages.
mod dotnet;
mod go;
mod java;
mod json;
mod manifest;
mod node;
mod php;
mod python;
mod ruby;
mod rust;
#[cfg(test)]
mod testing;
mod text;
mod toml_records;
mod zip_archive;

pub use format::{Context, Diversion, Format, FormatKind, OwnedFile, Problem, Sink};
pub use formats::FORMATS;
pub use go::drop_superseded_go_sums;
pub use java::jar::unnamed_archive;
