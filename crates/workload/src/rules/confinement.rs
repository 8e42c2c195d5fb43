//! What confines the container: seccomp, AppArmor, SELinux, masked paths, kernel settings.

use super::host_files::is_control_group;
use super::{Hit, Rule, Verdict};
use crate::spec::{ContainerSpec, Origin, Profile, Stated};
use model::{RuleInfo, Severity};

pub(super) const SECCOMP_UNCONFINED: Rule = Rule {
    info: RuleInfo {
        id: "container/seccomp-unconfined",
        title: "no seccomp filter confines the container",
        severity: Severity::High,
        why: "The default filter keeps some forty system calls away that most ways out of a container need: mount, \
              keyctl, bpf, userfaultfd. Without it the whole kernel is open to attack.",
        remedy: "Docker: remove seccomp=unconfined and 'privileged'. Kubernetes: seccompProfile.type: RuntimeDefault.",
        references: &["https://docs.docker.com/engine/security/seccomp/"],
    },
    aliases: &[
        "C-0210",
        "CIS-Docker-5.22",
        "CKV_K8S_31",
        "KSV-0030",
        "KSV-0104",
        "PSS-baseline",
        "PSS-restricted",
    ],
    check: |spec, around| {
        const FIELD: &str = "security.seccomp";
        if spec.privileged.is_true() {
            return Verdict::failed(
                "no seccomp filter: the container is privileged",
                "privileged",
                "privileged containers run without a seccomp filter",
            );
        }
        match &spec.security.seccomp {
            Stated::Given(Profile::Unconfined) => {
                Verdict::failed("the seccomp filter is switched off", FIELD, "seccomp: unconfined")
            }
            Stated::Given(_) => Verdict::passed("a seccomp profile is named"),
            // The value is there and is none that exists: the API server refuses the pod, or ignores it.
            Stated::Unknown(reason) if spec.origin == Origin::Kubernetes => {
                let hit = Hit::new("the seccomp profile is of no known type", FIELD, reason.clone());
                Verdict::Failed(vec![hit.rated(Severity::Medium)])
            }
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            Stated::Absent if spec.origin == Origin::Kubernetes => {
                if around.seccomp_default {
                    return Verdict::passed("the kubelet gives its default profile");
                }
                let hit = Hit::new(
                    "no seccomp profile is asked for",
                    FIELD,
                    "Kubernetes runs it unconfined by default",
                );
                Verdict::Failed(vec![hit.rated(Severity::Medium)])
            }
            Stated::Absent if around.seccomp_unconfined => Verdict::failed(
                "the daemon gives no seccomp filter",
                FIELD,
                "the daemon's profile is unconfined",
            ),
            Stated::Absent => Verdict::passed("the engine's default profile"),
        }
    },
};

pub(super) const APPARMOR_UNCONFINED: Rule = Rule {
    info: RuleInfo {
        id: "container/apparmor-unconfined",
        title: "AppArmor is switched off for the container",
        severity: Severity::High,
        why: "The default profile denies mounting, writing to /proc and /sys, and tracing. Without it one layer is \
              missing where another fails.",
        remedy: "Remove apparmor=unconfined (appArmorProfile Unconfined); name a profile of your own if the default \
                 one is in the way.",
        references: &["https://docs.docker.com/engine/security/apparmor/"],
    },
    aliases: &["CIS-Docker-5.2", "KSV-0002", "PSS-baseline"],
    check: |spec, _| match &spec.security.apparmor {
        Stated::Given(Profile::Unconfined) => {
            Verdict::failed("AppArmor is switched off", "security.apparmor", "apparmor: unconfined")
        }
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::passed("not switched off"),
    },
};

pub(super) const SELINUX_DISABLED: Rule = Rule {
    info: RuleInfo {
        id: "container/selinux-disabled",
        title: "SELinux does not separate the container",
        severity: Severity::High,
        why: "With label=disable, or a type like spc_t, the container's processes may touch whatever file \
              permissions allow, on the host and in other containers.",
        remedy: "Remove label=disable, and what the engine sets it for ('privileged', pid: host, ipc: host); relabel the \
                 directories that it needs with :z or :Z.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#security-opt"],
    },
    aliases: &["CIS-Docker-5.3", "KSV-0025", "PSS-baseline"],
    check: |spec, surroundings| match &spec.security.selinux {
        _ if surroundings.has_no_selinux => {
            Verdict::NotApplicable("the kernel of the host runs without SELinux".to_owned())
        }
        Stated::Given(label) if label.is_disabled => {
            Verdict::failed("SELinux separation is switched off", "security.selinux", "label: disable")
        }
        Stated::Given(label) => {
            let kind = label.kind.as_deref().unwrap_or_default();
            if matches!(kind, "spc_t" | "unconfined_t" | "container_runtime_t") {
                let evidence = format!("label type: {kind}");
                return Verdict::failed("the SELinux type confines nothing", "security.selinux", evidence);
            }
            Verdict::passed("a label is given")
        }
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Stated::Absent => Verdict::passed("not switched off"),
    },
};

pub(super) const NO_MANDATORY_ACCESS_CONTROL: Rule = Rule {
    info: RuleInfo {
        id: "container/no-mandatory-access-control",
        title: "neither AppArmor nor SELinux confines the container",
        severity: Severity::Medium,
        why: "If the container's root gets past its namespaces, nothing else asks what it does. One of the two is \
              enough, and each distribution ships one.",
        remedy: "Install and enable AppArmor (Debian, Ubuntu, SUSE) or the SELinux policy of containers (Fedora, RHEL) \
                 on the host, and do not run the container privileged.",
        references: &["https://docs.docker.com/engine/security/apparmor/"],
    },
    aliases: &["C-0055", "CIS-Docker-5.2", "CIS-Docker-5.3"],
    check: applied,
};

