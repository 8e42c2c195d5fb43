//! How packages were installed.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit, hit_at_command},
};
use dockerfile::{Command, Script, Step};
use model::{RuleInfo, Severity};

/// An update of the lists alone.
pub(super) static LONE_UPDATE: Rule = Rule {
    info: RuleInfo {
        id: "image/lone-package-update",
        title: "the package lists were updated in a layer of their own",
        severity: Severity::Low,
        why: "The builder keeps that layer, so a later install uses lists of long ago: it fails, or installs packages \
              without their fixes.",
        remedy: "Update and install in the same RUN.",
        references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    },
    aliases: &["CIS 4.7", "CIS-DI-0007", "DS-0017", "CKV_DOCKER_5"],
    bad: "history RUN /bin/sh -c apt-get update # buildkit",
    good: "history RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit",
};

/// An upgrade of the whole distribution.
pub(super) static DISTRIBUTION_UPGRADE: Rule = Rule {
    info: RuleInfo {
        id: "image/distribution-upgrade",
        title: "the build upgraded the distribution itself",
        severity: Severity::Low,
        why: "dist-upgrade adds and removes packages at will; the result is no release that anybody tested, and \
              differs from build to build.",
        remedy: "Start from a newer base image.",
        references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    },
    aliases: &["DKL-DI-0003", "DL3005", "DS-0024"],
    bad: "history /bin/sh -c apt-get update && apt-get dist-upgrade -y",
    good: "history /bin/sh -c apt-get update && apt-get install -y curl",
};

/// An upgrade of all packages.
pub(super) static UPGRADE: Rule = Rule {
    info: RuleInfo {
        id: "image/package-upgrade-in-build",
        title: "the build upgraded all packages",
        severity: Severity::Negligible,
        why: "It brings fixes in, but says that the base image is old; packages are then in the image twice, and two \
              builds of one day may differ.",
        remedy: "Pull a newer base image; keep the upgrade only while none is published.",
        references: &["https://docs.docker.com/build/building/best-practices/#rebuild-your-images-often"],
    },
    aliases: &["CIS 4.4"],
    bad: "history /bin/sh -c apk upgrade --no-cache",
    good: "history /bin/sh -c apk add --no-cache curl=8.9.1-r1\nhistory RUN /bin/sh -c dnf upgrade -y openssl-libs # buildkit",
};

/// Packages without a version.
pub(super) static UNPINNED: Rule = Rule {
    info: RuleInfo {
        id: "image/unpinned-package",
        title: "packages were installed without a version",
        severity: Severity::Negligible,
        why: "The next build installs whatever is newest then, also a release that was taken over an hour ago; two \
              images from one Dockerfile differ.",
        remedy: "Name versions, or install from a lock file with hashes (pip --require-hashes, npm ci).",
        references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    },
    aliases: &["DL3008", "DL3013", "DL3016", "DL3018", "DL3028"],
    bad: "history RUN /bin/sh -c pip install flask # buildkit",
    good: "history RUN /bin/sh -c pip install flask==3.0.3 && npm ci && pip install -r requirements.txt && npm install -g npm@10.8.1 # buildkit",
};

/// Caches that are left.
pub(super) static CACHE: Rule = Rule {
    info: RuleInfo {
        id: "image/package-cache-left",
        title: "a package manager's cache was left in the image",
        severity: Severity::Low,
        why: "It only makes the image larger and slower to pull, and old lists mislead later installs.",
        remedy: "Clean up in the same RUN (rm -rf /var/lib/apt/lists/*, apk add --no-cache, dnf clean all, pip \
                 --no-cache-dir), or keep the cache outside with RUN --mount=type=cache.",
        references: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
    },
    aliases: &["DKL-DI-0004", "DKL-DI-0005", "DL3009", "DL3019", "DL3042", "DS-0025", "DS-0015", "DS-0019"],
    bad: "history /bin/sh -c apt-get update && apt-get install -y curl",
    good: "history /bin/sh -c apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nhistory /bin/sh -c apk add --no-cache curl",
};

