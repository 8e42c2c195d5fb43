//! Words to a person beside the data.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Writes a line to standard error, control characters as escapes. When nobody reads there any more, it is left out:
/// what runs for months does not end for it.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", report::neutral(line));
}

/// Remarks that would come with every request.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

/// So long nothing more is said.
const QUIET: Duration = Duration::from_secs(30);

impl Seldom {
    /// As [`remark`], unless something was said a moment ago.
    pub(crate) fn remark(&self, line: &str) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= QUIET) {
            *last = Some(Instant::now());
            remark(line);
        }
    }
}
