//! How much the container may take.

use super::{Hit, Rule, Verdict};
use crate::spec::{Origin, Role, Stated};
use model::{RuleInfo, Severity};

fn positive(value: &Stated<i64>) -> bool {
    value.given().is_some_and(|number| *number > 0)
}

pub(super) const NO_MEMORY_LIMIT: Rule = Rule {
    info: RuleInfo {
        id: "container/no-memory-limit",
        title: "memory has no limit",
        severity: Severity::Medium,
        why: "A leak or an attack takes all memory of the host, and the kernel kills whatever it finds, other \
              containers too.",
        remedy: "mem_limit in compose, --memory, resources.limits.memory: what the program needs and a third more.",
        references: &["https://docs.docker.com/engine/containers/resource_constraints/"],
    },
    aliases: &["C-0004", "C-0271", "CIS-Docker-5.11", "CKV_K8S_13", "KSV-0018"],
    check: |spec, _| {
        if spec.role == Role::Ephemeral {
            return Verdict::NotApplicable("ephemeral containers have no resources".to_owned());
        }
        match &spec.limits.memory_bytes {
            value if positive(value) => Verdict::passed("limited"),
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            _ => Verdict::failed("memory has no limit", "limits.memory_bytes", "memory: no limit"),
        }
    },
};

pub(super) const NO_CPU_LIMIT: Rule = Rule {
    info: RuleInfo {
        id: "container/no-cpu-limit",
        title: "processor time has no limit",
        severity: Severity::Low,
        why: "A busy or captured container starves its neighbours.",
        remedy: "cpus in compose, --cpus, resources.limits.cpu; or cpu_shares where a weight is enough.",
        references: &["https://docs.docker.com/engine/containers/resource_constraints/"],
    },
    aliases: &["C-0270", "CIS-Docker-5.12", "CKV_K8S_11", "KSV-0011"],
    check: |spec, _| {
        if spec.role == Role::Ephemeral {
            return Verdict::NotApplicable("ephemeral containers have no resources".to_owned());
        }
        let limits = &spec.limits;
        if positive(&limits.cpu_nanos)
            || positive(&limits.cpu_quota_micros)
            || limits.cpu_set.given().is_some()
        {
            return Verdict::passed("limited");
        }
        if limits.cpu_shares.given().is_some_and(|shares| *shares > 0 && *shares != 1024) {
            return Verdict::passed("a weight is given");
        }
        if let Some(reason) = limits.cpu_nanos.unknown().or(limits.cpu_quota_micros.unknown()) {
            return Verdict::Unknown(reason.clone());
        }
        Verdict::failed("processor time has no limit", "limits.cpu_nanos", "no cpus, quota, set or shares")
    },
};

pub(super) const NO_PIDS_LIMIT: Rule = Rule {
    info: RuleInfo {
        id: "container/no-pids-limit",
        title: "the number of processes has no limit",
        severity: Severity::Medium,
        why: "A fork bomb inside takes every process id of the host; nobody can log in to stop it.",
        remedy: "pids_limit: 200 in compose, --pids-limit.",
        references: &["https://docs.kernel.org/admin-guide/cgroup-v2.html#pid"],
    },
    aliases: &["CIS-Docker-5.29"],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("the kubelet limits it (podPidsLimit)".to_owned());
        }
        match &spec.limits.pids {
            value if positive(value) => Verdict::passed("limited"),
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            _ => Verdict::failed("the number of processes has no limit", "limits.pids", "pids: no limit"),
        }
    },
};

pub(super) const NO_FILE_LIMIT: Rule = Rule {
    info: RuleInfo {
        id: "container/no-file-limit",
        title: "open files have no limit of the container's own",
        severity: Severity::Negligible,
        why: "The default of the daemon holds, which on many hosts is a million or no limit at all.",
        remedy: "ulimits: nofile in compose, --ulimit nofile=1024:4096, or default-ulimits in daemon.json.",
        references: &["https://docs.docker.com/reference/cli/dockerd/#default-ulimits"],
    },
    aliases: &["CIS-Docker-2.8", "CIS-Docker-5.19"],
    check: |spec, around| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("pods have no such setting".to_owned());
        }
        match spec.limits.ulimits.get("nofile") {
            Some((soft, hard)) if *soft > 0 && *hard > 0 && *hard <= 1_048_576 => {
                Verdict::passed(format!("nofile {soft}:{hard}"))
            }
            Some((soft, hard)) => {
                let evidence = format!("nofile {soft}:{hard}");
                Verdict::failed(
                    "the limit of open files is none in effect",
                    "limits.ulimits.nofile",
                    evidence,
                )
            }
            None if around.has_file_limit => Verdict::passed("the daemon's"),
            None => Verdict::failed(
                "open files have no limit of the container's own",
                "limits.ulimits",
                "no ulimit nofile",
            ),
        }
    },
};

pub(super) const NO_STORAGE_QUOTA: Rule = Rule {
    info: RuleInfo {
        id: "container/no-storage-quota",
        title: "the writable layer has no quota",
        severity: Severity::Negligible,
        why: "What a container writes fills the disk that all others and the engine need.",
        remedy: "A read-only root, or --storage-opt size=… (overlay2 on xfs with pquota), resources.limits.ephemeral-storage.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#storage-opt"],
    },
    aliases: &[],
    check: |spec, _| {
        if spec.read_only_root.is_true() {
            return Verdict::passed("the root file system is read-only");
        }
        match &spec.limits.storage {
            Stated::Given(size) => {
                Verdict::passed(format!("size {}", size.chars().take(40).collect::<String>()))
            }
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            Stated::Absent => {
                Verdict::failed("the writable layer has no quota", "limits.storage", "no storage limit")
            }
        }
    },
};

pub(super) const OOM_KILLER_AVOIDED: Rule = Rule {
    info: RuleInfo {
        id: "container/oom-killer-avoided",
        title: "the kernel is told to spare the container when memory runs out",
        severity: Severity::Medium,
        why: "It then kills something else, perhaps the engine or sshd, or the container hangs for ever.",
        remedy: "Remove oom_kill_disable and a negative oom_score_adj; set a memory limit.",
        references: &["https://docs.docker.com/engine/containers/resource_constraints/"],
    },
    aliases: &[],
    check: |spec, _| {
        let mut hits = Vec::new();
        if spec.limits.oom_kill_disabled.is_true() {
            hits.push(Hit::new(
                "the container is never killed for memory",
                "limits.oom_kill_disabled",
                "oom_kill_disable: true",
            ));
        }
        if let Stated::Given(score) = spec.limits.oom_score_adjustment
            && score < 0
        {
            let evidence = format!("oom_score_adj: {score}");
            hits.push(Hit::new(
                "others are killed for memory first",
                "limits.oom_score_adjustment",
                evidence,
            ));
        }
        Verdict::of(hits, "not spared")
    },
};
