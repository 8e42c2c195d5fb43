//! What package managers wrote down of files: dpkg's digests and configuration files, apk's record, rpm's database.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::respond::is_of_host;
use model::{LayerPath, Limits};
use packages::{Context, FORMATS, FormatKind, OwnedFile, Problem, Sink};

/// Bytes of one file of a record; rpm's database of a large workstation has some hundred million.
const FILE_BYTES_MAX: u64 = 512 << 20;
/// Files of one directory of a record.
const FILES_MAX: usize = 200_000;

/// Where the records lie.
const DIRECTORIES: &[&str] = &[
    "var/lib/dpkg",
    "var/lib/dpkg/info",
    "lib/apk/db",
    "usr/lib/apk/db",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
];

/// The records of the package managers below a root.
#[derive(Clone, Debug)]
pub struct PackageRecord {
    root: PathBuf,
}

/// Who owns a file, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) package: String,
    /// `md5:…`, `sha1:…` or `sha256:…`.
    pub(super) digest: String,
    /// Whether the administrator may change it.
    pub(super) is_config: bool,
}

/// The owners of the files that were asked for.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<PathBuf, Owner>);

impl PackageRecord {
    /// The record of the system below `root`.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The packages that own files. The records are read each time, because they change with every upgrade.
    pub(super) fn owners<'p>(&self, paths: impl IntoIterator<Item = &'p PathBuf>) -> Owners {
        let mut wanted: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in paths {
            // Records have no digest of a link: what counts is what it leads to.
            let real = fs::canonicalize(path).ok().filter(|real| real != path);
            for place in std::iter::once(path).chain(&real) {
                let Some(inside) = place.strip_prefix(&self.root).ok().and_then(Path::to_str) else {
                    continue;
                };
                // With a merged /usr, the record may name a file by its old place.
                let other = inside
                    .strip_prefix("usr/")
                    .filter(|rest| ["bin/", "sbin/", "lib/"].iter().any(|top| rest.starts_with(top)));
                for name in std::iter::once(inside).chain(other) {
                    wanted.entry(name.to_owned()).or_default().push(path.clone());
                }
            }
        }
        let mut found = Found { wanted, owners: BTreeMap::new() };
        for directory in DIRECTORIES {
            let Ok(entries) = fs::read_dir(self.root.join(directory)) else { continue };
            for entry in entries.flatten().take(FILES_MAX) {
                if let Some(name) = entry.file_name().to_str() {
                    found.read(&LayerPath::new(&format!("{directory}/{name}")), &entry.path());
                }
            }
        }
        Owners(found.owners)
    }
}

impl Owners {
    pub(super) fn of(&self, path: &Path) -> Option<&Owner> {
        self.0.get(path)
    }
}

/// Takes from records what is wanted.
struct Found {
    wanted: BTreeMap<String, Vec<PathBuf>>,
    owners: BTreeMap<PathBuf, Owner>,
}

impl Found {
    fn read(&mut self, name: &LayerPath, path: &Path) {
        let is_record = |format: &&&packages::Format| {
            // dpkg's plain lists have no digests.
            format.kind == FormatKind::System && format.id != "deb/list" && (format.matches)(name)
        };
        let Some(format) = FORMATS.iter().find(is_record) else { return };
        if fs::metadata(path).map_or(true, |metadata| metadata.len() > FILE_BYTES_MAX) {
            return;
        }
        if let Ok(bytes) = fs::read(path) {
            (format.parse)(&Context { path: name, limits: &Limits::default() }, &bytes, self);
        }
    }
}

impl Sink for Found {
    fn package(&mut self, _: model::Package) {}

    fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        let Some(digest) = file.digest else { return };
        let Some(paths) = self.wanted.get(file.path.trim_start_matches('/')) else { return };
        let owner =
            Owner { package: package.to_owned(), digest: digest.to_owned(), is_config: file.is_config };
        self.owners.extend(paths.iter().map(|path| (path.clone(), owner.clone())));
    }

    fn problem(&mut self, _: Problem) {}
}

/// Programs that write records, as `comm` names them (15 bytes of it, proc(5)).
const MANAGERS: &[&str] = &[
    "dpkg",
    "apt-get",
    "apt",
    "aptitude",
    "rpm",
    "dnf",
    "dnf5",
    "yum",
    "zypper",
    "apk",
    "unattended-upgr",
    "packagekitd",
];

/// Whether a package manager of the host is at work: its record may not be what it will be. Whoever calls himself so in a
/// container, or is not root, changes no record.
pub(super) fn is_package_manager_running() -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            return false;
        };
        fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| MANAGERS.contains(&name.trim_end()))
            && entry.metadata().is_ok_and(|metadata| metadata.uid() == 0)
            && is_of_host(process)
    })
}
