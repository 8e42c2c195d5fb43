//! Exposed ports.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// Ports below 1024.
pub(super) static PRIVILEGED: Rule = Rule {
    info: RuleInfo {
        id: "image/privileged-port-exposed",
        title: "the image exposes a port below 1024",
        severity: Severity::Low,
        why: "Such ports need root or a capability on older engines, so the service is started with more rights than \
              it needs, and they are the ports of well-known services.",
        remedy: "Let the service listen on a port above 1023 and map it when the container is started.",
        references: &["https://www.cisecurity.org/benchmark/docker"],
    },
    aliases: &["CIS 5.8"],
    bad: "port 88/tcp",
    good: "port 8080/tcp",
};

/// Ports of remote logins.
pub(super) static REMOTE_LOGIN: Rule = Rule {
    info: RuleInfo {
        id: "image/remote-login-port-exposed",
        title: "the image exposes a port for remote logins or unencrypted file transfer",
        severity: Severity::Medium,
        why: "A container is entered through the engine, not through a login service of its own: that one needs \
              accounts, keys and patches, and nobody watches its log.",
        remedy: "Remove the service and its EXPOSE line; use docker exec or kubectl exec.",
        references: &["https://www.cisecurity.org/benchmark/docker"],
    },
    aliases: &["CIS 5.7", "DS-0004", "CKV_DOCKER_1"],
    bad: "port 22/tcp",
    good: "port 2222/tcp",
};

const LOGINS: [(u16, &str); 9] = [
    (21, "FTP"),
    (22, "SSH"),
    (23, "telnet"),
    (69, "TFTP"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (3389, "RDP"),
    (5900, "VNC"),
];

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for exposed in &subject.facts.config.exposed_ports {
        let (port, protocol) = exposed.split_once('/').unwrap_or((exposed, "tcp"));
        let Some(port) = port.split('-').next().and_then(|port| port.parse::<u16>().ok()) else { continue };
        let shown = format!("EXPOSE {exposed}");
        if let Some((_, service)) = LOGINS.iter().find(|(login, _)| *login == port)
            && (protocol == "tcp" || port == 69)
        {
            let title = format!("the image exposes port {port} ({service})");
            hits.push(hit(&REMOTE_LOGIN, title).with_evidence(shown).with_identity(exposed.as_str()));
        } else if port < 1024 {
            // Web servers and name servers are addressed there by everybody.
            let severity =
                if matches!(port, 53 | 80 | 443) { Severity::Negligible } else { PRIVILEGED.info.severity };
            let title = format!("the image exposes port {port}, which is below 1024");
            hits.push(
                hit(&PRIVILEGED, title)
                    .with_severity(severity)
                    .with_evidence(shown)
                    .with_identity(exposed.as_str()),
            );
        }
    }
}
