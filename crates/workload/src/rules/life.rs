//! How the container starts again, is watched, logs, and what it starts.

use super::{Hit, Rule, Surroundings, Verdict};
use crate::spec::{ContainerSpec, Health, Origin, Restart, Role, Stated};
use model::{RuleInfo, Severity};

pub(super) const RESTARTS_WITHOUT_BOUND: Rule = Rule {
    info: RuleInfo {
        id: "container/restarts-without-bound",
        title: "the container starts again without bound",
        severity: Severity::Low,
        why: "A program that crashes at once, or is made to, takes the machine in a loop, and each start is another try \
              for an exploit.",
        remedy: "restart: on-failure:5. Where it must come back after a reboot, accept this rule with that reason.",
        references: &["https://docs.docker.com/engine/containers/start-containers-automatically/"],
    },
    aliases: &["CIS-Docker-5.15"],
    check: restarts,
};

fn restarts(spec: &ContainerSpec, around: &Surroundings) -> Verdict {
    if spec.origin == Origin::Kubernetes {
        return Verdict::NotApplicable("the kubelet waits longer before each start".to_owned());
    }
    let most = around.restarts_max;
    let (title, evidence) = match &spec.restart {
        Stated::Absent | Stated::Given(Restart::No) => return Verdict::passed("it does not start again"),
        Stated::Unknown(reason) => return Verdict::Unknown(reason.clone()),
        Stated::Given(Restart::OnFailure(Some(count))) if (1..=most).contains(count) => {
            return Verdict::passed(format!("on-failure:{count}"));
        }
        Stated::Given(Restart::OnFailure(Some(count))) if *count > 0 => (
            format!("the container starts again {count} times"),
            format!("restart: on-failure:{count}, more than {most}"),
        ),
        Stated::Given(Restart::OnFailure(_)) => (
            "the container starts again after every failure".to_owned(),
            "restart: on-failure without a count".to_owned(),
        ),
        Stated::Given(Restart::Always) => {
            ("the container always starts again".to_owned(), "restart: always".to_owned())
        }
        Stated::Given(Restart::UnlessStopped) => (
            "the container starts again unless it is stopped".to_owned(),
            "restart: unless-stopped".to_owned(),
        ),
    };
    Verdict::failed(title, "restart", evidence)
}

pub(super) const NO_HEALTH_CHECK: Rule = Rule {
    info: RuleInfo {
        id: "container/no-health-check",
        title: "nothing tells whether the container works",
        severity: Severity::Negligible,
        why: "A program that hangs looks like one that runs: nobody restarts it, and traffic still goes there.",
        remedy: "healthcheck in compose, HEALTHCHECK in the Dockerfile, livenessProbe in a pod, with a command that \
                 really asks the program.",
        references: &["https://docs.docker.com/reference/dockerfile/#healthcheck"],
    },
    aliases: &["C-0018", "C-0056", "CIS-Docker-4.6", "CIS-Docker-5.27", "CKV_K8S_8", "CKV_K8S_9"],
    check: |spec, _| {
        if spec.role != Role::Main {
            return Verdict::NotApplicable("it prepares or debugs".to_owned());
        }
        match &spec.health {
            Stated::Given(Health::Checked(_)) => Verdict::passed("checked"),
            Stated::Given(Health::Disabled) => {
                Verdict::failed("the health check is switched off", "health", "health check: none")
            }
            Stated::Unknown(reason) => Verdict::Unknown(reason.clone()),
            Stated::Absent if matches!(spec.origin, Origin::Compose | Origin::EngineCreate) => {
                Verdict::NotApplicable("none is told: the image may have one".to_owned())
            }
            Stated::Absent => {
                Verdict::failed("nothing tells whether the container works", "health", "no health check")
            }
        }
    },
};

