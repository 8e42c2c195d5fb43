//! Repairing files.

use super::judge::{Judge, Judged};
use super::sources::Source;
use anyhow::{Context, Result, bail};
use lint::Made;

/// Rounds of edits: one that meets another waits for the next round, and one edit can make another a safe one.
const ROUNDS_MAX: usize = 20;

/// A repaired text, and what is found in it.
pub(super) struct Repaired {
    pub(super) text: String,
    pub(super) judged: Judged,
    /// Fixes that were made.
    made: usize,
    /// Suggestions that were not.
    pub(super) suggestions: usize,
}

/// Makes the edits that a file's findings carry, until none is left.
pub(super) fn repair(source: &Source, judged: Judged, judge: &Judge, which: Made) -> Repaired {
    let mut repaired = Repaired { text: source.text.clone(), judged, made: 0, suggestions: 0 };
    let mut source = source.clone();
    for _ in 0..ROUNDS_MAX {
        let applied = lint::apply_fixes(&repaired.text, &repaired.judged.findings, which);
        if applied.made.is_empty() || applied.text == repaired.text {
            break;
        }
        repaired.made += applied.made.len();
        source.text.clone_from(&applied.text);
        repaired.text = applied.text;
        repaired.judged = judge.judge(&source);
    }
    let fixes = repaired.judged.findings.iter().filter_map(|finding| finding.fix.as_ref());
    repaired.suggestions = fixes.filter(|fix| fix.caution.is_some()).count();
    repaired
}

/// Writes a repaired text in place of the file, by rename; of standard input, to nowhere.
pub(super) fn write(source: &Source, repaired: &Repaired) -> Result<()> {
    let Some(path) = &source.path else {
        bail!("standard input cannot be repaired in place (hint: --diff shows the edits)");
    };
    if !source.is_utf8 {
        bail!("{} is not UTF-8 and is not repaired, so that nothing else in it changes", path.display());
    }
    // A link stays one, and the file keeps its rights.
    let path = std::fs::canonicalize(path).with_context(|| format!("cannot find {}", path.display()))?;
    let permissions = std::fs::metadata(&path).map(|metadata| metadata.permissions());
    crate::output::write_file(&path, repaired.text.as_bytes())?;
    if let Ok(permissions) = permissions {
        std::fs::set_permissions(&path, permissions)
            .with_context(|| format!("cannot set the mode of {}", path.display()))?;
    }
    eprintln!("{}: {} repaired", report::neutral(&source.name), repaired.made);
    Ok(())
}
