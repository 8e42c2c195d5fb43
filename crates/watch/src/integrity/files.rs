//! Which files.

use std::path::PathBuf;

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

/// Directories of which every file counts: drop-ins of units and plugins of the command line.
const WHOLE: &[&str] = &[
    "etc/systemd/system/docker.service.d",
    "etc/systemd/system/containerd.service.d",
    "usr/libexec/docker/cli-plugins",
    "usr/lib/docker/cli-plugins",
    "usr/local/lib/docker/cli-plugins",
];

/// The files of container engines below a root, `/` on a host; those that are missing too where their appearance would say
/// something.
#[must_use]
pub fn engine_files(root: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for directory in DIRECTORIES {
        for program in PROGRAMS {
            let path = root.join(directory).join(program);
            // A program in /usr/local that appears takes the place of the one in /usr.
            if path.exists() || directory.starts_with("usr/local") {
                files.push(path);
            }
        }
    }
    files.extend(FILES.iter().map(|file| root.join(file)));
    for directory in UNIT_DIRECTORIES {
        files.extend(UNITS.iter().map(|unit| root.join(directory).join(unit)));
    }
    for directory in WHOLE {
        let Ok(entries) = std::fs::read_dir(root.join(directory)) else { continue };
        files.extend(entries.flatten().take(256).map(|entry| entry.path()).filter(|path| path.is_file()));
    }
    files
}
