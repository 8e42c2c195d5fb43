//! Who may rule the engine.

use super::{ENGINE, HOST};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use model::Severity;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/untrusted-engine-user",
            "somebody who is not trusted by name may rule the engine",
            Severity::High,
            "Whoever reaches the engine's socket is root of the host: one docker run with the root directory mounted.",
            "Take the account out of the group (gpasswd -d NAME docker), or name it in trusted_users of the settings.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-1.1.2"],
        run: engine_users,
    },
    Check {
        info: info(
            "audit/no-authorization",
            "every client of the engine may do everything",
            Severity::Medium,
            "The engine knows no roles: who may list containers may also start a privileged one.",
            "Put Seawall's proxy before the socket, or configure an authorization plugin; plugins were bypassed more than \
             once (CVE-2024-41110, CVE-2026-34040), a proxy is not affected by that.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-2.12"],
        run: authorization,
    },
];

fn engine_users(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let accounts = &subject.facts.accounts;
    let (groups, users) = match (accounts.groups.get(), accounts.users.get()) {
        (Ok(groups), Ok(users)) => (groups, users),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(HOST, missing),
    };
    let Some(group) = groups.iter().find(|group| group.name == "docker") else {
        return answers.not_applicable(HOST, "there is no group docker");
    };
    let mut members: Vec<&str> = group.members.iter().map(String::as_str).collect();
    // Those whose first group it is do not stand in its line.
    members.extend(users.iter().filter(|user| user.gid == group.gid).map(|user| user.name.as_str()));
    members.sort_unstable();
    members.dedup();
    members.retain(|name| *name != "root");
    if members.is_empty() {
        return answers.passed(HOST, "the group docker has no members");
    }
    for name in members {
        let object = format!("user {name}");
        if subject.settings.trusted_users.iter().any(|trusted| trusted == name) {
            answers.passed(&object, "trusted by name");
        } else {
            let failure = Failure::new("member of the group docker")
                .seen("trusted_users of the settings does not name it");
            answers.fails(&object, failure, &[]);
        }
    }
}

fn authorization(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    if subject.settings.has_authorizing_proxy {
        return answers.passed(ENGINE, "the settings say that a proxy stands before it");
    }
    match subject.facts.engine.info.get() {
        Ok(info) if info.authorization_plugins.is_empty() => {
            answers.failed(ENGINE, "it has no authorization plugin");
        }
        Ok(info) => answers.passed(ENGINE, format!("plugins: {}", info.authorization_plugins.join(", "))),
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}
