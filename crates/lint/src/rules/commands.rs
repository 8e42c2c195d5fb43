//! Commands that have no place in a build, or are used in a way that fails quietly.

use super::packages::{has_option, insert_behind, operands};
use super::{File, Hits, Rule, Words, rule};
use crate::file::Run;
use dockerfile::{Arguments, Keyword, Separator};
use model::Severity;

pub(super) const POINTLESS: Rule = rule(
    "dockerfile/pointless-command",
    Severity::Low,
    &["DL3001"],
    &Words(
        "a command that means nothing while an image is built",
        "A build has no services, terminal, mounts or other processes: such a command does nothing lasting, or belongs \
         into the program that starts the container.",
        "Remove it, or do at the container's start what it was meant to do.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let name = cmd.program();
            if matches!(
                name,
                "free" | "kill" | "mount" | "ps" | "service" | "shutdown" | "ssh" | "top" | "vim"
            ) {
                hits.add(cmd.bytes(), format!("{name} means nothing while an image is built"));
            }
        }
    },
);

pub(super) const CD: Rule = rule(
    "dockerfile/cd-instead-of-workdir",
    Severity::Medium,
    &["CKV_DOCKER_10", "DL3003", "DS-0013"],
    &Words(
        "the directory is changed by cd",
        "cd counts for one RUN alone; the next instruction starts elsewhere than the reader expects.",
        "Use WORKDIR.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| !cmd.run.step.is_onbuild && cmd.program() == "cd") {
            hits.add(cmd.bytes(), "cd in a RUN; WORKDIR lasts").only(&["DL3003", "DS-0013"]);
        }
    },
);

pub(super) const SUDO: Rule = rule(
    "dockerfile/sudo-used",
    Severity::High,
    &["CKV2_DOCKER_1", "DL3004", "DS-0010"],
    &Words(
        "sudo in a build",
        "A build runs as root until USER says otherwise, so sudo adds nothing but a setuid program and a configuration \
         that an attacker in the container can use.",
        "Do what needs root before USER; use gosu or su-exec where a start script has to drop rights.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let is_sudo = cmd
                .command
                .words
                .first()
                .is_some_and(|word| word.text == "sudo" || word.text.ends_with("/sudo"));
            if is_sudo || cmd.is_wrapped_in("sudo") {
                hits.add(cmd.bytes(), "sudo in a build");
            }
        }
    },
);

pub(super) const USERADD: Rule = rule(
    "dockerfile/useradd-with-large-uid",
    Severity::Medium,
    &["DL3046"],
    &Words(
        "useradd writes a huge sparse file",
        "For a large user id useradd extends /var/log/lastlog up to that id; unpacked layers then take gigabytes.",
        "Pass -l (--no-log-init) to useradd.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "useradd") {
            let uid = cmd.arguments().windows(2).find(|pair| matches!(pair[0].text.as_str(), "-u" | "--uid"));
            let uid = uid.map(|pair| pair[1].text.as_str()).or_else(|| cmd.option("--uid"));
            if uid.is_some_and(|uid| uid.len() > 5) && !has_option(&cmd, &['l'], &["--no-log-init"]) {
                let hit = hits.add(cmd.bytes(), "useradd with a large user id and without -l");
                if let Some(word) = cmd.command.words.iter().find(|word| word.text.ends_with("useradd")) {
                    hit.fix("write no log entry", insert_behind(&cmd, word, " -l"));
                }
            }
        }
    },
);

pub(super) const WGET: Rule = rule(
    "dockerfile/wget-progress-in-log",
    Severity::Low,
    &["DL3047"],
    &Words(
        "wget writes its progress into the build log",
        "Without a terminal wget prints a line for every few kilobytes; the log of the build drowns in them.",
        "Write wget --progress=dot:giga, or -q or -nv.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "wget") {
            let is_quiet = has_option(
                &cmd,
                &['q', 'o', 'a'],
                &["--progress", "--quiet", "--no-verbose", "--output-file", "--append-output", "-nv"],
            ) || cmd.arguments().iter().any(|word| {
                word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains("nv")
            });
            if !is_quiet && !cmd.arguments().is_empty() {
                let hit = hits.add(cmd.bytes(), "wget without --progress, -q or -nv");
                if let Some(word) = cmd.command.words.iter().find(|word| word.text == "wget") {
                    hit.fix("show little progress", insert_behind(&cmd, word, " --progress=dot:giga"));
                }
            }
        }
    },
);

