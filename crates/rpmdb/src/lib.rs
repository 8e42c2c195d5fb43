//! Reader of RPM databases: SQLite, NDB, Berkeley DB hash.
//!
//! ```
//! let mut names = Vec::new();
//! let summary = rpmdb::read(b"not a database", &mut |header| names.push(header.name.to_string()));
//! assert_eq!(summary.kind, None);
//! assert_eq!(summary.problems.len(), 1);
//! ```
//!
//! Invariants: takes bytes, does no I/O, never panics. Every page number, offset and length is checked against
//! the input; each page is used at most once, so that work and memory stay linear in the size of the input.
//! What is broken loses itself alone and is told in [`Summary::problems`].

mod berkeley;
mod bytes;
mod files;
mod header;
mod index;
mod ndb;
mod sqlite;

#[cfg(test)]
mod fixture;

pub use files::{File, Files};
pub use header::Header;

use std::fmt;

/// Reads a whole database and shows every package header to `visit`, in the order of the database.
///
/// The kind is told by the magic number, never by a file name.
pub fn read(bytes: &[u8], visit: &mut dyn FnMut(&Header<'_>)) -> Summary {
    let mut records = Records { visit, summary: Summary::default() };
    if sqlite::is_sqlite(bytes) {
        records.summary.kind = Some(Kind::Sqlite);
        sqlite::read(bytes, &mut records);
    } else if ndb::is_ndb(bytes) {
        records.summary.kind = Some(Kind::Ndb);
        ndb::read(bytes, &mut records);
    } else if berkeley::is_berkeley(bytes) {
        records.summary.kind = Some(Kind::BerkeleyHash);
        berkeley::read(bytes, &mut records);
    } else {
        records.problem(Problem::new(
            Fault::Unsupported,
            "neither SQLite, NDB nor Berkeley DB by its magic number".to_owned(),
        ));
    }
    records.summary
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `rpmdb.sqlite`, since rpm 4.16.
    Sqlite,
    /// `Packages.db`, the native database of SUSE.
    Ndb,
    /// `Packages`, the hash database of rpm before 4.16.
    BerkeleyHash,
}

/// What was read of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Its kind, when the magic number tells one.
    pub kind: Option<Kind>,
    /// How many headers were shown, those of public keys included.
    pub packages: u64,
    /// What could not be read; at most [`Summary::PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
    /// How many more problems there were; reading ends at [`Summary::PROBLEMS_LEFT_OUT_MAX`].
    pub problems_left_out: u64,
}

impl Summary {
    /// How many problems are told one by one.
    pub const PROBLEMS_MAX: usize = 64;

    /// How many more problems are counted before the rest of the file is given up as garbage.
    pub const PROBLEMS_LEFT_OUT_MAX: u64 = 100_000;
}

/// Something in a database that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub fault: Fault,
    /// What is wrong, one line, with the place and the value.
    pub detail: String,
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A value contradicts the format.
    Malformed,
    /// The file ends before what it promises.
    Truncated,
    /// A format, or a feature of one, that this reader does not know.
    Unsupported,
}

impl Problem {
    pub(crate) fn new(fault: Fault, detail: String) -> Self {
        Self { fault, detail }
    }

    pub(crate) fn malformed(detail: String) -> Self {
        Self::new(Fault::Malformed, detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// Where the readers of the three kinds put what they find.
pub(crate) struct Records<'v> {
    visit: &'v mut dyn FnMut(&Header<'_>),
    summary: Summary,
}

impl Records<'_> {
    /// One header blob; `number` is rpm's number of the package.
    pub(crate) fn blob(&mut self, number: u64, blob: &[u8]) {
        match Header::parse(blob) {
            Ok(header) => {
                self.summary.packages += 1;
                (self.visit)(&header);
            }
            Err(problem) => self.problem(Problem {
                detail: format!("package number {number}: {}", problem.detail),
                ..problem
            }),
        }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        if self.summary.problems.len() < Summary::PROBLEMS_MAX {
            self.summary.problems.push(problem);
        } else {
            self.summary.problems_left_out += 1;
        }
    }

    /// Whether there were so many problems that reading on is a waste of time.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.summary.problems_left_out >= Summary::PROBLEMS_LEFT_OUT_MAX
    }
}
