//! `COPY`, `ADD`, `WORKDIR` and the build context.

use super::{File, Hits, Rule, Words, rule};
use crate::{
    file::Step,
    ignore_file::{IgnoreFile, clean},
};
use dockerfile::Keyword;
use model::Severity;

/// Sources and target, without here-documents and quotes.
fn paths<'s>(step: &'s Step<'_>) -> Option<(Vec<&'s str>, &'s str)> {
    let words = step.instruction.words();
    let mut words: Vec<&str> = words.into_iter().map(|word| word.trim_matches(['"', '\''])).collect();
    let target = words.pop()?;
    Some((words, target))
}

fn is_remote(source: &str) -> bool {
    source.starts_with("http://")
        || source.starts_with("https://")
        || source.starts_with("git@")
        || source.starts_with("ssh://")
}

const ARCHIVES: &[&str] = &[
    ".tar", ".gz", ".bz2", ".xz", ".tgz", ".tb2", ".tbz", ".tbz2", ".tz2", ".lz", ".lzma", ".tlz", ".txz",
    ".Z", ".tZ", ".tzst", ".zst",
];

pub(super) const ADD: Rule = rule(
    "dockerfile/add-instead-of-copy",
    Severity::High,
    &["CIS-DI-0009", "CIS-Docker-4.9", "CKV_DOCKER_4", "DL3020", "DS-0005"],
    &Words(
        "ADD where COPY does it",
        "ADD also fetches and unpacks, depending on what it is given: a file that happens to be an archive, or a name that \
         becomes an address, does something else than the reader expects.",
        "Use COPY; ADD is for local archives and remote files with a checksum.",
    ),
    |file, hits| {
        for step in file.all(Keyword::Add) {
            let Some((sources, _)) = paths(step) else { continue };
            let is_fit = |source: &&str| {
                is_remote(source)
                    || ARCHIVES.iter().any(|end| source.ends_with(end))
                    || source.starts_with("<<")
                    || source.contains(".git#")
                    || source.ends_with(".git")
            };
            let plain = sources.iter().find(|source| !is_fit(source));
            let Some(plain) = plain else { continue };
            let hit = hits.add(file.first_line(step), format!("ADD {}: COPY does it", super::cut(plain)));
            let has_flags_of_its_own = step
                .instruction
                .flags
                .iter()
                .any(|flag| matches!(flag.name.as_str(), "checksum" | "keep-git-dir" | "unpack"));
            if plain.contains('$') {
                continue;
            }
            if !has_flags_of_its_own
                && sources.iter().all(|source| !is_fit(source) && !source.contains(['$', '*']))
            {
                let bytes = file.keyword_bytes(step);
                let copy = if step.instruction.keyword_text == "add" { "copy" } else { "COPY" };
                hit.fix("use COPY", vec![(bytes, copy.to_owned())]);
            }
        }
    },
);

pub(super) const REMOTE_ADD: Rule = rule(
    "dockerfile/remote-add-without-checksum",
    Severity::Medium,
    &[],
    &Words(
        "ADD fetches a file that nothing verifies",
        "Whoever controls the server, or the way to it, decides what goes into the image, and the same Dockerfile gives \
         another image when the file changes.",
        "Write ADD --checksum=sha256:… address target; for Git, name a commit behind #.",
    ),
    |file, hits| {
        for step in file.all(Keyword::Add) {
            if step.instruction.flag("checksum").is_some() {
                continue;
            }
            let Some((sources, _)) = paths(step) else { continue };
            let is_commit = |source: &str| {
                source.split_once('#').is_some_and(|(_, reference)| {
                    let reference = reference.split(':').next().unwrap_or_default();
                    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
                }) || source.contains("?commit=")
                    || source.contains("&commit=")
            };
            let found = sources.iter().find(|source| is_remote(source) && !is_commit(source));
            if let Some(source) = found {
                // An address may hold a password.
                let host = source
                    .split_once("://")
                    .map_or(*source, |(_, rest)| rest.rsplit_once('@').map_or(rest, |(_, rest)| rest));
                let host = host.split(['/', '?']).next().unwrap_or_default();
                hits.add(file.first_line(step), format!("ADD from {} without --checksum", super::cut(host)));
            }
        }
    },
);

