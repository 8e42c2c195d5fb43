//! What processes of the container may do.

use super::{Hit, Rule, Surroundings, Verdict};
use crate::capabilities::DEFAULT_CAPABILITIES;
use crate::spec::{ContainerSpec, Origin, Stated};
use model::{RuleInfo, Severity};

/// The names of capabilities that reach out of a container, sorted, with `ALL`.
pub fn dangerous_capabilities() -> impl Iterator<Item = &'static str> {
    DANGEROUS.iter().map(|(name, _)| *name)
}

/// Capabilities with which a process leaves the container or rules the host (man capabilities(7)).
const DANGEROUS: [(&str, &str); 14] = [
    ("ALL", "is every capability of the kernel"),
    ("BPF", "loads programs into the kernel"),
    ("DAC_READ_SEARCH", "opens any file of the host by handle"),
    ("MAC_ADMIN", "changes what AppArmor and SELinux enforce"),
    ("MAC_OVERRIDE", "steps over what AppArmor and SELinux enforce"),
    ("NET_ADMIN", "changes addresses, routes and packet filters"),
    ("PERFMON", "observes the kernel and other processes"),
    ("SYSLOG", "reads kernel messages and addresses"),
    ("SYS_ADMIN", "mounts file systems and enters namespaces"),
    ("SYS_BOOT", "reboots the host and loads another kernel"),
    ("SYS_MODULE", "loads modules into the kernel"),
    ("SYS_PTRACE", "reads and changes other processes"),
    ("SYS_RAWIO", "reads and writes ports and memory of the machine"),
    ("SYS_TIME", "changes the clock of the host"),
];

pub(super) const PRIVILEGED: Rule = Rule {
    info: RuleInfo {
        id: "container/privileged",
        title: "the container is privileged",
        severity: Severity::Critical,
        why: "A privileged container has every capability and every device of the host, and neither seccomp nor \
              AppArmor confine it. Root inside is root of the host, one mount away.",
        remedy: "Remove 'privileged'; give the one device or capability that the work needs.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#privileged"],
    },
    aliases: &["C-0057", "CIS-Docker-5.5", "CKV_K8S_16", "KSV-0017", "PSS-baseline"],
    check: |spec, _| match &spec.privileged {
        Stated::Given(true) => {
            Verdict::failed("the container is privileged", "privileged", "privileged: true")
        }
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::passed("not privileged"),
    },
};

