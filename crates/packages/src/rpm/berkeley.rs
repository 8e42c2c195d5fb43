//! `Packages`: the Berkeley DB hash database of rpm before 4.16.

use super::{database, is_in_database_directory};
use crate::{Format, FormatKind};

/// The Berkeley DB hash database of rpm before 4.16.
pub(crate) static FORMAT: Format = Format {
    id: "rpm/bdb",
    kind: FormatKind::System,
    matches: |path| is_in_database_directory(path, "Packages"),
    parse: database::parse,
};
