//! RPM databases and what stands in for them.

pub(crate) mod berkeley;
mod database;
pub(crate) mod manifest;
pub(crate) mod ndb;
pub(crate) mod sqlite;
pub(crate) mod write_ahead_log;

use model::SourcePackage;

/// `[epoch:]version-release`, without an epoch of 0.
fn full_version(epoch: Option<u32>, version_release: &str) -> String {
    match epoch {
        None | Some(0) => version_release.to_owned(),
        Some(epoch) => format!("{epoch}:{version_release}"),
    }
}

/// The source package in `name-version-release.src.rpm`.
fn source_of(file_name: &str) -> Option<SourcePackage> {
    let stem = file_name.strip_suffix(".rpm")?;
    let stem = stem.strip_suffix(".src").or_else(|| stem.strip_suffix(".nosrc"))?;
    let (rest, _release) = stem.rsplit_once('-')?;
    let (name, _version) = rest.rsplit_once('-')?;
    let version = stem[name.len()..].trim_start_matches('-');
    Some(SourcePackage { name: name.to_owned(), version: version.to_owned() }).filter(|_| !name.is_empty())
}

/// Whether a path is a file of this name in one of the directories where rpm keeps its database.
fn is_in_database_directory(path: &model::LayerPath, file_name: &str) -> bool {
    path.file_name() == file_name
        && matches!(path.parent(), Some("var/lib/rpm" | "usr/share/rpm" | "usr/lib/sysimage/rpm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directory_of_a_database_is_known() {
        for (format, name) in [
            (&berkeley::FORMAT, "Packages"),
            (&ndb::FORMAT, "Packages.db"),
            (&sqlite::FORMAT, "rpmdb.sqlite"),
        ] {
            let is_known = |path: String| (format.matches)(&model::LayerPath::new(&path));
            for directory in ["var/lib/rpm", "usr/share/rpm", "usr/lib/sysimage/rpm"] {
                assert!(is_known(format!("{directory}/{name}")), "{directory}/{name}");
            }
            assert!(!is_known(format!("srv/root/var/lib/rpm/{name}")));
            assert!(!is_known("var/lib/rpm/Name".to_owned()));
        }
    }

    #[test]
    fn epoch_of_zero_is_absent() {
        assert_eq!(full_version(None, "1-2"), "1-2");
        assert_eq!(full_version(Some(0), "1-2"), "1-2");
        assert_eq!(full_version(Some(4), "1-2"), "4:1-2");
    }

    #[test]
    fn source_name_may_hold_hyphens() {
        let source = |text| source_of(text).map(|source| (source.name, source.version));
        let pair = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(source("util-linux-2.32.1-42.el8_8.src.rpm"), pair("util-linux", "2.32.1-42.el8_8"));
        assert_eq!(source("a-1-2.nosrc.rpm"), pair("a", "1-2"));
        for bad in ["", "(none)", "a-1.src.rpm", "-1-2.src.rpm", "a-1-2.rpm"] {
            assert_eq!(source(bad), None, "{bad}");
        }
    }
}
