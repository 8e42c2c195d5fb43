//! How a container is watched and stopped.

use super::Rule;
use crate::{
    CheckHit, Healthcheck,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// No health check.
pub(super) static NO_HEALTH_CHECK: Rule = Rule {
    info: RuleInfo {
        id: "image/no-health-check",
        title: "the image has no health check",
        severity: Severity::Low,
        why: "An engine can tell that the process lives, not that it answers: a service that hangs stays in duty.",
        remedy: "Add HEALTHCHECK with a command that asks the service. Kubernetes ignores it; there, probes do this.",
        references: &["https://docs.docker.com/reference/dockerfile/#healthcheck"],
    },
    aliases: &["CIS 4.6", "CIS-DI-0006", "DL3057", "DS-0026", "CKV_DOCKER_2"],
    bad: "user app",
    good: "health CMD-SHELL curl -f http://localhost",
};

/// A stop signal that gives no time.
pub(super) static KILL_SIGNAL: Rule = Rule {
    info: RuleInfo {
        id: "image/kill-as-stop-signal",
        title: "the stop signal kills the process at once",
        severity: Severity::Low,
        why: "A process cannot catch SIGKILL: each stop is a crash, and data that was not written is lost.",
        remedy: "Remove STOPSIGNAL, or name the one that the program ends on in good order.",
        references: &["https://docs.docker.com/reference/dockerfile/#stopsignal"],
    },
    aliases: &[],
    bad: "signal SIGKILL",
    good: "signal SIGQUIT",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let config = &subject.facts.config;
    match config.healthcheck {
        Healthcheck::Absent => hits.push(hit(&NO_HEALTH_CHECK, NO_HEALTH_CHECK.info.title)),
        Healthcheck::Disabled => {
            hits.push(
                hit(&NO_HEALTH_CHECK, "the image switches the health check off")
                    .with_evidence("HEALTHCHECK NONE"),
            );
        }
        Healthcheck::Command(_) => {}
    }
    if config
        .stop_signal
        .as_deref()
        .is_some_and(|signal| matches!(signal.to_ascii_uppercase().as_str(), "SIGKILL" | "KILL" | "9"))
    {
        hits.push(hit(&KILL_SIGNAL, KILL_SIGNAL.info.title).with_evidence("STOPSIGNAL SIGKILL"));
    }
}
