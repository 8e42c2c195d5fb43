//! What else runs and listens on the host.

use super::HOST;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{Protocol, Socket};
use model::{GapReason, Severity};
use std::collections::BTreeMap;

pub(crate) static CHECKS: &[Check] = &[Check {
    info: info(
        "audit/service-for-others",
        "the host offers a service that is no container's and not allowed by name",
        Severity::Low,
        "A host for containers needs little besides the engine. Each further service is a way in that no container holds \
         back.",
        "Stop it (systemctl disable --now UNIT), bind it to loopback, or name its port or program in the settings.",
    ),
    aspect: Aspect::Host,
    aliases: &[],
    run: services,
}];

/// Services that send passwords in clear or trust whoever asks.
const UNSAFE_PORTS: [(u16, &str); 14] = [
    (21, "FTP"),
    (23, "telnet"),
    (69, "TFTP"),
    (111, "rpcbind"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (873, "rsync"),
    (2049, "NFS"),
    (2375, "Docker without TLS"),
    (5900, "VNC"),
    (6000, "X11"),
    (6379, "Redis"),
    (11211, "memcached"),
];
/// Swarm's own (docs.docker.com, "Open protocols and ports between the hosts").
const SWARM_PORTS: [u16; 3] = [2377, 4789, 7946];

fn services(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let sockets = match subject.facts.sockets.get() {
        Ok(sockets) => sockets,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let containers = subject.facts.engine.containers.known();
    let published: Vec<u16> =
        containers.into_iter().flatten().flat_map(|c| c.ports.iter().map(|p| p.host_port)).collect();
    let is_expected = |socket: &Socket| {
        let by_name = socket.command.as_ref().is_some_and(|command| {
            command == "docker-proxy"
                || command == "dockerd"
                || subject.settings.allowed_services.contains(command)
        });
        by_name
            || published.contains(&socket.port)
            || SWARM_PORTS.contains(&socket.port)
            || subject.settings.allowed_ports.contains(&socket.port)
    };
    let mut by_port: BTreeMap<(u16, bool), &Socket> = BTreeMap::new();
    for socket in sockets.iter().filter(|socket| socket.protocol != Protocol::Unix && !socket.is_local()) {
        if !is_expected(socket) {
            by_port.entry((socket.port, socket.protocol == Protocol::Udp)).or_insert(socket);
        }
    }
    if by_port.is_empty() {
        if containers.is_none() {
            return answers.unknown_because(
                HOST,
                GapReason::Unreadable,
                "which ports are containers' is not known",
            );
        }
        return answers
            .passed(HOST, "nothing listens for others but what is allowed and what containers publish");
    }
    for ((port, is_udp), socket) in by_port {
        let protocol = if is_udp { "udp" } else { "tcp" };
        let who = socket.command.as_deref().unwrap_or("an unknown program");
        let mut failure = Failure::new(format!("{who} listens on {}", socket.address));
        if let Some(unit) = &socket.unit {
            failure = failure.seen(format!("unit {unit}"));
        }
        if let Some((_, name)) = UNSAFE_PORTS.iter().find(|(unsafe_port, _)| *unsafe_port == port) {
            failure = failure.seen(format!("the port of {name}")).severity(Severity::Medium);
        }
        answers.fails(&format!("port {port}/{protocol}"), failure, &[]);
    }
}
