//! What a build must not do: run what it downloads, open rights, hide what it does.

use super::packages::{has_option, operands};
use super::{Rule, Words, rule};
use dockerfile::Separator;
use model::Severity;

const SHELLS: &[&str] = &[
    "sh", "bash", "ash", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "ruby", "node", "php",
];

pub(super) const PIPED: Rule = rule(
    "dockerfile/download-run-unverified",
    Severity::High,
    &["CIS-Docker-4.11"],
    &Words(
        "what is downloaded is run at once",
        "curl | sh runs as root whatever the server, or who broke into it, sends at that moment; it may even send other text to a \
         build than to a browser. A cut connection runs half of it.",
        "Download to a file, verify its checksum or signature, then run it; or install a package.",
    ),
    |file, hits| {
        for part in file.runs.iter().flat_map(|run| &run.parts) {
            let commands = &part.script.commands;
            let is_fetch = |name: &str| matches!(name, "curl" | "wget" | "fetch" | "aria2c");
            for (at, command) in commands.iter().enumerate() {
                let runs = SHELLS.contains(&command.program())
                    || matches!(command.program(), "eval" | "source" | ".");
                if !runs {
                    continue;
                }
                // What reads a script from its input: no file and no text among the operands.
                let reads_input = command.separator == Separator::Pipe
                    && !command
                        .arguments()
                        .iter()
                        .any(|word| word.text == "-c" || word.text == "-m" || word.text == "-e")
                    && command.operands().next().is_none_or(|first| {
                        first == "-" || first == "/dev/stdin" || command.has_short_option('s')
                    });
                let piped = reads_input && {
                    let mut before = at;
                    let mut is_found = false;
                    while before > 0 && commands[before].separator == Separator::Pipe {
                        // The command in front, past those of its substitutions.
                        let Some(earlier) =
                            (0..before).rev().find(|index| commands[*index].depth <= commands[before].depth)
                        else {
                            break;
                        };
                        is_found |= is_fetch(commands[earlier].program());
                        if matches!(commands[earlier].program(), "sha256sum" | "gpg" | "cosign") {
                            is_found = false;
                            break;
                        }
                        before = earlier;
                    }
                    is_found
                };
                let substituted = commands.iter().any(|inner| {
                    inner.parent == Some(at)
                        && inner.separator == Separator::Substitution
                        && is_fetch(inner.program())
                }) && command.program() != "node";
                let has_inner_text = command.arguments().iter().any(|word| {
                    word.text.starts_with("$(")
                        || word.text.starts_with("<(")
                        || word.text.starts_with('`')
                        || word.text == "-c"
                });
                if piped || (substituted && (has_inner_text || command.program() == "eval")) {
                    let end = command
                        .words
                        .first()
                        .map_or(command.offset + 1, |word| word.offset + word.text.len());
                    hits.add(
                        part.place(command.offset..end),
                        format!("{} runs what is downloaded, and nothing verifies it", command.program()),
                    );
                }
            }
        }
    },
);

pub(super) const WORLD_WRITABLE: Rule = rule(
    "dockerfile/world-writable",
    Severity::Medium,
    &[],
    &Words(
        "files are made writable for everybody",
        "Any process of the container, however few its rights, can replace them: scripts and configuration become a way to root.",
        "Give the files to the user that needs them (chown, COPY --chown), and use 755 or 644.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "chmod") {
            let Some(mode) = operands(&cmd, &["--reference"]).first().map(|word| word.text.clone()) else {
                continue;
            };
            // With the sticky bit everybody may add files, and only their owners remove them.
            let is_directory_for_all = mode.len() == 4 && mode.starts_with(['1', '3']);
            if is_world_writable(&mode) && !is_directory_for_all {
                hits.add(cmd.bytes(), format!("chmod {} lets everybody write", super::cut(&mode)));
            }
        }
        for step in &file.steps {
            let flag = step.instruction.flags.iter().find(|flag| flag.name == "chmod");
            if let Some((flag, mode)) = flag.and_then(|flag| Some((flag, flag.value.as_deref()?)))
                && is_world_writable(mode)
            {
                hits.add(flag.bytes.clone(), format!("--chmod={} lets everybody write", super::cut(mode)));
            }
        }
    },
);

/// An octal mode whose last digit has the bit 2, or a symbolic one that gives `w` to all or others.
fn is_world_writable(mode: &str) -> bool {
    if !mode.is_empty() && mode.len() <= 5 && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return mode.bytes().last().is_some_and(|digit| (digit - b'0') & 2 != 0);
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else { return false };
        let (who, what) = clause.split_at(at);
        // Without a class the umask takes `w` from others.
        (who.contains('a') || who.contains('o')) && what.contains('w')
    })
}

pub(super) const SETUID: Rule = rule(
    "dockerfile/setuid-set",
    Severity::High,
    &["CIS-DI-0008", "CIS-Docker-4.8"],
    &Words(
        "a program is made setuid or setgid",
        "Whoever runs it has its owner's rights: a hole in it gives root to a process that had none, USER or not.",
        "Give the one capability that it needs (setcap), or do the work before USER; take the bits off what the base brings: \
         find / -xdev -perm /6000 -type f -exec chmod a-s {} +.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| matches!(cmd.program(), "chmod" | "install")) {
            let mode = match cmd.program() {
                "chmod" => operands(&cmd, &["--reference"]).first().map(|word| word.text.clone()),
                _ => {
                    let pair = cmd
                        .arguments()
                        .windows(2)
                        .find(|pair| matches!(pair[0].text.as_str(), "-m" | "--mode"));
                    pair.map(|pair| pair[1].text.clone()).or_else(|| cmd.option("--mode").map(str::to_owned))
                }
            };
            let Some(mode) = mode else { continue };
            if sets_identity(&mode) {
                hits.add(
                    cmd.bytes(),
                    format!("{} {} sets the setuid or setgid bit", cmd.program(), super::cut(&mode)),
                );
            }
        }
    },
);

