//! Package managers of languages: pip, npm, yarn, gem, go.

use super::packages::{append, behind, has_option, insert_behind, is_followed_by, operands};
use super::{File, Hits, Rule, Words, rule};
use crate::file::{Cmd, Step};
use dockerfile::{Arguments, Keyword, Word};
use model::Severity;

const PINS: &str = "Which version is installed depends on the day of the build and on the layer cache: a tested image \
                    cannot be built again, and a hijacked release gets in by itself.";

pub(super) const PIP_UNPINNED: Rule = rule(
    "dockerfile/unpinned-pip-package",
    Severity::Medium,
    &["DL3013"],
    &Words(
        "pip installs a package without a version",
        PINS,
        "Write package==version, or install from a requirements or lock file with versions and hashes.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let Some(arguments) = pip_install(&cmd) else { continue };
            let names = unpinned_pip(arguments);
            if !names.is_empty() {
                hits.add(cmd.bytes(), format!("pip installs without a version: {}", super::shown(&names)));
            }
        }
    },
);

/// The arguments behind `pip install`, also as `python -m pip install`.
fn pip_install<'c>(cmd: &Cmd<'c, '_>) -> Option<&'c [Word]> {
    let arguments = cmd.command.arguments();
    let behind = if is_pip(cmd.program()) || cmd.program() == "pipx" {
        arguments
    } else if cmd.program().starts_with("python") {
        let at = arguments.windows(2).position(|pair| pair[0].text == "-m" && is_pip(&pair[1].text))?;
        &arguments[at + 2..]
    } else {
        return None;
    };
    let at = behind.iter().position(|word| word.text == "install")?;
    Some(&behind[at + 1..])
}

/// `pip`, `pip3`, `pip3.12`, but not `pipx` or `pipenv`.
fn is_pip(program: &str) -> bool {
    program
        .strip_prefix("pip")
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

const PIP_WITH_VALUE: &[&str] = &[
    "--abi",
    "--build",
    "-b",
    "--cache-dir",
    "--cert",
    "--client-cert",
    "--constraint",
    "-c",
    "--editable",
    "-e",
    "--exists-action",
    "--extra-index-url",
    "--find-links",
    "-f",
    "--global-option",
    "--hash",
    "--implementation",
    "--index-url",
    "-i",
    "--install-option",
    "--log",
    "--no-binary",
    "--only-binary",
    "--platform",
    "--prefix",
    "--progress-bar",
    "--proxy",
    "--python-version",
    "--report",
    "--requirement",
    "-r",
    "--retries",
    "--root",
    "--root-user-action",
    "--src",
    "--target",
    "-t",
    "--timeout",
    "--trusted-host",
    "--upgrade-strategy",
    "--config-settings",
    "-C",
    "--python",
    "--keyring-provider",
    "--use-feature",
    "--use-deprecated",
];

fn unpinned_pip(arguments: &[Word]) -> Vec<&str> {
    let has_file = arguments.iter().any(|word| {
        let text = word.text.as_str();
        matches!(text, "-r" | "--requirement" | "-c" | "--constraint" | "-e" | "--editable")
            || ["--requirement=", "--constraint=", "--editable="]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            || (text.starts_with("-r") && text.len() > 2)
    });
    if has_file {
        return Vec::new();
    }
    let mut names = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if PIP_WITH_VALUE.contains(&text) {
            words.next();
        } else if !text.starts_with('-') && !is_pinned_pip(text) {
            names.push(text);
        }
    }
    names
}

fn is_pinned_pip(name: &str) -> bool {
    // An environment marker behind `;` compares other things than the version.
    let requirement = name.split(';').next().unwrap_or(name);
    let has_version =
        ["==", ">=", "<=", "~=", "!=", "===", "<", ">"].iter().any(|sign| requirement.contains(sign));
    let is_checkout = ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| {
        requirement.find(scheme).is_some_and(|at| {
            let rest = requirement[at..].split('#').next().unwrap_or_default();
            rest.rsplit('/').next().unwrap_or(rest).contains('@')
        })
    });
    let is_path = requirement.contains('/')
        && !requirement.contains("+http")
        && !requirement.contains("+ssh")
        && !requirement.contains("+git")
        && !requirement.contains("://");
    let is_file =
        [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().any(|end| requirement.ends_with(end));
    has_version || is_checkout || is_path || is_file || requirement.starts_with('.')
}

pub(super) const PIP_CACHE: Rule = rule(
    "dockerfile/pip-cache-left-behind",
    Severity::Medium,
    &["DL3042"],
    &Words(
        "pip's cache stays in the image",
        "Downloaded and built wheels stay in the layer, which nothing needs at run time.",
        "Write pip install --no-cache-dir, set PIP_NO_CACHE_DIR=1, or mount a cache over ~/.cache/pip.",
    ),
    pip_cache,
);