/// Bytes of a cache that are not worth a word (empty lists, lock files).
const CACHE_BYTES_MIN: u64 = 64 << 10;

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for (step, script) in subject.own_runs() {
        lone_update(step, script, hits);
        if subject.tree().is_none() {
            cache_by_command(step, script, hits);
        }
    }
    for (step, command) in subject.own_commands() {
        upgrades(step, command, hits);
        unpinned(step, command, hits);
    }
    for (name, usage) in subject.tree().into_iter().flat_map(|tree| tree.caches()) {
        if usage.bytes >= CACHE_BYTES_MIN {
            let title = format!("the {name} is left in the image");
            let mut hit = hit(&CACHE, title).with_identity(name);
            hit.layer_index = usage.layer_index;
            hit.history_index = subject
                .steps
                .iter()
                .find(|step| usage.layer_index.is_some() && step.layer == usage.layer_index)
                .map(|step| step.index);
            hits.push(hit.with_evidence(format!("{} files, {} KiB", usage.files, usage.bytes >> 10)));
        }
    }
}

fn verb<'c>(command: &'c Command, programs: &[&str]) -> Option<&'c str> {
    programs.contains(&command.program()).then(|| {
        let mut skips = false;
        let arguments = command.arguments().iter().map(|word| word.text.as_str());
        arguments.into_iter().find(|text| {
            if std::mem::take(&mut skips) {
                return false;
            }
            // Options of apt-get, dnf and apk that take a value.
            skips = matches!(*text, "-o" | "-c" | "-t" | "--repository" | "-X" | "--setopt" | "-p");
            !text.starts_with('-')
        })
    })?
}

const APT: [&str; 3] = ["apt-get", "apt", "aptitude"];
const DNF: [&str; 5] = ["yum", "dnf", "dnf5", "microdnf", "tdnf"];

fn lone_update(step: &Step, script: &Script, hits: &mut Vec<CheckHit>) {
    let mut updates = None;
    for command in &script.commands {
        match verb(command, &[&APT[..], &["apk", "zypper"]].concat()) {
            Some("update" | "refresh" | "ref") if updates.is_none() => updates = Some(command),
            Some(
                "install" | "upgrade" | "full-upgrade" | "dist-upgrade" | "add" | "build-dep" | "download"
                | "source" | "in" | "up" | "dup" | "satisfy",
            ) => return,
            _ => {}
        }
        // Scripts that install by themselves behind an update are not looked into.
        if command.program().ends_with(".sh") {
            return;
        }
    }
    if let Some(command) = updates {
        hits.push(hit_at_command(&LONE_UPDATE, step, command, LONE_UPDATE.info.title));
    }
}

fn cache_by_command(step: &Step, script: &Script, hits: &mut Vec<CheckHit>) {
    let removes = |path: &str| {
        script.commands.iter().any(|command| {
            matches!(command.program(), "rm" | "find" | "unlink")
                && command.operands().any(|operand| operand.starts_with(path))
        })
    };
    let runs = |program: &[&str], wanted: &[&str]| {
        script
            .commands
            .iter()
            .any(|command| verb(command, program).is_some_and(|verb| wanted.contains(&verb)))
    };
    let has_cache_mount = step.flags.iter().any(|flag| {
        flag.name == "mount"
            && flag
                .value
                .as_deref()
                .is_some_and(|value| value.contains("type=cache") || value.contains("type=tmpfs"))
    });
    if has_cache_mount {
        return;
    }
    for command in &script.commands {
        let is_left = match command.program() {
            "apt-get" | "apt" | "aptitude" => {
                verb(command, &APT) == Some("update")
                    && !removes("/var/lib/apt")
                    && !runs(&APT, &["dist-clean", "distclean"])
            }
            "apk" => {
                verb(command, &["apk"]) == Some("add")
                    && !command.has_argument("--no-cache")
                    && !removes("/var/cache/apk")
                    && !removes("/etc/apk/cache")
            }
            program if DNF.contains(&program) => {
                verb(command, &DNF) == Some("install") && !runs(&DNF, &["clean"]) && !removes("/var/cache/")
            }
            "zypper" => {
                matches!(verb(command, &["zypper"]), Some("install" | "in"))
                    && !runs(&["zypper"], &["clean", "cc"])
                    && !removes("/var/cache/")
            }
            _ => false,
        };
        if is_left {
            hits.push(hit_at_command(
                &CACHE,
                step,
                command,
                format!("{} leaves its cache in the layer", command.program()),
            ));
            return;
        }
    }
}

