//! Writing repaired files.

use super::sources::Source;
use anyhow::{Result, bail};
use lint::Applied;

/// Writes a repaired text in place of the file, by rename; of standard input, to nowhere.
pub(super) fn write(source: &Source, fixed: &Applied) -> Result<()> {
    let Some(path) = &source.path else {
        bail!("standard input cannot be repaired in place (hint: --diff shows the edits)");
    };
    crate::output::write_file(path, fixed.text.as_bytes())?;
    let left = if fixed.left > 0 { format!(", {} left for another run", fixed.left) } else { String::new() };
    eprintln!("{}: {} repaired{left}", report::neutral(&source.name), fixed.made.len());
    Ok(())
}
