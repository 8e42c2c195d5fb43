//! Writing repaired files.

use super::sources::Source;
use anyhow::{Context, Result, bail};
use lint::Applied;

/// Writes a repaired text in place of the file, by rename; of standard input, to nowhere.
pub(super) fn write(source: &Source, fixed: &Applied) -> Result<()> {
    let Some(path) = &source.path else {
        bail!("standard input cannot be repaired in place (hint: --diff shows the edits)");
    };
    if !source.is_utf8 {
        bail!("{} is not UTF-8 and is not repaired, so that nothing else in it changes", path.display());
    }
    // A link stays one, and the file keeps its rights.
    let path = std::fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display()))?;
    let permissions = std::fs::metadata(&path).map(|metadata| metadata.permissions());
    crate::output::write_file(&path, fixed.text.as_bytes())?;
    if let Ok(permissions) = permissions {
        std::fs::set_permissions(&path, permissions)
            .with_context(|| format!("cannot set the mode of {}", path.display()))?;
    }
    let left = if fixed.left > 0 { format!(", {} left for another run", fixed.left) } else { String::new() };
    eprintln!("{}: {} repaired{left}", report::neutral(&source.name), fixed.made.len());
    Ok(())
}