/// Whether a mode sets setuid. The setgid bit alone is for directories, which hand their group on by it.
fn sets_identity(mode: &str) -> bool {
    let digits = mode.trim_start_matches('0');
    if !mode.is_empty() && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return digits.len() == 4 && digits.bytes().next().is_some_and(|digit| (digit - b'0') & 4 != 0);
    }
    mode.split(',').any(|clause| {
        clause.find(['+', '=']).is_some_and(|at| {
            let (who, what) = clause.split_at(at);
            what.contains('s') && !what.contains('X') && !who.starts_with('g')
        })
    })
}

pub(super) const SECRET_IN_RUN: Rule = rule(
    "dockerfile/secret-on-command-line",
    Severity::High,
    &["CIS-DI-0010", "CIS-Docker-4.10"],
    &Words(
        "a password stands in a RUN",
        "The text of every RUN is in the history of the image: whoever has it can read the password.",
        "Mount it: RUN --mount=type=secret,id=….",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| {
            matches!(cmd.program(), "curl" | "wget" | "git" | "pip" | "pip3" | "npm" | "mysql" | "docker")
        }) {
            let in_address = cmd.arguments().iter().any(|word| {
                let text = word.text.as_str();
                text.split_once("://")
                    .and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'))
                    .is_some_and(|(account, _)| {
                        account.split_once(':').is_some_and(|(_, password)| {
                            !password.is_empty() && !password.contains('$') && !password.contains('<')
                        })
                    })
            });
            let is_given = |value: &str| !value.is_empty() && !value.contains('$') && !value.starts_with('<');
            let in_option = match cmd.program() {
                "curl" => {
                    let pair = cmd
                        .arguments()
                        .windows(2)
                        .find(|pair| matches!(pair[0].text.as_str(), "-u" | "--user"));
                    pair.is_some_and(|pair| {
                        pair[1].text.split_once(':').is_some_and(|(_, password)| is_given(password))
                    })
                }
                "wget" => {
                    cmd.option("--password").or_else(|| cmd.option("--http-password")).is_some_and(is_given)
                }
                _ => false,
            };
            if in_address || in_option {
                hits.add(cmd.bytes(), format!("{} is given a password in clear", cmd.program()));
            }
        }
    },
);

pub(super) const SECRET_REMOVED: Rule = rule(
    "dockerfile/secret-removed-too-late",
    Severity::Medium,
    &["CIS-Docker-4.10"],
    &Words(
        "a copied secret is removed by a later RUN",
        "The file stays in the layer of the COPY: whoever has the image can read it.",
        "Mount it: RUN --mount=type=secret,id=….",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "rm" && !has_option(cmd, &[], &["--help"])) {
            for word in operands(&cmd, &[]) {
                let name = word.text.rsplit('/').next().unwrap_or_default();
                let is_secret = matches!(
                    name,
                    "id_rsa" | "id_ed25519" | ".npmrc" | ".netrc" | ".env" | ".pypirc" | ".git-credentials"
                ) || name.ends_with(".pem")
                    && !word.text.starts_with("/etc/ssl")
                    && !word.text.contains('*');
                let copied = file.steps.iter().any(|step| {
                    let is_copy = matches!(
                        step.instruction.keyword,
                        dockerfile::Keyword::Copy | dockerfile::Keyword::Add
                    );
                    is_copy
                        && step.stage == cmd.run.step.stage
                        && step.outer.bytes.start < cmd.run.step.outer.bytes.start
                        && step
                            .instruction
                            .words()
                            .iter()
                            .any(|other| other.trim_matches(['"', '\'']).rsplit('/').next() == Some(name))
                });
                if is_secret && copied {
                    hits.add(
                        cmd.bytes(),
                        format!("{} was copied by an earlier layer and stays in it", super::cut(name)),
                    );
                }
            }
        }
    },
);

pub(super) const SETUID_LEFT: Rule = rule(
    "dockerfile/setuid-programs-left",
    Severity::Low,
    &["CIS-DI-0008", "CIS-Docker-4.8"],
    &Words(
        "nothing takes the setuid bits off the programs of the base image",
        "Bases of distributions bring su, mount, passwd and others that run as root whoever starts them; a container needs \
         none. Which are there only the image tells, so this rule runs only when it is asked for; no-new-privileges has the \
         same effect at run time.",
        "RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + in the final stage, before USER.",
    ),
    |file, hits| {
        let Some(last) = file.parsed.stages.len().checked_sub(1) else { return };
        let chain = file.ancestry(last);
        let root = chain.last().and_then(|stage| file.parsed.stages.get(*stage));
        let has_none = root.is_some_and(|stage| {
            ["scratch", "distroless", "chainguard", "cgr.dev/"].iter().any(|base| stage.base_expanded.contains(base))
        });
        let takes_off = file.commands().filter(|cmd| cmd.run.step.stage.is_some_and(|stage| chain.contains(&stage))).any(|cmd| {
            let is_search = cmd.program() == "find" && cmd.arguments().iter().any(|word| word.text == "-perm");
            let is_change = cmd.program() == "chmod" && cmd.arguments().iter().any(|word| word.text.contains("-s"));
            is_search || is_change
        });
        if let (false, false, Some(from)) = (has_none, takes_off, file.all(dockerfile::Keyword::From).last()) {
            hits.add(file.first_line(from), "the final stage keeps the setuid programs of its base");
        }
    },
)
.optional();
