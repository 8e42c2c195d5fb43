//! Rights given away in the build.

use super::Rule;
use crate::{
    CheckHit, Trait,
    subject::{Subject, hit_at_command, hit_at_file},
};
use dockerfile::{Command, Script};
use model::{RuleInfo, Severity};

/// sudo in the build.
pub(super) static SUDO: Rule = Rule {
    info: RuleInfo {
        id: "image/sudo-used",
        title: "the build used sudo",
        severity: Severity::Low,
        why: "A build is root already; sudo brings a large setuid program into the image that has had holes of its \
              own.",
        remedy: "Drop sudo; use USER root for the instruction, or gosu and setpriv in a start script.",
        references: &["https://docs.docker.com/build/building/best-practices/#user"],
    },
    aliases: &["DKL-DI-0001", "DL3004", "DS-0010", "CKV2_DOCKER_1"],
    bad: "history RUN /bin/sh -c sudo apt-get update; ls # buildkit",
    good: "history RUN /bin/sh -c apt-get install -y visudo-docs && echo sudo # buildkit",
};

/// sudo in the image.
pub(super) static SUDO_INSTALLED: Rule = Rule {
    info: RuleInfo {
        id: "image/sudo-installed",
        title: "sudo is installed in the image",
        severity: Severity::Low,
        why: "It is a setuid program that turns a user into root, which a container has no use for.",
        remedy: "Remove the package.",
        references: &["https://docs.docker.com/build/building/best-practices/#user"],
    },
    aliases: &["DKL-DI-0001", "CIS 4.3"],
    bad: "file 4755 usr/bin/sudo package=sudo",
    good: "file 755 usr/bin/env package=coreutils",
};

/// Root without a password.
pub(super) static PASSWORDLESS: Rule = Rule {
    info: RuleInfo {
        id: "image/passwordless-sudo",
        title: "a user may become root without a password",
        severity: Severity::High,
        why: "Running as that user protects nothing: whoever takes over the process is root with one word.",
        remedy: "Remove the entry from sudoers.",
        references: &["https://www.sudo.ws/docs/man/sudoers.man/"],
    },
    aliases: &["CKV2_DOCKER_1"],
    bad: "content etc/sudoers.d/app app ALL=(ALL) NOPASSWD: ALL",
    good: "content etc/sudoers # app ALL=(ALL) NOPASSWD: ALL\\nroot ALL=(ALL:ALL) ALL\\n%sudo ALL=(ALL:ALL) ALL",
};

/// chmod 777.
pub(super) static CHMOD: Rule = Rule {
    info: RuleInfo {
        id: "image/chmod-world-writable",
        title: "the build made files writable by everybody",
        severity: Severity::Low,
        why: "Any process in the container, however little it may do, can then replace programs or data of others.",
        remedy: "Give the files to the user that needs them: chown, or COPY --chown.",
        references: &["https://docs.docker.com/reference/dockerfile/#copy---chown---chmod"],
    },
    aliases: &[],
    bad: "history RUN /bin/sh -c chmod -R 777 /app # buildkit",
    good: "history RUN /bin/sh -c chmod 1777 /tmp && chmod 755 /app && chmod u+w /x # buildkit\nhistory RUN /bin/sh -c chmod 777 \"$tmp\" && x; rm -rf \"$tmp\" # buildkit",
};

