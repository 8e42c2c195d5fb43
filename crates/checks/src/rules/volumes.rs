//! Volumes.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// Volumes over system directories.
pub(super) static SENSITIVE: Rule = Rule {
    info: RuleInfo {
        id: "image/sensitive-volume",
        title: "a volume covers a system directory",
        severity: Severity::High,
        why: "A volume over /dev, /proc, /etc and their like hides what the image ships, lives longer than the \
              container, and invites operators to mount the host's own directory there.",
        remedy: "Declare a volume for the application's data alone, such as /var/lib/app.",
        references: &["https://docs.docker.com/reference/dockerfile/#volume"],
    },
    aliases: &["DKL-DI-0002", "CIS 5.6"],
    bad: "volume /proc",
    good: "volume /var/lib/app",
};

/// The engine's socket as a volume.
pub(super) static ENGINE_SOCKET: Rule = Rule {
    info: RuleInfo {
        id: "image/engine-socket-volume",
        title: "the image asks for the container engine's socket",
        severity: Severity::High,
        why: "Whoever may write to that socket may start a privileged container, which is root on the host.",
        remedy: "Remove the volume. If the program must ask the engine, put a proxy in between that allows the few \
                 requests it needs.",
        references: &["https://docs.docker.com/engine/security/#docker-daemon-attack-surface"],
    },
    aliases: &["CIS 5.32"],
    bad: "volume /var/run/docker.sock",
    good: "volume /var/run/app",
};

const SYSTEM: [&str; 16] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/var/run",
    "/var/lib/docker",
];

const SOCKETS: [&str; 6] =
    ["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "buildkitd.sock", "cri-dockerd.sock"];

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for volume in &subject.facts.config.volumes {
        let path = format!("/{}", model::LayerPath::new(volume).as_str());
        let rule = if SOCKETS.iter().any(|socket| path.ends_with(&format!("/{socket}"))) {
            &ENGINE_SOCKET
        } else if SYSTEM.contains(&path.as_str())
            || ["/dev/", "/proc/", "/sys/"].iter().any(|front| path.starts_with(front))
        {
            &SENSITIVE
        } else {
            continue;
        };
        hits.push(
            hit(rule, format!("{}: {path}", rule.info.title))
                .with_evidence(format!("VOLUME {volume}"))
                .with_identity(path),
        );
    }
}
