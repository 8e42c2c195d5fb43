//! Ports that containers publish.

use super::HOST;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{Container, PublishedPort};
use model::{OutcomeState, Severity};

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
            "Publish on 127.0.0.1 or one address, or put the rule into the chain DOCKER-USER.",
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

fn is_for_others(port: &PublishedPort) -> bool {
    !port.host_address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn past_firewall(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let rules = match subject.facts.firewall.filter.get() {
        Ok(rules) => rules,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let is_closed = rules.iter().any(|rule| rule == "-P INPUT DROP" || rule == "-P INPUT REJECT")
        || rules.iter().any(|rule| {
            rule.starts_with("-A INPUT")
                && (rule.ends_with("-j DROP") || rule.contains("-j REJECT"))
                && !rule.contains(" -p ")
                && !rule.contains(" -s ")
                && !rule.contains("ctstate")
        })
        || rules.iter().any(|rule| rule.starts_with("-N ufw-"));
    if !is_closed {
        return answers.not_applicable(HOST, "the firewall of the host lets everything in");
    }
    // A rule there that drops or rejects shows that somebody has thought of it.
    let is_guarded = rules.iter().any(|rule| {
        rule.starts_with("-A DOCKER-USER") && (rule.contains("-j DROP") || rule.contains("-j REJECT"))
    });
    if is_guarded {
        return answers.passed(HOST, "the chain DOCKER-USER denies some of what comes");
    }
    each(subject, answers, |object, container, answers| {
        let open: Vec<String> = container
            .ports
            .iter()
            .filter(|port| port.host_port != 0 && is_for_others(port))
            .map(|port| port.host_port.to_string())
            .collect();
        if open.is_empty() {
            return answers.passed(object, "it publishes nothing for others");
        }
        let failure = Failure::new(format!("ports {} are open to all", open.join(", ")))
            .seen("INPUT is closed, and DOCKER-USER denies nothing");
        answers.fails(object, failure, &[]);
    });
}
