//! Archives inside images, opened within limits.
//!
//! [`open`] shows every regular file in an archive, also in archives inside it, one at a time.
//!
//! ```
//! use archives::{ArchiveLimits, open};
//! use std::{ops::ControlFlow, time::Duration};
//! let cpio = b"0707070000010000011006440000000000000000010000000000000000000000200000000005a\0hello\
//!     0707070000010000000000000000000000000000010000000000000000000001300000000000TRAILER!!!\0";
//! let mut seen = Vec::new();
//! let budget = content::Budget::new(Duration::from_secs(5));
//! let outcome = open("etc/a.cpio", cpio, &ArchiveLimits::default(), &budget, &mut |member| {
//!     seen.push((member.nested.join("!"), member.bytes.to_vec()));
//!     ControlFlow::Continue(())
//! });
//! assert_eq!(seen, [("a".to_owned(), b"hello".to_vec())]);
//! assert!(outcome.is_complete());
//! ```
//!
//! Invariants: nothing is written and no link is followed; memory is bounded by
//! [`ArchiveLimits::held_bytes_max`] and the windows of the decompressors, not by what an archive says of itself; what
//! is not shown is told as a [`Problem`]; members that were read before a fault count.

mod ar;
mod compress;
mod cpio;
mod format;
mod gzip;
mod limits;
mod mail;
mod meter;
mod outcome;
mod peek;
mod rpm;
mod seven_zip;
mod seven_zip_header;
mod sized;
mod streams;
mod tar;
mod uuencode;
mod walk;
mod zip;
mod zip_directory;
mod zip_member;
mod zip_scan;

pub use format::{Format, HEAD_BYTES};
pub use limits::ArchiveLimits;
pub use outcome::{Member, Outcome, Problem, ProblemKind};

use content::Budget;
use std::ops::ControlFlow;

/// Opens a file that may be an archive and shows every regular member at any depth to `visit`, which may break off.
/// A member that is an archive itself is shown first and opened then.
///
/// `name` is the file's path or name; `bytes` may be the beginning of a file that is too large, and then what is
/// missing is told as a problem.
pub fn open(
    name: &str,
    bytes: &[u8],
    limits: &ArchiveLimits,
    budget: &Budget,
    visit: &mut dyn FnMut(&Member<'_>) -> ControlFlow<()>,
) -> Outcome {
    let Some(format) = Format::recognise(name, bytes) else { return Outcome::default() };
    walk::Walk::new(limits, budget, bytes.len() as u64, visit).run(format, name, bytes)
}
