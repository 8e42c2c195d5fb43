//! Variables that change how programs behave.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// Verification switched off for all programs.
pub(super) static VERIFICATION: Rule = Rule {
    info: RuleInfo {
        id: "image/verification-off-in-environment",
        title: "a variable switches the verification of certificates or packages off",
        severity: Severity::Medium,
        why: "It holds for every program in every container of the image: whoever sits on the way can read and change \
              what is sent and installed.",
        remedy: "Remove the variable. Trust a private authority by adding its certificate instead.",
        references: &["https://owasp.org/www-community/attacks/Manipulator-in-the-middle_attack"],
    },
    aliases: &["CKV2_DOCKER_5", "CKV2_DOCKER_6", "CKV2_DOCKER_12", "CKV2_DOCKER_14", "CKV2_DOCKER_16"],
    bad: "env NODE_TLS_REJECT_UNAUTHORIZED=0",
    good: "env NODE_TLS_REJECT_UNAUTHORIZED=1\nenv PIP_INDEX_URL=https://pypi.example.com/simple",
};

/// Search paths that strangers may fill.
pub(super) static SEARCH_PATH: Rule = Rule {
    info: RuleInfo {
        id: "image/unsafe-search-path",
        title: "programs or libraries are searched where everybody may write",
        severity: Severity::Medium,
        why: "A file put into the current directory or /tmp under the right name is run instead of the system's.",
        remedy: "Name absolute directories that belong to root in PATH and LD_LIBRARY_PATH.",
        references: &["https://cwe.mitre.org/data/definitions/426.html"],
    },
    aliases: &[],
    bad: "env PATH=/usr/bin:.:/tmp/bin",
    good: "env PATH=/usr/local/bin:/usr/bin:/bin\nenv LD_LIBRARY_PATH=/opt/app/lib",
};

/// Libraries loaded into every program.
pub(super) static PRELOAD: Rule = Rule {
    info: RuleInfo {
        id: "image/preload-in-environment",
        title: "a library is loaded into every program",
        severity: Severity::Low,
        why: "LD_PRELOAD lets a library replace functions of every program. Allocators use it honestly; rootkits use \
              it to hide.",
        remedy: "Set it only for the program that needs it, in its start script.",
        references: &["https://man7.org/linux/man-pages/man8/ld.so.8.html"],
    },
    aliases: &[],
    bad: "env LD_PRELOAD=/tmp/x.so",
    good: "env LD_PRELOAD=",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for pair in &subject.facts.config.env {
        let Some((name, value)) = pair.split_once('=') else { continue };
        if switches_verification_off(name, value) {
            let title = format!("{name} switches verification off");
            hits.push(hit(&VERIFICATION, title).with_evidence(format!("ENV {pair}")).with_identity(name));
        }
        if matches!(name, "PATH" | "LD_LIBRARY_PATH" | "PYTHONPATH" | "PERL5LIB") {
            for directory in value.split(':').filter(|directory| is_open(directory, name)) {
                let shown = if directory.is_empty() { "the current directory" } else { directory };
                let title = format!("{name} names {shown}");
                hits.push(
                    hit(&SEARCH_PATH, title)
                        .with_evidence(format!("ENV {pair}"))
                        .with_identity(format!("{name} {directory}")),
                );
            }
        }
        if name == "LD_PRELOAD" && !value.trim().is_empty() {
            let from_everybody =
                ["/tmp/", "/dev/shm/", "/var/tmp/"].iter().any(|front| value.contains(front));
            let severity = if from_everybody { Severity::High } else { PRELOAD.info.severity };
            hits.push(
                hit(&PRELOAD, format!("{value} is loaded into every program"))
                    .with_severity(severity)
                    .with_evidence(format!("ENV {pair}")),
            );
        }
    }
}

// An empty part of PATH is the current directory, but a variable that is wholly or half empty (`LD_LIBRARY_PATH=/a:`
// from `/a:$LD_LIBRARY_PATH`) is a slip that other programs treat alike; only PATH is told.
fn is_open(directory: &str, name: &str) -> bool {
    (directory.is_empty() && name == "PATH")
        || directory == "."
        || ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|open| {
            directory.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether a variable with this value switches a verification off.
pub(super) fn switches_verification_off(name: &str, value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let is_off = matches!(value.as_str(), "0" | "false" | "no" | "off");
    let is_on = !value.is_empty() && !is_off;
    match name.to_ascii_uppercase().as_str() {
        "NODE_TLS_REJECT_UNAUTHORIZED"
        | "PYTHONHTTPSVERIFY"
        | "NPM_CONFIG_STRICT_SSL"
        | "YARN_STRICT_SSL"
        | "YARN_ENABLE_STRICT_SSL"
        | "GIT_SSL_VERIFY"
        | "CONDA_SSL_VERIFY"
        | "BUNDLE_SSL_VERIFY_MODE" => is_off,
        "GIT_SSL_NO_VERIFY"
        | "PIP_TRUSTED_HOST"
        | "UV_INSECURE_HOST"
        | "GOINSECURE"
        | "APT_ALLOW_UNAUTHENTICATED"
        | "COMPOSER_DISABLE_TLS" => is_on,
        "GOSUMDB" => value == "off",
        "GOFLAGS" => value.contains("-insecure"),
        _ => false,
    }
}
