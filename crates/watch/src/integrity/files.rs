//! Which files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Programs of engines, by name.
const PROGRAMS: &[&str] = &[
    "dockerd",
    "docker",
    "docker-proxy",
    "docker-init",
    "containerd",
    "containerd-shim",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
    "ctr",
    "runc",
    "crun",
    "podman",
    "conmon",
    "tini-static",
];

/// Where programs lie.
const DIRECTORIES: &[&str] =
    &["usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "usr/libexec/docker", "usr/libexec/podman"];

/// Units and settings.
const FILES: &[&str] = &[
    "etc/docker/daemon.json",
    "etc/containerd/config.toml",
    "etc/default/docker",
    "etc/containers/containers.conf",
    "etc/containers/policy.json",
    "etc/ld.so.preload",
];

const UNITS: &[&str] = &["docker.service", "docker.socket", "containerd.service"];
const UNIT_DIRECTORIES: &[&str] = &[
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

/// Directories of which every file counts, and of the directories in them: settings with the authorities of
/// registries, plugins of the command line. Drop-ins of units are added to them.
const WHOLE: &[&str] = &[
    "etc/docker",
    "usr/libexec/docker/cli-plugins",
    "usr/lib/docker/cli-plugins",
    "usr/local/lib/docker/cli-plugins",
];
/// What Seawall obeys.
const OWN: &str = "etc/seawall";
/// Directories in directories: `/etc/docker/certs.d/HOST`.
const DEPTH_MAX: usize = 2;
/// Files of one such directory.
const WHOLE_MAX: usize = 1_024;

/// Files that are watched, whether they exist or not: what appears where nothing was is a change too.
#[derive(Clone, Debug, Default)]
pub struct WatchedFiles {
    files: BTreeSet<PathBuf>,
    whole: BTreeSet<PathBuf>,
    own: BTreeSet<PathBuf>,
}

impl WatchedFiles {
    /// The programs, units and settings of container engines below a root, `/` on a host, and Seawall's own settings.
    #[must_use]
    pub fn of_engines(root: &Path) -> Self {
        let join = |directories: &[&str], names: &[&str]| -> Vec<PathBuf> {
            directories
                .iter()
                .flat_map(|directory| names.iter().map(move |name| root.join(directory).join(name)))
                .collect()
        };
        let mut files: BTreeSet<PathBuf> = join(DIRECTORIES, PROGRAMS).into_iter().collect();
        files.extend(join(UNIT_DIRECTORIES, UNITS));
        files.extend(FILES.iter().map(|file| root.join(file)));
        let mut whole: BTreeSet<PathBuf> = WHOLE.iter().map(|directory| root.join(directory)).collect();
        whole.extend(join(UNIT_DIRECTORIES, UNITS).into_iter().map(|unit| {
            let mut name = unit.into_os_string();
            name.push(".d");
            PathBuf::from(name)
        }));
        let mut watched = Self { files, whole, own: BTreeSet::new() };
        watched.own.insert(root.join(OWN));
        watched.whole.insert(root.join(OWN));
        watched
    }

    /// Watches a file of Seawall's own more, or every file of a directory.
    pub fn add(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.own.insert(path.clone());
        if path.is_dir() {
            self.whole.insert(path);
        } else {
            self.files.insert(path);
        }
    }

    /// Each file, those of the directories as they are now.
    pub(super) fn list(&self) -> BTreeSet<PathBuf> {
        let mut files = self.files.clone();
        for directory in self.whole_directories() {
            files.extend(entries(&directory).filter(|path| path.is_file()));
        }
        files
    }

    /// Whether a file is Seawall's own, and none of an engine.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        self.own.iter().any(|own| path.starts_with(own))
    }

    /// Whether a file is watched, existing or not.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.files.contains(path) || self.whole.iter().any(|directory| path.starts_with(directory))
    }

    pub(super) fn whole_directories(&self) -> BTreeSet<PathBuf> {
        let mut all = self.whole.clone();
        let mut outer: Vec<PathBuf> = self.whole.iter().cloned().collect();
        for _ in 0..DEPTH_MAX {
            let is_directory = |path: &PathBuf| path.is_dir() && !path.is_symlink();
            outer = outer.iter().flat_map(|directory| entries(directory).filter(is_directory)).collect();
            all.extend(outer.iter().take(WHOLE_MAX.saturating_sub(all.len())).cloned());
        }
        all
    }

    /// The directories in which something has to happen before one of the files changes; where one is missing, the
    /// nearest that exists.
    pub(super) fn directories(&self) -> BTreeSet<PathBuf> {
        let parents = self.files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let wanted = parents.chain(self.whole_directories());
        wanted
            .filter_map(|wanted| wanted.ancestors().find(|path| path.is_dir()).map(Path::to_owned))
            .collect()
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.take(WHOLE_MAX).map(|entry| entry.path())
}
