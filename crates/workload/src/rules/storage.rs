//! The container's own files.

use super::{Hit, Rule, Verdict};
use crate::spec::{MountKind, Origin, Stated};
use model::{RuleInfo, Severity};

pub(super) const WRITABLE_ROOT: Rule = Rule {
    info: RuleInfo {
        id: "container/writable-root",
        title: "the root file system is writable",
        severity: Severity::Low,
        why: "An intruder replaces the program, adds tools and stays until the container is made anew.",
        remedy: "read_only: true (readOnlyRootFilesystem), with a tmpfs for /tmp and /run and volumes for data.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#read-only"],
    },
    aliases: &["C-0017", "CIS-Docker-5.13", "CKV_K8S_22", "KSV-0014"],
    check: |spec, _| match &spec.read_only_root {
        Stated::Given(true) => Verdict::passed("read-only"),
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::failed("the root file system is writable", "read_only_root", "read-only root: no"),
    },
};

pub(super) const ANONYMOUS_VOLUME: Rule = Rule {
    info: RuleInfo {
        id: "container/anonymous-volume",
        title: "a volume has no name",
        severity: Severity::Negligible,
        why: "Data in it is lost to sight with the container: nobody knows what it belongs to, and it stays on the disk.",
        remedy: "Name the volume, or use a tmpfs for what need not last.",
        references: &["https://docs.docker.com/engine/storage/volumes/"],
    },
    aliases: &[],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (at, mount) in spec.mounts.iter().enumerate() {
            if mount.is_anonymous {
                let target: String = mount.target.chars().take(120).collect();
                hits.push(Hit::new(
                    format!("the volume on {target} has no name"),
                    format!("mounts.{at}"),
                    format!("volume on {target}"),
                ));
            }
        }
        Verdict::of(hits, "every volume has a name")
    },
};

pub(super) const TMPFS_WITH_EXEC: Rule = Rule {
    info: RuleInfo {
        id: "container/tmpfs-with-exec",
        title: "programs can be run from a tmpfs",
        severity: Severity::Low,
        why: "A writable place from which programs run is where an intruder puts his; setuid files there are another \
              user's rights.",
        remedy: "Mount it with noexec,nosuid,nodev (the engine does, unless 'exec' or 'suid' is asked for).",
        references: &["https://docs.docker.com/engine/storage/tmpfs/"],
    },
    aliases: &[],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("an emptyDir has no mount options".to_owned());
        }
        let mut hits = Vec::new();
        for (at, mount) in spec.mounts.iter().enumerate().filter(|(_, mount)| mount.kind == MountKind::Tmpfs)
        {
            // The engine mounts a tmpfs noexec, nosuid and nodev; a later word wins (moby, `oci_linux.go`).
            let weak: Vec<&str> = [("exec", "noexec"), ("suid", "nosuid"), ("dev", "nodev")]
                .into_iter()
                .filter(|(weak, strong)| {
                    let last = |word: &str| mount.options.iter().rposition(|option| option == word);
                    last(weak) > last(strong)
                })
                .map(|(weak, _)| weak)
                .collect();
            if !weak.is_empty() {
                let target: String = mount.target.chars().take(120).collect();
                let title = format!("the tmpfs on {target} is mounted with {}", weak.join(", "));
                hits.push(Hit::new(
                    title,
                    format!("mounts.{at}"),
                    format!("options: {}", mount.options.join(",")),
                ));
            }
        }
        Verdict::of(hits, "no tmpfs with exec, suid or dev")
    },
};