pub(super) const INSECURE_ADD: Rule = rule(
    "dockerfile/file-fetched-without-tls",
    Severity::High,
    &[],
    &Words(
        "a file is fetched over plain HTTP",
        "Everybody on the way can replace it; what is installed from it runs as root in the build.",
        "Use https://, and verify a checksum or signature.",
    ),
    |file, hits| {
        for step in file.all(Keyword::Add).filter(|step| step.instruction.flag("checksum").is_none()) {
            let is_plain = paths(step)
                .is_some_and(|(sources, _)| sources.iter().any(|source| source.starts_with("http://")));
            if is_plain {
                hits.add(file.first_line(step), "ADD fetches over plain HTTP without a checksum");
            }
        }
        for cmd in file.commands().filter(|cmd| matches!(cmd.program(), "curl" | "wget")) {
            let is_local = |text: &str| {
                let host = text.trim_start_matches("http://");
                host.starts_with("localhost")
                    || host.starts_with("127.")
                    || host.starts_with("[::1]")
                    || host.starts_with("169.254.")
                    || host.starts_with('$')
            };
            let plain =
                cmd.arguments().iter().find(|word| word.text.starts_with("http://") && !is_local(&word.text));
            // A checksum or signature in the same RUN makes the way unimportant.
            let is_verified = cmd.run.commands().any(|other| {
                matches!(
                    other.program(),
                    "sha256sum"
                        | "sha512sum"
                        | "sha1sum"
                        | "md5sum"
                        | "shasum"
                        | "gpg"
                        | "gpgv"
                        | "cosign"
                        | "minisign"
                        | "openssl"
                        | "b2sum"
                )
            });
            if let (Some(_), false) = (plain, is_verified) {
                hits.add(
                    cmd.bytes(),
                    format!("{} fetches over plain HTTP and nothing verifies it", cmd.program()),
                );
            }
        }
    },
);

pub(super) const SLASH: Rule = rule(
    "dockerfile/copy-of-several-to-file",
    Severity::High,
    &["DL3021", "DS-0011"],
    &Words(
        "several sources are copied to a target without a slash at its end",
        "With several sources the target has to be a directory; builders refuse it otherwise.",
        "End the target in a slash.",
    ),
    |file, hits| {
        for step in file.all(Keyword::Copy) {
            let Some((sources, target)) = paths(step) else { continue };
            if sources.len() > 1 && !target.ends_with(['/', '\\']) && !matches!(target, "." | "..") {
                let words = step.instruction.word_places(file.parsed.escape);
                let hit = hits.add(
                    file.first_line(step),
                    "COPY of several sources to a target without a slash at its end",
                );
                if let Some((word, bytes)) = words.last().filter(|(word, _)| *word == target) {
                    hit.fix("end the target in a slash", vec![(bytes.clone(), format!("{word}/"))]);
                }
            }
        }
    },
);

pub(super) const RELATIVE: Rule = rule(
    "dockerfile/copy-to-relative-path",
    Severity::Medium,
    &["DL3045"],
    &Words(
        "COPY to a relative path without WORKDIR",
        "Where the files land depends on the base image, and changes when that changes.",
        "Set WORKDIR, or name an absolute target.",
    ),
    |file, hits| {
        for step in file.all(Keyword::Copy) {
            let Some((_, target)) = paths(step) else { continue };
            let is_drive = target.as_bytes().get(1) == Some(&b':')
                && target.starts_with(|c: char| c.is_ascii_alphabetic());
            if target.starts_with(['/', '$', '\\']) || is_drive {
                continue;
            }
            let stages: Vec<Option<usize>> = match step.stage {
                Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
                None => vec![None],
            };
            let has_directory = file.all(Keyword::Workdir).any(|workdir| {
                stages.contains(&workdir.stage) && workdir.outer.bytes.start < step.outer.bytes.start
            });
            if !has_directory {
                hits.add(file.first_line(step), format!("COPY to {} without WORKDIR", super::cut(target)));
            }
        }
    },
);