pub(super) const BOTH: Rule = rule(
    "dockerfile/wget-and-curl",
    Severity::Medium,
    &["DL4001", "DS-0014"],
    &Words(
        "both wget and curl are used",
        "Two programs for one task mean two packages to keep current.",
        "Use one of them.",
    ),
    |file, hits| {
        let stages = 0..file.parsed.stages.len();
        for stage in std::iter::once(None).chain(stages.map(Some)) {
            // One of them is fine; those behind the first are told.
            let of_stage = || file.commands().filter(move |cmd| cmd.run.step.stage == stage);
            let has = |name: &str| of_stage().any(|cmd| cmd.program() == name);
            if has("wget") && has("curl") {
                let mut seen: Vec<u32> = Vec::new();
                for cmd in of_stage().filter(|cmd| matches!(cmd.program(), "wget" | "curl")).skip(1) {
                    let line = cmd.run.step.outer.lines.first;
                    if !seen.contains(&line) {
                        seen.push(line);
                        hits.add(
                            cmd.bytes(),
                            format!(
                                "{} beside {}",
                                cmd.program(),
                                if cmd.program() == "wget" { "curl" } else { "wget" }
                            ),
                        );
                    }
                }
            }
        }
    },
);

pub(super) const LN_SH: Rule = rule(
    "dockerfile/shell-replaced-by-link",
    Severity::Medium,
    &["DL4005"],
    &Words(
        "/bin/sh is replaced by a link",
        "Programs of the distribution rely on the shell that it ships; replacing it changes all of them.",
        "Use SHELL [\"/bin/bash\", \"-c\"].",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "ln") {
            if operands(&cmd, &[]).iter().any(|word| word.text == "/bin/sh") {
                hits.add(cmd.bytes(), "/bin/sh is replaced by a link; SHELL changes the shell of the build");
            }
        }
    },
);

pub(super) const PIPEFAIL: Rule = rule(
    "dockerfile/pipe-hides-failure",
    Severity::Medium,
    &["DL4006"],
    &Words(
        "the failure of a command in a pipe goes unnoticed",
        "A pipe ends as its last command does: when the download in front of tar fails, the build goes on with nothing.",
        "Set SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"], or begin the RUN with set -o pipefail where the shell has it.",
    ),
    pipefail,
);

fn pipefail(file: &File<'_>, hits: &mut Hits) {
    for run in &file.runs {
        for part in &run.parts {
            let is_safe = part.shell.has_pipefail
                && matches!(part.shell.name.as_str(), "bash" | "zsh" | "ash" | "ksh" | "mksh");
            if !part.shell.is_posix() || is_safe {
                continue;
            }
            let sets = part.script.commands.iter().position(|command| {
                command.program() == "set" && command.arguments().iter().any(|word| word.text == "pipefail")
            });
            let pipe = part.script.commands.iter().enumerate().find(|(at, command)| {
                command.separator == Separator::Pipe
                    && sets.is_none_or(|set| set > *at)
                    && command.depth < 3
                    && !is_inside_own_shell(&part.script, command)
            });
            if let Some((_, command)) = pipe {
                let end =
                    command.words.first().map_or(command.offset + 1, |word| word.offset + word.text.len());
                hits.add(
                    part.place(command.offset..end),
                    "a pipe without pipefail: the commands in front may fail unnoticed",
                );
                break;
            }
        }
    }
}

/// Whether a command stands in the text of another shell's `-c`, which has its own options.
fn is_inside_own_shell(script: &dockerfile::Script, command: &dockerfile::Command) -> bool {
    let mut at = command.parent;
    while let Some(parent) = at.and_then(|at| script.commands.get(at)) {
        if matches!(parent.program(), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "su") {
            return true;
        }
        at = parent.parent;
    }
    false
}

pub(super) const CONSECUTIVE: Rule = rule(
    "dockerfile/consecutive-runs",
    Severity::Low,
    &["DL3059"],
    &Words(
        "several RUNs follow each other",
        "Each RUN is a layer of its own; a few short ones can be one.",
        "Join them with && or in a here-document.",
    ),
    |file, hits| {
        let mut before: Option<&Run<'_>> = None;
        let mut index = None;
        for run in file.runs.iter().filter(|run| !run.step.is_onbuild) {
            let at = file.steps.iter().position(|step| std::ptr::eq(step.outer, run.step.outer));
            let follows = before.is_some() && at.zip(index).is_some_and(|(at, before)| at == before + 1);
            if let Some(earlier) = before.filter(|_| follows)
                && flags(run) == flags(earlier)
                && run.commands().count() <= 1
                && earlier.commands().count() <= 1
                && run.step.instruction.heredocs.is_empty()
            {
                hits.add(file.keyword_bytes(&run.step), "RUN directly behind another short RUN");
            }
            (before, index) = (Some(run), at);
        }
    },
);

