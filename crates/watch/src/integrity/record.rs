//! What the package manager wrote down of a file: `/var/lib/dpkg/info/*.md5sums` and the conffiles of its status (deb-md5sums(5)).

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of one list.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// The record of the package manager below a root.
#[derive(Clone, Debug)]
pub struct PackageRecord {
    root: PathBuf,
}

/// Who owns a file, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) package: String,
    pub(crate) md5: String,
}

impl PackageRecord {
    /// The record of the system below `root`.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The package that owns a file. It is read each time, because it changes with every upgrade.
    pub(crate) fn owner(&self, path: &Path) -> Option<Owner> {
        let inside = path.strip_prefix(&self.root).ok()?.to_str()?;
        // With a merged /usr, the record may name a file by its old place.
        let other = inside
            .strip_prefix("usr/")
            .filter(|rest| ["bin/", "sbin/", "lib/"].iter().any(|top| rest.starts_with(top)));
        let names: Vec<&str> = [Some(inside), other].into_iter().flatten().collect();
        self.listed(&names).or_else(|| self.setting(&names))
    }

    fn listed(&self, names: &[&str]) -> Option<Owner> {
        for entry in fs::read_dir(self.root.join("var/lib/dpkg/info")).ok()?.flatten() {
            let name = entry.file_name();
            let Some(package) = name.to_str().and_then(|name| name.strip_suffix(".md5sums")) else {
                continue;
            };
            if entry.metadata().map_or(true, |metadata| metadata.len() > LIST_BYTES_MAX) {
                continue;
            }
            let Ok(text) = fs::read_to_string(entry.path()) else { continue };
            for line in text.lines() {
                let Some((md5, file)) = line.split_once("  ") else { continue };
                if names.contains(&file) {
                    let package = package.split(':').next().unwrap_or(package);
                    return Some(Owner { package: package.to_owned(), md5: md5.to_owned() });
                }
            }
        }
        None
    }

    /// A conffile: ` /etc/docker/daemon.json <md5>` below the package's paragraph.
    fn setting(&self, names: &[&str]) -> Option<Owner> {
        let text = fs::read_to_string(self.root.join("var/lib/dpkg/status")).ok()?;
        let mut package = "";
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("Package: ") {
                package = name;
            }
            let Some((file, rest)) = line.strip_prefix(" /").and_then(|line| line.split_once(' ')) else {
                continue;
            };
            if names.contains(&file) {
                let md5 = rest.split(' ').next().unwrap_or(rest);
                return Some(Owner { package: package.to_owned(), md5: md5.to_owned() });
            }
        }
        None
    }
}

/// Whether a package manager is at work: its record may not be what it will be.
pub(crate) fn is_package_manager_running() -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return false };
    entries.flatten().any(|entry| {
        let is_process = entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
        is_process
            && fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| {
                matches!(
                    name.trim_end(),
                    "dpkg" | "apt-get" | "apt" | "rpm" | "dnf" | "yum" | "unattended-upgr"
                )
            })
    })
}
