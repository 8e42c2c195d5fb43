//! yum, dnf, microdnf, zypper (their manual pages).

use super::packages::{behind, has_option, insert_behind, is_followed_by, removes};
use super::{File, Hits, Rule, Words, rule};
use crate::file::Cmd;
use model::Severity;

const YUM: &[&str] = &["yum"];
const DNF: &[&str] = &["dnf", "microdnf"];
const WITH_VALUE: &[&str] = &[
    "-c",
    "--config",
    "-x",
    "--exclude",
    "--installroot",
    "--releasever",
    "--enablerepo",
    "--disablerepo",
    "--setopt",
    "-d",
    "-e",
    "--repo",
    "--forcearch",
];

const ASKS: (&str, &str) = (
    "Without an answer the command asks whether to go on; a build has nobody to answer, so it fails.",
    "Pass the option that answers with yes.",
);
const CACHE: (&str, &str) = (
    "Downloaded packages and metadata stay in the layer, which nothing needs at run time; a later RUN cannot take them \
     out any more.",
    "End the same RUN with the manager's `clean all`, or mount a cache over its directory.",
);
const PINS: (&str, &str) = (
    "Which version is installed depends on the day of the build and on the layer cache, so a tested image cannot be \
     built again.",
    "Name the version of each package.",
);

pub(super) const YUM_ASKS: Rule = rule(
    "dockerfile/yum-asks",
    Severity::Medium,
    &["DL3030"],
    &Words("yum install waits for an answer", ASKS.0, ASKS.1),
    |file, hits| asks(file, hits, YUM, &["install", "groupinstall", "localinstall"]),
);

pub(super) const DNF_ASKS: Rule = rule(
    "dockerfile/dnf-asks",
    Severity::Medium,
    &["DL3038"],
    &Words("dnf install waits for an answer", ASKS.0, ASKS.1),
    |file, hits| asks(file, hits, DNF, &["install", "groupinstall", "localinstall"]),
);

fn asks(file: &File<'_>, hits: &mut Hits, programs: &[&str], subcommands: &[&str]) {
    for cmd in file.commands() {
        if behind(&cmd, programs, subcommands, WITH_VALUE).is_none()
            || has_option(&cmd, &['y'], &["--assumeyes", "--yes"])
        {
            continue;
        }
        let hit = hits.add(cmd.bytes(), format!("{} install without -y", cmd.program()));
        if let Some(word) = cmd.arguments().iter().find(|word| subcommands.contains(&word.text.as_str())) {
            hit.fix("answer with yes", insert_behind(&cmd, word, " -y"));
        }
    }
}

pub(super) const YUM_CACHE: Rule = rule(
    "dockerfile/yum-cache-left-behind",
    Severity::Medium,
    &["DL3032", "DS-0015"],
    &Words("yum's cache stays in the image", CACHE.0, CACHE.1),
    |file, hits| {
        for cmd in file.commands() {
            let does = behind(&cmd, YUM, &["install", "groupinstall", "localinstall"], WITH_VALUE).is_some();
            let is_clean = |other: &Cmd<'_, '_>| is_clean_all(other, YUM) || removes(other, "/var/cache/yum");
            if does && !is_followed_by(&cmd, is_clean) && !cmd.run.has_scratch_mount("/var/cache/yum") {
                hits.add(cmd.bytes(), "yum clean all does not follow yum install in the same RUN");
            }
        }
    },
);

pub(super) const DNF_CACHE: Rule = rule(
    "dockerfile/dnf-cache-left-behind",
    Severity::Medium,
    &["DL3040", "DS-0019", "DS-0027"],
    &Words("dnf's cache stays in the image", CACHE.0, CACHE.1),
    |file, hits| {
        const FILLS: &[&str] = &[
            "install",
            "in",
            "up",
            "up-min",
            "rei",
            "upgrade",
            "update",
            "reinstall",
            "swap",
            "group",
            "groupinstall",
            "module",
            "distro-sync",
            "upgrade-minimal",
            "localinstall",
            "builddep",
            "build-dep",
        ];
        for cmd in file.commands() {
            let does = behind(&cmd, DNF, FILLS, WITH_VALUE).is_some();
            let is_clean = |other: &Cmd<'_, '_>| {
                is_clean_all(other, DNF) && other.program() == cmd.program()
                    || removes(other, "/var/cache/dnf")
                    || removes(other, "/var/cache/libdnf5")
                    || removes(other, "/var/cache/yum")
            };
            let is_mounted = ["/var/cache/libdnf5", "/var/cache/dnf", "/var/cache/yum"]
                .iter()
                .any(|directory| cmd.run.has_scratch_mount(directory));
            if does && !is_followed_by(&cmd, is_clean) && !is_mounted {
                let name = cmd.program().to_owned();
                hits.add(
                    cmd.bytes(),
                    format!("{name} clean all does not follow {name} install in the same RUN"),
                );
            }
        }
    },
);

fn is_clean_all(cmd: &Cmd<'_, '_>, programs: &[&str]) -> bool {
    behind(cmd, programs, &["clean"], WITH_VALUE)
        .is_some_and(|what| what.iter().any(|word| word.text == "all"))
}

pub(super) const YUM_UNPINNED: Rule = rule(
    "dockerfile/unpinned-yum-package",
    Severity::Medium,
    &["DL3033"],
    &Words("yum installs a package without a version", PINS.0, PINS.1),
    |file, hits| unpinned(file, hits, YUM),
);

