//! Which variables look like credentials.

use crate::spec::{EnvironmentVariable, Stated};
use model::Redacted;
use regex::RegexSet;
use std::sync::LazyLock;

/// A variable with its value, judged.
pub(super) fn variable(name: &str, value: Option<String>) -> EnvironmentVariable {
    let secret = value.as_deref().and_then(|value| why_secret(name, value));
    EnvironmentVariable {
        name: name.to_owned(),
        value: Stated::from(value.map(Redacted::new)),
        secret,
        from: None,
    }
}

/// `NAME=value`; a name alone takes its value from elsewhere.
pub(super) fn assignment(text: &str) -> EnvironmentVariable {
    match text.split_once('=') {
        Some((name, value)) => variable(name, Some(value.to_owned())),
        None => variable(text, None),
    }
}

/// The key and value of a line of a file of settings: `key = value`, `key: value`, `"key": "value",`. Nothing for a
/// comment and for what is too long to be a key.
#[must_use]
pub fn setting(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let equals = line.find('=');
    let colon = line.find(": ");
    let (at, width) = match (equals, colon) {
        (Some(equals), Some(colon)) if equals < colon => (equals, 1),
        (_, Some(colon)) => (colon, 2),
        (Some(equals), None) => (equals, 1),
        (None, None) => return None,
    };
    let key = line[..at].trim();
    if key.starts_with(['#', '/', ';']) || key.len() >= 80 {
        return None;
    }
    let quotes = ['"', '\''];
    let value = line[at + width..].trim().trim_end_matches([',', ';']).trim_matches(quotes);
    Some((key.trim_start_matches("- ").trim_matches(quotes), value))
}

/// Begins what stands where a credential stood.
const MASK: &str = "seawall masked this: ";

/// What a document that is kept may hold instead of a value that looks like a credential: why it does, so that
/// [`why_secret`] answers of the document what it answered of the value. Nothing for every other value.
#[must_use]
pub fn mask_secret(name: &str, value: &str) -> Option<String> {
    why_secret(name, value).map(|why| format!("{MASK}{why}"))
}

/// Why the value of a variable looks like a credential: by the form of the value, or by the name. The answer does not
/// hold the value.
#[must_use]
pub fn why_secret(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    if let Some(why) = value.strip_prefix(MASK) {
        return Some(why.chars().take(80).collect());
    }
    if SHAPES.is_match(value)
        && let Some(first) = SHAPES.matches(value).iter().next()
    {
        return Some(format!("its value has the form of {}", FORMS[first].1));
    }
    if is_harmless_value(value) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let words = || upper.split(SEPARATORS).filter(|word| !word.is_empty());
    // Most names are of neither kind: what is asked of all of them is the cheaper question.
    let is_named = words().any(|word| {
        SECRET_WORDS.contains(&word)
            || word.ends_with("PASSWORD")
            || word.ends_with("PASSWD")
            || word.ends_with("SECRET")
    }) || upper.contains("KEY") && {
        let upper = upper.replace(SEPARATORS, "_");
        SECRET_KEYS.iter().any(|key| upper.contains(key))
    };
    // `PASSWORD_FILE`, `PUBLIC_KEY`, `TOKEN_EXPIRY` and their like tell of a credential, but are none.
    let is_named = is_named && !words().any(|word| HARMLESS_WORDS.contains(&word));
    is_named.then(|| "its name says that it is a credential".to_owned())
}

/// Nothing, a switch, a reference to something else, a path, a placeholder, or a bare number or port.
fn is_harmless_value(value: &str) -> bool {
    value.is_empty()
        || SWITCHES.iter().any(|word| word.eq_ignore_ascii_case(value))
        || value.starts_with(['/', '$', '<'])
        || value.starts_with("./")
        || value.starts_with("{{")
        || value.starts_with("file:")
        || value.starts_with("vault:")
        || value.starts_with("arn:")
        || value.chars().all(|letter| letter == '*' || letter == 'x' || letter == 'X')
}

static SWITCHES: &[&str] =
    &["true", "false", "yes", "no", "on", "off", "none", "null", "disabled", "enabled"];

/// What stands between the words of a name.
const SEPARATORS: [char; 3] = ['_', '-', '.'];

static SECRET_WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PW",
    "PAT",
];

static SECRET_KEYS: &[&str] =
    &["API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "SECRET_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "MASTER_KEY"];

