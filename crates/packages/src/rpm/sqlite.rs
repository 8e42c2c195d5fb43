//! `rpmdb.sqlite`: the SQLite database of rpm since 4.16.

use super::{database, is_in_database_directory};
use crate::{Format, FormatKind};

/// The SQLite database of rpm since 4.16.
pub(crate) static FORMAT: Format = Format {
    id: "rpm/sqlite",
    kind: FormatKind::System,
    matches: |path| is_in_database_directory(path, "rpmdb.sqlite"),
    parse: database::parse,
};
