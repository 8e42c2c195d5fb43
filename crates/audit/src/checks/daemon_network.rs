//! How the engine is reached, and what it does to the packet filter.

use super::{ENGINE, ports::bridge_name, setting};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    packet_filter::{Family, Fate, Packet, PacketFilter},
    rule::{Check, Subject, info},
};
use facts::{EndpointAnswer, Fact, Protocol, Socket};
use model::{GapReason, Severity};
use serde_json::Value;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/engine-tcp-without-tls",
            "the engine takes commands over the network from anybody",
            Severity::Critical,
            "Whoever reaches the port is root of the host. Such ports are found by scanners within minutes.",
            "Remove tcp:// from hosts and use ssh, or require client certificates (tlsverify with tlscacert, tlscert, \
             tlskey); seawall harden makes the set.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-2.7"],
        run: tcp,
    },
    Check {
        info: info(
            "audit/inter-container-traffic",
            "containers on the default bridge reach each other",
            Severity::Low,
            "A taken-over container scans and attacks its neighbours, whatever they publish.",
            "Set \"icc\": false in daemon.json and restart the engine; connect containers by networks of their own.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-2.2"],
        run: inter_container,
    },
    Check {
        info: info(
            "audit/engine-without-packet-filter",
            "the engine does not manage the packet filter",
            Severity::Medium,
            "Without its rules networks are not kept apart, and published ports are what somebody made by hand.",
            "Remove \"iptables\": false from daemon.json; put rules of your own into the chain DOCKER-USER.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-2.4"],
        run: packet_filter,
    },
    Check {
        info: info(
            "audit/userland-proxy",
            "published ports go through a program on the host",
            Severity::Low,
            "docker-proxy runs as root on the host, hides the client's address, and answers where the packet filter would \
             not.",
            "Set \"userland-proxy\": false in daemon.json and restart the engine; try connections from the host itself.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-2.16"],
        run: userland_proxy,
    },
    Check {
        info: info(
            "audit/forwarding-open",
            "the host forwards whatever comes",
            Severity::Medium,
            "With the policy ACCEPT, neighbours in the network reach containers by their addresses, published or not.",
            "Let the engine set the policy (remove \"ip-forward-no-drop\"), or set iptables -P FORWARD DROP; remove \
             \"allow-direct-routing\".",
        ),
        aspect: Aspect::Network,
        aliases: &[],
        run: forwarding,
    },
];

fn engine_sockets<'s>(subject: &'s Subject<'_>, pid: u32) -> Result<Vec<&'s Socket>, &'s facts::Missing> {
    // Swarm's ports have certificates of their own.
    const SWARM: [u16; 2] = [2377, 7946];
    // Without docker-proxy the engine itself holds the ports that it publishes, so that nobody else takes them.
    let containers = subject.facts.engine.containers.known().map_or(&[][..], Vec::as_slice);
    let published: Vec<u16> = containers
        .iter()
        .filter(|container| container.is_running())
        .flat_map(|container| container.ports.iter().map(|port| port.host_port))
        .collect();
    let sockets = subject.facts.sockets.get()?;
    Ok(sockets
        .iter()
        .filter(|socket| {
            socket.pid == Some(pid)
                && socket.protocol == Protocol::Tcp
                && !SWARM.contains(&socket.port)
                && !published.contains(&socket.port)
        })
        .collect())
}

fn is_on(subject: &Subject<'_>, key: &str) -> Result<bool, facts::Missing> {
    Ok(matches!(setting(subject.facts, key)?, Some(Value::Bool(true)))
        || setting(subject.facts, key)? == Some(Value::String("true".to_owned())))
}

