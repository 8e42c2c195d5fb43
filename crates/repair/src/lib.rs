//! The door through which changes of a host are made: modes, owners, files, signals, programs; and the journal from
//! which they are undone.
//!
//! ```no_run
//! # fn main() -> Result<(), repair::RepairError> {
//! let before = repair::state(std::path::Path::new("/etc/docker/key.json"))?;
//! repair::set_mode(std::path::Path::new("/etc/docker/key.json"), before.mode, 0o600)?;
//! # Ok(())
//! # }
//! ```
//!
//! Invariants: a path is resolved once, to a descriptor, and no link on the way is followed (openat2(2),
//! `RESOLVE_NO_SYMLINKS`), so that nobody can swap the file between look and change; a change is made only to what
//! was looked at; files are replaced by rename; programs are named, never a line for a shell, and have a time limit.
#![allow(clippy::disallowed_methods, reason = "this crate is the door through which a host is changed")]

mod file;
mod journal;
mod program;

pub use file::{Content, FileState, make_directory, read, remove, replace, set_mode, set_owner, state};
pub use journal::{Entry, Journal, journals};
pub use program::{Finished, find_program, is_alive, reload, run};

use std::io;
use std::path::PathBuf;

/// What can go wrong with a change.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Something on the way is a link, which may lead elsewhere meanwhile.
    #[error("a part of {path} is a link (hint: name the place itself)")]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// It cannot be opened.
    #[error("cannot open {path}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It cannot be read, changed or written.
    #[error("cannot {what} {path}")]
    Change {
        /// What was tried.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not as it was when the change was planned.
    #[error(
        "{path} is not as it was when the change was planned: {found} instead of {expected} (hint: plan again)"
    )]
    Moved {
        /// Which.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What it was.
        expected: String,
    },
    /// It is larger than what is read here.
    #[error("{path} has more than {limit_bytes} bytes")]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
    /// A program cannot be started or does not end.
    #[error("cannot run {program}: {reason}")]
    Program {
        /// Which.
        program: String,
        /// Why.
        reason: String,
    },
    /// A journal that is not what was written.
    #[error("the journal {path} cannot be used: {reason}")]
    Journal {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
