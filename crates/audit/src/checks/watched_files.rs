//! Whether the audit system records who touches the engine's files.

use super::HOST;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{AuditRule, Fact, FileKind, FileRole, HostFile};
use model::{OutcomeState, Severity};

pub(crate) static CHECKS: &[Check] = &[Check {
    info: info(
        "audit/file-not-watched",
        "the audit system does not record changes of a file of the engine",
        Severity::Low,
        "Who changed the engine's configuration or binaries cannot be told afterwards.",
        "seawall harden writes the rules with the paths of this host; load them with augenrules --load.",
    ),
    aspect: Aspect::Host,
    aliases: &[],
    run: watched,
}];

/// The items of the benchmark with the file that each is about.
const ITEMS: [(&str, FileRole); 16] = [
    ("CIS-Docker-1.1.3", FileRole::EngineBinary),
    ("CIS-Docker-1.1.4", FileRole::ContainerdState),
    ("CIS-Docker-1.1.5", FileRole::DataRoot),
    ("CIS-Docker-1.1.6", FileRole::ConfigDirectory),
    ("CIS-Docker-1.1.7", FileRole::DockerServiceUnit),
    ("CIS-Docker-1.1.8", FileRole::ContainerdSocket),
    ("CIS-Docker-1.1.9", FileRole::DockerSocketUnit),
    ("CIS-Docker-1.1.10", FileRole::DefaultsFile),
    ("CIS-Docker-1.1.11", FileRole::DaemonJson),
    ("CIS-Docker-1.1.12", FileRole::ContainerdConfig),
    ("CIS-Docker-1.1.13", FileRole::SysconfigFile),
    ("CIS-Docker-1.1.14", FileRole::ContainerdBinary),
    ("CIS-Docker-1.1.15", FileRole::ShimBinary),
    ("CIS-Docker-1.1.16", FileRole::ShimRuncV1Binary),
    ("CIS-Docker-1.1.17", FileRole::ShimRuncV2Binary),
    ("CIS-Docker-1.1.18", FileRole::RuncBinary),
];

fn watched(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let files = match subject.facts.files.get() {
        Ok(files) => files,
        Err(missing) => {
            for (alias, _) in ITEMS {
                answers.unknown_as(HOST, missing, &[alias]);
            }
            return;
        }
    };
    for (alias, role) in ITEMS {
        let mut of_role = files.iter().filter(|file| file.role == role).peekable();
        if of_role.peek().is_none() {
            let missing = facts::Missing {
                reason: model::GapReason::Unsupported,
                detail: "its place is not known".to_owned(),
            };
            answers.unknown_as(HOST, &missing, &[alias]);
        }
        for file in of_role {
            one(subject, file, alias, answers);
        }
    }
}

fn one(subject: &Subject<'_>, file: &HostFile, alias: &str, answers: &mut Answers<'_>) {
    let object = format!("file {}", file.path);
    let found = match &file.state {
        Fact::Known(Some(found)) => found,
        Fact::Known(None) => {
            return answers.outcome(
                &object,
                OutcomeState::NotApplicable,
                "it does not exist".to_owned(),
                &[alias],
            );
        }
        Fact::Missing(missing) => return answers.unknown_as(&object, missing, &[alias]),
    };
    let real = found.resolved.as_deref().unwrap_or(&file.path);
    let loaded = &subject.facts.audit_rules;
    let on_disk = subject.facts.audit_rules_on_disk.known();
    match loaded {
        Fact::Known(rules) => match covering(rules, real, found.kind) {
            Some(rule) => match subject.facts.audit_status.known() {
                Some(status) if !status.is_enabled => {
                    let failure = Failure::new("the audit system is off, so that no rule records anything")
                        .seen(format!("the rule for {} is loaded", rule.path));
                    answers.fails(&object, failure, &[alias]);
                }
                status => {
                    let daemon = match status {
                        Some(status) if !status.has_daemon => " (no daemon: into the kernel's log)",
                        _ => "",
                    };
                    let detail = format!("watched by a rule for {}{daemon}", rule.path);
                    answers.outcome(&object, OutcomeState::Passed, detail, &[alias]);
                }
            },
            None => {
                let mut failure = Failure::new(format!("no loaded rule covers {real}"));
                if on_disk.is_some_and(|rules| covering(rules, real, found.kind).is_some()) {
                    failure = failure.seen("a rule on disk covers it, but is not loaded");
                }
                answers.fails(&object, failure, &[alias]);
            }
        },
        // Loaded rules cannot be read: the files may say that there are none to load.
        Fact::Missing(missing) => match on_disk {
            Some(rules) if covering(rules, real, found.kind).is_none() => {
                let failure = Failure::new(format!("no rule on disk covers {real}"))
                    .seen(format!("loaded rules: {}", missing.detail));
                answers.fails(&object, failure, &[alias]);
            }
            _ => answers.unknown_as(&object, missing, &[alias]),
        },
    }
}

/// The rule that records writes to a path: a watch of the file itself, or of a directory above, since watches of
/// directories cover what is below (`auditctl(8)`). The last exclusion counts over everything.
pub(crate) fn covering<'r>(rules: &'r [AuditRule], path: &str, kind: FileKind) -> Option<&'r AuditRule> {
    let covers = |rule: &AuditRule| {
        let is_same = rule.path == path;
        let is_above =
            rule.path == "/" || path.strip_prefix(&rule.path).is_some_and(|rest| rest.starts_with('/'));
        match rule.is_directory {
            Some(true) => is_same || is_above,
            // `-F path=` of a directory watches the directory's own entry alone.
            Some(false) => is_same && kind != FileKind::Directory,
            None => is_same || is_above,
        }
    };
    if rules.iter().any(|rule| rule.is_exclusion && covers(rule)) {
        return None;
    }
    let records_writes = |rule: &&AuditRule| rule.permissions.contains('w');
    rules
        .iter()
        .filter(|rule| !rule.is_exclusion && !rule.is_narrowed)
        .filter(records_writes)
        .find(|rule| covers(rule))
}
