//! `var/lib/dpkg/status.d/*`: one file a package, in distroless images.

use super::control;
use crate::{Format, FormatKind};

/// A paragraph of dpkg's list as a file of its own; it has no state, the package is there.
pub(crate) static FORMAT: Format = Format {
    id: "deb/status.d",
    kind: FormatKind::System,
    matches: |path| {
        path.as_str()
            .strip_prefix("var/lib/dpkg/status.d/")
            .is_some_and(|name| !name.contains('/') && !name.ends_with(".md5sums"))
    },
    parse: control::parse,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;

    #[test]
    fn file_without_a_state_is_an_installed_package() {
        let text = "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n";
        check(&FORMAT, "var/lib/dpkg/status.d/base", text, &["base-files@12.4+deb12u5"]);
    }

    #[test]
    fn checksums_are_another_format() {
        assert!(!(FORMAT.matches)(&model::LayerPath::new("var/lib/dpkg/status.d/base.md5sums")));
    }
}
