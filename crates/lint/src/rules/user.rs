//! As whom the container runs, and accounts that the template makes.

use super::packages::{has_option, operands};
use super::{File, Hits, Rule, Words, rule};
use crate::file::Step;
use dockerfile::Keyword;
use model::Severity;

/// The last `USER` of a stage.
fn last_user<'f, 'a>(file: &'f File<'a>, stage: Option<usize>) -> Option<&'f Step<'a>> {
    file.all(Keyword::User).filter(|step| !step.is_onbuild && step.stage == stage).last()
}

fn user_of<'s>(step: &'s Step<'_>) -> &'s str {
    let text = step.instruction.text.trim_matches(['"', '\'']);
    text.split(':').next().unwrap_or(text)
}

/// `root`, or a number that is zero (`0`, `00`).
fn is_root(user: &str) -> bool {
    user == "root" || (!user.is_empty() && user.bytes().all(|byte| byte == b'0'))
}

pub(super) const ROOT: Rule = rule(
    "dockerfile/runs-as-root",
    Severity::Medium,
    &["CIS-DI-0001", "CIS-Docker-4.1", "CKV_DOCKER_8", "DL3002", "DS-0002", "KSV-0012"],
    &Words(
        "the last USER of a stage is root",
        "A hole in the program gives root inside the container: one more hole in the kernel or a mount, and it is root on the \
         host.",
        "End the stage with a USER that is not root.",
    ),
    |file, hits| {
        let stages = 0..file.parsed.stages.len();
        for stage in std::iter::once(None).chain(stages.map(Some)) {
            let Some(step) = last_user(file, stage) else { continue };
            if is_root(user_of(step)) {
                hits.add(file.first_line(step), "the last USER is root");
            }
        }
    },
);

pub(super) const NO_USER: Rule = rule(
    "dockerfile/no-user",
    Severity::Low,
    &["CIS-DI-0001", "CIS-Docker-4.1", "CKV_DOCKER_3", "DS-0002"],
    &Words(
        "no USER is set: the container runs as root unless the base image says otherwise",
        "A hole in the program gives root inside the container. Which user the base sets is not known here.",
        "Add a user without rights and a USER instruction: RUN useradd --system --no-create-home app, USER app; in a scratch image \
         USER 65532.",
    ),
    |file, hits| {
        let Some(last) = file.parsed.stages.len().checked_sub(1) else { return };
        let chain = file.ancestry(last);
        let has_user = chain.iter().any(|stage| last_user(file, Some(*stage)).is_some());
        let root = chain.last().and_then(|stage| file.parsed.stages.get(*stage));
        // Some images are made to be run without root, and say so in their name.
        let base = root.map_or("", |stage| stage.base_expanded.as_str());
        let is_unprivileged =
            ["nonroot", "unprivileged", "rootless", "bitnami/", "cgr.dev/", "ubi-micro-nonroot"]
                .iter()
                .any(|word| base.contains(word));
        let does_something = file.steps.iter().any(|step| {
            step.stage == Some(last) && matches!(step.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
        });
        if has_user || is_unprivileged || !does_something {
            return;
        }
        if let Some(from) = file.all(Keyword::From).last() {
            hits.add(file.first_line(from), "the final stage sets no USER");
        }
    },
);

pub(super) const NAME: Rule = rule(
    "dockerfile/user-by-name",
    Severity::Low,
    &["DL3066"],
    &Words(
        "USER is a name, not a number",
        "Kubernetes can check runAsNonRoot only for a number; and a name may mean another number after the base changes.",
        "Write the number of the user.",
    ),
    |file, hits| {
        for step in file.all(Keyword::User) {
            let user = user_of(step);
            let is_number = user.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number && !user.starts_with('$') {
                hits.add(file.first_line(step), format!("USER {} is a name, not a number", super::cut(user)));
            }
        }
    },
);

pub(super) const PASSWORD: Rule = rule(
    "dockerfile/password-set-in-build",
    Severity::High,
    &["CIS-Docker-4.10", "CKV2_DOCKER_17"],
    &Words(
        "a password is set while the image is built",
        "Every container of the image has the same password, and it stands in the history for whoever has the image.",
        "Let nobody log in with a password; where one is needed, set it when the container starts, from a secret.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let words = || cmd.arguments().iter().map(|word| word.text.as_str());
            let sets = match cmd.program() {
                "chpasswd" => true,
                "passwd" => {
                    has_option(&cmd, &[], &["--stdin"])
                        || (cmd.separator == dockerfile::Separator::Pipe
                            && !has_option(&cmd, &['d', 'l'], &["--delete", "--lock"]))
                }
                "useradd" | "usermod" => {
                    let mut pairs = cmd.arguments().windows(2);
                    pairs.any(|pair| {
                        matches!(pair[0].text.as_str(), "-p" | "--password")
                            && !matches!(pair[1].text.as_str(), "!" | "*" | "!!" | "x" | "'*'")
                    }) || words().any(|word| word.starts_with("--password="))
                }
                _ => false,
            };
            if sets {
                hits.add(cmd.bytes(), format!("{} sets a password", cmd.program()));
            }
        }
    },
);

