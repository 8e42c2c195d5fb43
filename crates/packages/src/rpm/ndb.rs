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

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[test]
    fn each_directory_of_a_database_is_known() {
        for directory in ["var/lib/rpm", "usr/share/rpm", "usr/lib/sysimage/rpm"] {
            assert!((FORMAT.matches)(&LayerPath::new(&format!("{directory}/Packages.db"))), "{directory}");
        }
        assert!(!(FORMAT.matches)(&LayerPath::new("srv/root/var/lib/rpm/Packages.db")));
        assert!(!(FORMAT.matches)(&LayerPath::new("var/lib/rpm/Name")));
    }
}