pub(super) const STARTS_SSH_SERVER: Rule = Rule {
    info: RuleInfo {
        id: "container/starts-ssh-server",
        title: "the container starts an SSH server",
        severity: Severity::Medium,
        why: "Its keys and accounts are in the image, its logins in no log of the host.",
        remedy: "Remove it; use 'docker exec' or 'kubectl exec', which ask who you are.",
        references: &[],
    },
    aliases: &["C-0042", "CIS-Docker-5.7"],
    check: |spec, _| {
        let none = Vec::new();
        let words = [("entrypoint", &spec.entrypoint), ("command", &spec.command)];
        for (field, value) in words {
            for word in value.given().unwrap_or(&none) {
                let starts = word
                    .split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|'))
                    .any(|part| matches!(part.rsplit('/').next().unwrap_or_default(), "sshd" | "dropbear"));
                if starts {
                    let shown: String = word.chars().take(120).collect();
                    return Verdict::failed(
                        "the container starts an SSH server",
                        field,
                        format!("{field}: {shown}"),
                    );
                }
            }
        }
        Verdict::passed("no SSH server in the command")
    },
};

/// Drivers that keep what was logged on this host.
const LOCAL_DRIVERS: [&str; 3] = ["json-file", "local", ""];

pub(super) const LOGS_WITHOUT_BOUND: Rule = Rule {
    info: RuleInfo {
        id: "container/logs-without-bound",
        title: "the log of the container grows without bound",
        severity: Severity::Low,
        why: "The json-file driver keeps everything until the disk is full, which stops all containers.",
        remedy: "logging: options: max-size: 10m and max-file: '3', the driver 'local', or a driver that sends logs away.",
        references: &["https://docs.docker.com/engine/logging/drivers/json-file/"],
    },
    aliases: &[],
    check: |spec, around| {
        if spec.origin == Origin::Kubernetes {
            return Verdict::NotApplicable("the kubelet rotates logs".to_owned());
        }
        let given = spec.logging.given();
        let driver = given
            .map(|log| log.driver.as_str())
            .filter(|driver| !driver.is_empty())
            .unwrap_or(&around.log_driver);
        if driver != "json-file" {
            return Verdict::passed(format!("driver {}", driver.chars().take(40).collect::<String>()));
        }
        let own = given.is_some_and(|log| log.options.contains_key("max-size"));
        // Options of the daemon hold only for containers that name no driver.
        let inherited = around.are_logs_bounded && given.is_none_or(|log| log.driver.is_empty());
        if own || inherited {
            return Verdict::passed("max-size is set");
        }
        Verdict::failed(
            "the log of the container grows without bound",
            "logging",
            "json-file without max-size",
        )
    },
};

pub(super) const LOGGING_OFF: Rule = Rule {
    info: RuleInfo {
        id: "container/logging-off",
        title: "the container's output is thrown away",
        severity: Severity::Medium,
        why: "After an incident there is nothing to read.",
        remedy: "Remove the driver 'none'.",
        references: &["https://docs.docker.com/engine/logging/configure/"],
    },
    aliases: &["CIS-Docker-2.13"],
    check: |spec, around| {
        let given = spec.logging.given().map(|log| log.driver.as_str()).filter(|driver| !driver.is_empty());
        let driver = given.unwrap_or(&around.log_driver);
        if driver == "none" && spec.origin != Origin::Kubernetes {
            return Verdict::failed("the container's output is thrown away", "logging", "log driver: none");
        }
        let where_to = if LOCAL_DRIVERS.contains(&driver) { "kept on this host" } else { "sent on" };
        Verdict::passed(where_to)
    },
};

pub(super) const SECRET_IN_ENVIRONMENT: Rule = Rule {
    info: RuleInfo {
        id: "container/secret-in-environment",
        title: "a credential stands in the environment",
        severity: Severity::High,
        why: "Everybody who may inspect the container, read this file or see the process's environment has it; it ends \
              in logs, crash reports and child processes.",
        remedy: "Mount a secret as a file and name that file (…_FILE), or refer to a secret of the cluster. Change the \
                 credential: it is known.",
        references: &["https://docs.docker.com/compose/how-tos/use-secrets/"],
    },
    aliases: &["C-0012", "CKV_K8S_35"],
    check: |spec, _| {
        let mut hits = Vec::new();
        for (at, variable) in spec.environment.iter().enumerate() {
            if let Some(why) = &variable.secret {
                let name: String = variable
                    .name
                    .chars()
                    .take(80)
                    .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
                    .collect();
                hits.push(Hit::new(
                    format!("{name} holds a credential"),
                    format!("environment.{at}"),
                    format!("{name}: {why}"),
                ));
            }
        }
        Verdict::of(hits, "no credential in clear")
    },
};
