//! Credentials in the configuration and the history.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit, hit_at_step},
};
use dockerfile::{Keyword, Script, Step};
use model::{RuleInfo, Severity};

/// Credentials in variables.
pub(super) static ENVIRONMENT: Rule = Rule {
    info: RuleInfo {
        id: "image/secret-in-environment",
        title: "a variable of the image holds a credential",
        severity: Severity::High,
        why: "Everybody who may pull the image reads it from the configuration, and every process in the container \
              has it in its environment, from where it leaks into logs and crash reports.",
        remedy: "Revoke the credential, remove the variable, and pass it at run time as a file or by a secret store.",
        references: &["https://docs.docker.com/build/building/secrets/"],
    },
    aliases: &["CIS 4.10", "CIS-DI-0010", "DL3064", "SecretsUsedInArgOrEnv", "DS-0031"],
    bad: "env DB_PASSWORD=Tr0ub4dor",
    good: "env DB_PASSWORD_FILE=/run/secrets/db\nenv GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D\nenv API_TOKEN=\nenv ALLOW_EMPTY_PASSWORD=yes",
};

/// Credentials in the history.
pub(super) static HISTORY: Rule = Rule {
    info: RuleInfo {
        id: "image/secret-in-history",
        title: "the history of the image tells a credential",
        severity: Severity::High,
        why: "Build arguments, variables and commands stay in the history for good, also when a later instruction \
              unsets them: docker history shows them to everybody who may pull the image.",
        remedy: "Revoke the credential and build again with RUN --mount=type=secret.",
        references: &["https://docs.docker.com/build/building/secrets/"],
    },
    aliases: &["CIS 4.10", "CIS-DI-0010", "SecretsUsedInArgOrEnv", "DS-0031"],
    bad: "history RUN |1 NPM_TOKEN=abcdef0123456789 /bin/sh -c npm ci # buildkit",
    good: "history RUN |1 VERSION=1.2 /bin/sh -c npm ci --token=$NPM_TOKEN # buildkit\nsetting ARG NPM_TOKEN",
};

/// Credentials in labels.
pub(super) static LABEL: Rule = Rule {
    info: RuleInfo {
        id: "image/secret-in-label",
        title: "a label of the image holds a credential",
        severity: Severity::High,
        why: "Labels are shown to everybody who may list or pull the image.",
        remedy: "Revoke the credential and remove the label.",
        references: &["https://docs.docker.com/build/building/secrets/"],
    },
    aliases: &["CIS 4.10"],
    bad: "label com.example.api-token=abcdef0123456789",
    good: "label org.opencontainers.image.title=token-service",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let config = &subject.facts.config;
    for pair in &config.env {
        let Some((name, value)) = pair.split_once('=') else { continue };
        if is_secret(name, value) || holds_login(value) {
            let title = format!("the variable {name} holds a credential");
            hits.push(hit(&ENVIRONMENT, title).with_evidence(format!("ENV {name}=…")).with_identity(name));
        }
    }
    for (name, value) in &config.labels {
        if is_secret(name.rsplit('.').next().unwrap_or(name), value) || holds_login(value) {
            hits.push(
                hit(&LABEL, format!("the label {name} holds a credential"))
                    .with_evidence(format!("LABEL {name}=…"))
                    .with_identity(name.as_str()),
            );
        }
    }
    for step in &subject.steps {
        match step.keyword {
            Keyword::Arg => {
                let (name, value) = step.text.split_once('=').unwrap_or((&step.text, ""));
                tell(name, value, step, hits);
            }
            Keyword::Env => {
                for (name, value) in step.pairs() {
                    if !config.env.iter().any(|pair| pair.split('=').next() == Some(name)) {
                        tell(name, value, step, hits);
                    }
                }
            }
            _ => {}
        }
        for (name, value) in &step.build_args {
            // The history repeats an argument at every RUN; its first place is enough.
            let is_told = hits.iter().any(|hit| hit.rule.id == HISTORY.info.id && hit.identity == *name);
            if !is_told {
                tell(name, value, step, hits);
            }
        }
    }
    for (step, script) in subject.runs() {
        commands(step, script, hits);
    }
}