pub(super) const EMPTY_PASSWORD: Rule = rule(
    "dockerfile/password-removed",
    Severity::High,
    &[],
    &Words(
        "an account without a password",
        "Whoever gets a login prompt, su or ssh of the container is in.",
        "Lock the account (passwd -l) instead of emptying its password.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let removes = match cmd.program() {
                "passwd" => has_option(&cmd, &['d'], &["--delete"]),
                "usermod" | "useradd" => cmd.arguments().windows(2).any(|pair| {
                    matches!(pair[0].text.as_str(), "-p" | "--password") && pair[1].text.is_empty()
                }),
                _ => false,
            };
            if removes {
                hits.add(cmd.bytes(), format!("{} leaves an account without a password", cmd.program()));
            }
        }
    },
);

pub(super) const ROOT_USER: Rule = rule(
    "dockerfile/second-root-account",
    Severity::High,
    &[],
    &Words(
        "an account with the rights of root is made",
        "A user id of 0, or membership in root, wheel, sudo or docker, is root under another name: rules that look for the name \
         root do not see it.",
        "Give the account an id of its own and no such group.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let arguments = cmd.arguments();
            let value_of = |names: &[&str]| {
                // `-aG group`: the option that takes a value is the last of its letters.
                let is_named = |text: &str| {
                    let is_bundle = |name: &&str| {
                        name.len() == 2
                            && text.len() > 2
                            && !text.starts_with("--")
                            && text.starts_with('-')
                            && text.ends_with(&name[1..])
                    };
                    names.contains(&text) || names.iter().any(is_bundle)
                };
                let pair = arguments.windows(2).find(|pair| is_named(&pair[0].text));
                pair.map(|pair| pair[1].text.as_str()).or_else(|| {
                    let mut inline = arguments.iter().filter_map(|word| word.text.split_once('='));
                    inline.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
                })
            };
            let is_strong = |groups: &str| {
                groups
                    .split(',')
                    .find(|group| matches!(*group, "root" | "wheel" | "sudo" | "docker" | "shadow" | "disk"))
                    .map(str::to_owned)
            };
            let (uid, groups) = match cmd.program() {
                "useradd" | "usermod" => {
                    (value_of(&["-u", "--uid"]), value_of(&["-G", "--groups"]).and_then(is_strong))
                }
                "adduser" => {
                    let names = operands(
                        &cmd,
                        &[
                            "-u",
                            "--uid",
                            "-G",
                            "--ingroup",
                            "-h",
                            "--home",
                            "-s",
                            "--shell",
                            "-g",
                            "--gecos",
                            "-k",
                            "--gid",
                        ],
                    );
                    let second = names.get(1).map(|word| word.text.as_str());
                    (
                        value_of(&["-u", "--uid"]),
                        value_of(&["-G", "--ingroup"]).or(second).and_then(is_strong),
                    )
                }
                "addgroup" | "gpasswd" => {
                    let names = operands(&cmd, &["-g", "--gid"]);
                    let is_adding = cmd.program() == "addgroup" && names.len() == 2
                        || has_option(&cmd, &['a'], &["--add"]);
                    (None, names.last().filter(|_| is_adding).and_then(|word| is_strong(&word.text)))
                }
                _ => continue,
            };
            if uid.is_some_and(is_root) {
                hits.add(cmd.bytes(), format!("{} gives an account the id of root", cmd.program()));
            } else if let Some(group) = groups {
                hits.add(cmd.bytes(), format!("{} puts an account into the group {group}", cmd.program()));
            }
        }
    },
);

