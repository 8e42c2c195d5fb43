//! apt, apt-get, aptitude (apt-get(8)).

use super::packages::{any_command, append, behind, has_option, insert_behind, operands, removes};
use super::{File, Hits, Rule, Words, rule};
use crate::file::{Cmd, Run};
use model::Severity;

const WITH_VALUE: &[&str] =
    &["-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file", "-a"];
const LISTS: &str = "/var/lib/apt/lists";

pub(super) const UNPINNED: Rule = rule(
    "dockerfile/unpinned-apt-package",
    Severity::Medium,
    &["DL3008"],
    &Words(
        "apt-get installs a package without a version",
        "The same Dockerfile gives another image tomorrow: which version is installed depends on the day of the build \
         and on the layer cache, so a tested image cannot be built again.",
        "Write package=version, or build from a dated snapshot of the archive and ignore this rule there.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let unpinned: Vec<&str> = behind(&cmd, &["apt-get"], &["install"], WITH_VALUE)
                .into_iter()
                .flatten()
                .map(|word| word.text.as_str())
                .filter(|name| !name.contains('=') && !name.contains('/') && !name.ends_with(".deb"))
                .collect();
            if !unpinned.is_empty() {
                hits.add(
                    cmd.bytes(),
                    format!("apt-get installs without a version: {}", super::shown(&unpinned)),
                );
            }
        }
    },
);

pub(super) const LISTS_LEFT: Rule = rule(
    "dockerfile/apt-lists-left-behind",
    Severity::Low,
    &["DKL-DI-0005", "DL3009"],
    &Words(
        "the package lists of apt stay in the image",
        "apt-get update writes tens of megabytes that nothing needs at run time; a later RUN cannot take them out of \
         the layer any more.",
        "End the same RUN with rm -rf /var/lib/apt/lists/*, or mount a cache over /var/lib/apt.",
    ),
    lists_left,
);

fn is_update(cmd: &Cmd<'_, '_>) -> bool {
    behind(cmd, &["apt", "apt-get", "aptitude"], &["update"], WITH_VALUE).is_some()
}

fn lists_left(file: &File<'_>, hits: &mut Hits) {
    for run in file.runs.iter().filter(|run| run.step.is_onbuild || file.is_kept(run.step.stage)) {
        let Some(update) = run.commands().find(is_update) else { continue };
        let is_cleaned = any_command(run, |cmd| removes(cmd, LISTS)) || are_lists_mounted(file, run);
        if is_cleaned {
            continue;
        }
        let hit =
            hits.add(update.bytes(), "apt's package lists are not removed in the RUN that fetches them");
        if let Some(last) = run.commands().last().filter(|last| is_plain_end(last, run)) {
            hit.fix("remove apt's package lists", append(&last, " && rm -rf /var/lib/apt/lists/*"));
        }
    }
}

/// Whether the text behind the last command is nothing, so that `&&` may follow it.
fn is_plain_end(last: &Cmd<'_, '_>, run: &Run<'_>) -> bool {
    let text = last.part.text.trim_end();
    let is_at_end = last.command.words.last().is_some_and(|word| text.ends_with(word.text.as_str()));
    // `a || true && rm` would bind otherwise than it reads, and `a; b` in a here-document ends in a line break.
    let is_and_list = run.commands().all(|cmd| {
        matches!(cmd.separator, dockerfile::Separator::Start | dockerfile::Separator::And) && cmd.depth == 0
    });
    is_at_end && is_and_list && run.parts.len() == 1 && run.step.instruction.heredocs.is_empty()
}

fn are_lists_mounted(file: &File<'_>, run: &Run<'_>) -> bool {
    if !(run.has_scratch_mount(LISTS) || run.has_scratch_mount("/var/lib/apt")) {
        return false;
    }
    // Debian's images empty the package cache behind every command by this script: once it is gone, the packages stay
    // in /var/cache/apt, which then has to be mounted as well.
    let stages = run.step.stage.map_or_else(Vec::new, |stage| file.ancestry(stage));
    let is_script_removed = file.runs.iter().any(|other| {
        let is_seen = other.step.stage == run.step.stage
            || other.step.stage.is_some_and(|stage| stages.contains(&stage));
        is_seen
            && other.step.outer.bytes.start <= run.step.outer.bytes.start
            && any_command(other, |cmd| {
                cmd.program() == "rm"
                    && cmd.arguments().iter().any(|word| word.text.ends_with("docker-clean"))
            })
    });
    !is_script_removed || run.has_scratch_mount("/var/cache/apt")
}

pub(super) const ASKS: Rule = rule(
    "dockerfile/apt-get-asks",
    Severity::Medium,
    &["CIS-DI-0007", "DL3014", "DS-0021"],
    &Words(
        "apt-get install waits for an answer",
        "Without -y apt-get asks whether to go on; a build has nobody to answer, so it fails.",
        "Write apt-get install -y.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            if behind(&cmd, &["apt-get"], &["install"], WITH_VALUE).is_none() || is_assumed_yes(&cmd) {
                continue;
            }
            let hit = hits.add(cmd.bytes(), "apt-get install without -y");
            if let Some(word) = cmd.arguments().iter().find(|word| word.text == "install") {
                hit.fix("answer with yes", insert_behind(&cmd, word, " -y"));
            }
        }
    },
);

