//! The items of the CIS Docker Benchmark by number, with titles of our own.

use model::Outcome;

/// An item of the benchmark. Numbers are those of version 1.6, which 1.7 and 1.8 keep for sections 2 to 7; levels are those of
/// Tenable's public audit files `CIS_Docker_v1.7.0_L1_Docker_Linux` and `…_L2_…` (items 1.1.7 to 1.1.18 are of level 2), and of
/// `v1.5.0_L2` for what their pages cut off (there 7.4 stands as 7.5), and of `CIS_Docker_v1.6.0_L1_Docker_Swarm` for 7.7 to 7.9.
/// Seawall is not certified by CIS; the texts are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BenchmarkItem {
    /// `5.4`.
    pub id: &'static str,
    /// What it wants.
    pub title: &'static str,
    /// Whether it belongs to level 2 alone.
    pub is_level_2: bool,
    /// Whether docker-bench-security counts it in its score.
    pub is_scored: bool,
}

const fn item(id: &'static str, title: &'static str, flags: &str) -> BenchmarkItem {
    let flags = flags.as_bytes();
    let mut at = 0;
    let (mut is_level_2, mut is_scored) = (false, false);
    while at < flags.len() {
        is_level_2 |= flags[at] == b'2';
        is_scored |= flags[at] == b's';
        at += 1;
    }
    BenchmarkItem { id, title, is_level_2, is_scored }
}

