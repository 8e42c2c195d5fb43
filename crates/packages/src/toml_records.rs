//! TOML lock files: arrays of tables of packages.

use crate::{manifest::Manifest, text};
use model::GapReason;
use toml::de::{DeTable, DeValue};

// The largest lock files of real projects are some megabytes; the parser holds several times the text.
const TOML_BYTES_MAX: usize = 32 << 20;
// Finding the line of an error counts the lines before it.
const ERRORS_MAX: usize = 20;

/// One table of an array of tables.
pub(crate) struct Record<'a>(&'a DeTable<'a>);

/// Hands each table of the array `array` to `each`. What the parser could recover from a broken file counts.
pub(crate) fn read(
    manifest: &mut Manifest<'_>,
    bytes: &[u8],
    array: &str,
    each: &mut dyn FnMut(&mut Manifest<'_>, &Record<'_>),
) {
    if bytes.len() > TOML_BYTES_MAX {
        let detail = format!("{} bytes of TOML, more than the limit of {TOML_BYTES_MAX}", bytes.len());
        return manifest.problem(None, GapReason::LimitReached, &detail);
    }
    let content = text::decode(bytes);
    let (document, errors) = DeTable::parse_recoverable(&content);
    for error in errors.iter().take(ERRORS_MAX) {
        let line = error.span().map(|span| line_of(&content, span.start));
        manifest.malformed(line, &format!("not TOML: {}", error.message()));
    }
    if errors.len() > ERRORS_MAX {
        manifest.malformed(None, &format!("{} more lines that are not TOML", errors.len() - ERRORS_MAX));
    }
    let Some(value) = document.get_ref().get(array) else { return };
    let Some(tables) = value.get_ref().as_array() else {
        return manifest.malformed(None, &format!("'{array}' is no array of tables"));
    };
    for table in tables.iter() {
        match table.get_ref().as_table() {
            Some(table) => each(manifest, &Record(table)),
            None => manifest.malformed(None, &format!("an element of '{array}' is no table")),
        }
    }
}

fn line_of(content: &str, offset: usize) -> u32 {
    let before = content.as_bytes().get(..offset).unwrap_or_default();
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).unwrap_or(u32::MAX)
}

impl Record<'_> {
    /// A string member.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.get_ref().as_str()
    }

    /// A member that is a table.
    pub(crate) fn table(&self, key: &str) -> Option<Record<'_>> {
        match self.0.get(key)?.get_ref() {
            DeValue::Table(table) => Some(Record(table)),
            _ => None,
        }
    }

    /// Whether there is a member of this name.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, testing::Found};
    use model::{Ecosystem, FoundBy, LayerPath, Limits};

    fn run(bytes: &[u8]) -> Found {
        let mut found = Found::default();
        let (path, limits) = (LayerPath::new("x"), Limits::default());
        let ctx = Context { path: &path, limits: &limits };
        let mut manifest = Manifest::new(&ctx, Ecosystem::Cargo, FoundBy::LockFile, &mut found);
        read(&mut manifest, bytes, "package", &mut |manifest, record| {
            manifest.package(record.text("name").unwrap_or(""), record.text("version").unwrap_or(""));
        });
        drop(manifest);
        found
    }

    #[test]
    fn a_broken_line_loses_its_record_alone() {
        let found = run(b"[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = \"b\nversion = \"2\"\n[[package]]\nname = \"c\"\nversion = \"3\"\n");
        assert!(found.names().contains(&"a@1".to_owned()) && found.names().contains(&"c@3".to_owned()));
        assert_eq!(found.problems[0].line, Some(5));
    }

    #[test]
    fn deep_nesting_and_huge_files_are_problems() {
        let mut deep = b"a = ".to_vec();
        deep.extend(std::iter::repeat_n(b'[', 100_000));
        assert!(!run(&deep).problems.is_empty());
        assert_eq!(run(&vec![b'\n'; TOML_BYTES_MAX + 1]).problems[0].reason, GapReason::LimitReached);
    }
}
