//! Verification of what is fetched, switched off.

use super::packages::has_option;
use super::{File, Hits, Rule, Words, rule};
use crate::file::Cmd;
use dockerfile::{Arguments, Keyword};
use model::Severity;

const WHY: &str = "Whoever sits between the build and the server, or breaks into a mirror, decides what is installed, and it runs as \
                   root in the build.";

const fn switched_off(
    id: &'static str,
    aliases: &'static [&'static str],
    title: &'static str,
    remedy: &'static str,
    check: fn(&File<'_>, &mut Hits),
) -> Rule {
    rule(id, Severity::High, aliases, &Words(title, WHY, remedy), check)
}

const CERTIFICATE: &str =
    "Install the missing certificate authority (ca-certificates, update-ca-certificates) instead.";
const SIGNATURE: &str = "Install the key of the repository, and let the package manager verify.";

fn each(file: &File<'_>, hits: &mut Hits, what: &str, is_off: impl Fn(&Cmd<'_, '_>) -> bool) {
    for cmd in file.commands().filter(|cmd| is_off(cmd)) {
        hits.add(cmd.bytes(), format!("{} {what}", cmd.program()));
    }
}

/// `ENV`, `ARG`, `export` and assignments that set a variable to a value that satisfies the condition.
fn each_variable(
    file: &File<'_>,
    hits: &mut Hits,
    is_name: &dyn Fn(&str) -> bool,
    is_off: &dyn Fn(&str) -> bool,
) {
    let trimmed = |value: &str| value.trim_matches(['"', '\'']).to_ascii_lowercase();
    for step in &file.steps {
        let pairs: Vec<(String, String)> = match (&step.instruction.arguments, step.instruction.keyword) {
            (Arguments::Pairs(pairs), Keyword::Env) => {
                pairs.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect()
            }
            (Arguments::Words(words), Keyword::Arg) => words
                .iter()
                .filter_map(|word| {
                    word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
                })
                .collect(),
            _ => continue,
        };
        for (name, value) in pairs {
            if is_name(&name) && is_off(&trimmed(&value)) {
                hits.add(
                    file.first_line(step),
                    format!("{} sets {}", step.instruction.keyword, super::cut(&name)),
                );
            }
        }
    }
    for cmd in file.commands() {
        let exported =
            cmd.arguments().iter().filter(|_| matches!(cmd.program(), "export" | "declare" | "env"));
        let exported = exported
            .filter_map(|word| word.text.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let wrapped = cmd
            .command
            .words
            .iter()
            .filter(|_| cmd.command.words.first().is_some_and(|first| first.text == "env"));
        let wrapped = wrapped
            .filter_map(|word| word.text.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut sets = cmd.assignments.iter().cloned().chain(exported).chain(wrapped);
        if let Some((name, _)) = sets.find(|(name, value)| is_name(name) && is_off(&trimmed(value))) {
            hits.add(cmd.bytes(), format!("a RUN sets {}", super::cut(&name)));
        }
    }
}

pub(super) const CURL: Rule = switched_off(
    "dockerfile/curl-without-verification",
    &["CKV2_DOCKER_2"],
    "curl does not verify the server",
    CERTIFICATE,
    |file, hits| {
        each(file, hits, "without verifying the server", |cmd| {
            cmd.program() == "curl"
                && has_option(cmd, &['k'], &["--insecure", "--proxy-insecure", "--doh-insecure"])
        });
    },
);

pub(super) const WGET: Rule = switched_off(
    "dockerfile/wget-without-verification",
    &["CKV2_DOCKER_3"],
    "wget does not verify the server",
    CERTIFICATE,
    |file, hits| {
        each(file, hits, "without verifying the server", |cmd| {
            cmd.program() == "wget" && has_option(cmd, &[], &["--no-check-certificate"])
        });
    },
);

pub(super) const PIP: Rule = switched_off(
    "dockerfile/pip-without-verification",
    &["CKV2_DOCKER_16", "CKV2_DOCKER_4"],
    "pip does not verify the server",
    CERTIFICATE,
    |file, hits| {
        each(file, hits, "trusts a host without verifying it", |cmd| {
            let is_pip = cmd.program().starts_with("pip")
                || cmd.program().starts_with("python")
                || cmd.program() == "easy_install";
            is_pip && has_option(cmd, &[], &["--trusted-host"])
                || cmd.program().starts_with("pip")
                    && cmd.has_argument("config")
                    && cmd.arguments().iter().any(|word| word.text.ends_with("trusted-host"))
        });
        each_variable(file, hits, &|name| name == "PIP_TRUSTED_HOST", &|value| !value.is_empty());
    },
);

pub(super) const PYTHON: Rule = switched_off(
    "dockerfile/python-without-verification",
    &["CKV2_DOCKER_5"],
    "Python does not verify servers",
    CERTIFICATE,
    |file, hits| each_variable(file, hits, &|name| name == "PYTHONHTTPSVERIFY", &|value| value == "0"),
);

pub(super) const NODE: Rule = switched_off(
    "dockerfile/node-without-verification",
    &["CKV2_DOCKER_12", "CKV2_DOCKER_13", "CKV2_DOCKER_6"],
    "Node.js, npm or yarn do not verify servers",
    CERTIFICATE,
    |file, hits| {
        each_variable(file, hits, &|name| name == "NODE_TLS_REJECT_UNAUTHORIZED", &|value| value == "0");
        each_variable(
            file,
            hits,
            &|name| {
                name.eq_ignore_ascii_case("npm_config_strict_ssl")
                    || name.eq_ignore_ascii_case("yarn_strict_ssl")
            },
            &|value| matches!(value, "false" | "0"),
        );
        each(file, hits, "does not verify servers", |cmd| {
            let is_manager = matches!(cmd.program(), "npm" | "yarn" | "pnpm");
            let words: Vec<&str> = cmd.arguments().iter().map(|word| word.text.as_str()).collect();
            let sets =
                words.windows(2).any(|pair| pair == ["strict-ssl", "false"] || pair == ["strict-ssl", "0"]);
            let inline = words.iter().any(|word| {
                matches!(
                    *word,
                    "strict-ssl=false" | "--strict-ssl=false" | "--no-strict-ssl" | "strict-ssl=0"
                )
            });
            is_manager && (sets || inline)
        });
    },
);

pub(super) const APK: Rule = switched_off(
    "dockerfile/apk-without-verification",
    &["CKV2_DOCKER_7"],
    "apk installs what nobody signed",
    SIGNATURE,
    |file, hits| {
        each(file, hits, "--allow-untrusted", |cmd| {
            cmd.program() == "apk" && has_option(cmd, &[], &["--allow-untrusted"])
        });
    },
);

pub(super) const APT: Rule = switched_off(
    "dockerfile/apt-without-verification",
    &["CKV2_DOCKER_11", "CKV2_DOCKER_8"],
    "apt installs what nobody signed",
    SIGNATURE,
    |file, hits| {
        each(file, hits, "without verifying signatures", |cmd| {
            let is_apt = matches!(cmd.program(), "apt" | "apt-get" | "aptitude");
            let is_named = has_option(
                cmd,
                &[],
                &[
                    "--allow-unauthenticated",
                    "--force-yes",
                    "--allow-insecure-repositories",
                    "--no-allow-weak-repositories-check",
                ],
            );
            let is_option = cmd.arguments().iter().any(|word| {
                let text = word.text.to_ascii_lowercase();
                [
                    "allowunauthenticated=true",
                    "allowunauthenticated=1",
                    "allowinsecurerepositories=true",
                    "allowinsecurerepositories=1",
                    "verify-peer=false",
                    "verify-peer=0",
                ]
                .iter()
                .any(|off| text.contains(off))
            });
            is_apt && (is_named || is_option)
        });
        // A source list that trusts its repository without a signature.
        each(file, hits, "writes a package source with trusted=yes", |cmd| {
            matches!(cmd.program(), "echo" | "printf")
                && cmd.arguments().iter().any(|word| {
                    word.text.contains("trusted=yes")
                        && word.text.contains("deb")
                        // Packages that the build itself made, in a directory of its own.
                        && !word.text.contains("file:")
                })
        });
    },
);

pub(super) const RPM: Rule = switched_off(
    "dockerfile/rpm-without-verification",
    &["CKV2_DOCKER_10", "CKV2_DOCKER_15", "CKV2_DOCKER_9"],
    "rpm, yum, dnf or zypper install what nobody signed",
    SIGNATURE,
    |file, hits| {
        each(file, hits, "without verifying signatures or servers", |cmd| {
            let is_manager = matches!(
                cmd.program(),
                "yum"
                    | "dnf"
                    | "microdnf"
                    | "tdnf"
                    | "rpm"
                    | "yum-config-manager"
                    | "zypper"
                    | "dnf-3"
                    | "dnf5"
            );
            let is_named = has_option(
                cmd,
                &[],
                &[
                    "--nogpgcheck",
                    "--nosignature",
                    "--nodigest",
                    "--noverify",
                    "--nofiledigest",
                    "--no-gpg-checks",
                    "--no-gpgcheck",
                    "--gpgcheck=0",
                    "--allow-unsigned-rpm",
                ],
            );
            let is_set = cmd.arguments().iter().any(|word| {
                let text = word.text.replace(' ', "").to_ascii_lowercase();
                [
                    "sslverify=false",
                    "sslverify=0",
                    "sslverify=no",
                    "gpgcheck=0",
                    "gpgcheck=false",
                    "tsflags=nosignature",
                ]
                .iter()
                .any(|off| text.contains(off))
            });
            let is_pair = cmd.arguments().windows(2).any(|pair| {
                pair[0].text.ends_with("sslverify") && matches!(pair[1].text.as_str(), "0" | "false")
            });
            is_manager && (is_named || is_set || is_pair)
        });
    },
);

pub(super) const GIT: Rule = switched_off(
    "dockerfile/git-without-verification",
    &["CKV2_DOCKER_14"],
    "Git does not verify servers",
    CERTIFICATE,
    |file, hits| {
        each_variable(file, hits, &|name| name == "GIT_SSL_NO_VERIFY", &|value| {
            !matches!(value, "" | "0" | "false")
        });
        each(file, hits, "does not verify servers", |cmd| {
            let words: Vec<String> =
                cmd.arguments().iter().map(|word| word.text.to_ascii_lowercase()).collect();
            let sets = words
                .windows(2)
                .any(|pair| pair[0].ends_with("sslverify") && matches!(pair[1].as_str(), "false" | "0"));
            cmd.program() == "git" && (sets || words.iter().any(|word| word == "http.sslverify=false"))
        });
    },
);

pub(super) const OTHERS: Rule = switched_off(
    "dockerfile/verification-switched-off",
    &[],
    "a program does not verify what it fetches",
    "Leave the option out, and install the missing certificate authority or key.",
    |file, hits| {
        each(file, hits, "does not verify what it fetches", |cmd| match cmd.program() {
            "go" => has_option(cmd, &[], &["-insecure", "--insecure"]),
            "ssh" | "scp" | "sftp" | "rsync" => cmd
                .arguments()
                .iter()
                .any(|word| word.text.to_ascii_lowercase().contains("stricthostkeychecking=no")),
            "gem" => cmd.arguments().iter().any(|word| word.text == "NoSecurity"),
            "composer" => cmd.has_argument("disable-tls") && cmd.has_argument("true"),
            "helm" => has_option(cmd, &[], &["--insecure-skip-tls-verify"]),
            _ => false,
        });
        each_variable(
            file,
            hits,
            &|name| {
                matches!(
                    name,
                    "GOINSECURE" | "GONOSUMCHECK" | "CURL_INSECURE" | "HELM_KUBEINSECURE_SKIP_TLS_VERIFY"
                )
            },
            &|value| !matches!(value, "" | "0" | "false"),
        );
        each_variable(file, hits, &|name| matches!(name, "GOSUMDB"), &|value| value == "off");
        each_variable(
            file,
            hits,
            &|name| {
                matches!(
                    name,
                    "CONDA_SSL_VERIFY"
                        | "CARGO_HTTP_CHECK_REVOKE"
                        | "COMPOSER_DISABLE_TLS_VERIFY"
                        | "BUNDLE_SSL_VERIFY_MODE"
                )
            },
            &|value| matches!(value, "false" | "0"),
        );
    },
);
