//! Ports that containers publish.

use super::HOST;
use crate::packet_filter::{Family, Fate, Packet, PacketFilter};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{Container, Network, PublishedPort};
use model::{GapReason, OutcomeState, Severity};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/published-port-unused",
            "a port is published that nothing in the container answers on",
            Severity::Low,
            "Ports that are open without need are what an attacker in the container listens on next.",
            "Recreate the container without that --publish.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-5.9"],
        run: needed_ports,
    },
    Check {
        info: info(
            "audit/published-port-past-firewall",
            "a published port is reachable although the firewall of the host is closed",
            Severity::Medium,
            "The engine's rules come before those of INPUT and of tools such as ufw: what these deny is let through to \
             containers.",
            "Publish on 127.0.0.1 or one address, or put the rule into the chain DOCKER-USER (with nftables: into a chain of \
             your own at the hook forward); seawall harden writes such rules.",
        ),
        aspect: Aspect::Network,
        aliases: &[],
        run: past_firewall,
    },
];

fn each(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    mut judge: impl FnMut(&str, &Container, &mut Answers<'_>),
) {
    let containers = match subject.facts.engine.containers.get() {
        Ok(containers) => containers,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    if containers.is_empty() {
        return answers.not_applicable(HOST, "there are no containers");
    }
    for container in containers {
        judge(&format!("container {}", container.name), container, answers);
    }
}

fn needed_ports(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    each(subject, answers, |object, container, answers| {
        if container.ports.is_empty() {
            return answers.passed(object, "it publishes nothing");
        }
        let listening = match container.listening.get() {
            Ok(listening) => listening,
            Err(missing) if !container.is_running() => {
                return answers.outcome(object, OutcomeState::NotApplicable, missing.detail.as_str(), &[]);
            }
            Err(missing) => return answers.unknown(object, missing),
        };
        let idle: Vec<&str> = container
            .ports
            .iter()
            .map(|port| port.inside.as_str())
            .filter(|port| !listening.iter().any(|l| l == port))
            .collect();
        if idle.is_empty() {
            answers.passed(
                object,
                format!("something answers on each of {} published ports", container.ports.len()),
            );
        } else {
            answers.failed(object, format!("nothing listens on {}", idle.join(", ")));
        }
    });
}

/// Each is sent through all rules, which grow with the ports.
const PORTS_JUDGED_MAX: usize = 2_000;

/// The address of a port for others; none for one that only this machine reaches.
fn address_for_others(port: &PublishedPort) -> Option<IpAddr> {
    let address = match port.host_address.as_str() {
        "" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        text => text.parse().ok()?,
    };
    (port.host_port != 0 && !address.is_loopback()).then_some(address)
}

// A packet of a stranger for the port is sent through the rules twice: as one for the host, which the administrator means
// by a closed firewall, and as one that the engine's rules send on to the container.
fn past_firewall(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let firewall = &subject.facts.firewall;
    let filter = match PacketFilter::new(firewall, Family::V4) {
        Ok(filter) => filter,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let filter6 = PacketFilter::new(firewall, Family::V6);
    let mut judged = 0;
    each(subject, answers, |object, container, answers| {
        judged += container.ports.len();
        if judged > PORTS_JUDGED_MAX {
            let why = format!("more than {PORTS_JUDGED_MAX} ports are published");
            return answers.unknown_because(object, GapReason::LimitReached, &why);
        }
        let (mut past, mut stopped, mut doubtful) = (Vec::new(), Vec::new(), Vec::new());
        for port in &container.ports {
            let Some(address) = address_for_others(port) else { continue };
            let (number, filter) = match (address, &filter6) {
                (IpAddr::V4(_), _) => (port.host_port.to_string(), Some(&filter)),
                (IpAddr::V6(_), filter6) => (format!("{} of IPv6", port.host_port), filter6.as_ref().ok()),
            };
            match filter.map_or(Reach::Doubtful, |filter| reach(subject, filter, container, port)) {
                Reach::Past => past.push(number),
                Reach::Stopped(chain) => stopped.push(format!("{number} ({chain})")),
                Reach::Doubtful => doubtful.push(number),
                Reach::Meant => {}
            }
        }
        if !past.is_empty() {
            let failure = Failure::new(format!("ports {} are open to all", past.join(", ")))
                .seen("the host's own firewall stops what comes for them; the rules that forward to the container do not");
            answers.fails(object, failure, &[]);
        } else if !doubtful.is_empty() {
            let why = format!("whether rules stop strangers at {} is in doubt", doubtful.join(", "));
            answers.unknown_because(object, GapReason::Unsupported, &why);
        } else if !stopped.is_empty() {
            answers.passed(object, format!("strangers are stopped at {}", stopped.join(", ")));
        } else {
            answers.passed(object, "the firewall of the host stops nothing that it publishes for others");
        }
    });
}

enum Reach {
    /// The firewall of the host is closed for it, and it is reached all the same.
    Past,
    /// A chain stops it.
    Stopped(String),
    /// The firewall of the host lets it in, or is what decides.
    Meant,
    Doubtful,
}

fn reach(subject: &Subject<'_>, filter: &PacketFilter, container: &Container, port: &PublishedPort) -> Reach {
    let protocol = port.inside.split_once('/').map_or("tcp", |(_, protocol)| protocol);
    let to_host = Packet {
        hook: "input",
        input: None,
        output: None,
        protocol,
        destination: None,
        port: Some(port.host_port),
        original_port: Some(port.host_port),
        is_translated: false,
    };
    let at_host = filter.fate(&to_host);
    if at_host == Fate::Passes {
        return Reach::Meant;
    }
    // Without a translation docker-proxy takes the connection, so that the host's own rules decide.
    let Some((destination, port_inside)) = filter.translation(protocol, port.host_port) else {
        return match at_host {
            Fate::Stopped(chain) => Reach::Stopped(chain),
            _ => Reach::Doubtful,
        };
    };
    let bridges = bridges(subject, container);
    let fates: Vec<Fate> = bridges
        .iter()
        .map(|bridge| {
            filter.fate(&Packet {
                hook: "forward",
                output: Some(bridge),
                destination,
                port: Some(port_inside),
                is_translated: true,
                ..to_host
            })
        })
        .collect();
    // It leaves by one of its bridges, which the rules know and the engine does not tell.
    if fates.contains(&Fate::Passes) {
        return if at_host == Fate::Doubtful { Reach::Doubtful } else { Reach::Past };
    }
    match fates.into_iter().find(|fate| matches!(fate, Fate::Stopped(_))) {
        Some(Fate::Stopped(chain)) => Reach::Stopped(chain),
        _ => Reach::Doubtful,
    }
}

/// Names of the bridges of a container's networks (docs.docker.com, "Bridge network driver").
fn bridges(subject: &Subject<'_>, container: &Container) -> Vec<String> {
    let networks = subject.facts.engine.networks.known().map_or(&[][..], Vec::as_slice);
    let of_container = networks
        .iter()
        .filter(|network| network.driver == "bridge" && container.networks.contains(&network.name));
    of_container.map(bridge_name).collect()
}

/// The interface of a bridge network.
pub(super) fn bridge_name(network: &Network) -> String {
    match network.options.get("com.docker.network.bridge.name") {
        Some(name) => name.clone(),
        None if network.name == "bridge" => "docker0".to_owned(),
        None => format!("br-{}", network.id.chars().take(12).collect::<String>()),
    }
}