static HARMLESS_WORDS: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "DIRECTORY",
    "PUBLIC",
    "ID",
    "NAME",
    "URL",
    "URI",
    "ENDPOINT",
    "HOST",
    "EXPIRY",
    "EXPIRATION",
    "EXPIRES",
    "TTL",
    "TIMEOUT",
    "LENGTH",
    "LEN",
    "SIZE",
    "MIN",
    "MAX",
    "POLICY",
    "TYPE",
    "ALGORITHM",
    "HEADER",
    "ISSUER",
    "AUDIENCE",
    "ALLOW",
    "ENABLE",
    "ENABLED",
    "DISABLE",
    "DISABLED",
    "REQUIRE",
    "REQUIRED",
    "VERSION",
    "OLDPWD",
    "ARN",
    "SECONDS",
    "MINUTES",
    "HOURS",
    "DAYS",
    "INTERVAL",
    "AGE",
    "LIFETIME",
    "RANDOM",
    "MOUNT",
    "BACKEND",
    "PROVIDER",
    "STORE",
];

/// Values that are credentials whatever their name. Formats as published by those who issue them.
const FORMS: [(&str, &str); 13] = [
    (r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", "a private key"),
    (r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", "an AWS access key"),
    (r"\bgh[pousr]_[A-Za-z0-9]{36,}\b", "a GitHub token"),
    (r"\bgithub_pat_[A-Za-z0-9_]{60,}\b", "a GitHub token"),
    (r"\bglpat-[A-Za-z0-9_-]{20,}", "a GitLab token"),
    (r"\bxox[abprs]-[A-Za-z0-9-]{20,}", "a Slack token"),
    (r"\b[rs]k_live_[A-Za-z0-9]{20,}", "a Stripe key"),
    (r"\bAIza[A-Za-z0-9_-]{35}\b", "a Google API key"),
    (r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", "a SendGrid key"),
    (r"\bnpm_[A-Za-z0-9]{36}\b", "an npm token"),
    (r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}", "a JSON web token"),
    (r"(?i)^(?:bearer|basic) [A-Za-z0-9+/_.=~-]{8,}$", "a header that proves who asks"),
    (r"^[a-z][a-z0-9+.-]*://[^/\s:@$]+:[^/\s:@${<*][^/\s@]*@", "an address with a password"),
];

/// All of them at once: the environments of every request for a container are held against them.
static SHAPES: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(FORMS.map(|(pattern, _)| pattern)).expect("written by us and tested"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_name_and_by_form() {
        let key = format!("AK{}", "IAIOSFODNN7EXAMPLE");
        for (name, value) in [
            ("MYSQL_ROOT_PASSWORD", "Tr0ub4dor"),
            ("db-password", "hunter2"),
            ("GITHUB_TOKEN", "abc"),
            ("SESSION_SECRET_KEY", "x1"),
            ("THING", key.as_str()),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
            ("AUTH_HEADER", "bearer abc123def"),
        ] {
            assert!(why_secret(name, value).is_some(), "{name}");
        }
    }

    #[test]
    fn settings_are_read_in_the_forms_of_many_files() {
        for line in
            ["password = hunter2", "password: hunter2", "  \"password\": \"hunter2\",", "password='hunter2';"]
        {
            assert_eq!(setting(line), Some(("password", "hunter2")), "{line}");
        }
        assert_eq!(setting("url: http://a/?b=c"), Some(("url", "http://a/?b=c")));
        assert_eq!(setting("# password: x"), None);
        assert_eq!(setting("nothing"), None);
    }

    #[test]
    fn a_masked_credential_is_still_one_and_is_not_told() {
        let masked = mask_secret("DB_PASSWORD", "hunter2").unwrap();
        assert!(!masked.contains("hunter2"));
        assert_eq!(why_secret("DB_PASSWORD", &masked), why_secret("DB_PASSWORD", "hunter2"));
        assert_eq!(mask_secret("DB_HOST", "db"), None);
    }

    #[test]
    fn what_tells_of_credentials_without_holding_one_is_silent() {
        for (name, value) in [
            ("DB_PASSWORD_FILE", "/run/secrets/db"),
            ("DB_PASSWORD", "/run/secrets/db"),
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", ""),
            ("ALLOW_EMPTY_PASSWORD", "yes"),
            ("TOKEN_TTL", "3600"),
            ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
            ("DATABASE_URL", "postgres://app@db/app"),
            ("DATABASE_URL", "postgres://app:${PW}@db/app"),
            ("AUTH_HEADER", "Bearer ${TOKEN}"),
            ("PATH", "/usr/bin:/bin"),
            ("KEYBOARD", "us"),
            ("PUBLIC_KEY", "ssh-rsa AAAA"),
            ("COMPASS", "north"),
            ("PWD", "/srv"),
        ] {
            assert!(why_secret(name, value).is_none(), "{name}={value}");
        }
    }
}
