//! Ports of the host.

use super::{Hit, Rule, Verdict};
use crate::spec::{ContainerSpec, Origin, Port, Stated};
use model::{RuleInfo, Severity};

fn each(spec: &ContainerSpec, seen: &str, hit: impl Fn(&Port) -> Option<String>) -> Verdict {
    let mut hits = Vec::new();
    for (at, port) in spec.ports.iter().enumerate() {
        if let Some(title) = hit(port) {
            hits.push(Hit::new(title, format!("ports.{at}"), shown(port)));
        }
    }
    Verdict::of(hits, seen)
}

fn shown(port: &Port) -> String {
    let address = match port.host_address.as_str() {
        "" => "every address".to_owned(),
        other => other.chars().take(45).collect(),
    };
    let host = match (port.host_port, port.host_port_end) {
        (Some(first), Some(last)) => format!("port {first}-{last}"),
        (Some(port), None) => format!("port {port}"),
        (None, _) => "a port that the engine chooses".to_owned(),
    };
    format!(
        "{address}, {host} to {}/{}",
        port.container_port,
        port.protocol.chars().take(8).collect::<String>()
    )
}

pub(super) const PRIVILEGED_PORT: Rule = Rule {
    info: RuleInfo {
        id: "container/privileged-port",
        title: "a port below 1024 of the host leads into the container",
        severity: Severity::Low,
        why: "Clients trust what answers on the ports of system services; a container there speaks for the host.",
        remedy: "Publish on a higher port behind a proxy, or accept this rule for the container that is the proxy.",
        references: &["https://man7.org/linux/man-pages/man7/ip.7.html"],
    },
    aliases: &["CIS-Docker-5.8", "KSV-0117"],
    check: |spec, around| {
        each(spec, "no privileged port", |port| {
            let first = port.host_port?;
            (first < around.unprivileged_port_start)
                .then(|| format!("port {first} of the host leads into the container"))
        })
    },
};

pub(super) const PORT_ON_ALL_INTERFACES: Rule = Rule {
    info: RuleInfo {
        id: "container/port-on-all-interfaces",
        title: "a port is published on every address",
        severity: Severity::Low,
        why: "The engine's own packet filter rules come before those of the host's firewall: the port is reachable from \
              everywhere, also where the firewall says no.",
        remedy: "Name the address: 127.0.0.1:8080:80 for what only the host needs, else the one interface.",
        references: &["https://docs.docker.com/engine/network/packet-filtering-firewalls/"],
    },
    aliases: &["CIS-Docker-5.14"],
    check: |spec, _| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("ports of a node are another rule".to_owned());
        }
        each(spec, "every port has its address", |port| {
            if !matches!(port.host_address.as_str(), "" | "0.0.0.0" | "::" | "[::]") {
                return None;
            }
            Some(match port.host_port {
                Some(number) => format!("port {number} is published on every address"),
                None => format!("port {} is published on every address", port.container_port),
            })
        })
    },
};

pub(super) const HOST_PORT: Rule = Rule {
    info: RuleInfo {
        id: "container/host-port",
        title: "a port of the node leads into the pod",
        severity: Severity::Medium,
        why: "It passes by services and network policies, and binds the pod to nodes where the port is free.",
        remedy: "Use a service.",
        references: &["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    },
    aliases: &["C-0044", "CKV_K8S_26", "KSV-0024", "PSS-baseline"],
    check: |spec, _| {
        if spec.origin != Origin::Kubernetes {
            return Verdict::NotApplicable("containers are reached by ports of the host".to_owned());
        }
        each(spec, "no port of the node", |port| {
            Some(format!("port {} of the node leads into the pod", port.host_port?))
        })
    },
};

pub(super) const SSH_PORT_PUBLISHED: Rule = Rule {
    info: RuleInfo {
        id: "container/ssh-port-published",
        title: "the container's port 22 is published",
        severity: Severity::Medium,
        why: "A shell over the network inside a container is one more account to guess, outside of the host's logs and \
              keys.",
        remedy: "Remove the port; use 'docker exec' or 'kubectl exec'.",
        references: &[],
    },
    aliases: &["C-0042", "CIS-Docker-5.7"],
    check: |spec, _| {
        each(spec, "port 22 is not published", |port| {
            (port.container_port == 22 && port.protocol != "udp")
                .then(|| "the container's port 22 is published".to_owned())
        })
    },
};

pub(super) const ALL_PORTS_PUBLISHED: Rule = Rule {
    info: RuleInfo {
        id: "container/all-ports-published",
        title: "every port that the image declares is published",
        severity: Severity::Low,
        why: "Which ports are open to the world is then the image's decision, and changes with it.",
        remedy: "Publish the ports that are needed, one by one.",
        references: &["https://docs.docker.com/engine/network/port-publishing/"],
    },
    aliases: &["CIS-Docker-5.9"],
    check: |spec, _| match &spec.publish_all {
        Stated::Given(true) => Verdict::failed(
            "every port that the image declares is published",
            "publish_all",
            "PublishAllPorts: true",
        ),
        Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
        _ => Verdict::passed("ports are published one by one"),
    },
};