/// Whether a command writes into a file whose path satisfies the condition: by redirection, `tee`, `cp`, `mv`, `install`.
fn writes(cmd: &crate::file::Cmd<'_, '_>, is_wanted: &dyn Fn(&str) -> bool) -> bool {
    let redirected = cmd
        .redirects
        .iter()
        .any(|redirect| redirect.operator.contains('>') && is_wanted(&redirect.target.text));
    let target = match cmd.program() {
        "tee" => operands(cmd, &[]).iter().any(|word| is_wanted(&word.text)),
        "cp" | "mv" | "install" => {
            operands(cmd, &["-m", "-o", "-g"]).last().is_some_and(|word| is_wanted(&word.text))
        }
        "sed" => {
            has_option(cmd, &['i'], &["--in-place"])
                && operands(cmd, &["-e"]).last().is_some_and(|word| is_wanted(&word.text))
        }
        _ => false,
    };
    redirected || target
}

/// Copies into a path, and commands that write to it.
fn report_writes(file: &File<'_>, hits: &mut Hits, is_wanted: &dyn Fn(&str) -> bool, what: &str) {
    for cmd in file.commands().filter(|cmd| writes(cmd, is_wanted)) {
        hits.add(cmd.bytes(), format!("a RUN writes {what}"));
    }
    for step in &file.steps {
        if matches!(step.instruction.keyword, Keyword::Copy | Keyword::Add) {
            let words = step.instruction.words();
            if words.last().is_some_and(|target| is_wanted(target.trim_matches(['"', '\'']))) {
                hits.add(file.first_line(step), format!("{} writes {what}", step.instruction.keyword));
            }
        }
    }
}

pub(super) const SUDOERS: Rule = rule(
    "dockerfile/sudoers-changed",
    Severity::High,
    &[],
    &Words(
        "the template lets an account become root by sudo",
        "An account with sudo is root: USER then protects nothing.",
        "Do what needs root while the image is built, and leave sudo out.",
    ),
    |file, hits| {
        report_writes(
            file,
            hits,
            &|path| path == "/etc/sudoers" || path.starts_with("/etc/sudoers.d") || path == "/etc/doas.conf",
            "the configuration of sudo",
        );
        for cmd in file.commands().filter(|cmd| matches!(cmd.program(), "visudo")) {
            if !has_option(&cmd, &['c'], &["--check"]) {
                hits.add(cmd.bytes(), "visudo changes the configuration of sudo");
            }
        }
    },
);

pub(super) const SSH_KEYS: Rule = rule(
    "dockerfile/ssh-keys-in-image",
    Severity::High,
    &["CIS-Docker-5.7"],
    &Words(
        "the template makes or copies SSH keys",
        "Every container of the image has the same keys: a host key lets anybody pose as any of them, an authorized key lets one \
         person into all, a private key can be read by whoever has the image.",
        "Use RUN --mount=type=ssh for the build; enter containers by docker exec.",
    ),
    |file, hits| {
        report_writes(
            file,
            hits,
            &|path| {
                path.contains("/.ssh/authorized_keys")
                    || path.contains(".ssh/id_")
                    || path.starts_with("/etc/ssh/ssh_host_")
            },
            "an SSH key",
        );
        for cmd in file.commands().filter(|cmd| cmd.program() == "ssh-keygen") {
            let makes = !has_option(&cmd, &['R', 'F', 'l', 'y', 'H', 'e', 'i'], &[]);
            if makes {
                hits.add(cmd.bytes(), "ssh-keygen makes a key that is the same in every container");
            }
        }
    },
);
