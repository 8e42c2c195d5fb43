//! Which paths mean a language package, beside what its record lists.

use model::{Ecosystem, FoundBy, Package};

/// Endings of files that interpreters and virtual machines load. Others are data to us: opening them is not told.
const CODE: &[&str] = &[
    "cjs", "class", "dll", "ear", "egg", "gem", "jar", "js", "lua", "mjs", "node", "php", "pl", "pm", "py",
    "pyc", "rb", "so", "ts", "war", "whl",
];

/// Whether a file of that name is code of an interpreter or virtual machine.
#[must_use]
pub fn is_code(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return false };
    let ending = &name[dot + 1..];
    ending.len() <= 5 && CODE.iter().any(|code| code.as_bytes() == ending)
}

/// What paths mean a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This file alone: a program with build information, an archive.
    File(String),
    /// What is below this directory, and below no other package's inside it.
    Below(String),
    /// The record of its files tells: of wheels.
    Recorded,
    /// Nothing does.
    Unknowable(&'static str),
}

/// What paths mean a package of a language, by where its metadata lies.
pub(crate) fn claim(package: &Package) -> Claim {
    let path = package.path.as_str();
    let parent = package.path.parent().unwrap_or_default();
    match package.found_by {
        FoundBy::LockFile => return Claim::Unknowable("a lock file declares it, and tells no files"),
        FoundBy::Sbom => return Claim::Unknowable("a bill of materials names it, and tells no files"),
        FoundBy::BuildInfo | FoundBy::Classifier => return Claim::File(path.to_owned()),
        FoundBy::PackageManager | FoundBy::Installed => {}
    }
    match package.ecosystem {
        Ecosystem::Npm => Claim::Below(parent.to_owned()),
        Ecosystem::Maven => Claim::File(path.to_owned()),
        Ecosystem::PyPI if parent.ends_with(".dist-info") => Claim::Recorded,
        // rubygems: specifications/NAME-VERSION.gemspec beside gems/NAME-VERSION/.
        Ecosystem::Gem => match parent.rsplit_once("specifications").map(|(above, _)| above) {
            Some(above) => Claim::Below(format!("{above}gems/{}-{}", package.name, package.version)),
            None => Claim::Unknowable("its specification is not where gems are installed"),
        },
        // composer: vendor/composer/installed.json beside vendor/VENDOR/NAME/.
        Ecosystem::Composer => match parent.strip_suffix("composer") {
            Some(vendor) => Claim::Below(format!("{vendor}{}", package.name)),
            None => Claim::Unknowable("its record is not where composer installs"),
        },
        _ => Claim::Unknowable("its metadata tells no files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::LayerPath;

    #[test]
    fn code_is_told_by_its_ending() {
        for name in ["a.py", "index.js", "app.jar", "x.cpython-311.pyc", "binding.node"] {
            assert!(is_code(name.as_bytes()), "{name}");
        }
        for name in ["a", "passwd", "a.txt", ".", "x.py~", "a.", "so.1"] {
            assert!(!is_code(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn packages_claim_what_lies_where_they_are_installed() {
        let package = |ecosystem, name: &str, path: &str| {
            claim(&Package::new(ecosystem, name, "1.0", FoundBy::Installed, &LayerPath::new(path)))
        };
        assert_eq!(
            package(Ecosystem::Npm, "lodash", "app/node_modules/lodash/package.json"),
            Claim::Below("app/node_modules/lodash".to_owned())
        );
        assert_eq!(
            package(Ecosystem::Gem, "rack", "usr/lib/ruby/specifications/rack-1.0.gemspec"),
            Claim::Below("usr/lib/ruby/gems/rack-1.0".to_owned())
        );
        assert_eq!(
            package(Ecosystem::Composer, "a/b", "srv/vendor/composer/installed.json"),
            Claim::Below("srv/vendor/a/b".to_owned())
        );
        assert_eq!(package(Ecosystem::PyPI, "six", "x/six-1.0.dist-info/METADATA"), Claim::Recorded);
        assert!(matches!(package(Ecosystem::PyPI, "old", "x/old.egg-info"), Claim::Unknowable(_)));
    }
}
