//! Regular audits, monitoring, detection, logs.

use super::{ENGINE, HOST, setting};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
    time,
};
use model::Severity;
use serde_json::Value;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/audit-overdue",
            "the last audit is long ago",
            Severity::Low,
            "Hosts drift: what was right after the installation is changed by updates and hands.",
            "Run seawall audit from a timer and keep its report (--compare FILE).",
        ),
        aspect: Aspect::Other,
        aliases: &[],
        run: overdue,
    },
    Check {
        info: info(
            "audit/no-monitoring",
            "nothing known measures this host",
            Severity::Low,
            "A host that runs out of memory or disk, or mines for somebody, is noticed by its users.",
            "Run an exporter or agent (node-exporter, cAdvisor, …), or name yours in monitoring_programs.",
        ),
        aspect: Aspect::Other,
        aliases: &[],
        run: |subject, answers| programs(subject, answers, &MONITORING, "measures"),
    },
    Check {
        info: info(
            "audit/no-runtime-detection",
            "nothing known watches what containers do",
            Severity::Low,
            "A taken-over container opens shells, connects out and reads tokens; only a sensor that runs sees that.",
            "Run a sensor on the host (Seawall's, Falco, Tetragon, Tracee, …), or name yours in monitoring_programs.",
        ),
        aspect: Aspect::Other,
        aliases: &[],
        run: |subject, answers| programs(subject, answers, &DETECTION, "watches"),
    },
    Check {
        info: info(
            "audit/logs-stay-on-host",
            "logs of containers stay on the host",
            Severity::Low,
            "Whoever takes the host removes his traces; when the host is lost, so are the logs.",
            "Set a log driver that sends (syslog, fluentd, gelf, …) in daemon.json, or run a collector that ships the files.",
        ),
        aspect: Aspect::Other,
        aliases: &["CIS-Docker-2.13"],
        run: central_logs,
    },
    Check {
        info: info(
            "audit/logs-without-bound",
            "log files of containers grow without bound",
            Severity::Low,
            "The driver json-file keeps everything for ever unless told: a chatty container fills the disk.",
            "Set \"log-opts\": {\"max-size\": \"10m\", \"max-file\": \"3\"} in daemon.json, or use the driver local.",
        ),
        aspect: Aspect::Other,
        aliases: &[],
        run: log_bounds,
    },
];

/// Names of processes that send measurements.
const MONITORING: [&str; 19] = [
    "node_exporter",
    "prometheus",
    "cadvisor",
    "telegraf",
    "collectd",
    "zabbix_agentd",
    "zabbix_agent2",
    "nrpe",
    "netdata",
    "datadog-agent",
    "agent",
    "grafana-agent",
    "alloy",
    "otelcol",
    "otelcol-contrib",
    "newrelic-infra",
    "check_mk_agent",
    "monit",
    "seawall",
];
/// Names of processes that watch system calls or files.
const DETECTION: [&str; 15] = [
    "falco",
    "tetragon",
    "tracee",
    "sysdig",
    "kubearmor",
    "wazuh-agentd",
    "ossec-syscheckd",
    "auditbeat",
    "osqueryd",
    "falcon-sensor",
    "ds_agent",
    "mdatp",
    "wdavdaemon",
    "traced",
    "seawall",
];
/// Names of processes that ship logs.
const SHIPPERS: [&str; 12] = [
    "fluent-bit",
    "fluentd",
    "td-agent",
    "td-agent-bit",
    "vector",
    "filebeat",
    "promtail",
    "alloy",
    "logstash",
    "rsyslogd",
    "splunkd",
    "otelcol-contrib",
];
/// Drivers that send (docs.docker.com, "Configure logging drivers").
const REMOTE_DRIVERS: [&str; 9] =
    ["awslogs", "etwlogs", "fluentd", "gcplogs", "gelf", "logentries", "splunk", "syslog", "loki"];

fn overdue(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let facts = subject.facts;
    let (last, now) = match (facts.last_audit.get(), facts.collected.get()) {
        (Ok(last), Ok(now)) => (last, now),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(HOST, missing),
    };
    let Some(last) = last else {
        return answers.manual(
            HOST,
            "there is no record of an audit before this one: keep its report and give it with --compare",
        );
    };
    match time::days_between(last, now) {
        Some(days) if days > subject.settings.audit_days_max => {
            answers.failed(HOST, format!("it was {days} days ago"));
        }
        Some(days) => answers.passed(HOST, format!("it was {days} days ago")),
        None => answers.unknown_because(
            HOST,
            model::GapReason::Malformed,
            "the times of the two audits cannot be read",
        ),
    }
}

fn programs(subject: &Subject<'_>, answers: &mut Answers<'_>, known: &[&str], verb: &str) {
    let processes = match subject.facts.processes.get() {
        Ok(processes) => processes,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let own = &subject.settings.monitoring_programs;
    // The name that a process gives itself is worth nothing: its executable counts, or that it runs as root.
    let name = |process: &facts::HostProcess| match &process.executable {
        Some(path) => path.rsplit('/').next().unwrap_or_default().to_owned(),
        None if process.uid == 0 => process.command.clone(),
        None => String::new(),
    };
    let found = processes.iter().map(name).find(|name| {
        !name.is_empty() && (known.contains(&name.as_str()) || own.contains(name)) && name != "seawall"
    });
    match found {
        Some(name) => answers.passed(HOST, format!("{name} {verb} it")),
        None => answers.failed(HOST, format!("no known program {verb} it")),
    }
}

fn central_logs(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let info = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    let driver = info.log_driver.as_str();
    let plain = driver.split(':').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    if REMOTE_DRIVERS.contains(&driver) || plain.starts_with("loki") {
        return answers.passed(ENGINE, format!("the driver {driver} sends them away"));
    }
    if driver == "none" {
        return answers.failed(ENGINE, "nothing is logged at all");
    }
    match subject.facts.processes.get() {
        Ok(processes) => {
            let shipper = processes.iter().find(|process| {
                let name = process.executable.as_deref().and_then(|path| path.rsplit('/').next());
                // rsyslog ships only when it is told, which files alone do not show.
                name.is_some_and(|name| SHIPPERS.contains(&name) && name != "rsyslogd")
            });
            match shipper {
                Some(process) => {
                    answers.passed(ENGINE, format!("the driver is {driver}, and {} runs", process.command));
                }
                None => answers.failed(
                    ENGINE,
                    format!("the driver {driver} keeps them on the host, and no known collector runs"),
                ),
            }
        }
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn log_bounds(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let info = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    if info.log_driver != "json-file" {
        return answers.not_applicable(ENGINE, format!("the driver is {}", info.log_driver));
    }
    let words = match setting(subject.facts, "log-opt") {
        Ok(words) => words,
        Err(missing) => return answers.unknown(ENGINE, &missing),
    };
    let options = match setting(subject.facts, "log-opts") {
        Ok(options) => options,
        Err(missing) => return answers.unknown(ENGINE, &missing),
    };
    let in_file = options.as_ref().and_then(|options| options.get("max-size")).is_some();
    let in_words =
        words.is_some_and(|words| matches!(words, Value::String(text) if text.starts_with("max-size=")));
    if in_file || in_words {
        answers.passed(ENGINE, "max-size is set");
    } else {
        answers.fails(ENGINE, Failure::new("max-size is not set"), &[]);
    }
}
