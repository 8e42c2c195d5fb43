//! `usr/lib/opkg/status`: the packages of OpenWrt and other systems with opkg, in dpkg's format.

use super::control;
use crate::{Format, FormatKind};

/// opkg's list of packages.
pub(crate) static FORMAT: Format = Format {
    id: "deb/opkg-status",
    kind: FormatKind::System,
    matches: |path| matches!(path.as_str(), "usr/lib/opkg/status" | "var/lib/opkg/status"),
    parse: control::parse,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn states_of_opkg_are_understood() {
        let text = "Package: uhttpd\nVersion: 2023-06-25-34a8a74d-1\nStatus: install user installed\n\
                    Architecture: x86_64\n\nPackage: gone\nVersion: 1\nStatus: unknown ok not-installed\n";
        check(&FORMAT, "usr/lib/opkg/status", text, &["uhttpd@2023-06-25-34a8a74d-1"]);
    }
}
