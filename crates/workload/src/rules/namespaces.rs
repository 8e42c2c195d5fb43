//! Namespaces that are not the container's own.

use super::{Hit, Rule, Verdict};
use crate::spec::{ContainerSpec, Namespace, Origin, Stated};
use model::{RuleInfo, Severity};

fn not_host(value: &Stated<Namespace>, name: &str, title: &str) -> Verdict {
    match value {
        Stated::Given(Namespace::Host) => {
            Verdict::failed(title, format!("namespaces.{name}"), format!("{name}: host"))
        }
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::passed("not the host's"),
    }
}

pub(super) const HOST_NETWORK: Rule = Rule {
    info: RuleInfo {
        id: "container/host-network",
        title: "the container uses the host's network",
        severity: Severity::High,
        why: "It reaches services that listen on the host's loopback, opens any port, and sees all traffic; no packet \
              filter stands between.",
        remedy: "Use a network of its own and publish the ports that are needed.",
        references: &["https://docs.docker.com/engine/network/drivers/host/"],
    },
    aliases: &["C-0041", "CIS-Docker-5.10", "CKV_K8S_19", "KSV-0009", "PSS-baseline"],
    check: |spec, _| not_host(&spec.namespaces.network, "network", "the container uses the host's network"),
};

pub(super) const HOST_PID_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-pid-namespace",
        title: "the container sees the host's processes",
        severity: Severity::High,
        why: "It reads their environment and files under /proc, signals them, and with SYS_PTRACE takes them over.",
        remedy: "Remove 'pid: host' (hostPID).",
        references: &["https://man7.org/linux/man-pages/man7/pid_namespaces.7.html"],
    },
    aliases: &["C-0038", "CIS-Docker-5.16", "CKV_K8S_17", "KSV-0010", "PSS-baseline"],
    check: |spec, _| not_host(&spec.namespaces.pid, "pid", "the container sees the host's processes"),
};

pub(super) const HOST_IPC_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-ipc-namespace",
        title: "the container shares memory with the host",
        severity: Severity::High,
        why: "Shared memory segments and message queues of the host's programs are open to it.",
        remedy: "Remove 'ipc: host' (hostIPC).",
        references: &["https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html"],
    },
    aliases: &["C-0038", "CIS-Docker-5.17", "CKV_K8S_18", "KSV-0008", "PSS-baseline"],
    check: |spec, _| not_host(&spec.namespaces.ipc, "ipc", "the container shares memory with the host"),
};

pub(super) const HOST_UTS_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-uts-namespace",
        title: "the container shares the host's name",
        severity: Severity::Low,
        why: "With SYS_ADMIN it renames the host.",
        remedy: "Remove 'uts: host'.",
        references: &["https://man7.org/linux/man-pages/man7/uts_namespaces.7.html"],
    },
    aliases: &["CIS-Docker-5.21"],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("pods have it from their network".to_owned());
        }
        not_host(&spec.namespaces.uts, "uts", "the container shares the host's name")
    },
};

pub(super) const HOST_USER_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-user-namespace",
        title: "the container is taken out of user remapping",
        severity: Severity::Medium,
        why: "Where the engine maps root to a user without rights, this container's root is the host's again.",
        remedy: "Remove 'userns_mode: host'.",
        references: &["https://docs.docker.com/engine/security/userns-remap/"],
    },
    aliases: &["CIS-Docker-5.31"],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable(
                "pods share the host's users unless hostUsers is false".to_owned(),
            );
        }
        not_host(&spec.namespaces.user, "user", "the container is taken out of user remapping")
    },
};

pub(super) const HOST_CGROUP_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/host-cgroup-namespace",
        title: "the container sees the host's control groups",
        severity: Severity::Low,
        why: "It learns what else runs, and a writable mount of /sys/fs/cgroup then reaches all of it.",
        remedy: "Remove 'cgroup: host' (--cgroupns host).",
        references: &["https://man7.org/linux/man-pages/man7/cgroup_namespaces.7.html"],
    },
    aliases: &[],
    check: |spec, _| {
        // Privileged containers and those on version 1 have it by default; that is their own rule.
        not_host(&spec.namespaces.cgroup, "cgroup", "the container sees the host's control groups")
    },
};

pub(super) const SHARED_NAMESPACE: Rule = Rule {
    info: RuleInfo {
        id: "container/shared-namespace",
        title: "the container lives in another container's namespace",
        severity: Severity::Low,
        why: "Whoever takes one takes both: they share addresses, processes or memory. If the other one uses the \
              host's namespace, so does this one.",
        remedy: "Keep it where the two are meant to be one; else give it a namespace of its own.",
        references: &["https://docs.docker.com/engine/network/#container-networks"],
    },
    aliases: &["CIS-Docker-5.10", "CIS-Docker-5.16", "CIS-Docker-5.17"],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (name, value) in spec.namespaces.all() {
            let other = match value {
                Stated::Given(Namespace::Container(other)) => format!("container {}", cut(other)),
                Stated::Given(Namespace::Service(other)) => format!("service {}", cut(other)),
                _ => continue,
            };
            let title = format!("the {name} namespace is that of {other}");
            hits.push(Hit::new(title, format!("namespaces.{name}"), format!("{name}: {other}")));
        }
        Verdict::of(hits, "namespaces of its own")
    },
};

fn cut(text: &str) -> String {
    text.chars().take(80).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

pub(super) const DEFAULT_BRIDGE: Rule = Rule {
    info: RuleInfo {
        id: "container/default-bridge",
        title: "the container is on the default bridge",
        severity: Severity::Low,
        why: "Every container that names no network is there, and each reaches all others.",
        remedy: "Make a network for each application ('docker network create', 'networks' in compose).",
        references: &["https://docs.docker.com/engine/network/drivers/bridge/"],
    },
    aliases: &["CIS-Docker-5.30"],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("pods have the network of the cluster".to_owned());
        }
        let is_default = match &spec.namespaces.network {
            Stated::Given(Namespace::DefaultBridge) => true,
            Stated::Absent => spec.origin != Origin::Compose,
            Stated::Unknown(reason) => return Verdict::Unknown(reason.clone()),
            Stated::Given(_) => false,
        };
        if is_default
            || spec.origin == Origin::EngineInspect && spec.networks.iter().any(|name| name == "bridge")
        {
            return Verdict::failed(
                "the container is on the default bridge",
                "namespaces.network",
                "network: bridge",
            );
        }
        Verdict::passed("not on the default bridge")
    },
};

pub(super) const CGROUP_PARENT_CHANGED: Rule = Rule {
    info: RuleInfo {
        id: "container/cgroup-parent-changed",
        title: "the container runs under another control group",
        severity: Severity::Low,
        why: "Limits that hold for the engine's group do not hold there.",
        remedy: "Remove 'cgroup_parent', or set limits on that group and accept this rule for it.",
        references: &["https://docs.docker.com/reference/cli/dockerd/#default-cgroup-parent"],
    },
    aliases: &["CIS-Docker-5.25"],
    check: |spec: &ContainerSpec, _| match &spec.cgroup_parent {
        Stated::Given(parent) if !parent.is_empty() => Verdict::failed(
            "the container runs under another control group",
            "cgroup_parent",
            format!("cgroup parent: {}", cut(parent)),
        ),
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::passed("the engine's"),
    },
};