fn flags(run: &Run<'_>) -> Vec<(String, Option<String>)> {
    let flags = run.step.instruction.flags.iter().map(|flag| (flag.name.clone(), flag.value.clone()));
    flags.collect()
}

pub(super) const ARCHIVE: Rule = rule(
    "dockerfile/archive-copied-then-unpacked",
    Severity::Low,
    &["DL3010"],
    &Words(
        "an archive is copied and then unpacked",
        "The archive stays in the layer of the COPY, beside what came out of it.",
        "Use ADD, which unpacks local archives, or mount it: RUN --mount=type=bind.",
    ),
    |file, hits| {
        const ENDS: &[&str] = &[
            ".tar", ".gz", ".bz2", ".xz", ".zip", ".tgz", ".tb2", ".tbz", ".tbz2", ".tz2", ".lz", ".lzma",
            ".tlz", ".txz", ".Z", ".tZ", ".tzst", ".zst",
        ];
        for copy in file.all(Keyword::Copy).filter(|copy| copy.instruction.flag("from").is_none()) {
            let words = copy.instruction.words();
            let Some((target, sources)) = words.split_last() else { continue };
            let mut archives = sources
                .iter()
                .filter(|source| ENDS.iter().any(|end| source.trim_matches(['"', '\'']).ends_with(end)));
            let is_unpacked = archives.any(|archive| {
                let name = archive.trim_matches(['"', '\'']).rsplit(['/', '\\']).next().unwrap_or(archive);
                let target = target.trim_matches(['"', '\'']);
                let copied = target.rsplit(['/', '\\']).next().unwrap_or(target);
                let is_behind = |run: &&Run<'_>| {
                    run.step.stage == copy.stage && run.step.outer.bytes.start > copy.outer.bytes.start
                };
                file.runs.iter().filter(is_behind).flat_map(Run::commands).any(|cmd| {
                    let unpacks = match cmd.program() {
                        "tar" => cmd.arguments().iter().any(|word| {
                            word.text.starts_with("--extract")
                                || word.text.starts_with("--get")
                                || (!word.text.starts_with("--")
                                    && !word.text.contains('/')
                                    && word.text.contains('x')
                                    && !word.text.contains('.'))
                        }),
                        "unzip" | "gunzip" | "bunzip2" | "unlzma" | "unxz" | "zgz" | "uncompress"
                        | "zcat" | "gzcat" | "unzstd" => true,
                        _ => false,
                    };
                    unpacks
                        && cmd.arguments().iter().any(|word| {
                            let base = word.text.rsplit(['/', '\\']).next().unwrap_or(&word.text);
                            !base.is_empty()
                                && (base == name
                                    || (base == copied && ENDS.iter().any(|end| base.ends_with(end))))
                        })
                })
            });
            if is_unpacked {
                hits.add(file.first_line(copy), "an archive is copied and unpacked by a RUN; ADD unpacks it");
            }
        }
    },
);

pub(super) const SHELL_FORM: Rule = rule(
    "dockerfile/shell-form-command",
    Severity::Medium,
    &["DL3025", "JSONArgsRecommended"],
    &Words(
        "the container's command runs inside a shell",
        "In shell form /bin/sh is the first process: it does not pass signals on, so the program is killed after ten \
         seconds instead of stopped, and the image needs a shell.",
        "Write CMD [\"program\", \"argument\"].",
    ),
    |file, hits| {
        for step in &file.steps {
            let instruction = step.instruction;
            let (command, is_check) = match (&instruction.arguments, instruction.keyword) {
                (Arguments::Text, Keyword::Cmd | Keyword::Entrypoint) => (instruction.text.as_str(), false),
                (Arguments::Healthcheck { kind, json: None, command }, _)
                    if kind.eq_ignore_ascii_case("cmd") =>
                {
                    (command.as_str(), true)
                }
                _ => continue,
            };
            let name = instruction.keyword.as_str();
            let edits = super::form::exec_form(step, command);
            let hit = hits.add(file.first_line(step), format!("{name} in shell form"));
            if is_check || has_shell(file, step) {
                hit.only(&["DL3025"]);
            }
            hit.fix("write the command as a list of words", edits);
        }
    },
);

/// Whether a `SHELL` of the stage, or of one that it builds on, stands before the instruction.
fn has_shell(file: &File<'_>, at: &crate::file::Step<'_>) -> bool {
    let stages: Vec<Option<usize>> = match at.stage {
        Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
        None => vec![None],
    };
    file.all(Keyword::Shell)
        .any(|shell| stages.contains(&shell.stage) && shell.outer.bytes.start < at.outer.bytes.start)
}