pub(super) const DANGEROUS_CAPABILITY: Rule = Rule {
    info: RuleInfo {
        id: "container/dangerous-capability",
        title: "a capability is added that reaches out of the container",
        severity: Severity::High,
        why: "Some capabilities are not confined by namespaces: with them a process of the container changes or reads \
              the host.",
        remedy: "Drop it. Where the work needs it, do that work outside of the container, or in one that is not \
                 reachable from the network.",
        references: &["https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    },
    aliases: &["C-0046", "CIS-Docker-5.4", "CKV_K8S_39", "KSV-0005", "KSV-0022", "KSV-0120", "PSS-baseline"],
    check: |spec, _| {
        capabilities(spec, |name| DANGEROUS.iter().find(|(other, _)| *other == name).map(|(_, why)| *why))
    },
};

pub(super) const ADDED_CAPABILITY: Rule = Rule {
    info: RuleInfo {
        id: "container/added-capability",
        title: "a capability beyond the default set is added",
        severity: Severity::Medium,
        why: "The default set is already more than most programs need. Each further capability is one more way for an \
              intruder.",
        remedy: "Remove it, or drop all capabilities and add back the one that is needed.",
        references: &["https://docs.docker.com/engine/security/#linux-kernel-capabilities"],
    },
    aliases: &["C-0046", "CIS-Docker-5.4", "CKV_K8S_25", "KSV-0022", "KSV-0106", "PSS-baseline"],
    check: |spec, _| {
        capabilities(spec, |name| {
            let is_known =
                DANGEROUS.iter().any(|(other, _)| *other == name) || DEFAULT_CAPABILITIES.contains(&name);
            (!is_known).then_some("is not in the default set")
        })
    },
};

fn capabilities(spec: &ContainerSpec, why: impl Fn(&str) -> Option<&'static str>) -> Verdict {
    let added = match &spec.capabilities_added {
        Stated::Given(added) => added,
        Stated::Absent => return Verdict::passed("none is added"),
        Stated::Unknown(reason) => return Verdict::Unknown(reason.clone()),
    };
    let mut hits = Vec::new();
    for (at, name) in added.iter().enumerate() {
        // What is dropped as well stays out, unless all are added or it is added by name (moby, TweakCapabilities).
        if let Some(why) = why(name) {
            let shown: String = name.chars().take(40).collect();
            let field = format!("capabilities_added.{at}");
            hits.push(Hit::new(
                format!("capability {shown} is added: it {why}"),
                field,
                format!("added: {shown}"),
            ));
        }
    }
    Verdict::of(hits, "no such capability is added")
}

pub(super) const CAPABILITIES_NOT_DROPPED: Rule = Rule {
    info: RuleInfo {
        id: "container/capabilities-not-dropped",
        title: "the default capabilities are not dropped",
        severity: Severity::Low,
        why: "Root in a container keeps 14 capabilities unless they are dropped; a server on an unprivileged port \
              needs none of them.",
        remedy: "Drop ALL, and add back what the program fails without (often NET_BIND_SERVICE, CHOWN, SETUID, SETGID).",
        references: &["https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"],
    },
    aliases: &["C-0046", "CKV_K8S_37", "KSV-0003", "KSV-0106", "PSS-restricted"],
    check: |spec, _| {
        if spec.privileged.is_true() {
            return Verdict::failed(
                "all capabilities: the container is privileged",
                "privileged",
                "privileged: true",
            );
        }
        match &spec.capabilities_dropped {
            Stated::Given(dropped) if dropped.iter().any(|name| name == "ALL") => {
                Verdict::passed("ALL are dropped")
            }
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            Stated::Given(dropped) if !dropped.is_empty() => Verdict::failed(
                "only some of the default capabilities are dropped",
                "capabilities_dropped",
                format!("left: {}", left(spec)),
            ),
            _ => Verdict::failed(
                "the default capabilities are not dropped",
                "capabilities_dropped",
                format!("left: {}", left(spec)),
            ),
        }
    },
};

fn left(spec: &ContainerSpec) -> String {
    spec.effective_capabilities().into_iter().take(41).collect::<Vec<_>>().join(", ")
}

pub(super) const NET_RAW_KEPT: Rule = Rule {
    info: RuleInfo {
        id: "container/net-raw-kept",
        title: "the container may forge packets",
        severity: Severity::Low,
        why: "NET_RAW is in the default set. With it a container answers ARP and DNS in the name of its neighbours on \
              the same bridge.",
        remedy: "Drop NET_RAW, or all. 'ping' works without it where net.ipv4.ping_group_range allows.",
        references: &["https://man7.org/linux/man-pages/man7/packet.7.html"],
    },
    aliases: &["CIS-Docker-5.4", "CKV_K8S_28", "KSV-0119"],
    check: |spec, _| {
        if let Some(reason) = spec.capabilities_dropped.unknown().or(spec.privileged.unknown()) {
            return Verdict::Unknown(reason.clone());
        }
        if spec.effective_capabilities().contains("NET_RAW") {
            return Verdict::failed("NET_RAW is not dropped", "capabilities_dropped", "effective: NET_RAW");
        }
        Verdict::passed("NET_RAW is dropped")
    },
};

pub(super) const NEW_PRIVILEGES_ALLOWED: Rule = Rule {
    info: RuleInfo {
        id: "container/new-privileges-allowed",
        title: "processes may gain privileges",
        severity: Severity::Medium,
        why: "A setuid program or a file capability inside the image makes root out of any user of the container, \
              unless no-new-privileges is set.",
        remedy: "Docker: security_opt no-new-privileges:true. Kubernetes: allowPrivilegeEscalation: false.",
        references: &["https://docs.kernel.org/userspace-api/no_new_privs.html"],
    },
    aliases: &["C-0016", "CIS-Docker-5.26", "CKV_K8S_20", "KSV-0001", "PSS-restricted"],
    check: |spec, around| {
        const FIELD: &str = "security.no_new_privileges";
        match &spec.security.no_new_privileges {
            Stated::Given(true) => Verdict::passed("no new privileges"),
            Stated::Given(false) => Verdict::failed(
                "processes are told to be able to gain privileges",
                FIELD,
                "no-new-privileges: false",
            ),
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            Stated::Absent if around.no_new_privileges => {
                Verdict::passed("the daemon sets it for every container")
            }
            Stated::Absent => Verdict::failed(
                "nothing keeps processes from gaining privileges",
                FIELD,
                "no-new-privileges is not set",
            ),
        }
    },
};

pub(super) const RUNS_AS_ROOT: Rule = Rule {
    info: RuleInfo {
        id: "container/runs-as-root",
        title: "the container runs as root",
        severity: Severity::Medium,
        why: "Root inside is the host's root unless users are remapped: every defect of the kernel or of a mount that \
              lets a process out gives the machine away.",
        remedy: "Name a user: USER in the Dockerfile, 'user' in compose, runAsNonRoot and runAsUser in a pod.",
        references: &["https://docs.docker.com/engine/security/userns-remap/"],
    },
    aliases: &[
        "C-0013",
        "CIS-Docker-4.1",
        "CKV_K8S_23",
        "CKV_K8S_6",
        "KSV-0012",
        "KSV-0105",
        "PSS-restricted",
    ],
    check: runs_as_root,
};

fn runs_as_root(spec: &ContainerSpec, around: &Surroundings) -> Verdict {
    let remapped =
        around.is_user_remapped || matches!(spec.namespaces.user, Stated::Given(crate::spec::Namespace::Pod));
    let rate = |hit: Hit| Verdict::Failed(vec![if remapped { hit.rated(Severity::Low) } else { hit }]);
    match &spec.user {
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        Stated::Given(user) if user.is_root() => {
            let shown: String = user.0.chars().take(60).collect();
            let shown = if shown.is_empty() {
                "no user is named, so root".to_owned()
            } else {
                format!("user: {shown}")
            };
            rate(Hit::new("the container runs as root", "user", shown))
        }
        Stated::Given(user) => {
            Verdict::passed(format!("user: {}", user.0.chars().take(60).collect::<String>()))
        }
        Stated::Absent if spec.run_as_non_root.is_true() => Verdict::passed("runAsNonRoot: true"),
        Stated::Absent if spec.origin == Origin::Kubernetes => {
            if let Some(reason) = spec.run_as_non_root.unknown() {
                return Verdict::Unknown(reason.clone());
            }
            rate(Hit::new(
                "nothing keeps the container from running as root",
                "user",
                "neither runAsNonRoot nor runAsUser",
            ))
        }
        Stated::Absent => {
            Verdict::NotApplicable("no user is named: the image decides (hint: scan it)".to_owned())
        }
    }
}

pub(super) const ROOT_GROUP: Rule = Rule {
    info: RuleInfo {
        id: "container/root-group",
        title: "the container has the group of root",
        severity: Severity::Low,
        why: "Files that only root's group may read or write, in images and on mounted directories of the host, are \
              open to it.",
        remedy: "Name another group (user: '1000:1000', runAsGroup), and leave 0 and docker out of additional groups.",
        references: &[],
    },
    aliases: &["CIS-Docker-4.1", "KSV-0116"],
    check: |spec, _| {
        let mut hits = Vec::new();
        if let Stated::Given(user) = &spec.user
            && !user.is_root()
            && user.has_root_group()
        {
            hits.push(Hit::new(
                "the group is root's",
                "user",
                format!("user: {}", user.0.chars().take(60).collect::<String>()),
            ));
        }
        for (at, group) in spec.groups.iter().enumerate() {
            if matches!(group.as_str(), "0" | "root" | "docker") {
                let title = format!("the additional group is {group}");
                hits.push(Hit::new(title, format!("groups.{at}"), format!("additional group: {group}")));
            }
        }
        Verdict::of(hits, "no group of root's is given")
    },
};
