//! Keys and settings of SSH.

use super::Rule;
use crate::{
    CheckHit, Trait,
    subject::{Subject, hit_at_file},
};
use model::{RuleInfo, Severity};

/// Host keys.
pub(super) static HOST_KEY: Rule = Rule {
    info: RuleInfo {
        id: "image/ssh-host-key",
        title: "a private host key of an SSH server is in the image",
        severity: Severity::Medium,
        why: "Every container has the same key, and everybody who may pull the image has it too: they can pose as any \
              of these servers.",
        remedy: "Delete etc/ssh/ssh_host_*_key in the build and make keys when the container starts.",
        references: &["https://cwe.mitre.org/data/definitions/321.html"],
    },
    aliases: &["CIS 4.10"],
    bad: "content etc/ssh/ssh_host_ed25519_key key",
    good: "content etc/ssh/ssh_host_ed25519_key.pub key",
};

/// Keys that may log in.
pub(super) static AUTHORIZED_KEYS: Rule = Rule {
    info: RuleInfo {
        id: "image/authorized-keys",
        title: "the image lets SSH keys log in",
        severity: Severity::Medium,
        why: "Whoever has one of these keys enters every container that runs an SSH server; intruders add a line here \
              to come back.",
        remedy: "Remove the file.",
        references: &["https://attack.mitre.org/techniques/T1098/004/"],
    },
    aliases: &[],
    bad: "content root/.ssh/authorized_keys ssh-ed25519 AAAA user@example.com",
    good: "content root/.ssh/authorized_keys # none",
};

/// Root logins.
pub(super) static ROOT_LOGIN: Rule = Rule {
    info: RuleInfo {
        id: "image/ssh-root-login",
        title: "the SSH server lets root log in by password, or accounts without one",
        severity: Severity::Medium,
        why: "Passwords of root are guessed day and night on every reachable address.",
        remedy: "Set PermitRootLogin no and PermitEmptyPasswords no, or remove the server.",
        references: &["https://man.openbsd.org/sshd_config#PermitRootLogin"],
    },
    aliases: &[],
    bad: "content etc/ssh/sshd_config Port 22\\nPermitRootLogin yes\\n",
    good: "content etc/ssh/sshd_config #PermitRootLogin yes\\nPermitRootLogin prohibit-password\\n",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    for entry in tree.with(Trait::SshHostKey) {
        hits.push(hit_at_file(&HOST_KEY, entry, HOST_KEY.info.title));
    }
    for entry in tree.with(Trait::AuthorizedKeys) {
        let text = entry.text().unwrap_or_default();
        let keys: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        if !keys.is_empty() {
            // The comment behind a key names its owner; the key itself is public.
            let owners: Vec<&str> = keys
                .iter()
                .take(20)
                .filter_map(|key| key.split_whitespace().last())
                .filter(|word| word.len() < 100)
                .collect();
            let title =
                format!("{} SSH {} may log in", keys.len(), if keys.len() == 1 { "key" } else { "keys" });
            hits.push(hit_at_file(&AUTHORIZED_KEYS, entry, title).with_evidence(owners.join(", ")));
        }
    }
    for entry in tree.with(Trait::SshServerConfiguration) {
        for (number, line) in (1..).zip(entry.text().unwrap_or_default().lines()) {
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
            let is_open = (name.eq_ignore_ascii_case("PermitRootLogin")
                || name.eq_ignore_ascii_case("PermitEmptyPasswords"))
                && value.eq_ignore_ascii_case("yes");
            if is_open {
                let mut hit = hit_at_file(&ROOT_LOGIN, entry, format!("{name} {value}"))
                    .with_evidence(line.trim())
                    .with_identity(name);
                hit.line = Some(number);
                hits.push(hit);
            }
        }
    }
}