fn tell(name: &str, value: &str, step: &Step, hits: &mut Vec<CheckHit>) {
    if is_secret(name, value) || holds_login(value) {
        let title = format!("the history tells the value of {name}");
        hits.push(
            hit_at_step(&HISTORY, step, title)
                .with_evidence(format!("{} {name}=…", step.keyword))
                .with_identity(name),
        );
    }
}

fn commands(step: &Step, script: &Script, hits: &mut Vec<CheckHit>) {
    for command in &script.commands {
        let mut push = |what: &str| {
            let title = format!("a command of the history tells a credential: {what}");
            let evidence = crate::subject::command_line(command);
            hits.push(
                hit_at_step(&HISTORY, step, title)
                    .with_evidence(evidence)
                    .with_identity(format!("{} {what}", command.program())),
            );
        };
        for (name, value) in &command.assignments {
            if is_secret(name, value) {
                push(name);
            }
        }
        let arguments = command.arguments();
        for (at, word) in arguments.iter().enumerate() {
            let text = word.text.as_str();
            let next = arguments.get(at + 1).map_or("", |next| next.text.as_str());
            if let Some(option) = text.strip_prefix("--") {
                let (name, value) = option.split_once('=').unwrap_or((option, next));
                if !value.starts_with('-') && is_secret(name, value) {
                    push(&format!("--{name}"));
                }
            } else if let Some((name, value)) = text.split_once('=')
                && matches!(command.program(), "export" | "set" | "setx" | "env" | "declare" | "local")
                && is_secret(name, value)
            {
                push(name);
            }
            if holds_login(text) {
                push("an address with a password");
            }
            if is_authorization(text) {
                push("an Authorization header");
            }
        }
    }
}

fn is_authorization(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find("authorization:") else { return false };
    let value = text[at + "authorization:".len()..].trim();
    let credential = value.split_whitespace().nth(1).unwrap_or(value);
    is_plausible(credential)
}

fn is_secret(name: &str, value: &str) -> bool {
    names_secret(name) && is_plausible(value)
}

/// Whether a variable of this name is likely to hold a credential.
pub(crate) fn names_secret(name: &str) -> bool {
    // Names that tell where or what a credential is, not the credential.
    const HARMLESS: [&str; 46] = [
        "PUBLIC",
        "PUB",
        "GPG",
        "PGP",
        "GPGKEY",
        "KEYRING",
        "KEYRINGS",
        "KEYSERVER",
        "FINGERPRINT",
        "ID",
        "IDS",
        "FILE",
        "FILES",
        "PATH",
        "DIR",
        "URL",
        "URI",
        "HOST",
        "NAME",
        "TTL",
        "TIMEOUT",
        "LENGTH",
        "ALGORITHM",
        "ALG",
        "TYPE",
        "HEADER",
        "ISSUER",
        "POLICY",
        "MIN",
        "MAX",
        "COUNT",
        "ENABLED",
        "VERSION",
        "SHA256",
        "SHA512",
        "REGEX",
        "EMPTY",
        "LIFETIME",
        "EXPIRY",
        "EXPIRES",
        "ENDPOINT",
        "PROMPT",
        "LIMIT",
        "LIMITS",
        "STDIN",
        "ALLOW",
    ];
    const BEFORE_KEY: [&str; 18] = [
        "API",
        "ACCESS",
        "PRIVATE",
        "SECRET",
        "ENCRYPTION",
        "SIGNING",
        "AUTH",
        "MASTER",
        "DEPLOY",
        "LICENSE",
        "LICENCE",
        "ACCOUNT",
        "STORAGE",
        "APP",
        "SSH",
        "SERVICE",
        "ADMIN",
        "SESSION",
    ];
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> =
        upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| HARMLESS.contains(word)) {
        return false;
    }
    let is_direct = words.iter().any(|word| {
        matches!(
            *word,
            "TOKEN" | "SECRET" | "PASSPHRASE" | "APIKEY" | "CREDENTIAL" | "CREDENTIALS" | "PASSWD"
        ) || word.ends_with("PASSWORD")
            || word.ends_with("TOKEN")
            || word.ends_with("SECRET")
    });
    let is_short = words.len() > 1 && matches!(words.last(), Some(&("PASS" | "PWD" | "PSW")));
    let is_key = words.windows(2).any(|pair| pair[1] == "KEY" && BEFORE_KEY.contains(&pair[0]));
    is_direct || is_short || is_key
}

