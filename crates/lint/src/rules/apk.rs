//! apk (apk-add(8)).

use super::packages::{behind, has_option, insert_behind};
use super::{Rule, Words, rule};
use model::Severity;

const WITH_VALUE: &[&str] = &[
    "-t",
    "--virtual",
    "-X",
    "--repository",
    "-p",
    "--root",
    "--arch",
    "--keys-dir",
    "--repositories-file",
    "--wait",
    "--cache-dir",
    "--cache-max-age",
    "--progress-fd",
    "--timeout",
];

pub(super) const UNPINNED: Rule = rule(
    "dockerfile/unpinned-apk-package",
    Severity::Medium,
    &["DL3018"],
    &Words(
        "apk adds a package without a version",
        "Which version is installed depends on the day of the build and on the layer cache, so a tested image cannot be \
         built again.",
        "Write package=version or package~=version. Alpine's repositories keep only the newest revision: `~=` survives it.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            let unpinned: Vec<&str> = behind(&cmd, &["apk"], &["add"], WITH_VALUE)
                .into_iter()
                .flatten()
                .map(|word| word.text.as_str())
                .filter(|name| !name.contains(['=', '~', '<', '>']) && !name.ends_with(".apk"))
                .collect();
            if !unpinned.is_empty() {
                hits.add(cmd.bytes(), format!("apk adds without a version: {}", super::shown(&unpinned)));
            }
        }
    },
);

pub(super) const CACHE: Rule = rule(
    "dockerfile/apk-cache-left-behind",
    Severity::Low,
    &["DKL-DI-0004", "DL3019", "DS-0025"],
    &Words(
        "apk's package index stays in the image",
        "apk update and apk add keep the index in /var/cache/apk, which nothing needs at run time.",
        "Write apk add --no-cache, which fetches the index and keeps nothing.",
    ),
    |file, hits| {
        for cmd in file.commands() {
            if behind(&cmd, &["apk"], &["add"], WITH_VALUE).is_none()
                || has_option(&cmd, &[], &["--no-cache"])
                || cmd.run.has_scratch_mount("/var/cache/apk")
            {
                continue;
            }
            let hit = hits.add(cmd.bytes(), "apk add without --no-cache");
            if let Some(word) = cmd.arguments().iter().find(|word| word.text == "add") {
                hit.fix("keep no index", insert_behind(&cmd, word, " --no-cache"));
            }
        }
    },
);
