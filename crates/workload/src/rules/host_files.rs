//! Directories and sockets of the host inside the container.

mod paths;
mod patterns;

pub(super) use paths::is_control_group;
pub use paths::{HostPathRisk, engine_socket, host_path_risk};
pub use patterns::{HostPathPatterns, host_path_patterns};

use super::{Hit, Rule, Verdict};
use crate::spec::{ContainerSpec, Mount, MountKind, Stated};
use model::{RuleInfo, Severity};
use paths::{ENGINE_SOCKETS, SYSTEM_SOCKETS, clean, system_socket};

/// Mounts of paths of the host with their places in the list; a path that depends on a variable is an error.
fn binds(spec: &ContainerSpec) -> Result<Vec<(usize, &Mount)>, String> {
    let mut binds = Vec::new();
    for (at, mount) in spec.mounts.iter().enumerate() {
        if mount.kind != MountKind::Bind && mount.kind != MountKind::Pipe {
            continue;
        }
        if mount.source.contains("${") {
            return Err(format!("the source of a mount depends on {}", cut(&mount.source)));
        }
        binds.push((at, mount));
    }
    Ok(binds)
}

fn judge(
    spec: &ContainerSpec,
    seen: &str,
    hit: impl Fn(&Mount) -> Option<(String, Option<Severity>)>,
) -> Verdict {
    let (binds, unknown) = match binds(spec) {
        Ok(binds) => (binds, None),
        Err(reason) => {
            let known = spec.mounts.iter().enumerate().filter(|(_, mount)| {
                matches!(mount.kind, MountKind::Bind | MountKind::Pipe) && !mount.source.contains("${")
            });
            (known.collect(), Some(reason))
        }
    };
    let mut hits = Vec::new();
    for (at, mount) in binds {
        if let Some((title, severity)) = hit(mount) {
            let access = if mount.is_writable() { "writable" } else { "read-only" };
            let evidence = format!("{} on {} ({access})", cut(&mount.source), cut(&mount.target));
            let mut hit = Hit::new(title, format!("mounts.{at}"), evidence);
            hit.severity = severity;
            hits.push(hit);
        }
    }
    match unknown {
        Some(reason) if hits.is_empty() => Verdict::Unknown(reason),
        _ => Verdict::of(hits, seen),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(160).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

pub(super) const ENGINE_SOCKET_MOUNTED: Rule = Rule {
    info: RuleInfo {
        id: "container/engine-socket-mounted",
        title: "the container has the socket of a container engine",
        severity: Severity::Critical,
        why: "Whoever may talk to the engine starts a privileged container with the host's file system in it: the \
              socket is root of the host. A read-only mount changes nothing, requests go through it all the same.",
        remedy: "Remove the mount. Programs that must see containers get a proxy that lets only reading requests \
                 through.",
        references: &["https://docs.docker.com/engine/security/#docker-daemon-attack-surface"],
    },
    aliases: &["C-0074", "CIS-Docker-5.32", "CKV_K8S_27", "KSV-0006"],
    check: |spec, _| {
        judge(spec, "no socket of an engine", |mount| {
            if mount.kind == MountKind::Pipe {
                let is_engine = mount.source.contains("docker_engine") || mount.source.contains("containerd");
                return is_engine.then(|| ("the pipe of the container engine is mounted".to_owned(), None));
            }
            let found = engine_socket(&mount.source)?;
            let path = clean(&mount.source)?;
            Some(if path.ends_with(".sock") {
                (format!("the socket {} is mounted", cut(&path)), None)
            } else {
                (format!("{} is mounted, and in it the socket of an engine ({found})", cut(&path)), None)
            })
        })
    },
};

pub(super) const SYSTEM_SOCKET_MOUNTED: Rule = Rule {
    info: RuleInfo {
        id: "container/system-socket-mounted",
        title: "the container has a socket of the host's services",
        severity: Severity::High,
        why: "Through the sockets of systemd, D-Bus, libvirt, LXD or snapd services of the host are started and \
              changed, most of them as root.",
        remedy: "Remove the mount; let the host do what the container asks for through an interface of your own.",
        references: &[],
    },
    aliases: &["CIS-Docker-5.6"],
    check: |spec, _| {
        judge(spec, "no socket of the host's services", |mount| {
            system_socket(&mount.source).map(|found| (format!("the socket {found} is mounted"), None))
        })
    },
};

pub(super) const SENSITIVE_DIRECTORY_MOUNTED: Rule = Rule {
    info: RuleInfo {
        id: "container/sensitive-directory-mounted",
        title: "a sensitive directory of the host is mounted",
        severity: Severity::High,
        why: "What the container may write there, an intruder writes too: programs that the host runs, keys that it \
              trusts, files of other containers. Reading alone gives away passwords and keys.",
        remedy: "Mount the one file or directory that is needed, read-only, or use a volume.",
        references: &["https://docs.docker.com/engine/storage/bind-mounts/"],
    },
    aliases: &["C-0045", "C-0048", "CIS-Docker-5.6", "KSV-0023", "KSV-0121", "PSS-baseline"],
    check: |spec, _| {
        judge(spec, "no sensitive directory", |mount| {
            let path = clean(&mount.source)?;
            if ENGINE_SOCKETS.contains(&path.as_str()) || SYSTEM_SOCKETS.contains(&path.as_str()) {
                return None;
            }
            let risk = host_path_risk(&path, mount.is_writable())?;
            let access = if mount.is_writable() { "" } else { ", read-only" };
            Some((format!("{} is mounted{access}: {}", cut(&path), risk.what), Some(risk.severity)))
        })
    },
};

pub(super) const SHARED_MOUNT_PROPAGATION: Rule = Rule {
    info: RuleInfo {
        id: "container/shared-mount-propagation",
        title: "mounts that the container makes appear on the host",
        severity: Severity::Medium,
        why: "With shared propagation a process that may mount changes what every program of the host sees there.",
        remedy: "Use rprivate, or rslave (HostToContainer) when the container must see later mounts of the host.",
        references: &["https://docs.kernel.org/filesystems/sharedsubtree.html"],
    },
    aliases: &["CIS-Docker-5.20"],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (at, mount) in spec.mounts.iter().enumerate() {
            if let Stated::Given(word) = &mount.propagation
                && matches!(word.as_str(), "shared" | "rshared" | "Bidirectional")
            {
                let title = format!("mounts below {} appear on the host", cut(&mount.target));
                hits.push(Hit::new(title, format!("mounts.{at}"), format!("propagation: {word}")));
            }
        }
        Verdict::of(hits, "no shared propagation")
    },
};
