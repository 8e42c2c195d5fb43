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

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[test]
    fn each_directory_of_a_database_is_known() {
        for directory in ["var/lib/rpm", "usr/share/rpm", "usr/lib/sysimage/rpm"] {
            assert!((FORMAT.matches)(&LayerPath::new(&format!("{directory}/Packages"))), "{directory}");
        }
        assert!(!(FORMAT.matches)(&LayerPath::new("srv/root/var/lib/rpm/Packages")));
        assert!(!(FORMAT.matches)(&LayerPath::new("var/lib/rpm/Name")));
    }
}