fn applied(spec: &ContainerSpec, _: &super::Surroundings) -> Verdict {
    if spec.origin != Origin::EngineInspect {
        return Verdict::NotApplicable("only a container that exists tells".to_owned());
    }
    if spec.state.as_deref().is_some_and(|state| state == "created") {
        return Verdict::NotApplicable("it never ran: the profile is chosen at start".to_owned());
    }
    let names =
        |value: &Stated<String>| value.given().is_some_and(|text| !text.is_empty() && text != "unconfined");
    if names(&spec.applied_apparmor) || names(&spec.applied_selinux) {
        return Verdict::passed("a profile or label is applied");
    }
    if spec.applied_apparmor.is_absent() && spec.applied_selinux.is_absent() {
        return Verdict::Unknown("the engine tells neither AppArmorProfile nor ProcessLabel".to_owned());
    }
    Verdict::failed(
        "neither AppArmor nor SELinux confines the container",
        "security",
        "AppArmorProfile and ProcessLabel are empty or unconfined",
    )
}

pub(super) const UNMASKED_SYSTEM_PATHS: Rule = Rule {
    info: RuleInfo {
        id: "container/unmasked-system-paths",
        title: "paths of /proc and /sys are not masked",
        severity: Severity::High,
        why: "/proc/kcore, /proc/sysrq-trigger, /sys/firmware and their like show and change the host. The engine \
              hides them, unless it is told not to.",
        remedy: "Remove systempaths=unconfined, procMount: Unmasked, or the empty MaskedPaths.",
        references: &["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    },
    aliases: &["KSV-0027", "PSS-baseline"],
    check: |spec, _| {
        if spec.privileged.is_true() {
            return Verdict::failed(
                "nothing is masked: the container is privileged",
                "privileged",
                "privileged: true",
            );
        }
        if spec.security.system_paths_unconfined.is_true() {
            return Verdict::failed(
                "the paths that the engine masks are shown",
                "security.system_paths_unconfined",
                "system paths: unconfined",
            );
        }
        let is_emptied = |paths: &Stated<Vec<String>>| paths.given().is_some_and(Vec::is_empty);
        if is_emptied(&spec.masked_paths) || is_emptied(&spec.readonly_paths) {
            return Verdict::failed(
                "the list of masked paths is empty",
                "masked_paths",
                "MaskedPaths or ReadonlyPaths: []",
            );
        }
        if let Some(reason) = spec.masked_paths.unknown() {
            return Verdict::Unknown(reason.clone());
        }
        Verdict::passed("masked")
    },
};

/// Kernel settings that live in a namespace of the container and harm nobody else (Kubernetes, "Using sysctls", safe set
/// of 1.32).
pub const SAFE_SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// Those that the engine itself accepts because they are the container's own.
const NAMESPACED_PREFIXES: [&str; 2] = ["net.", "fs.mqueue."];
const NAMESPACED: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

pub(super) const UNSAFE_SYSCTL: Rule = Rule {
    info: RuleInfo {
        id: "container/unsafe-sysctl",
        title: "an unsafe kernel setting is changed",
        severity: Severity::Medium,
        why: "Some kernel settings are shared with the host or let a container take more than its share.",
        remedy: "Leave it to the host, or ask why the program needs it.",
        references: &["https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/"],
    },
    aliases: &["KSV-0026", "PSS-baseline"],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (name, value) in &spec.sysctls {
            if SAFE_SYSCTLS.contains(&name.as_str()) {
                continue;
            }
            let is_own = NAMESPACED.contains(&name.as_str())
                || NAMESPACED_PREFIXES.iter().any(|p| name.starts_with(p));
            // Docker containers have these settings to themselves; Kubernetes forbids them in both standards.
            if is_own && spec.origin != Origin::Kubernetes {
                continue;
            }
            let shown: String = name.chars().take(80).collect();
            let value: String = value.chars().take(80).collect();
            hits.push(Hit::new(
                format!("kernel setting {shown} is changed"),
                format!("sysctls.{name}"),
                format!("{shown} = {value}"),
            ));
        }
        Verdict::of(hits, "no unsafe kernel setting")
    },
};

pub(super) const WRITABLE_CGROUPS: Rule = Rule {
    info: RuleInfo {
        id: "container/writable-cgroups",
        title: "the container may write its control groups",
        severity: Severity::High,
        why: "With writable control groups a process lifts the limits that it was given; with version 1 it runs a \
              program on the host (release_agent).",
        remedy: "Remove writable-cgroups=true, and cgroup: host with a writable mount of /sys/fs/cgroup.",
        references: &["https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html"],
    },
    aliases: &["CIS-Docker-5.25"],
    check: |spec, _| {
        if spec.security.writable_cgroups.is_true() {
            return Verdict::failed("control groups are writable", "security", "writable-cgroups: true");
        }
        for (at, mount) in spec.mounts.iter().enumerate() {
            if mount.is_writable() && is_control_group(&mount.source) {
                let evidence =
                    format!("{} is mounted writable", mount.source.chars().take(120).collect::<String>());
                return Verdict::failed(
                    "control groups are mounted writable",
                    format!("mounts.{at}"),
                    evidence,
                );
            }
        }
        Verdict::passed("control groups are not writable")
    },
};
