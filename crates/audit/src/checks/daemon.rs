//! Settings of the engine that are no network's.

use super::{ENGINE, HOST, setting};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::Fact;
use model::Severity;
use serde_json::Value;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/live-restore-off",
            "containers stop when the engine does",
            Severity::Low,
            "Every update of the engine is then an outage, and updates wait.",
            "Set \"live-restore\": true in daemon.json and reload the engine (SIGHUP); not with swarm services.",
        ),
        aspect: Aspect::Other,
        aliases: &["CIS-Docker-2.15"],
        run: live_restore,
    },
    Check {
        info: info(
            "audit/experimental-engine",
            "experimental features of the engine are on",
            Severity::Low,
            "They are less tested and may vanish.",
            "Remove \"experimental\" from daemon.json and restart the engine.",
        ),
        aspect: Aspect::Other,
        aliases: &["CIS-Docker-2.18"],
        run: |subject, answers| match subject.facts.engine.info.get() {
            Ok(info) if info.is_experimental => answers.failed(ENGINE, "they are on"),
            Ok(_) => answers.passed(ENGINE, "they are off"),
            Err(missing) => answers.unknown(ENGINE, missing),
        },
    },
    Check {
        info: info(
            "audit/storage-driver-insecure",
            "the storage driver is one that the engine gave up",
            Severity::Medium,
            "aufs and devicemapper were removed from the engine: one that still has them gets no security fixes.",
            "Move to overlay2 or the containerd image store; images have to be pulled again.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-2.6"],
        run: storage_driver,
    },
    Check {
        info: info(
            "audit/base-size-changed",
            "the base device size was changed (obsolete)",
            Severity::Negligible,
            "The option belonged to the devicemapper driver, which the engine removed in version 25.",
            "Nothing to do.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-2.11"],
        run: |subject, answers| match subject.facts.engine.info.get() {
            Ok(info) if info.storage_driver == "devicemapper" => match setting(subject.facts, "storage-opts")
            {
                Ok(Some(options)) if options.to_string().contains("dm.basesize") => {
                    answers.failed(ENGINE, "dm.basesize is set");
                }
                Ok(_) => answers.passed(ENGINE, "dm.basesize is not set"),
                Err(missing) => answers.unknown(ENGINE, &missing),
            },
            Ok(info) => answers.not_applicable(
                ENGINE,
                format!("obsolete: it is about devicemapper, the driver is {}", info.storage_driver),
            ),
            Err(missing) => answers.unknown(ENGINE, missing),
        },
    },
    Check {
        info: info(
            "audit/log-level-not-info",
            "the engine logs more or less than usual",
            Severity::Low,
            "debug writes requests with their environment into the log; warn and above lose who did what.",
            "Set \"log-level\": \"info\" in daemon.json, or remove it.",
        ),
        aspect: Aspect::Other,
        aliases: &["CIS-Docker-2.3"],
        run: log_level,
    },
    Check {
        info: info(
            "audit/no-default-ulimits",
            "containers get no limits on descriptors and processes unless they ask",
            Severity::Low,
            "One container that leaks descriptors or forks takes what others need.",
            "Set \"default-ulimits\" for nofile and nproc in daemon.json.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-2.8"],
        run: default_ulimits,
    },
    Check {
        info: info(
            "audit/engine-descriptor-limit",
            "the engine's limit on open files is unusual",
            Severity::Low,
            "Containers inherit it. Too low, and the engine fails under load; without a bound, programs that close every \
             descriptor at start take minutes and memory.",
            "Set LimitNOFILE=1048576 (or the distribution's default) in a drop-in of docker.service.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: descriptors,
    },
    Check {
        info: info(
            "audit/engine-warning",
            "the engine itself warns",
            Severity::Medium,
            "The engine tells here what it sees of its own configuration and kernel.",
            "Follow the warning; most name a kernel option or a setting of daemon.json.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: warnings,
    },
    Check {
        info: info(
            "audit/exec-not-recorded",
            "docker exec with privileges or as root is not recorded",
            Severity::Low,
            "docker exec --privileged and --user root undo what the container was started with, and leave no trace in its \
             configuration.",
            "Search the audit log or the engine's event stream for exec_create; forbid it with a proxy before the socket.",
        ),
        aspect: Aspect::Container,
        aliases: &["CIS-Docker-5.23", "CIS-Docker-5.24"],
        run: |_, answers| {
            answers.manual(HOST, "facts of one moment do not hold past commands: search the engine's events for exec_create with Privileged or User root");
        },
    },
];

fn live_restore(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    if matches!(subject.facts.engine.swarm, Fact::Known(Some(_))) {
        return answers.not_applicable(ENGINE, "swarm mode does not work with it");
    }
    match subject.facts.engine.info.get() {
        Ok(info) => match info.is_live_restore {
            Some(true) => answers.passed(ENGINE, "it is on"),
            Some(false) => answers.failed(ENGINE, "it is off"),
            None => {
                answers.unknown_because(ENGINE, model::GapReason::Unsupported, "the engine does not tell");
            }
        },
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn storage_driver(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    match subject.facts.engine.info.get() {
        Ok(info) => match info.storage_driver.as_str() {
            driver @ ("aufs" | "devicemapper" | "overlay") => {
                answers.failed(ENGINE, format!("it is {driver}"));
            }
            driver => answers.not_applicable(
                ENGINE,
                format!("obsolete: engines since 24.0 have no aufs; the driver is {driver}"),
            ),
        },
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn log_level(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let debug = match setting(subject.facts, "debug") {
        Ok(value) => value == Some(Value::Bool(true)),
        Err(missing) => return answers.unknown(ENGINE, &missing),
    };
    match setting(subject.facts, "log-level") {
        Ok(_) if debug => answers.failed(ENGINE, "debug is on"),
        Ok(Some(Value::String(level))) if level != "info" => answers.failed(ENGINE, format!("it is {level}")),
        Ok(Some(_)) => answers.passed(ENGINE, "it is info"),
        Ok(None) => answers.passed(ENGINE, "it is info, the default"),
        Err(missing) => answers.unknown(ENGINE, &missing),
    }
}

fn default_ulimits(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    for key in ["default-ulimits", "default-ulimit"] {
        match setting(subject.facts, key) {
            Ok(Some(value)) if value != Value::Object(serde_json::Map::new()) => {
                return answers.passed(ENGINE, format!("they are {}", shown(&value)));
            }
            Ok(_) => {}
            Err(missing) => return answers.unknown(ENGINE, &missing),
        }
    }
    answers.failed(ENGINE, "there are none");
}

fn shown(value: &Value) -> String {
    match value {
        Value::Object(map) => map.keys().cloned().collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn descriptors(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let process = match subject.facts.daemon_process.get() {
        Ok(Some(process)) => process,
        Ok(None) => return answers.not_applicable(ENGINE, "no engine runs on this machine"),
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    match process.open_files.get() {
        Ok((_, hard)) if *hard < 65_536 => answers.failed(ENGINE, format!("the hard limit is {hard}")),
        Ok((soft, _)) if *soft > 1_048_576 * 16 => answers.failed(ENGINE, "there is practically no limit"),
        Ok((soft, hard)) => answers.passed(ENGINE, format!("the limits are {soft} and {hard}")),
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn warnings(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let info = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    if info.warnings.is_empty() {
        return answers.passed(ENGINE, "it warns of nothing");
    }
    for warning in &info.warnings {
        let words: Vec<&str> = warning.trim_start_matches("WARNING: ").split_whitespace().collect();
        let text = words.join(" ");
        let is_grave = text.contains("without encryption") || text.contains("Access to the remote API");
        let severity = if is_grave { Severity::Critical } else { Severity::Low };
        let first = text.split_once(". ").map_or(text.as_str(), |(first, _)| first);
        let object = format!("engine warning '{}'", first.chars().take(100).collect::<String>());
        answers.fails(&object, Failure::new(text).severity(severity), &[]);
    }
}
