//! What paths of the host give away.

use model::Severity;

/// What a path of the host gives to whoever has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPathRisk {
    /// How bad it is.
    pub severity: Severity,
    /// What it is: `the sockets of the container engines`.
    pub what: &'static str,
}

/// Sockets that start containers: whoever has one is root of the host.
pub(super) const ENGINE_SOCKETS: [&str; 16] = [
    "/run/docker.sock",
    "/run/docker/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/dockershim.sock",
    "/run/cri-dockerd.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/frakti.sock",
    "/run/containerd/s",
    "/run/balena-engine.sock",
    "/run/balena.sock",
    "/run/docker/libcontainerd/docker-containerd.sock",
    "/run/docker/metrics.sock",
];

/// Sockets through which services of the host are ruled.
pub(super) const SYSTEM_SOCKETS: [&str; 9] = [
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/run/systemd/notify",
    "/run/libvirt/libvirt-sock",
    "/var/lib/lxd/unix.socket",
    "/var/snap/lxd/common/lxd/unix.socket",
    "/run/snapd.socket",
    "/run/udev/control",
    "/run/lxd.socket",
];

/// Directories that hold sockets of services among much else.
pub(super) const SHARED_WITH_SOCKETS: [&str; 5] = ["/run", "/var", "/var/lib", "/var/snap", "/"];

/// A directory of the host, what it is, and how bad it is to have it writable, read-only, and to have something inside
/// it writable and read-only.
pub(super) type Directory = (&'static str, &'static str, [Option<Severity>; 4]);

const C: Option<Severity> = Some(Severity::Critical);
const H: Option<Severity> = Some(Severity::High);
const M: Option<Severity> = Some(Severity::Medium);
const L: Option<Severity> = Some(Severity::Low);

pub(super) const DIRECTORIES: [Directory; 30] = [
    ("/", "the whole file system of the host", [C, H, None, None]),
    ("/etc", "the configuration of the host", [H, M, M, None]),
    ("/root", "the home of root", [H, M, M, L]),
    ("/home", "the homes of all users", [H, M, None, None]),
    ("/boot", "the kernel and its loader", [H, L, H, None]),
    ("/dev", "the devices of the host", [H, M, H, M]),
    ("/proc", "the processes of the host", [H, M, H, M]),
    ("/sys", "the kernel's own objects", [H, L, M, None]),
    ("/usr", "the programs of the host", [H, L, M, None]),
    ("/bin", "the programs of the host", [H, L, H, None]),
    ("/sbin", "the programs of the host", [H, L, H, None]),
    ("/lib", "the libraries of the host", [H, L, M, None]),
    ("/lib64", "the libraries of the host", [H, L, M, None]),
    ("/opt", "programs of the host", [M, None, None, None]),
    ("/var", "the state of the host, with that of the engines", [H, M, None, None]),
    ("/run", "the sockets of the host's services", [H, H, None, None]),
    ("/var/lib", "the state of the host's services, with the engines", [H, M, None, None]),
    ("/var/lib/docker", "the images and volumes of all containers", [C, H, H, M]),
    ("/var/lib/containerd", "the images and volumes of all containers", [C, H, H, M]),
    ("/var/lib/containers", "the images and volumes of all containers", [C, H, H, M]),
    ("/var/lib/kubelet", "the secrets and volumes of all pods", [C, H, H, H]),
    ("/var/lib/etcd", "the state of the cluster with all secrets", [C, C, C, C]),
    ("/var/lib/rancher", "the state of the cluster with all secrets", [C, H, H, M]),
    ("/var/log", "the logs of the host", [M, L, L, None]),
    ("/var/spool/cron", "the jobs of the host", [H, L, H, L]),
    ("/etc/kubernetes", "the keys of the cluster", [C, H, C, H]),
    ("/etc/docker", "the configuration of the engine", [C, L, H, L]),
    ("/etc/ssh", "the keys of the host", [H, H, H, M]),
    ("/etc/ssl/private", "the private keys of the host", [H, H, H, H]),
    ("/mnt", "file systems of the host", [M, None, None, None]),
];

/// Files that are worth more than their directory.
pub(super) const FILES: [(&str, &str, [Severity; 2]); 9] = [
    ("/etc/shadow", "the passwords of the host", [Severity::Critical, Severity::High]),
    ("/etc/gshadow", "the passwords of the host", [Severity::Critical, Severity::High]),
    ("/etc/sudoers", "who becomes root", [Severity::Critical, Severity::Medium]),
    ("/etc/sudoers.d", "who becomes root", [Severity::Critical, Severity::Medium]),
    ("/etc/pam.d", "who may log in", [Severity::Critical, Severity::Low]),
    ("/etc/passwd", "the users of the host", [Severity::High, Severity::Low]),
    ("/etc/crontab", "the jobs of the host", [Severity::Critical, Severity::Low]),
    ("/etc/ld.so.preload", "what every program of the host loads", [Severity::Critical, Severity::Low]),
    ("/etc/azure.json", "the keys of the cluster's cloud account", [Severity::High, Severity::High]),
];

/// What is inside one of the above, but gives nothing away, unless it is writable.
pub(super) const HARMLESS: [&str; 15] = [
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/etc/resolv.conf",
    "/etc/machine-id",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/shm",
    "/dev/log",
];

