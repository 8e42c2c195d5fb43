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
const UNIT_DIRECTORIES: &[&str] = &["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"];

/// Directories of which every file counts: drop-ins of units, plugins of the command line, what Seawall obeys.
const WHOLE: &[&str] = &[
    "etc/systemd/system/docker.service.d",
    "etc/systemd/system/docker.socket.d",
    "etc/systemd/system/containerd.service.d",
    "usr/libexec/docker/cli-plugins",
    "usr/lib/docker/cli-plugins",
    "usr/local/lib/docker/cli-plugins",
    "etc/seawall",
];
/// Files of one such directory.
const WHOLE_MAX: usize = 1_024;

/// Files that are watched, whether they exist or not: what appears where nothing was is a change too.
#[derive(Clone, Debug, Default)]
pub struct WatchedFiles {
    files: BTreeSet<PathBuf>,
    whole: BTreeSet<PathBuf>,
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
        Self { files, whole: WHOLE.iter().map(|directory| root.join(directory)).collect() }
    }

    /// Watches a file more, or every file of a directory.
    pub fn add(&mut self, path: PathBuf) {
        if path.is_dir() {
            self.whole.insert(path);
        } else {
            self.files.insert(path);
        }
    }

    /// Each file, those of the directories as they are now.
    pub(super) fn list(&self) -> BTreeSet<PathBuf> {
        let mut files = self.files.clone();
        for directory in &self.whole {
            let Ok(entries) = std::fs::read_dir(directory) else { continue };
            files.extend(
                entries.flatten().take(WHOLE_MAX).map(|entry| entry.path()).filter(|path| path.is_file()),
            );
        }
        files
    }

    /// The directories in which something has to happen before one of the files changes; where one is missing, the
    /// nearest that exists.
    pub(super) fn directories(&self) -> BTreeSet<PathBuf> {
        let parents = self.files.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let wanted = parents.chain(self.whole.iter().cloned());
        wanted
            .filter_map(|wanted| wanted.ancestors().find(|path| path.is_dir()).map(Path::to_owned))
            .collect()
    }
}