fn is_assumed_yes(cmd: &Cmd<'_, '_>) -> bool {
    let quiet: usize = cmd
        .arguments()
        .iter()
        .map(|word| match word.text.as_str() {
            "--quiet" => 1,
            "-q=2" | "--quiet=2" => 2,
            text if text.starts_with('-') && !text.starts_with("--") => text.matches('q').count(),
            _ => 0,
        })
        .sum();
    let is_set = |word: &dockerfile::Word| word.text.to_ascii_lowercase().contains("apt::get::assume-yes=");
    quiet >= 2 || has_option(cmd, &['y'], &["--yes", "--assume-yes"]) || cmd.arguments().iter().any(is_set)
}

pub(super) const RECOMMENDS: Rule = rule(
    "dockerfile/apt-recommends-installed",
    Severity::Low,
    &["DL3015", "DS-0029"],
    &Words(
        "apt-get installs recommended packages too",
        "Recommended packages are wanted on a workstation; in an image they are weight and attack surface that nobody \
         chose.",
        "Write apt-get install --no-install-recommends and name what is really needed.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            if behind(&cmd, &["apt-get"], &["install"], WITH_VALUE).is_none() {
                continue;
            }
            let is_off = has_option(&cmd, &[], &["--no-install-recommends"])
                || cmd.arguments().iter().any(|word| {
                    let text = word.text.to_ascii_lowercase();
                    text.contains("apt::install-recommends=false")
                        || text.contains("apt::install-recommends=0")
                });
            if is_off {
                continue;
            }
            let hit = hits.add(cmd.bytes(), "apt-get install without --no-install-recommends");
            if let Some(word) = cmd.arguments().iter().find(|word| word.text == "install") {
                hit.fix(
                    "leave recommended packages out",
                    insert_behind(&cmd, word, " --no-install-recommends"),
                );
            }
        }
    },
);

pub(super) const APT: Rule = rule(
    "dockerfile/apt-used",
    Severity::Medium,
    &["CKV_DOCKER_9", "DL3027"],
    &Words(
        "apt is made for people, not for scripts",
        "apt promises no stable behaviour or output for scripts, and says so itself.",
        "Use apt-get or apt-cache.",
    ),
    |file, hits| {
        for cmd in file.commands().filter(|cmd| cmd.program() == "apt") {
            let hit = hits.add(cmd.bytes(), "apt in a build; apt-get is the one with a stable interface");
            let is_known = operands(&cmd, WITH_VALUE).first().is_some_and(|word| {
                matches!(word.text.as_str(), "update" | "install" | "upgrade" | "remove" | "purge")
            });
            if let Some(word) = cmd.command.words.iter().find(|word| word.text == "apt").filter(|_| is_known)
                && let Some(bytes) = cmd.word_bytes(word)
            {
                hit.fix("use apt-get", vec![(bytes, "apt-get".to_owned())]);
            }
        }
    },
);

pub(super) const LONE_UPDATE: Rule = rule(
    "dockerfile/lone-package-index-update",
    Severity::Medium,
    &["CIS-DI-0007", "CIS-Docker-4.7", "CKV_DOCKER_5", "DS-0017"],
    &Words(
        "the package index is updated in a RUN of its own",
        "The layer cache keeps the old index: a later install in another RUN then asks for versions that the archive no \
         longer has, or takes versions with known holes.",
        "Update and install in the same RUN.",
    ),
    |file, hits| {
        for run in &file.runs {
            let updates = |cmd: &Cmd<'_, '_>| {
                is_update(cmd)
                    || behind(cmd, &["apk"], &["update"], &[]).is_some()
                    || behind(cmd, &["yum", "dnf", "microdnf"], &["makecache"], &[]).is_some()
            };
            let Some(update) = run.commands().find(updates) else { continue };
            let uses = |cmd: &Cmd<'_, '_>| {
                const INSTALLS: &[&str] = &[
                    "install",
                    "add",
                    "upgrade",
                    "dist-upgrade",
                    "full-upgrade",
                    "build-dep",
                    "source",
                    "download",
                    "satisfy",
                ];
                behind(cmd, &["apt", "apt-get", "aptitude", "apk", "yum", "dnf", "microdnf"], INSTALLS, &[])
                    .is_some()
            };
            let is_all_known = run.commands().all(|cmd| {
                matches!(
                    cmd.program(),
                    "" | "apt"
                        | "apt-get"
                        | "aptitude"
                        | "apk"
                        | "yum"
                        | "dnf"
                        | "microdnf"
                        | "rm"
                        | "set"
                        | "echo"
                        | "true"
                        | "mkdir"
                        | "cd"
                        | "export"
                )
            });
            // A script or a function may well install: then nothing is known.
            if !any_command(run, uses)
                && is_all_known
                && run.parts.iter().all(|part| part.script.problems.is_empty())
            {
                hits.add(
                    update.bytes(),
                    "the package index is updated, but nothing is installed in the same RUN",
                );
            }
        }
    },
);

pub(super) const DIST_UPGRADE: Rule = rule(
    "dockerfile/distribution-upgraded",
    Severity::Medium,
    &["DL3035", "DS-0024"],
    &Words(
        "the whole distribution is upgraded during the build",
        "dist-upgrade may remove packages and move to another release; what comes out depends on the day of the build.",
        "Build from a newer base image instead.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            if behind(&cmd, &["zypper"], &["dist-upgrade", "dup"], &[]).is_some() {
                hits.add(cmd.bytes(), "zypper dist-upgrade in a build");
            } else if behind(
                &cmd,
                &["apt", "apt-get", "aptitude"],
                &["dist-upgrade", "full-upgrade"],
                WITH_VALUE,
            )
            .is_some()
            {
                hits.add(cmd.bytes(), format!("{} dist-upgrade in a build", cmd.program()))
                    .only(&["DS-0024"]);
            }
        }
    },
);