pub(super) const WORKDIR: Rule = rule(
    "dockerfile/relative-workdir",
    Severity::High,
    &["CKV_DOCKER_10", "DL3000", "DS-0009", "WorkdirRelativePath"],
    &Words(
        "WORKDIR is relative",
        "The directory depends on the one that the base image, or a line far above, sets.",
        "Name an absolute path.",
    ),
    |file, hits| {
        let mut absolute: Vec<Option<usize>> = Vec::new();
        for step in file.all(Keyword::Workdir) {
            let path = step.instruction.text.trim_matches(['"', '\'']);
            let bytes = path.as_bytes();
            let is_drive = bytes.get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
            if path.starts_with(['/', '$', '\\']) || is_drive {
                absolute.push(step.stage);
                continue;
            }
            let stages: Vec<Option<usize>> = match step.stage {
                Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
                None => vec![None],
            };
            let is_below = stages.iter().any(|stage| absolute.contains(stage));
            let hit = hits.add(file.first_line(step), format!("WORKDIR {} is relative", super::cut(path)));
            if is_below {
                hit.only(&["CKV_DOCKER_10", "DL3000", "DS-0009"]);
            }
        }
    },
);

pub(super) const SYSTEM_WORKDIR: Rule = rule(
    "dockerfile/system-directory-as-workdir",
    Severity::Medium,
    &["DS-0030"],
    &Words(
        "WORKDIR is a directory of the system",
        "Files that are copied or made there lie among those of the distribution: they may replace them, and nobody can \
         tell them apart.",
        "Use a directory of its own, such as /app.",
    ),
    |file, hits| {
        const SYSTEM: &[&str] = &[
            "bin",
            "boot",
            "dev",
            "etc",
            "lib",
            "lib64",
            "proc",
            "sbin",
            "sys",
            "usr/bin",
            "usr/sbin",
            "usr/lib",
            "usr/lib64",
        ];
        for step in file.all(Keyword::Workdir) {
            let path = step.instruction.text.trim_matches(['"', '\'']);
            let clean = clean(path);
            if path.starts_with('/') && SYSTEM.contains(&clean.as_str()) {
                hits.add(file.first_line(step), format!("WORKDIR /{clean}"));
            }
        }
    },
);

/// `COPY` and `ADD` of the build context: the instruction, and each source with its place.
fn from_context<'f>(file: &'f File<'_>) -> Vec<(&'f Step<'f>, Vec<String>)> {
    let steps = file.steps.iter().filter(|step| {
        matches!(step.instruction.keyword, Keyword::Copy | Keyword::Add)
            && step.instruction.flag("from").is_none()
    });
    let with_sources = steps.filter_map(|step| {
        let (sources, _) = paths(step)?;
        let local = sources.into_iter().filter(|source| !is_remote(source) && !source.starts_with("<<"));
        Some((step, local.map(str::to_owned).collect()))
    });
    with_sources.collect()
}

