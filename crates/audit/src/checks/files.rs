//! Owners and modes of the engine's files, of what they link to, and of the directories above.

use super::HOST;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{Fact, FileFact, FileRole, HostFile};
use model::{OutcomeState, Severity};

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/file-owner",
            "a file of the engine belongs to somebody else than root",
            Severity::High,
            "Its owner can change it and its mode: units and configuration start programs as root, the socket is root.",
            "chown root:root FILE (the engine's socket: root:docker).",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: |subject, answers| each(subject, answers, Part::Owner),
    },
    Check {
        info: info(
            "audit/file-mode",
            "a file of the engine grants more than it must",
            Severity::High,
            "Whoever may write it rules the engine; whoever may read a key speaks for the engine.",
            "chmod it to the mode that the finding names.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: |subject, answers| each(subject, answers, Part::Mode),
    },
    Check {
        info: info(
            "audit/file-in-writable-directory",
            "somebody else than root may replace a file of the engine",
            Severity::High,
            "The mode of a file does not matter to somebody who may rename it away and put another in its place: that \
             takes the directory, or any directory or link on the way.",
            "Take write permission off the directory (chmod go-w), or move the file to one that root alone writes.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: parents,
    },
    Check {
        info: info(
            "audit/file-access-list",
            "an access control list grants more on a file of the engine than its mode shows",
            Severity::Medium,
            "ls -l shows only a plus sign; the list may let any user write.",
            "Look at it with getfacl FILE, remove it with setfacl -b FILE.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: access_lists,
    },
];

/// A role with the aliases of its items, bits that may be set, and whether group docker may own it.
struct Wanted {
    role: FileRole,
    owner_alias: &'static str,
    mode_alias: &'static str,
    allowed: u32,
}

const fn wanted(role: FileRole, owner_alias: &'static str, mode_alias: &'static str, allowed: u32) -> Wanted {
    Wanted { role, owner_alias, mode_alias, allowed }
}

/// Items 3.1 to 3.24, and what belongs to the same thing but has no item.
const WANTED: [Wanted; 17] = [
    wanted(FileRole::DockerServiceUnit, "CIS-Docker-3.1", "CIS-Docker-3.2", 0o644),
    wanted(FileRole::DockerSocketUnit, "CIS-Docker-3.3", "CIS-Docker-3.4", 0o644),
    wanted(FileRole::ConfigDirectory, "CIS-Docker-3.5", "CIS-Docker-3.6", 0o755),
    wanted(FileRole::RegistryCertificate, "CIS-Docker-3.7", "CIS-Docker-3.8", 0o444),
    wanted(FileRole::TlsAuthority, "CIS-Docker-3.9", "CIS-Docker-3.10", 0o444),
    wanted(FileRole::TlsCertificate, "CIS-Docker-3.11", "CIS-Docker-3.12", 0o444),
    wanted(FileRole::TlsKey, "CIS-Docker-3.13", "CIS-Docker-3.14", 0o400),
    wanted(FileRole::EngineSocket, "CIS-Docker-3.15", "CIS-Docker-3.16", 0o660),
    wanted(FileRole::DaemonJson, "CIS-Docker-3.17", "CIS-Docker-3.18", 0o644),
    wanted(FileRole::DefaultsFile, "CIS-Docker-3.19", "CIS-Docker-3.20", 0o644),
    // The benchmark has mode and owner of this one the other way round.
    wanted(FileRole::SysconfigFile, "CIS-Docker-3.22", "CIS-Docker-3.21", 0o644),
    wanted(FileRole::ContainerdSocket, "CIS-Docker-3.23", "CIS-Docker-3.24", 0o660),
    wanted(FileRole::UnitDropIn, "", "", 0o644),
    wanted(FileRole::RegistryKey, "", "", 0o400),
    wanted(FileRole::ContainerdConfig, "", "", 0o644),
    wanted(FileRole::EngineBinary, "", "", 0o755),
    wanted(FileRole::RuncBinary, "", "", 0o755),
];

/// A role as an object of an outcome, when no file has it.
const fn words(role: FileRole) -> &'static str {
    match role {
        FileRole::DockerServiceUnit => "docker.service",
        FileRole::DockerSocketUnit => "docker.socket",
        FileRole::ConfigDirectory => "/etc/docker",
        FileRole::RegistryCertificate => "certificates of registries",
        FileRole::TlsAuthority => "authority of the engine's clients",
        FileRole::TlsCertificate => "certificate of the engine",
        FileRole::TlsKey => "key of the engine",
        FileRole::EngineSocket => "socket of the engine",
        FileRole::DaemonJson => "daemon.json",
        FileRole::DefaultsFile => "/etc/default/docker",
        FileRole::SysconfigFile => "/etc/sysconfig/docker",
        FileRole::ContainerdSocket => "socket of containerd",
        // The others have no item of the benchmark, and so no such answer.
        _ => "file of the engine",
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Owner,
    Mode,
}

fn each(subject: &Subject<'_>, answers: &mut Answers<'_>, part: Part) {
    for wanted in &WANTED {
        let alias = if part == Part::Owner { wanted.owner_alias } else { wanted.mode_alias };
        let aliases: &[&str] = if alias.is_empty() { &[] } else { &[alias] };
        let files = match subject.facts.files.get() {
            Ok(files) => files,
            Err(missing) if aliases.is_empty() => {
                answers.unknown(HOST, missing);
                continue;
            }
            Err(missing) => {
                answers.unknown_as(HOST, missing, aliases);
                continue;
            }
        };
        let mut of_role = files.iter().filter(|file| file.role == wanted.role).peekable();
        if of_role.peek().is_none() && !aliases.is_empty() {
            let why = "the engine is not told to use such a file".to_owned();
            answers.outcome(words(wanted.role), OutcomeState::NotApplicable, why, aliases);
        }
        for file in of_role {
            one(subject, file, wanted, part, aliases, answers);
        }
    }
}

fn one(
    subject: &Subject<'_>,
    file: &HostFile,
    wanted: &Wanted,
    part: Part,
    aliases: &[&str],
    answers: &mut Answers<'_>,
) {
    let object = format!("file {}", file.path);
    let found = match &file.state {
        Fact::Known(Some(found)) => found,
        Fact::Known(None) => {
            return answers.outcome(
                &object,
                OutcomeState::NotApplicable,
                "it does not exist".to_owned(),
                aliases,
            );
        }
        Fact::Missing(missing) => return answers.unknown_as(&object, missing, aliases),
    };
    let link = found.resolved.as_ref().map(|resolved| format!("it leads to {resolved}"));
    let wrong = match part {
        Part::Owner => owner_fault(subject, found, wanted.role),
        Part::Mode => mode_fault(found, wanted.allowed),
    };
    match wrong {
        Some(fault) => {
            let mut failure = Failure::new(fault);
            if let Some(link) = link {
                failure = failure.seen(link);
            }
            // Bits that only let others read what is no secret are no more than untidy.
            if part == Part::Mode && found.mode & !wanted.allowed & 0o022 == 0 && wanted.allowed != 0o400 {
                failure = failure.severity(Severity::Low);
            }
            answers.fails(&object, failure, aliases);
        }
        None => {
            let detail = match part {
                Part::Owner => format!(
                    "it belongs to {}:{}",
                    name(found.user.as_ref(), found.uid),
                    name(found.group.as_ref(), found.gid)
                ),
                Part::Mode => format!("its mode is {:04o}, allowed is {:04o}", found.mode, wanted.allowed),
            };
            answers.outcome(&object, OutcomeState::Passed, detail, aliases);
        }
    }
}

fn name(name: Option<&String>, id: u32) -> String {
    name.map_or_else(|| id.to_string(), Clone::clone)
}

// A rootless engine's files belong to its user.
fn owner_fault(subject: &Subject<'_>, found: &FileFact, role: FileRole) -> Option<String> {
    let engine =
        subject.facts.daemon_process.known().and_then(Option::as_ref).map_or(0, |process| process.uid);
    let is_user_right = found.uid == 0 || found.uid == engine;
    let group_allowed = match role {
        FileRole::EngineSocket => found.gid == 0 || found.group.as_deref() == Some("docker"),
        // Drop-ins, binaries and configuration may belong to any group that may not write them: the mode is judged apart.
        _ => found.gid == 0,
    };
    let is_group_right = group_allowed || (found.uid == engine && engine != 0);
    if is_user_right && is_group_right {
        return None;
    }
    Some(format!(
        "it belongs to {}:{}",
        name(found.user.as_ref(), found.uid),
        name(found.group.as_ref(), found.gid)
    ))
}

fn mode_fault(found: &FileFact, allowed: u32) -> Option<String> {
    let surplus = found.mode & 0o777 & !allowed;
    (surplus != 0).then(|| format!("its mode is {:04o}, {:04o} or stricter is wanted", found.mode, allowed))
}

fn parents(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let files = match subject.facts.files.get() {
        Ok(files) => files,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let engine =
        subject.facts.daemon_process.known().and_then(Option::as_ref).map_or(0, |process| process.uid);
    for file in files.iter().filter(|file| file.role != FileRole::MountSource) {
        let object = format!("file {}", file.path);
        let found = match &file.state {
            Fact::Known(Some(found)) => found,
            Fact::Known(None) => continue,
            Fact::Missing(missing) => {
                answers.unknown(&object, missing);
                continue;
            }
        };
        let is_sticky_root = |mode: u32, uid: u32| mode & 0o1000 != 0 && uid == 0;
        let open = found.parents.iter().find(|parent| {
            let others_own = parent.uid != 0 && parent.uid != engine;
            let others_write = parent.mode & 0o002 != 0 || (parent.mode & 0o020 != 0 && parent.gid != 0);
            // In a sticky directory of root only the owner of an entry replaces it.
            (others_own || others_write) && !(is_sticky_root(parent.mode, parent.uid) && found.uid == 0)
        });
        match open {
            Some(parent) => {
                let detail = format!(
                    "{} has mode {:04o} and belongs to {}:{}",
                    parent.path, parent.mode, parent.uid, parent.gid
                );
                let mut failure = Failure::new(detail);
                if let Some(resolved) = &found.resolved {
                    failure = failure.seen(format!("the file leads to {resolved}"));
                }
                answers.fails(&object, failure, &[]);
            }
            None if found.parents.is_empty() => {
                answers.unknown_because(
                    &object,
                    model::GapReason::Unsupported,
                    "the directories above were not read",
                );
            }
            None => answers
                .passed(&object, format!("{} directories above it belong to root", found.parents.len())),
        }
    }
}

fn access_lists(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let files = match subject.facts.files.get() {
        Ok(files) => files,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let mut looked = 0;
    for file in files.iter().filter(|file| file.role != FileRole::MountSource) {
        let Fact::Known(Some(found)) = &file.state else { continue };
        looked += 1;
        if found.has_acl {
            answers.failed(&format!("file {}", file.path), "it has an access control list");
        }
    }
    if looked > 0 {
        answers.passed(HOST, format!("{looked} files were looked at"));
    } else {
        answers.not_applicable(HOST, "no file of an engine is here");
    }
}
