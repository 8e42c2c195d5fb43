//! The report that a command fills which opens no image.

use model::{Report, Target, TargetKind};

/// A report of this program about something of that kind and name, with nothing in it.
pub(crate) fn empty_report(kind: TargetKind, name: String) -> Report {
    Report::new(env!("CARGO_PKG_VERSION"), Target::new(kind, name))
}
