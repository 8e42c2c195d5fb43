//! Words to a person beside the data.

use std::io::Write as _;

/// Writes a line to standard error, control characters as escapes. When nobody reads there any more, it is left out:
/// what runs for months does not end for it.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", report::neutral(line));
}
