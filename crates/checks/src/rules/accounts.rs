//! Accounts.

use super::Rule;
use crate::{
    CheckHit, Trait, TreeEntry,
    subject::{Subject, hit_at_file},
};
use model::{RuleInfo, Severity};
use std::collections::BTreeMap;

/// Accounts without a password.
pub(super) static EMPTY_PASSWORD: Rule = Rule {
    info: RuleInfo {
        id: "image/empty-password",
        title: "an account has an empty password",
        severity: Severity::High,
        why: "Whoever may reach su, login or a login service becomes this user without a password (CVE-2019-5021 was \
              this in Alpine).",
        remedy: "Lock the account: passwd -l NAME, or write ! into the second field.",
        references: &["https://nvd.nist.gov/vuln/detail/CVE-2019-5021"],
    },
    aliases: &["DKL-LI-0001"],
    bad: "content etc/shadow root:::0:::::\\n",
    good: "content etc/shadow root:*::0:::::\\napp:!:1::::::\\n",
};

/// More than one root.
pub(super) static SECOND_ROOT: Rule = Rule {
    info: RuleInfo {
        id: "image/second-root-account",
        title: "another account than root has the user number 0",
        severity: Severity::High,
        why: "It is root under another name, which lists of users and logs do not show.",
        remedy: "Remove the account or give it a number of its own.",
        references: &["https://attack.mitre.org/techniques/T1136/001/"],
    },
    aliases: &["DKL-LI-0002"],
    bad: "content etc/passwd root:x:0:0::/root:/bin/sh\\ntoor:x:0:0::/:/bin/sh\\n",
    good: "content etc/passwd root:x:0:0::/root:/bin/sh\\napp:x:1000:0::/:/bin/sh\\n",
};

/// Accounts that share a name or number.
pub(super) static DUPLICATE: Rule = Rule {
    info: RuleInfo {
        id: "image/duplicate-account",
        title: "two accounts or groups share a name or number",
        severity: Severity::Medium,
        why: "Both own the same files and may stop each other's processes; which one a program means is left to \
              chance.",
        remedy: "Give each its own name and number.",
        references: &["https://cwe.mitre.org/data/definitions/694.html"],
    },
    aliases: &["DKL-LI-0002"],
    bad: "content etc/passwd root:x:0:0::/root:/bin/sh\\na:x:5:5::/:/bin/sh\\nb:x:5:6::/:/bin/sh\\n",
    good: "content etc/passwd root:x:0:0::/root:/bin/sh\\na:x:5:5::/:/bin/sh\\n\ncontent etc/group root:x:0:\\na:x:5:\\n",
};

/// Weak hashes.
pub(super) static WEAK_HASH: Rule = Rule {
    info: RuleInfo {
        id: "image/weak-password-hash",
        title: "the password of an account is kept in a weak hash",
        severity: Severity::Medium,
        why: "DES and MD5 hashes are tried in billions a second; the password is known within hours.",
        remedy: "Lock the account, or set the password anew with a current hash (yescrypt, SHA-512) at run time.",
        references: &["https://man7.org/linux/man-pages/man5/crypt.5.html"],
    },
    aliases: &[],
    bad: "content etc/shadow app:$1$abcdefgh$0123456789012345678901:1::::::\\n",
    good: "content etc/shadow app:$y$j9T$abc$def:1::::::\\nroot:*:1::::::\\n",
};

/// Account files that others may read or write.
pub(super) static PERMISSIONS: Rule = Rule {
    info: RuleInfo {
        id: "image/account-file-permissions",
        title: "an account file may be read or written by the wrong users",
        severity: Severity::High,
        why: "Whoever writes passwd, shadow or sudoers becomes root; whoever reads shadow tries passwords at leisure.",
        remedy: "chmod 644 etc/passwd etc/group, 640 or less for shadow, 440 for sudoers; all owned by root.",
        references: &["https://access.redhat.com/articles/4859371"],
    },
    aliases: &[],
    bad: "file 666 etc/passwd",
    good: "file 644 etc/passwd package=base\nfile 640 etc/shadow\nfile 440 etc/sudoers",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    for entry in tree.with(Trait::AccountFile) {
        let text = entry.text().unwrap_or_default();
        match entry.path.file_name() {
            "passwd" => {
                passwords(entry, &text, hits);
                users(entry, &text, hits);
            }
            "shadow" => passwords(entry, &text, hits),
            "group" => duplicates(entry, &text, "group", hits),
            _ => {}
        }
    }
    for entry in tree.with(Trait::AccountFile).chain(tree.with(Trait::Sudoers)) {
        permissions(entry, hits);
    }
}

