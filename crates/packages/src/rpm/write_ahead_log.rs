//! `rpmdb.sqlite-wal`: changes that were not merged into the SQLite database.

use super::is_in_database_directory;
use crate::{Context, Format, FormatKind, Problem, Sink};
use model::GapReason;

/// A write-ahead log that is not empty; rpm merges it when it closes the database, so that an image whose
/// build was not interrupted has none, or an empty one (SQLite documentation, "Write-Ahead Logging").
pub(crate) static FORMAT: Format = Format {
    id: "rpm/sqlite-wal",
    kind: FormatKind::System,
    matches: |path| is_in_database_directory(path, "rpmdb.sqlite-wal"),
    parse,
};

fn parse(_: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    if !bytes.is_empty() {
        let detail = format!("{} bytes of changes may not be in rpmdb.sqlite and are not read", bytes.len());
        sink.problem(Problem { line: None, reason: GapReason::Unsupported, detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::parse;

    #[test]
    fn log_that_is_not_empty_is_told() {
        assert_eq!(parse(&FORMAT, "var/lib/rpm/rpmdb.sqlite-wal", "").problems, []);
        assert_eq!(parse(&FORMAT, "var/lib/rpm/rpmdb.sqlite-wal", "x").problems.len(), 1);
    }
}
