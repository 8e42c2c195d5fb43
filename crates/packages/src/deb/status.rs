//! `var/lib/dpkg/status`: the packages that dpkg knows.

use super::control;
use crate::{Format, FormatKind};

/// dpkg's list of packages; those whose files are there, `hold` and triggers included.
pub(crate) static FORMAT: Format = Format {
    id: "deb/status",
    kind: FormatKind::System,
    matches: |path| path.as_str() == "var/lib/dpkg/status",
    parse: control::parse,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Found, check, parse};

    const STATUS: &str = "\
Package: libssl3
Status: install ok installed
Priority: optional
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Multi-Arch: same
Source: openssl
Version: 3.0.11-1~deb12u2
Description: Secure Sockets Layer toolkit
 Version: 9.9 in a description means nothing.
 .
 Package: neither

Package: libgcc-s1
Status: hold ok installed
Origin: Example Corporation
Maintainer: Somebody <somebody@example.org>
Architecture: amd64
Source: gcc-12 (12.2.0-14)
Version: 12.2.0-14+b1
Conffiles:
 /etc/gcc.conf 0123456789ABCDEF0123456789abcdef
 /etc/old file.conf fedcba9876543210fedcba9876543210 obsolete
 /etc/new.conf newconffile
Description: GCC support library
 /etc/not-a-conffile 0123456789abcdef0123456789abcdef

Package: gone
Status: deinstall ok config-files
Version: 1.0
Conffiles:
 /etc/gone 0123456789abcdef0123456789abcdef

Package: man-db
Status: install ok triggers-pending
Version: 2.11.2-2
";

    fn status(text: &str) -> Found {
        parse(&FORMAT, "var/lib/dpkg/status", text)
    }

    #[test]
    fn only_packages_whose_files_are_there_are_told() {
        let expected = ["libgcc-s1@12.2.0-14+b1", "libssl3@3.0.11-1~deb12u2", "man-db@2.11.2-2"];
        check(&FORMAT, "var/lib/dpkg/status", STATUS, &expected);
    }

    #[test]
    fn each_state_is_judged() {
        for (state, is_told, has_problem) in [
            ("install ok installed", true, false),
            ("install ok triggers-awaited", true, false),
            ("install ok unpacked", true, false),
            ("install reinstreq half-configured", true, false),
            ("install reinstreq half-installed", false, true),
            ("purge ok not-installed", false, false),
            ("deinstall ok config-files", false, false),
            ("install ok nonsense", false, true),
        ] {
            let found = status(&format!("Package: a\nStatus: {state}\nVersion: 1\n"));
            assert_eq!(
                (found.packages.len() == 1, found.problems.len() == 1),
                (is_told, has_problem),
                "{state}"
            );
        }
    }

    #[test]
    fn source_has_its_own_name_and_version() {
        let found = status(STATUS);
        let sources: Vec<_> = found
            .packages
            .iter()
            .map(|package| package.source.clone().map(|source| (source.name, source.version)).unwrap())
            .collect();
        let expected = [("openssl", "3.0.11-1~deb12u2"), ("gcc-12", "12.2.0-14"), ("man-db", "2.11.2-2")];
        assert_eq!(sources, expected.map(|(name, version)| (name.to_owned(), version.to_owned())));
    }

    #[test]
    fn source_that_is_no_text_is_told_and_the_package_is_its_own_source() {
        for (source, problems) in [("\u{7}", 1), ("a ()", 0)] {
            let found = status(&format!("Package: a\nVersion: 1\nSource: {source}\n"));
            let source = found.packages[0].source.as_ref().unwrap();
            assert_eq!((&source.name[..], &source.version[..], found.problems.len()), ("a", "1", problems));
        }
    }

    #[test]
    fn vendor_is_the_origin_or_else_the_maintainer() {
        let vendors: Vec<_> = status(STATUS).packages.into_iter().map(|package| package.vendor).collect();
        assert_eq!(vendors[0].as_deref(), Some("Debian OpenSSL Team"));
        assert_eq!(vendors[1].as_deref(), Some("Example Corporation"));
    }

    #[test]
    fn configuration_files_of_installed_packages_are_owned() {
        let expected = [
            "libgcc-s1 etc/gcc.conf md5:0123456789abcdef0123456789abcdef config",
            "libgcc-s1 etc/new.conf - config",
            "libgcc-s1 etc/old file.conf md5:fedcba9876543210fedcba9876543210 config",
        ];
        let mut owned = status(STATUS).owned;
        owned.sort();
        assert_eq!(owned, expected);
    }

    #[test]
    fn garbage_loses_its_own_paragraph_alone() {
        let found = status(
            "\x00\x01\x02 garbage\n\nPackage: a\nVersion: \x07\n\nVersion: 2\n\nPackage: b\nVersion: 1\n",
        );
        assert_eq!(found.names(), ["b@1"]);
        let lines: Vec<_> = found.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [1, 1, 3, 6]);
    }

    #[test]
    fn status_below_another_directory_is_no_record_of_this_system() {
        for path in ["srv/root/var/lib/dpkg/status", "var/lib/dpkg/status-old", "proc/self/status"] {
            assert!(!(FORMAT.matches)(&model::LayerPath::new(path)), "{path}");
        }
    }
}
