//! Parsers of package manager records, installed metadata and lock files.

mod format;

pub use format::{Context, Format, FormatKind, OwnedFile, Problem, Sink};