fn pip_cache(file: &File<'_>, hits: &mut Hits) {
    for cmd in file.commands() {
        let Some(arguments) = pip_install(&cmd).filter(|_| cmd.program() != "pipx") else { continue };
        let is_set = |value: &str| {
            let value = value.trim_matches(['"', '\'']).to_ascii_lowercase();
            matches!(value.as_str(), "1" | "true" | "on" | "yes" | "y" | "t")
        };
        let is_inline =
            cmd.assignments.iter().any(|(name, value)| name == "PIP_NO_CACHE_DIR" && is_set(value))
                || cmd.run.commands().take_while(|other| !std::ptr::eq(other.command, cmd.command)).any(
                    |other| {
                        other.program() == "export"
                            && other.arguments().iter().any(|word| {
                                word.text
                                    .split_once('=')
                                    .is_some_and(|(name, value)| name == "PIP_NO_CACHE_DIR" && is_set(value))
                            })
                    },
                );
        let is_off = arguments.iter().any(|word| word.text == "--no-cache-dir")
            || is_inline
            || environment(file, &cmd.run.step, "PIP_NO_CACHE_DIR").is_some_and(|value| is_set(&value))
            || has_pip_mount(&cmd);
        if is_off {
            continue;
        }
        let hit = hits.add(cmd.bytes(), "pip install without --no-cache-dir");
        if let Some(word) = cmd.command.words.iter().find(|word| word.text == "install") {
            hit.fix("keep no cache", insert_behind(&cmd, word, " --no-cache-dir"));
        }
    }
}

fn has_pip_mount(cmd: &Cmd<'_, '_>) -> bool {
    cmd.run.step.instruction.flags.iter().filter(|flag| flag.name == "mount").any(|flag| {
        let is_cache = flag.fields().any(|field| matches!(field, ("type", Some("cache" | "tmpfs"))));
        is_cache
            && flag.fields().any(|(name, value)| {
                matches!(name, "target" | "dst" | "destination")
                    && value.is_some_and(|value| {
                        value.trim_end_matches('/').ends_with(".cache/pip")
                            || value.trim_end_matches('/').ends_with("/.cache")
                    })
            })
    })
}

/// The value that `ENV` gives a variable at an instruction, inherited from the stages that it builds on.
fn environment(file: &File<'_>, at: &Step<'_>, name: &str) -> Option<String> {
    let stages: Vec<Option<usize>> = match at.stage {
        Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let before = file.steps.iter().take_while(|step| !std::ptr::eq(step.outer, at.outer));
    let steps: Vec<&Step<'_>> = before.collect();
    for stage in stages {
        for step in
            steps.iter().rev().filter(|step| step.stage == stage && step.instruction.keyword == Keyword::Env)
        {
            if let Arguments::Pairs(pairs) = &step.instruction.arguments
                && let Some(pair) = pairs.iter().rev().find(|pair| pair.name == name)
            {
                return Some(pair.value.clone());
            }
        }
    }
    None
}

pub(super) const NPM_UNPINNED: Rule = rule(
    "dockerfile/unpinned-npm-package",
    Severity::Medium,
    &["DL3016"],
    &Words(
        "npm installs a package without a version",
        PINS,
        "Write package@version, or npm ci with a lock file.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let Some(names) = behind(&cmd, &["npm"], &["install", "i", "add"], NPM_WITH_VALUE) else {
                continue;
            };
            let names: Vec<&str> = names
                .into_iter()
                .map(|word| word.text.as_str())
                .filter(|name| !is_pinned_npm(name))
                .collect();
            if !names.is_empty() {
                hits.add(cmd.bytes(), format!("npm installs without a version: {}", super::shown(&names)));
            }
        }
    },
);

const NPM_WITH_VALUE: &[&str] = &[
    "--loglevel",
    "--prefix",
    "--registry",
    "--cache",
    "--userconfig",
    "--tag",
    "-C",
    "-w",
    "--workspace",
    "--omit",
    "--include",
];

fn is_pinned_npm(name: &str) -> bool {
    let is_file = [".tgz", ".tar.gz", ".tar"].iter().any(|end| name.ends_with(end));
    if is_file || name.starts_with(['/', '.', '~']) {
        return true;
    }
    let is_checkout = name.contains("git+")
        || name.starts_with("git:")
        || name.contains("://")
        || name.starts_with("github:")
        || name.starts_with("gist:")
        || name.starts_with("bitbucket:")
        || name.starts_with("gitlab:");
    let is_short_checkout = !name.starts_with('@') && name.contains('/');
    if is_checkout || is_short_checkout {
        return name.contains('#');
    }
    name.strip_prefix('@').unwrap_or(name).contains('@')
}