/// Passwords set in the build.
pub(super) static PASSWORD: Rule = Rule {
    info: RuleInfo {
        id: "image/password-set-in-build",
        title: "the build set a password",
        severity: Severity::High,
        why: "It is the same in every container, and it, or its hash, is read from the image and its history.",
        remedy: "Leave accounts locked; nothing in a container needs to log in.",
        references: &["https://docs.docker.com/build/building/secrets/"],
    },
    aliases: &["CIS 4.10", "CKV2_DOCKER_17"],
    bad: "history RUN /bin/sh -c echo root:hunter2 | chpasswd # buildkit",
    good: "history RUN /bin/sh -c useradd -r -p '!' app && passwd -l root && adduser -D -H app && openssl passwd -help # buildkit",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for (step, command) in subject.own_commands() {
        if command.is_wrapped_in("sudo") || command.program() == "sudo" {
            hits.push(hit_at_command(&SUDO, step, command, SUDO.info.title));
        }
    }
    for (step, script) in subject.own_runs() {
        for command in &script.commands {
            if let Some(mode) = world_writable_mode(command).filter(|_| !is_removed(command, script)) {
                let title = format!("chmod {mode} makes files writable by everybody");
                hits.push(hit_at_command(&CHMOD, step, command, title));
            }
        }
    }
    for (step, command) in subject.commands() {
        if sets_password(command) {
            // The words in front of a pipe hold the password; only the program is shown.
            let title = format!("{} set a password", command.program());
            hits.push(hit_at_command(&PASSWORD, step, command, title));
        }
    }
    let Some(tree) = subject.tree() else { return };
    for entry in tree.with(Trait::Sudo) {
        let title = format!("{} is installed", entry.path.file_name());
        hits.push(hit_at_file(&SUDO_INSTALLED, entry, title));
    }
    for entry in tree.with(Trait::Sudoers) {
        for (at, line) in entry.text().unwrap_or_default().lines().enumerate() {
            let line = line.trim();
            let is_free = line.contains("NOPASSWD")
                || line.starts_with("permit nopass")
                || line == "Defaults !authenticate";
            if is_free && !line.starts_with('#') {
                let mut hit = hit_at_file(&PASSWORDLESS, entry, PASSWORDLESS.info.title)
                    .with_evidence(line)
                    .with_identity(line);
                hit.line = u32::try_from(at + 1).ok();
                hits.push(hit);
            }
        }
    }
}

/// Whether the same `RUN` deletes all that the command touches.
fn is_removed(command: &Command, script: &Script) -> bool {
    let removed: Vec<&str> =
        script.commands.iter().filter(|other| other.program() == "rm").flat_map(Command::operands).collect();
    let mut touched = command.operands().skip(1).peekable();
    touched.peek().is_some() && touched.all(|path| removed.contains(&path))
}

fn world_writable_mode(command: &Command) -> Option<&str> {
    if command.program() != "chmod" {
        return None;
    }
    let mode = command.operands().next()?;
    if mode.bytes().all(|byte| byte.is_ascii_digit()) && mode.len() >= 3 {
        // 1777 is the sticky mode of /tmp.
        let number = u32::from_str_radix(mode, 8).ok()?;
        return (number & 0o002 != 0 && number & 0o1000 == 0).then_some(mode);
    }
    let gives = mode.split(',').any(|part| {
        part.split_once(['+', '=']).is_some_and(|(who, rights)| {
            (who.contains('a') || who.contains('o')) && rights.contains('w') && !rights.contains('t')
        })
    });
    (gives && !mode.contains("+t") && !mode.contains("wt")).then_some(mode)
}

fn sets_password(command: &Command) -> bool {
    let is_hash = |value: &str| {
        !value.is_empty() && !value.starts_with(['!', '*', '$', '-'])
            || value.starts_with("$1$")
            || value.starts_with("$5$")
            || value.starts_with("$6$")
            || value.starts_with("$y$")
    };
    match command.program() {
        "chpasswd" => !command.has_argument("--help"),
        "passwd" => {
            command.has_argument("--stdin") || command.has_argument("-d") || command.has_argument("--delete")
        }
        "useradd" | "usermod" | "groupadd" => {
            let short = command
                .arguments()
                .windows(2)
                .find(|pair| pair[0].text == "-p")
                .map(|pair| pair[1].text.as_str());
            command.option("--password").or(short).is_some_and(is_hash)
        }
        _ => false,
    }
}