pub(super) const IGNORED: Rule = rule(
    "dockerfile/ignored-file-copied",
    Severity::Medium,
    &["CopyIgnoredFile"],
    &Words(
        "a file is copied that .dockerignore keeps out",
        "The file is not part of the build context, so the build fails.",
        "Correct .dockerignore or the path.",
    ),
    |file, hits| {
        let Some(text) = file.around.dockerignore.as_deref() else { return };
        let ignores = IgnoreFile::parse(text);
        for (step, sources) in from_context(file) {
            for source in &sources {
                if source.contains(['$', '*', '?', '[']) {
                    continue;
                }
                let path = clean(source);
                let is_excluded = match path.as_str() {
                    // The context itself is kept out only by a pattern for everything.
                    "." | "" => {
                        text.lines().any(|line| matches!(line.trim(), "*" | "**"))
                            && !ignores.has_exceptions()
                    }
                    path => ignores.excludes(path) && !ignores.has_exceptions(),
                } || (ignores.has_exceptions()
                    && path != "."
                    && ignores.excludes(&path)
                    && path.contains('.'));
                if is_excluded {
                    hits.add(
                        file.first_line(step),
                        format!("{} is excluded by .dockerignore", super::cut(source)),
                    );
                }
            }
        }
    },
);

pub(super) const UNSAFE_IGNORE: Rule = rule(
    "dockerfile/secrets-in-build-context",
    Severity::Medium,
    &["CIS-Docker-4.10"],
    &Words(
        "the whole context is copied, and .dockerignore lets secrets through",
        "COPY . takes everything that lies beside the Dockerfile: the Git history, .env files, keys. Whoever has the image \
         can read them, also when a later layer removes them.",
        "Write a .dockerignore with .git, .env, *.pem, *.key, .ssh, .aws, .npmrc, or copy only what is needed.",
    ),
    unsafe_ignore,
);

/// Names that hold secrets in many projects.
const SECRETS: &[&str] = &[".git", ".env", "id_rsa", ".ssh", ".aws", ".npmrc", "server.key", "server.pem"];

fn unsafe_ignore(file: &File<'_>, hits: &mut Hits) {
    let Some(text) = file.around.dockerignore.as_deref() else { return };
    let copies_all = from_context(file).into_iter().find(|(step, sources)| {
        file.is_kept(step.stage) && sources.iter().any(|source| matches!(clean(source).as_str(), "." | ""))
    });
    let Some((step, _)) = copies_all else { return };
    if text.trim().is_empty() {
        hits.add(file.first_line(step), "the whole context is copied and there is no .dockerignore");
        return;
    }
    let ignores = IgnoreFile::parse(text);
    // One of them left out is a decision; the two that nearly every project has tell whether somebody thought of it.
    let open: Vec<&str> = SECRETS.iter().copied().filter(|name| !ignores.excludes(name)).collect();
    if open.contains(&".git") && open.contains(&".env") {
        hits.add(
            file.first_line(step),
            format!("the whole context is copied and .dockerignore lets {} through", super::shown(&open)),
        );
    }
}

pub(super) const SECRET_FILE: Rule = rule(
    "dockerfile/secret-file-copied",
    Severity::High,
    &["CIS-DI-0010", "CIS-Docker-4.10"],
    &Words(
        "a file that holds secrets is copied into the image",
        "Whoever has the image can read it, also when a later layer removes it.",
        "Mount it for the RUN that needs it: RUN --mount=type=secret,id=….",
    ),
    |file, hits| {
        const NAMES: &[&str] = &[
            "id_rsa",
            "id_dsa",
            "id_ecdsa",
            "id_ed25519",
            ".env",
            ".npmrc",
            ".pypirc",
            ".netrc",
            ".git-credentials",
            ".htpasswd",
            ".pgpass",
            ".dockercfg",
            "credentials.json",
            "service-account.json",
            "kubeconfig",
        ];
        for (step, sources) in from_context(file) {
            for source in &sources {
                let path = clean(source);
                let name = path.rsplit('/').next().unwrap_or_default();
                let is_secret = NAMES.contains(&name)
                    || path.ends_with(".aws/credentials")
                    || path.ends_with(".docker/config.json")
                    || path.ends_with(".kube/config")
                    || [".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"]
                        .iter()
                        .any(|end| name.ends_with(end))
                    || (name.ends_with(".key") && !name.contains("pub") && !name.starts_with('*'));
                if is_secret {
                    hits.add(file.first_line(step), format!("{} is copied into the image", super::cut(name)));
                }
            }
        }
    },
);
