//! The table of vulnerable versions: `data/versions.tsv`.

use super::order::compare;
use facts::ComponentKind;
use model::Severity;
use std::cmp::Ordering;

/// The tables that versions are judged by.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// One entry for each vulnerability of a component.
    pub entries: Vec<VersionEntry>,
}

/// A vulnerability of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Which component.
    pub kind: ComponentKind,
    /// The vulnerability.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// Versions that have it: from (itself, empty for the first) and up to (not itself, empty for all later).
    pub ranges: Vec<(String, String)>,
    /// What it does.
    pub summary: String,
}

/// A line that is no entry.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the table of versions: {reason}")]
pub struct TablesError {
    line: usize,
    reason: String,
}

impl Tables {
    /// The table that is built in.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../data/versions.tsv")).expect("a test reads the table")
    }

    /// Reads a table: component, id, severity, ranges, what it does, separated by tabs. Ranges are `FROM<FIXED`, either of
    /// which may be missing, separated by spaces.
    ///
    /// # Errors
    /// When a line is no entry.
    pub fn parse(text: &str) -> Result<Self, TablesError> {
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let wrong = |reason: &str| TablesError { line: at + 1, reason: reason.to_owned() };
            let fields: Vec<&str> = line.split('\t').collect();
            let [kind, ids, severity, ranges, summary] = fields[..] else {
                return Err(wrong("it has not five fields"));
            };
            let kind: ComponentKind = serde_json::from_value(serde_json::Value::String(kind.to_owned()))
                .map_err(|_| wrong("there is no such component"))?;
            let severity = severity.parse().map_err(|_| wrong("there is no such severity"))?;
            let mut parsed = Vec::new();
            for range in ranges.split_whitespace() {
                let (from, fixed) = range.split_once('<').ok_or_else(|| wrong("a range has no '<'"))?;
                parsed.push((from.to_owned(), fixed.to_owned()));
            }
            for id in ids.split(',') {
                entries.push(VersionEntry {
                    kind,
                    id: id.to_owned(),
                    severity,
                    ranges: parsed.clone(),
                    summary: summary.to_owned(),
                });
            }
        }
        Ok(Self { entries })
    }

    /// The entries of a component that hold this upstream version.
    pub(crate) fn hits<'t>(&'t self, kind: ComponentKind, version: &str) -> Vec<&'t VersionEntry> {
        self.entries.iter().filter(|entry| entry.kind == kind && entry.holds(version)).collect()
    }

    /// How many entries a component has.
    pub(crate) fn count(&self, kind: ComponentKind) -> usize {
        self.entries.iter().filter(|entry| entry.kind == kind).count()
    }
}

impl VersionEntry {
    /// Whether an upstream version has it.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        self.ranges.iter().any(|(from, fixed)| {
            (from.is_empty() || compare(version, from) != Ordering::Less)
                && (fixed.is_empty() || compare(version, fixed) == Ordering::Less)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_whole() {
        let tables = Tables::built_in();
        assert!(tables.entries.len() >= 150, "{}", tables.entries.len());
        for kind in [ComponentKind::Engine, ComponentKind::Runc, ComponentKind::Harbor, ComponentKind::Kernel]
        {
            assert!(tables.count(kind) > 0, "{kind:?}");
        }
        for (at, entry) in tables.entries.iter().enumerate() {
            let again =
                tables.entries[..at].iter().any(|other| other.kind == entry.kind && other.id == entry.id);
            assert!(!again, "{} stands there twice", entry.id);
        }
    }

    #[test]
    fn damaged_tables_are_refused_without_panic() {
        let text = "runc\tCVE-1\thigh\t<1.1.12\twords\n";
        assert!(Tables::parse(text).is_ok());
        for end in 0..text.len() {
            let _ = Tables::parse(&text[..end]);
        }
        assert!(Tables::parse("nothing\tCVE-1\thigh\t<1\tx").is_err());
    }
}
