//! TOML lock files: arrays of tables of packages.
//!
//! The text is cut at the headers of the tables and each record is parsed by itself: a broken record loses only
//! itself, and a file of many megabytes needs the memory of its largest record.

use crate::{manifest::Manifest, text::numbered_lines};
use model::GapReason;
use toml::de::{DeTable, DeValue};

// A record with the digests of all files of a release has some hundred kilobytes; the parser holds many times
// the text.
const RECORD_BYTES_MAX: usize = 4 << 20;

/// One table of an array of tables.
pub(crate) struct Record<'a>(&'a DeTable<'a>);

/// Hands each table of the array `array` to `each`, be it written as `[[array]]` or, before all tables, as
/// `array = [{…}]`.
pub(crate) fn read(
    manifest: &mut Manifest<'_>,
    bytes: &[u8],
    array: &str,
    each: &mut dyn FnMut(&mut Manifest<'_>, &Record<'_>),
) {
    let Some(content) = manifest.text(bytes) else { return };
    let record_header = format!("[[{array}]]");
    let inner_headers = [format!("[{array}."), format!("[[{array}.")];
    let mut reader = Reader { manifest, array, each };
    // What comes before the first table may hold the array, too.
    let (mut start, mut first_line, mut is_wanted) = (0, 1, true);
    for (number, line) in numbered_lines(&content) {
        if !is_header(line) || inner_headers.iter().any(|header| line.starts_with(header)) {
            continue;
        }
        let at = line.as_ptr().addr() - content.as_ptr().addr();
        if is_wanted {
            reader.read_piece(&content[start..at], first_line);
        }
        (start, first_line, is_wanted) = (at, number, line.starts_with(&record_header));
    }
    if is_wanted {
        reader.read_piece(&content[start..], first_line);
    }
}

/// Whether a line is the header of a table. Elements of arrays are indented or no names.
fn is_header(line: &str) -> bool {
    let name = line.trim_start_matches('[');
    name.len() < line.len()
        && name.starts_with(|character: char| character.is_ascii_alphabetic())
        && name.contains(']')
}

struct Reader<'r, 'm> {
    manifest: &'r mut Manifest<'m>,
    array: &'r str,
    each: &'r mut dyn FnMut(&mut Manifest<'_>, &Record<'_>),
}

impl Reader<'_, '_> {
    fn read_piece(&mut self, piece: &str, first_line: u32) {
        if piece.len() > RECORD_BYTES_MAX {
            let detail =
                format!("a record of {} bytes, more than the limit of {RECORD_BYTES_MAX}", piece.len());
            return self.manifest.problem(Some(first_line), GapReason::LimitReached, &detail);
        }
        let document = match DeTable::parse(piece) {
            Ok(document) => document,
            Err(error) => {
                let before =
                    piece.as_bytes().get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
                let lines = u32::try_from(before.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
                let detail = format!("not TOML: {}", error.message());
                return self.manifest.malformed(Some(first_line.saturating_add(lines)), &detail);
            }
        };
        let Some(value) = document.get_ref().get(self.array) else { return };
        let Some(tables) = value.get_ref().as_array() else {
            return self
                .manifest
                .malformed(Some(first_line), &format!("'{}' is no array of tables", self.array));
        };
        for table in tables.iter() {
            match table.get_ref().as_table() {
                Some(table) => (self.each)(self.manifest, &Record(table)),
                None => self
                    .manifest
                    .malformed(Some(first_line), &format!("an element of '{}' is no table", self.array)),
            }
        }
    }
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
    fn a_broken_record_loses_itself_alone() {
        let text = "[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = \"b\nversion = \"2\"\n\
            [package.source]\nx = [\n[1],\n]\n[[package]] # c\nname = \"c\"\nversion = \"3\"\n[metadata]\nlock = \"b";
        let found = run(text.as_bytes());
        assert_eq!(found.names(), ["a@1", "c@3"]);
        assert_eq!(found.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(5)]);
    }

    #[test]
    fn array_of_inline_tables_is_read() {
        let found = run(b"version = 1\npackage = [\n  { name = \"a\", version = \"1\" },\n{ name = \"b\", version = \"2\" }]\n[x]\n");
        assert_eq!((found.names(), found.problems), (vec!["a@1".to_owned(), "b@2".to_owned()], vec![]));
    }

    #[test]
    fn deep_nesting_and_huge_records_are_problems() {
        let mut deep = b"a = ".to_vec();
        deep.extend(std::iter::repeat_n(b'[', 100_000));
        assert_eq!(run(&deep).problems.len(), 1);
        assert_eq!(run(&vec![b'\n'; RECORD_BYTES_MAX + 1]).problems[0].reason, GapReason::LimitReached);
    }
}