/// Whether a value can be a credential and not a reference, a path, a switch or a placeholder.
fn is_plausible(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    value.len() >= 4
        && !value.starts_with(['$', '/', '<', '{', '%', '`', '('])
        && !lower.starts_with("file:")
        && !lower.starts_with("http://")
        && !lower.starts_with("https://")
        && !value.contains("${")
        && !value.contains("$(")
        && !matches!(
            lower.as_str(),
            "true"
                | "false"
                | "none"
                | "null"
                | "nil"
                | "default"
                | "disabled"
                | "enabled"
                | "unset"
                | "undefined"
                | "dummy"
                | "placeholder"
                | "required"
                | "optional"
                | "redacted"
                | "example"
                | "auto"
                | "random"
                | "inherit"
        )
        && !value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-' | '_' | '0'))
}

/// Whether an address holds a user and a password in clear (RFC 3986, section 3.2.1).
fn holds_login(text: &str) -> bool {
    login_of(text).is_some_and(|(begin, end)| {
        let login = &text[begin..end];
        login.split_once(':').is_some_and(|(_, password)| {
            is_plausible(password)
                || (password.len() < 4 && !password.is_empty() && !password.starts_with('$'))
        })
    })
}

/// Where `user:password` stands in an address.
fn login_of(text: &str) -> Option<(usize, usize)> {
    let begin = text.find("://")? + 3;
    let authority_end =
        text[begin..].find(['/', '?', '#', ' ', '"', '\'']).map_or(text.len(), |at| begin + at);
    let end = begin + text[begin..authority_end].rfind('@')?;
    text[begin..end].contains(':').then_some((begin, end))
}

/// A word of a command with credentials in it hidden.
pub(crate) fn hide_credentials(word: &str) -> String {
    if let Some((begin, end)) = login_of(word) {
        return format!("{}…{}", &word[..begin], &word[end..]);
    }
    let lower = word.to_ascii_lowercase();
    if let Some(at) = lower.find("authorization:") {
        return format!("{}…", &word[..at + "authorization:".len()]);
    }
    match word.split_once('=') {
        Some((name, value)) if names_secret(name.trim_start_matches('-')) && !value.starts_with('$') => {
            format!("{name}=…")
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_official_images_are_no_secrets() {
        for name in [
            "GPG_KEY",
            "GPG_KEYS",
            "NGINX_GPGKEY",
            "RABBITMQ_PGP_KEY_ID",
            "PUBLIC_KEY",
            "KEYSERVER",
            "AWS_ACCESS_KEY_ID",
            "POSTGRES_PASSWORD_FILE",
            "PWD",
            "OLDPWD",
            "SORT_KEY",
            "PYTHON_SHA256",
            "TOKEN_URL",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "COMPASS",
            "BYPASS",
            "KEY",
            "MONKEY",
        ] {
            assert!(!names_secret(name), "{name}");
        }
        for name in [
            "DB_PASS",
            "password",
            "MYSQL_ROOT_PASSWORD",
            "GITHUB_TOKEN",
            "client_secret",
            "STRIPE_API_KEY",
            "api-token",
            "AWS_SECRET_ACCESS_KEY",
            "DBPASSWORD",
        ] {
            assert!(names_secret(name), "{name}");
        }
    }

    #[test]
    fn shown_words_hide_credentials() {
        assert_eq!(hide_credentials("https://user:pw@example.com/x"), "https://…@example.com/x");
        assert_eq!(hide_credentials("--password=hunter2"), "--password=…");
        assert_eq!(hide_credentials("Authorization: Bearer abc"), "Authorization:…");
        assert_eq!(hide_credentials("--cacert=x"), "--cacert=x");
    }
}