fn upgrades(step: &Step, command: &Command, hits: &mut Vec<CheckHit>) {
    let program = command.program();
    let verb = verb(command, &[&APT[..], &DNF[..], &["apk", "zypper"]].concat());
    let names_packages = command.operands().count() > 1;
    match (program, verb) {
        ("apt-get" | "apt" | "aptitude", Some("dist-upgrade" | "full-upgrade"))
        | ("zypper", Some("dup" | "dist-upgrade"))
        | ("dnf" | "dnf5", Some("system-upgrade" | "distro-sync")) => {
            hits.push(hit_at_command(&DISTRIBUTION_UPGRADE, step, command, DISTRIBUTION_UPGRADE.info.title));
        }
        ("apk", Some("upgrade"))
        | ("apt-get" | "apt" | "aptitude", Some("upgrade" | "safe-upgrade"))
        | ("zypper", Some("up" | "update"))
            if !names_packages =>
        {
            hits.push(hit_at_command(&UPGRADE, step, command, UPGRADE.info.title));
        }
        (program, Some("upgrade" | "update")) if DNF.contains(&program) && !names_packages => {
            hits.push(hit_at_command(&UPGRADE, step, command, UPGRADE.info.title));
        }
        _ => {}
    }
}

fn unpinned(step: &Step, command: &Command, hits: &mut Vec<CheckHit>) {
    let program = command.program();
    let mut arguments: Vec<&str> = command.arguments().iter().map(|word| word.text.as_str()).collect();
    let is_python_module =
        program.starts_with("python") && arguments.first() == Some(&"-m") && arguments.get(1) == Some(&"pip");
    if is_python_module {
        arguments.drain(..2);
    }
    let is_pip = is_python_module || program == "pip" || program == "pip3" || program.starts_with("pip3.");
    let (verbs, marks, with_value): (&[&str], &[char], &[&str]) = if is_pip {
        (
            &["install"],
            &['=', '@', '<', '~', '>'],
            &[
                "-r",
                "--requirement",
                "-c",
                "--constraint",
                "-i",
                "--index-url",
                "--extra-index-url",
                "-t",
                "--target",
                "--prefix",
                "-f",
                "--find-links",
                "--trusted-host",
                "--root",
                "-e",
            ],
        )
    } else {
        match program {
            "npm" => {
                (&["install", "i", "add"], &['@'], &["--prefix", "--registry", "--cache", "--loglevel", "-C"])
            }
            "yarn" | "pnpm" => (&["add"], &['@'], &["--cwd", "--registry", "-C"]),
            "gem" => {
                (&["install"], &[':'], &["-v", "--version", "-s", "--source", "-i", "--install-dir", "-n"])
            }
            "apk" => (
                &["add"],
                &['=', '<', '>', '~', '@'],
                &[
                    "-t",
                    "--virtual",
                    "-X",
                    "--repository",
                    "-p",
                    "--root",
                    "--keys-dir",
                    "--repositories-file",
                ],
            ),
            "go" => (&["install"], &['@'], &["-ldflags", "-tags", "-o"]),
            "cargo" => (
                &["install"],
                &['@'],
                &["--version", "--vers", "--git", "--path", "--root", "--tag", "--rev", "--features"],
            ),
            _ => return,
        }
    };
    let Some(at) = arguments.iter().position(|argument| verbs.contains(argument)) else { return };
    if ["--version", "-v", "--vers", "--rev", "--path"].iter().any(|option| {
        matches!(program, "gem" | "cargo") && arguments.iter().any(|argument| argument.starts_with(option))
    }) {
        return;
    }
    let mut open = Vec::new();
    let mut skips = false;
    for argument in &arguments[at + 1..] {
        if std::mem::take(&mut skips) {
            continue;
        }
        skips = with_value.contains(argument);
        let is_package = !argument.starts_with(['-', '.', '/', '$', '"', '(']) && !argument.is_empty();
        let is_elsewhere = argument.contains("://")
            || argument.contains('$')
            || [".whl", ".tgz", ".tar.gz", ".gem", ".apk", ".zip"].iter().any(|end| argument.ends_with(end));
        // `@scope/name` needs another `@` for its version; virtual groups of apk begin with a dot.
        let bare = if matches!(program, "npm" | "yarn" | "pnpm") {
            argument.strip_prefix('@').unwrap_or(argument)
        } else {
            argument
        };
        let is_pinned = bare.contains(marks) && !argument.ends_with("@latest");
        let is_own_code = program == "go" && argument.contains("...");
        if is_package && !is_elsewhere && !is_pinned && !is_own_code {
            open.push(*argument);
        }
    }
    if !open.is_empty() {
        let count = open.len();
        let title = format!(
            "{program} installed {count} {} without a version",
            if count == 1 { "package" } else { "packages" }
        );
        let severity = if program == "apk" { Severity::Negligible } else { Severity::Low };
        hits.push(hit_at_command(&UNPINNED, step, command, title).with_severity(severity));
    }
}