pub(super) const YARN_CACHE: Rule = rule(
    "dockerfile/yarn-cache-left-behind",
    Severity::Low,
    &["DL3060"],
    &Words(
        "yarn's cache stays in the image",
        "Downloaded packages stay in the layer a second time, which nothing needs at run time.",
        "End the same RUN with yarn cache clean, or mount a cache over yarn's directory.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            if !cmd.run.step.is_onbuild && !file.is_kept(cmd.run.step.stage) {
                continue;
            }
            let does = behind(&cmd, &["yarn"], &["install"], &["--cwd"]).is_some();
            let is_clean = |other: &Cmd<'_, '_>| {
                behind(other, &["yarn"], &["cache"], &[])
                    .is_some_and(|what| what.iter().any(|word| word.text == "clean"))
                    || (other.program() == "rm"
                        && operands(other, &[]).iter().any(|word| word.text.contains("yarn")))
            };
            if does && !is_followed_by(&cmd, is_clean) && !has_yarn_mount(&cmd) {
                let hit =
                    hits.add(cmd.bytes(), "yarn cache clean does not follow yarn install in the same RUN");
                hit.fix("clean yarn's cache", append(&cmd, " && yarn cache clean"));
            }
        }
    },
);

fn has_yarn_mount(cmd: &Cmd<'_, '_>) -> bool {
    cmd.run.step.instruction.flags.iter().filter(|flag| flag.name == "mount").any(|flag| {
        let is_cache = flag.fields().any(|field| matches!(field, ("type", Some("cache" | "tmpfs"))));
        is_cache
            && flag.fields().any(|(name, value)| {
                matches!(name, "target" | "dst" | "destination")
                    && value.is_some_and(|value| value.contains("yarn"))
            })
    })
}

pub(super) const GEM_UNPINNED: Rule = rule(
    "dockerfile/unpinned-gem",
    Severity::Medium,
    &["DL3028"],
    &Words(
        "gem installs a package without a version",
        PINS,
        "Write gem install package:version, or use Bundler with a lock file.",
    ),
    |file, hits| {
        const GEM_WITH_VALUE: &[&str] = &[
            "-i",
            "--install-dir",
            "-n",
            "--bindir",
            "--platform",
            "--build-root",
            "-P",
            "--trust-policy",
            "-s",
            "--source",
            "-p",
            "--http-proxy",
            "-B",
            "--bulk-threshold",
            "--use-system-libraries",
        ];
        for cmd in file.commands() {
            let Some(names) = behind(&cmd, &["gem"], &["install", "i"], GEM_WITH_VALUE) else { continue };
            if has_option(&cmd, &['v'], &["--version"]) {
                continue;
            }
            // What follows `--` goes to the build of an extension.
            let end =
                cmd.arguments().iter().find(|word| word.text == "--").map_or(usize::MAX, |word| word.offset);
            let names: Vec<&str> = names
                .into_iter()
                .filter(|word| word.offset < end)
                .map(|word| word.text.as_str())
                .filter(|name| !name.contains(':') && !name.ends_with(".gem"))
                .collect();
            if !names.is_empty() {
                hits.add(cmd.bytes(), format!("gem installs without a version: {}", super::shown(&names)));
            }
        }
    },
);

pub(super) const GO_UNPINNED: Rule = rule(
    "dockerfile/unpinned-go-package",
    Severity::Medium,
    &["DL3062"],
    &Words("go installs a package without a version", PINS, "Write package@version; @latest is none."),
    |file, hits| {
        const GO_WITH_VALUE: &[&str] = &[
            "-C",
            "-p",
            "-asmflags",
            "-buildmode",
            "-buildvcs",
            "-compiler",
            "-gccgoflags",
            "-gcflags",
            "-installsuffix",
            "-ldflags",
            "-mod",
            "-modfile",
            "-overlay",
            "-pgo",
            "-pkgdir",
            "-tags",
            "-toolexec",
            "-exec",
            "-o",
            "-covermode",
            "-coverpkg",
        ];
        for cmd in file.commands() {
            let Some(words) = behind(&cmd, &["go"], &["install", "get", "run"], GO_WITH_VALUE) else {
                continue;
            };
            let is_run = operands(&cmd, GO_WITH_VALUE).first().is_some_and(|word| word.text == "run");
            let words = words.into_iter().take(if is_run { 1 } else { usize::MAX });
            let names: Vec<&str> = words
                .map(|word| word.text.as_str())
                .filter(|name| !is_pinned_go(name, cmd.has_argument("get")))
                .collect();
            if !names.is_empty() {
                hits.add(cmd.bytes(), format!("go installs without a version: {}", super::shown(&names)));
            }
        }
    },
);

fn is_pinned_go(name: &str, is_get: bool) -> bool {
    if let Some((_, version)) = name.rsplit_once('@') {
        return !matches!(version, "latest" | "none" | "upgrade" | "patch" | "");
    }
    // A path of the module at hand, a file, a variable; `cmd/x` has no dot in its first element and is no remote package.
    let first = name.split('/').next().unwrap_or(name);
    name.starts_with(['.', '/', '$']) || name.ends_with(".go") || (!is_get && !first.contains('.'))
}