fn lines(text: &str) -> impl Iterator<Item = (u32, Vec<&str>)> {
    let numbered = (1..).zip(text.lines());
    numbered
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with(['#', '+', '-']))
        .map(|(at, line)| (at, line.split(':').collect()))
}

fn at_line(rule: &'static Rule, entry: &TreeEntry, line: u32, name: &str, title: String) -> CheckHit {
    let mut hit = hit_at_file(rule, entry, title).with_identity(name);
    hit.line = Some(line);
    hit
}

fn passwords(entry: &TreeEntry, text: &str, hits: &mut Vec<CheckHit>) {
    for (line, fields) in lines(text) {
        let [name, password, ..] = fields.as_slice() else { continue };
        if password.is_empty() && fields.len() > 3 {
            hits.push(at_line(
                &EMPTY_PASSWORD,
                entry,
                line,
                name,
                format!("the account {name} has an empty password"),
            ));
        }
        // DES is 13 characters of its own alphabet (crypt(5)).
        let is_des = password.len() == 13
            && password.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'));
        if is_des || password.starts_with("$1$") || password.starts_with('_') && password.len() == 20 {
            let kind = if password.starts_with("$1$") { "MD5" } else { "DES" };
            hits.push(at_line(
                &WEAK_HASH,
                entry,
                line,
                name,
                format!("the password of {name} is kept as {kind} hash"),
            ));
        }
    }
}

fn users(entry: &TreeEntry, text: &str, hits: &mut Vec<CheckHit>) {
    for (line, fields) in lines(text) {
        if let [name, _, "0", ..] = fields.as_slice()
            && *name != "root"
        {
            hits.push(at_line(
                &SECOND_ROOT,
                entry,
                line,
                name,
                format!("the account {name} has the user number 0"),
            ));
        }
    }
    duplicates(entry, text, "user", hits);
}

fn duplicates(entry: &TreeEntry, text: &str, what: &str, hits: &mut Vec<CheckHit>) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut numbers: BTreeMap<String, String> = BTreeMap::new();
    for (line, fields) in lines(text) {
        let [name, _, number, ..] = fields.as_slice() else { continue };
        if names.insert((*name).to_owned(), (*number).to_owned()).is_some() {
            hits.push(at_line(
                &DUPLICATE,
                entry,
                line,
                name,
                format!("the {what} {name} stands there twice"),
            ));
            continue;
        }
        let earlier = numbers.entry((*number).to_owned()).or_insert_with(|| (*name).to_owned());
        // A second root has a rule of its own.
        if earlier != name && !(what == "user" && *number == "0") {
            let title = format!("the {what}s {earlier} and {name} share the number {number}");
            hits.push(at_line(&DUPLICATE, entry, line, name, title));
        }
    }
}

fn permissions(entry: &TreeEntry, hits: &mut Vec<CheckHit>) {
    let name = entry.path.file_name();
    let is_secret = matches!(name, "shadow" | "gshadow");
    let mode = entry.mode;
    let (severity, title) = if mode & 0o002 != 0 {
        (Severity::High, "everybody may write it")
    } else if is_secret && mode & 0o004 != 0 {
        (Severity::High, "everybody may read it")
    } else if entry.uid != 0 {
        (Severity::High, "it does not belong to root")
    } else if mode & 0o020 != 0 {
        // OpenShift images did this with group 0, so that any user number can add itself (CVE-2019-19335 and others).
        (Severity::Medium, "its group may write it")
    } else {
        return;
    };
    let evidence = format!("{:04o} {}:{}", mode & 0o7777, entry.uid, entry.gid);
    hits.push(
        hit_at_file(&PERMISSIONS, entry, format!("{}: {title}", entry.path))
            .with_severity(severity)
            .with_evidence(evidence),
    );
}