pub(super) const DNF_UNPINNED: Rule = rule(
    "dockerfile/unpinned-dnf-package",
    Severity::Medium,
    &["DL3041"],
    &Words("dnf installs a package without a version", PINS.0, PINS.1),
    |file, hits| unpinned(file, hits, DNF),
);

fn unpinned(file: &File<'_>, hits: &mut Hits, programs: &[&str]) {
    for cmd in file.commands() {
        let is_group = behind(&cmd, programs, &["group"], WITH_VALUE).is_some();
        if !programs.contains(&cmd.program()) || is_group {
            continue;
        }
        let names: Vec<&str> = if let Some(words) = behind(&cmd, programs, &["module"], WITH_VALUE) {
            let modules = words.iter().skip_while(|word| word.text != "install").skip(1);
            modules.map(|word| word.text.as_str()).filter(|name| !name.contains(':')).collect()
        } else {
            let words = behind(&cmd, programs, &["install"], WITH_VALUE);
            let names = words.into_iter().flatten().map(|word| word.text.as_str());
            names.filter(|name| !has_rpm_version(name, &|name| is_set(file, &cmd.run.step, name))).collect()
        };
        if !names.is_empty() {
            hits.add(
                cmd.bytes(),
                format!("{} installs without a version: {}", cmd.program(), super::shown(&names)),
            );
        }
    }
}

/// Whether a name ends in `-version`, which begins with a digit or is a variable that has a value here, or is a file or
/// an address.
fn has_rpm_version(name: &str, is_set: &dyn Fn(&str) -> bool) -> bool {
    let is_version = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            || super::variables::used(text, '\\')
                .first()
                .is_some_and(|used| text.starts_with('$') && is_set(&used.name))
    };
    name.ends_with(".rpm")
        || name.contains("://")
        || name.match_indices('-').any(|(at, _)| is_version(&name[at + 1..]))
}

/// Whether `ENV` or `ARG` of the stage, or of one that it builds on, sets a variable, or the `RUN` itself does.
fn is_set(file: &File<'_>, at: &crate::file::Step<'_>, name: &str) -> bool {
    let stages: Vec<Option<usize>> = match at.stage {
        Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let sets = file.steps.iter().filter(|step| stages.contains(&step.stage)).any(|step| {
        match &step.instruction.arguments {
            dockerfile::Arguments::Words(words) if step.instruction.keyword == dockerfile::Keyword::Arg => {
                words.iter().any(|word| word.split('=').next() == Some(name))
            }
            dockerfile::Arguments::Pairs(pairs) => pairs.iter().any(|pair| pair.name == name),
            _ => false,
        }
    });
    sets || at.instruction.text.contains(&format!("{name}="))
}

const ZYPPER: &[&str] = &["zypper"];

pub(super) const ZYPPER_ASKS: Rule = rule(
    "dockerfile/zypper-asks",
    Severity::Medium,
    &["DL3034"],
    &Words("zypper waits for an answer", ASKS.0, ASKS.1),
    |file, hits| {
        const CHANGES: &[&str] = &["install", "in", "remove", "rm", "source-install", "si", "patch"];
        for cmd in file.commands() {
            let does = behind(&cmd, ZYPPER, CHANGES, &[]).is_some();
            if does && !has_option(&cmd, &['n', 'y'], &["--non-interactive", "--no-confirm"]) {
                let hit = hits.add(cmd.bytes(), "zypper without --non-interactive or -y");
                let word = cmd.arguments().iter().find(|word| CHANGES.contains(&word.text.as_str()));
                if let Some(word) = word {
                    hit.fix("answer with yes", insert_behind(&cmd, word, " -y"));
                }
            }
        }
    },
);

pub(super) const ZYPPER_CACHE: Rule = rule(
    "dockerfile/zypper-cache-left-behind",
    Severity::Medium,
    &["DL3036", "DS-0020"],
    &Words("zypper's cache stays in the image", CACHE.0, CACHE.1),
    |file, hits| {
        for cmd in file.commands() {
            let does = behind(&cmd, ZYPPER, &["install", "in"], &[]).is_some();
            let is_clean = |other: &Cmd<'_, '_>| {
                behind(other, ZYPPER, &["clean", "cc"], &[]).is_some() || removes(other, "/var/cache/zypp")
            };
            if does && !is_followed_by(&cmd, is_clean) && !cmd.run.has_scratch_mount("/var/cache/zypp") {
                hits.add(cmd.bytes(), "zypper clean does not follow zypper install in the same RUN");
            }
        }
    },
);

pub(super) const ZYPPER_UNPINNED: Rule = rule(
    "dockerfile/unpinned-zypper-package",
    Severity::Medium,
    &["DL3037"],
    &Words("zypper installs a package without a version", PINS.0, PINS.1),
    |file, hits| {
        for cmd in file.commands() {
            let unpinned: Vec<&str> = behind(&cmd, ZYPPER, &["install", "in"], &[])
                .into_iter()
                .flatten()
                .map(|word| word.text.as_str())
                .filter(|name| !name.contains(['=', '<', '>']) && !name.ends_with(".rpm"))
                .collect();
            if !unpinned.is_empty() {
                hits.add(
                    cmd.bytes(),
                    format!("zypper installs without a version: {}", super::shown(&unpinned)),
                );
            }
        }
    },
);