/// Directories with credentials in the home of a user.
pub(super) const HOME_SECRETS: [&str; 8] =
    [".ssh", ".aws", ".kube", ".docker", ".gnupg", ".azure", ".config/gcloud", ".netrc"];

/// What a path of the host gives away; none for what is nothing special. The path is cleaned first (`//`, `.`, `..`,
/// `/var/run` is `/run`), but no link is followed: give the resolved one where that is known.
#[must_use]
pub fn host_path_risk(path: &str, is_writable: bool) -> Option<HostPathRisk> {
    let path = clean(path)?;
    if HARMLESS.iter().any(|harmless| is_inside(&path, harmless))
        && !(is_writable && path.starts_with("/etc"))
    {
        return None;
    }
    if let Some((_, what, grades)) = FILES.iter().find(|(file, ..)| is_inside(&path, file)) {
        return Some(HostPathRisk { severity: grades[usize::from(!is_writable)], what });
    }
    if let Some(what) = home_secret(&path) {
        return Some(HostPathRisk { severity: Severity::High, what });
    }
    let (directory, what, grades) = DIRECTORIES
        .iter()
        .filter(|(directory, ..)| is_inside(&path, directory))
        .max_by_key(|(directory, ..)| directory.len())?;
    let column = if path == *directory { 0 } else { 2 } + usize::from(!is_writable);
    grades[column].map(|severity| HostPathRisk { severity, what })
}

fn home_secret(path: &str) -> Option<&'static str> {
    let inside = match path.strip_prefix("/root/") {
        Some(inside) => inside,
        None => path.strip_prefix("/home/")?.split_once('/')?.1,
    };
    HOME_SECRETS.iter().any(|secret| is_inside(inside, secret)).then_some("the credentials of a user")
}

/// Whether the path is the control groups of the host, or one of them.
pub(in crate::rules) fn is_control_group(path: &str) -> bool {
    clean(path).is_some_and(|path| is_inside(&path, "/sys/fs/cgroup"))
}

/// Whether the path is the other one or below it.
fn is_inside(path: &str, other: &str) -> bool {
    other == "/" || path == other || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

/// The path without `//`, `.` and `..`, with `~` as the home of root, `/var/run` as `/run`; none for a relative one.
pub(super) fn clean(path: &str) -> Option<String> {
    let path =
        if path == "~" || path.starts_with("~/") { format!("/root{}", &path[1..]) } else { path.to_owned() };
    if !path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let cleaned = format!("/{}", parts.join("/"));
    Some(match cleaned.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/run{rest}"),
        _ => cleaned,
    })
}

/// The socket that a mount brings: itself, or inside the directory.
fn socket(path: &str, sockets: &[&'static str]) -> Option<&'static str> {
    let path = clean(path)?;
    let found = sockets.iter().find(|socket| is_inside(socket, &path) && path != "/");
    if let Some(socket) = found {
        return Some(socket);
    }
    // Rootless engines have theirs below /run/user.
    let name = path.rsplit('/').next().unwrap_or_default();
    let known =
        sockets.iter().find(|socket| socket.rsplit('/').next() == Some(name) && name.ends_with(".sock"));
    known.copied().or_else(|| {
        let of_user = path == "/run/user" || path.starts_with("/run/user/") && path.matches('/').count() == 3;
        (of_user && sockets.len() == ENGINE_SOCKETS.len()).then_some("docker.sock of a rootless engine")
    })
}

/// The socket of a service of the host that a path brings. The directories with all sockets are told by the rules about
/// engines and directories.
pub(super) fn system_socket(path: &str) -> Option<&'static str> {
    if SHARED_WITH_SOCKETS.contains(&clean(path)?.as_str()) {
        return None;
    }
    socket(path, &SYSTEM_SOCKETS)
}

/// The socket of a container engine that a path of the host brings: itself, or in the directory.
#[must_use]
pub fn engine_socket(path: &str) -> Option<&'static str> {
    socket(path, &ENGINE_SOCKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_graded_by_what_they_give() {
        let grade = |path: &str, writable| host_path_risk(path, writable).map(|risk| risk.severity);
        assert_eq!(grade("/", true), C);
        assert_eq!(grade("//./", false), H);
        assert_eq!(grade("/etc/", true), H);
        assert_eq!(grade("/usr/../etc", false), M);
        assert_eq!(grade("/etc/app/app.conf", true), M);
        assert_eq!(grade("/var/run", false), H);
        assert_eq!(grade("/var/lib/docker/volumes", true), H);
        assert_eq!(grade("/etc/kubernetes/pki", false), H);
        assert_eq!(grade("/etc/shadow", false), H);
        assert_eq!(grade("~/.ssh", false), H);
        assert_eq!(grade("/home/me/.kube/config", false), H);
        assert_eq!(grade("/proc/sys", true), H);
    }

    #[test]
    fn what_every_other_container_mounts_is_silent() {
        for (path, writable) in [
            ("/etc/localtime", false),
            ("/etc/app/app.conf", false),
            ("/etc/ssl/certs", false),
            ("/srv/data", true),
            ("/home/me/project", true),
            ("/data", true),
            ("./etc", true),
            ("/dev/shm", true),
            ("/opt/app", true),
            ("/var/www", true),
            ("/usr/share/zoneinfo", false),
            ("/etcetera", true),
        ] {
            assert!(host_path_risk(path, writable).is_none(), "{path}");
        }
    }
}