fn tcp(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    // The engine's own words count where nothing was tried; of --tls without --tlsverify it says that it verifies nobody,
    // and demands a certificate all the same.
    if !is_tried(subject) {
        let warnings = subject.facts.engine.info.known().map_or(&[][..], |info| info.warnings.as_slice());
        if let Some(warning) = warnings.iter().find(|warning| {
            warning.contains("is accessible on http")
                || warning.contains("without TLS client verification")
                || warning.contains("without encryption")
        }) {
            let failure = Failure::new("the engine says so of itself").seen(warning.trim());
            return answers.fails(ENGINE, failure, &[]);
        }
    }
    let process = match subject.facts.daemon_process.get() {
        Ok(Some(process)) => process,
        Ok(None)
            if subject.facts.engine.address.known().is_some_and(|address| address.starts_with("tcp://")) =>
        {
            return answers.failed(ENGINE, "it was asked over plain tcp");
        }
        Ok(None) => {
            return answers.unknown_because(
                ENGINE,
                GapReason::Unsupported,
                "its process is not on this machine",
            );
        }
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    let listening = match engine_sockets(subject, process.pid) {
        Ok(listening) => listening,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    if listening.is_empty() {
        let has_owners =
            subject.facts.sockets.known().is_some_and(|all| all.iter().any(|socket| socket.pid.is_some()));
        if !has_owners && subject.facts.sockets.known().is_some_and(|all| !all.is_empty()) {
            return answers.unknown_because(
                ENGINE,
                GapReason::Unreadable,
                "who holds which socket could not be read (hint: run as root)",
            );
        }
        return answers.passed(ENGINE, "it listens on no port");
    }
    for socket in listening {
        listens(subject, socket, answers);
    }
}

/// Whether every port of the engine was connected to.
fn is_tried(subject: &Subject<'_>) -> bool {
    subject.facts.engine_endpoints.known().is_some_and(|endpoints| {
        !endpoints.is_empty() && endpoints.iter().all(|endpoint| endpoint.answer.known().is_some())
    })
}

// What a connection showed counts; the settings where none was made.
fn listens(subject: &Subject<'_>, socket: &Socket, answers: &mut Answers<'_>) {
    let endpoints = subject.facts.engine_endpoints.known().map_or(&[][..], Vec::as_slice);
    let answer = endpoints
        .iter()
        .find(|endpoint| endpoint.address == socket.address && endpoint.port == socket.port)
        .and_then(|endpoint| endpoint.answer.known());
    let place = format!("{}:{}", socket.address, socket.port);
    let fails = |detail: String, answers: &mut Answers<'_>| {
        let mut failure = Failure::new(detail);
        if socket.is_local() {
            failure = failure
                .seen("only this machine reaches it: any user and any web page on it")
                .severity(Severity::High);
        }
        answers.fails(ENGINE, failure, &[]);
    };
    match answer {
        Some(EndpointAnswer::Plain) => fails(format!("{place} answers whoever asks, in clear"), answers),
        Some(EndpointAnswer::Tls(tls)) if tls.answers_strangers => {
            fails(format!("{place} speaks TLS and answers clients without a certificate"), answers);
        }
        Some(EndpointAnswer::Tls(_)) => {
            answers.passed(ENGINE, format!("{place} refuses clients without a certificate, as was tried"));
        }
        None => match is_on(subject, "tlsverify") {
            Ok(true) => {
                answers.passed(ENGINE, format!("it listens on {place} and is told to verify clients"));
            }
            Ok(false) => fails(format!("it listens on {place} and verifies no client"), answers),
            Err(missing) => answers.unknown(ENGINE, &missing),
        },
    }
}

fn inter_container(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let networks = match subject.facts.engine.networks.get() {
        Ok(networks) => networks,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    // docs.docker.com, "Bridge network driver", default bridge: what the engine does, whatever its files say.
    let Some(bridge) = networks.iter().find(|n| {
        n.options.get("com.docker.network.bridge.default_bridge").is_some_and(|v| v == "true")
            || n.name == "bridge"
    }) else {
        return answers.not_applicable(ENGINE, "there is no default bridge");
    };
    match bridge.options.get("com.docker.network.bridge.enable_icc").map(String::as_str) {
        Some("false") => {
            let bridge = bridge_name(bridge);
            // The setting is a word; a rule of the packet filter is what keeps them apart.
            match between_containers(subject, &bridge) {
                Ok(Fate::Stopped(chain)) => {
                    answers.passed(ENGINE, format!("it is off on the default bridge ({chain} stops it)"));
                }
                Ok(Fate::Passes) => answers.failed(
                    ENGINE,
                    format!("it was switched off, and no rule of the packet filter stops it on {bridge}"),
                ),
                Ok(Fate::Doubtful) => answers.unknown_because(
                    ENGINE,
                    GapReason::Unsupported,
                    &format!("it was switched off; whether the rules stop it on {bridge} is in doubt"),
                ),
                Err(missing) => answers.unknown(ENGINE, missing),
            }
        }
        Some("true") | None => answers.failed(ENGINE, "it is on on the default bridge"),
        Some(other) => {
            answers.unknown_because(ENGINE, GapReason::Malformed, &format!("enable_icc is {other}"));
        }
    }
}

/// What becomes of a packet from one container of a bridge to another.
fn between_containers<'s>(subject: &'s Subject<'_>, bridge: &str) -> Result<Fate, &'s facts::Missing> {
    let filter = PacketFilter::new(&subject.facts.firewall, Family::V4)?;
    Ok(filter.fate(&Packet {
        hook: "forward",
        input: Some(bridge),
        output: Some(bridge),
        protocol: "tcp",
        destination: None,
        port: None,
        original_port: None,
        is_translated: false,
    }))
}

fn packet_filter(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let told = setting(subject.facts, "iptables");
    let has_chain = subject
        .facts
        .firewall
        .filter
        .known()
        .map(|rules| rules.iter().any(|rule| rule.starts_with("-N DOCKER")) || has_own_tables(subject));
    match (told, has_chain) {
        (Ok(Some(Value::Bool(false))), _) => answers.failed(ENGINE, "it was told not to"),
        (Ok(Some(Value::String(text))), _) if text == "false" => answers.failed(ENGINE, "it was told not to"),
        (_, Some(true)) => answers.passed(ENGINE, "its chains are there"),
        (Ok(_), None) => answers.passed(ENGINE, "it was not told otherwise; its chains could not be read"),
        (Ok(_), Some(false)) if subject.facts.daemon_process.known().is_some_and(Option::is_none) => {
            answers.unknown_because(ENGINE, GapReason::Unsupported, "its process is not on this machine");
        }
        // Chains of another network namespace are not seen from here.
        (Ok(_), Some(false)) => {
            answers.passed(ENGINE, "it was not told otherwise; neither iptables nor nft show its chains");
        }
        (Err(missing), _) => answers.unknown(ENGINE, &missing),
    }
}

/// Tables of an engine that writes nftables itself (docs.docker.com, "Docker with nftables").
fn has_own_tables(subject: &Subject<'_>) -> bool {
    let chains = subject.facts.firewall.nftables.known().map_or(&[][..], Vec::as_slice);
    chains.iter().any(|chain| chain.table == "docker-bridges")
}

fn userland_proxy(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    if let Fact::Known(processes) = &subject.facts.processes {
        let proxies = processes
            .iter()
            .filter(|process| {
                process.executable.as_deref().is_some_and(|path| path.ends_with("/docker-proxy"))
            })
            .count();
        if proxies > 0 {
            return answers.failed(ENGINE, format!("{proxies} processes of docker-proxy run"));
        }
    }
    match setting(subject.facts, "userland-proxy") {
        Ok(Some(Value::Bool(false))) => answers.passed(ENGINE, "it is off"),
        Ok(Some(Value::String(text))) if text == "false" => answers.passed(ENGINE, "it is off"),
        Ok(_) => answers.failed(ENGINE, "it is on, the default"),
        Err(missing) => answers.unknown(ENGINE, &missing),
    }
}

fn forwarding(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let forward = subject.facts.kernel.sysctls.get("net.ipv4.ip_forward").and_then(Fact::known);
    if forward.is_some_and(|value| value.as_deref() == Some("0")) {
        return answers.passed("host", "the host forwards nothing");
    }
    for key in ["allow-direct-routing", "ip-forward-no-drop"] {
        match is_on(subject, key) {
            Ok(true) => return answers.failed("host", format!("the engine was told {key}")),
            Ok(false) => {}
            Err(missing) => return answers.unknown("host", &missing),
        }
    }
    match subject.facts.firewall.filter.get() {
        Ok(rules) if rules.iter().any(|rule| rule == "-P FORWARD ACCEPT") => {
            answers.failed("host", "the policy of FORWARD is ACCEPT");
        }
        Ok(rules) if rules.iter().any(|rule| rule.starts_with("-P FORWARD")) => {
            answers.passed("host", "the policy of FORWARD is DROP");
        }
        Ok(_) => answers.unknown_because("host", GapReason::Malformed, "the packet filter shows no policy"),
        Err(missing) => answers.unknown("host", missing),
    }
}