/// Every item of sections 1 to 7.
pub static BENCHMARK: &[BenchmarkItem] = &[
    item("1.1.1", "a partition of its own for containers", "s"),
    item("1.1.2", "only trusted users may rule the engine", "s"),
    item("1.1.3", "the engine's binary is watched", "s"),
    item("1.1.4", "/run/containerd is watched", "s"),
    item("1.1.5", "the data root is watched", "s"),
    item("1.1.6", "/etc/docker is watched", "s"),
    item("1.1.7", "docker.service is watched", "s2"),
    item("1.1.8", "containerd.sock is watched", "s2"),
    item("1.1.9", "docker.socket is watched", "s2"),
    item("1.1.10", "/etc/default/docker is watched", "s2"),
    item("1.1.11", "daemon.json is watched", "s2"),
    item("1.1.12", "containerd's configuration is watched", "s2"),
    item("1.1.13", "/etc/sysconfig/docker is watched", "s2"),
    item("1.1.14", "containerd's binary is watched", "s2"),
    item("1.1.15", "containerd-shim is watched", "s2"),
    item("1.1.16", "containerd-shim-runc-v1 is watched", "s2"),
    item("1.1.17", "containerd-shim-runc-v2 is watched", "s2"),
    item("1.1.18", "runc is watched", "s2"),
    item("1.2.1", "the host itself is hardened", ""),
    item("1.2.2", "the engine is current", ""),
    item("2.1", "the engine runs rootless where possible", ""),
    item("2.2", "containers on the default bridge do not reach each other", "s"),
    item("2.3", "the log level is info", "s"),
    item("2.4", "the engine manages the packet filter", "s"),
    item("2.5", "no registry is reached without verification", "s"),
    item("2.6", "the storage driver is not aufs", "s"),
    item("2.7", "TCP takes client certificates only", "s"),
    item("2.8", "default ulimits are set", ""),
    item("2.9", "user namespaces are used", "s2"),
    item("2.10", "the default control group is used", "s2"),
    item("2.11", "the base device size is unchanged", "s2"),
    item("2.12", "commands of clients are authorised", "s2"),
    item("2.13", "logs leave the host", "s2"),
    item("2.14", "no new privileges by default", "s"),
    item("2.15", "containers survive the engine", "s"),
    item("2.16", "no userland proxy", "s"),
    item("2.17", "the default seccomp profile is right", "2"),
    item("2.18", "no experimental features", "s"),
    item("3.1", "owner of docker.service", "s"),
    item("3.2", "mode of docker.service", "s"),
    item("3.3", "owner of docker.socket", "s"),
    item("3.4", "mode of docker.socket", "s"),
    item("3.5", "owner of /etc/docker", "s"),
    item("3.6", "mode of /etc/docker", "s"),
    item("3.7", "owner of registry certificates", "s"),
    item("3.8", "mode of registry certificates", "s"),
    item("3.9", "owner of the TLS authority", "s"),
    item("3.10", "mode of the TLS authority", "s"),
    item("3.11", "owner of the engine's certificate", "s"),
    item("3.12", "mode of the engine's certificate", "s"),
    item("3.13", "owner of the engine's key", "s"),
    item("3.14", "mode of the engine's key", "s"),
    item("3.15", "owner of the engine's socket", "s"),
    item("3.16", "mode of the engine's socket", "s"),
    item("3.17", "owner of daemon.json", "s"),
    item("3.18", "mode of daemon.json", "s"),
    item("3.19", "owner of /etc/default/docker", "s"),
    item("3.20", "mode of /etc/default/docker", "s"),
    item("3.21", "mode of /etc/sysconfig/docker", "s"),
    item("3.22", "owner of /etc/sysconfig/docker", "s"),
    item("3.23", "owner of containerd's socket", "s"),
    item("3.24", "mode of containerd's socket", "s"),
    item("4.1", "containers do not run as root", "s"),
    item("4.2", "images come from trusted registries", ""),
    item("4.3", "images hold nothing unneeded", ""),
    item("4.4", "images are scanned and rebuilt", ""),
    item("4.5", "content trust (obsolete)", "s2"),
    item("4.6", "images have health checks", "s"),
    item("4.7", "no update of a package index alone", ""),
    item("4.8", "no unexpected setuid files in images", "2"),
    item("4.9", "COPY instead of ADD", ""),
    item("4.10", "no credentials in images", ""),
    item("4.11", "only verified packages in images", "2"),
    item("4.12", "images are signed", ""),
    item("5.1", "swarm mode is off unless used", "s"),
    item("5.2", "an AppArmor profile is in force", "s"),
    item("5.3", "SELinux confines containers", "s2"),
    item("5.4", "no capabilities beyond the default", "s"),
    item("5.5", "no privileged containers", "s"),
    item("5.6", "no sensitive directories of the host", "s"),
    item("5.7", "no ssh server in containers", "s"),
    item("5.8", "no privileged ports", "s"),
    item("5.9", "only needed ports", ""),
    item("5.10", "no network of the host", "s"),
    item("5.11", "memory is limited", "s"),
    item("5.12", "processor time is shared out", "s"),
    item("5.13", "the root file system is read-only", "s"),
    item("5.14", "ports are bound to one interface", "s"),
    item("5.15", "restarts are bounded", "s"),
    item("5.16", "no process namespace of the host", "s"),
    item("5.17", "no IPC namespace of the host", "s"),
    item("5.18", "no devices of the host", ""),
    item("5.19", "ulimits are deliberate", ""),
    item("5.20", "no shared mount propagation", "s"),
    item("5.21", "no UTS namespace of the host", "s"),
    item("5.22", "seccomp is in force", "s"),
    item("5.23", "no exec with privileges", "2"),
    item("5.24", "no exec as root", "2"),
    item("5.25", "the default control group parent", "s"),
    item("5.26", "no new privileges", "s"),
    item("5.27", "health is checked", "s"),
    item("5.28", "images are current", ""),
    item("5.29", "the number of processes is limited", "s"),
    item("5.30", "not on the default bridge", "2"),
    item("5.31", "no user namespace of the host", "s"),
    item("5.32", "no engine socket in containers", "s"),
    item("6.1", "no pile of images", ""),
    item("6.2", "no pile of containers", ""),
    item("7.1", "few swarm managers", "s"),
    item("7.2", "the swarm's port on one interface", "s"),
    item("7.3", "overlay networks are encrypted", "s"),
    item("7.4", "swarm secrets are used", "2"),
    item("7.5", "managers are locked", "s"),
    item("7.6", "the unlock key is rotated", ""),
    item("7.7", "node certificates are short", ""),
    item("7.8", "the authority is rotated", ""),
    item("7.9", "management and data are apart", ""),
];

/// The item's name among aliases.
pub(crate) fn alias(id: &str) -> String {
    format!("CIS-Docker-{id}")
}

/// Outcomes that answer an item.
pub(crate) fn outcomes_of<'o>(outcomes: &'o [Outcome], id: &str) -> Vec<&'o Outcome> {
    let alias = alias(id);
    outcomes.iter().filter(|outcome| outcome.aliases.contains(&alias)).collect()
}
