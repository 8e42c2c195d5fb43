//! Files that nobody meant to ship.

use super::Rule;
use crate::{
    CheckHit, Trait, TreeEntry,
    subject::{Subject, hit, hit_at_file},
};
use model::{RuleInfo, Severity};

/// Version control.
pub(super) static VERSION_CONTROL: Rule = Rule {
    info: RuleInfo {
        id: "image/version-control-left",
        title: "a version control directory is in the image",
        severity: Severity::Medium,
        why: "It holds the whole history of the source: passwords that were removed later, names, and code that was \
              never released. A web server may even serve it.",
        remedy: "Add .git to .dockerignore, or copy the files that are needed one by one.",
        references: &["https://docs.docker.com/build/concepts/context/#dockerignore-files"],
    },
    aliases: &["DKL-LI-0003"],
    bad: "file 644 app/.git/HEAD",
    good: "file 644 app/.github/workflows/ci.yml\nfile 644 usr/lib/node_modules/x/.git/HEAD",
};

/// Editors and backups.
pub(super) static LEFTOVER: Rule = Rule {
    info: RuleInfo {
        id: "image/editor-or-backup-file",
        title: "backup or editor files are in the image",
        severity: Severity::Low,
        why: "Old copies keep what was changed for a reason, such as passwords, and a web server shows config.php.bak \
              as text.",
        remedy: "Delete them and add their names to .dockerignore.",
        references: &["https://cwe.mitre.org/data/definitions/530.html"],
    },
    aliases: &["DKL-LI-0003"],
    bad: "file 644 var/www/config.php.bak",
    good: "file 644 etc/passwd- package=x\nfile 644 var/lib/dpkg/status-old\nfile 644 etc/x.conf.bak package=x",
};

/// Build files.
pub(super) static BUILD_FILE: Rule = Rule {
    info: RuleInfo {
        id: "image/build-file-left",
        title: "files of the build are in the image",
        severity: Severity::Negligible,
        why: "They tell how the image is made and deployed, and that COPY took more than the program needs.",
        remedy: "Add them to .dockerignore.",
        references: &["https://docs.docker.com/build/concepts/context/#dockerignore-files"],
    },
    aliases: &["DKL-LI-0003"],
    bad: "file 644 app/Dockerfile",
    good: "file 644 app/node_modules/x/Dockerfile",
};

/// Histories of shells.
pub(super) static SHELL_HISTORY: Rule = Rule {
    info: RuleInfo {
        id: "image/shell-history-left",
        title: "the history of a shell is in the image",
        severity: Severity::Medium,
        why: "It tells what somebody typed, often with passwords, and that the image was made by hand.",
        remedy: "Delete it, and build the image from a Dockerfile.",
        references: &["https://attack.mitre.org/techniques/T1552/003/"],
    },
    aliases: &["DKL-LI-0003"],
    bad: "file 600 root/.bash_history",
    good: "file 644 root/.bashrc package=base-files",
};

/// Files that hold credentials by their name.
pub(super) static CREDENTIAL_FILE: Rule = Rule {
    info: RuleInfo {
        id: "image/credential-file",
        title: "a file is named like one that holds credentials",
        severity: Severity::Medium,
        why: "Everybody who may pull the image reads it, also when a later instruction deletes it.",
        remedy: "Look into it. If it holds a credential, revoke that and build again without the file; pass it at run \
                 time or by RUN --mount=type=secret.",
        references: &["https://docs.docker.com/build/building/secrets/"],
    },
    aliases: &["CIS 4.10", "CIS-DI-0010"],
    bad: "file 600 root/.aws/credentials",
    good: "file 644 root/.aws/config\nfile 644 usr/lib/python3/dist-packages/x/.env",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    for (rule, wanted) in [
        (&VERSION_CONTROL, Trait::VersionControl),
        (&SHELL_HISTORY, Trait::ShellHistory),
        (&CREDENTIAL_FILE, Trait::CredentialFile),
    ] {
        for entry in tree.with(wanted).filter(|entry| entry.package.is_none()) {
            hits.push(hit_at_file(rule, entry, rule.info.title));
        }
    }
    for (rule, wanted) in [(&LEFTOVER, Trait::Leftover), (&BUILD_FILE, Trait::BuildFile)] {
        let found: Vec<&TreeEntry> =
            tree.with(wanted).filter(|entry| entry.package.is_none() && !is_account_backup(entry)).collect();
        match found.as_slice() {
            [] => {}
            [one] => hits.push(hit_at_file(rule, one, rule.info.title)),
            many => {
                let mut hit = hit(rule, format!("{} {}", many.len(), rule.info.title));
                hit.layer_index = many[0].layer_index;
                for entry in many.iter().take(20) {
                    hit = hit.with_evidence(entry.path.to_string());
                }
                hits.push(hit);
            }
        }
    }
}

// The account tools keep the last edition; a deleted user's hash may stand in it, but distributions ship it so.
fn is_account_backup(entry: &TreeEntry) -> bool {
    matches!(entry.path.as_str(), "etc/passwd-" | "etc/shadow-" | "etc/group-" | "etc/gshadow-")
}
