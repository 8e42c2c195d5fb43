//! `Packages.db`: the native database of rpm, used by SUSE.

use super::{database, is_in_database_directory};
use crate::{Format, FormatKind};

/// The native database of rpm, used by SUSE.
pub(crate) static FORMAT: Format = Format {
    id: "rpm/ndb",
    kind: FormatKind::System,
    matches: |path| is_in_database_directory(path, "Packages.db"),
    parse: database::parse,
};
