//! Settings that are named like a credential: what stands there must look like one.

use super::token::{is_password, is_random};
use super::{Checked, Verdict};
use crate::placeholder::trim;
use model::Severity;
use regex_automata::Span;

/// Words of a name that say the value is public, or about something else.
const HARMLESS_WORDS: &[&str] = &[
    "public",
    "pub",
    "path",
    "file",
    "files",
    "dir",
    "url",
    "uri",
    "endpoint",
    "name",
    "hint",
    "label",
    "min",
    "max",
    "policy",
    "timeout",
    "type",
    "format",
    "header",
    "hash",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "version",
    "required",
    "prompt",
    "message",
    "field",
    "length",
    "size",
    "count",
    "id",
    "ids",
    "ref",
    "regex",
    "pattern",
    "fingerprint",
    "checksum",
    "digest",
    "signature",
    "csrf",
    "xsrf",
    "gpg",
    "pgp",
    "apt",
    "sort",
    "cache",
    "expiry",
    "expires",
    "ttl",
    "enabled",
    "disabled",
    "mode",
    "method",
    "algorithm",
    "command",
    "cmd",
    "env",
    "var",
    "text",
    "selector",
    "class",
    "icon",
    "title",
    "description",
    "encoding",
    "prefix",
    "suffix",
    "store",
    "provider",
    "scheme",
];

/// Parts of a name that say so wherever they stand.
const HARMLESS_PARTS: &[&str] = &[
    "publickey",
    "pubkey",
    "author",
    "keyword",
    "monkey",
    "keyboard",
    "keymap",
    "keyframe",
    "tokenize",
    "tokenise",
    "max_token",
    "maxtoken",
    "token_type",
    "tokentype",
    "expir",
    "fingerprint",
    "thumbprint",
    "checksum",
    "translation",
    // Where a list goes on, and what makes a request the same request when it is sent again.
    "nexttoken",
    "next_token",
    "pagetoken",
    "page_token",
    "paginationtoken",
    "pagination_token",
    "continuationtoken",
    "continuation_token",
    "idempoten",
    "clientrequesttoken",
    "client_request_token",
    "changetoken",
    "change_token",
    "actiontoken",
    "purchasetoken",
];

/// The name of the setting: what was matched of it, and what stands before that.
fn full_name(text: &[u8], secret: Span, matched: &[u8]) -> String {
    let before = &text[secret.start.saturating_sub(matched.len() + 120)..secret.start];
    let start = memchr::memmem::rfind(before, matched).unwrap_or(before.len());
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lead = before[..start].iter().rev().take_while(|byte| is_name(byte)).count();
    let all = [&before[start - lead..start], matched].concat();
    let name = String::from_utf8_lossy(&all).into_owned();
    name.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

/// Whether a name says that the value is no credential.
fn is_harmless(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // Words are parted by anything but letters and digits, and by a capital after a small letter.
    let mut words = vec![String::new()];
    let mut last = ' ';
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() || (character.is_ascii_uppercase() && last.is_ascii_lowercase())
        {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric() {
            words.last_mut().expect("there is always a word").push(character.to_ascii_lowercase());
        }
        last = character;
    }
    words.iter().any(|word| HARMLESS_WORDS.contains(&word.as_str()))
        || HARMLESS_PARTS.iter().any(|part| lower.contains(part))
}

/// Decides by the name before the value and by the value.
pub(super) fn check(text: &[u8], secret: Span, whole: &[u8]) -> Verdict {
    let value = trim(&text[secret.start..secret.end]);
    let name_end = whole.iter().position(|byte| matches!(byte, b'=' | b':')).unwrap_or(0);
    let name = full_name(text, secret, &whole[..name_end]);
    let last = name.to_ascii_lowercase();
    if is_harmless(&name) {
        return Verdict::Refused;
    }
    let is_password_name =
        ["password", "passwd", "passphrase", "_pass", "pwd"].iter().any(|word| last.ends_with(word));
    // The value of a call, a type, a reference into code or another setting.
    if value
        .iter()
        .any(|byte| matches!(byte, b'(' | b')' | b'{' | b'}' | b'<' | b'>' | b'[' | b']' | b' ' | b','))
    {
        return Verdict::Refused;
    }
    if is_random(value) {
        return Verdict::Checked(Checked {
            severity: None,
            facts: vec!["the value looks random".to_owned()],
        });
    }
    if is_password_name && value.len() >= 6 && value.len() <= 64 && is_password(value) && has_two_kinds(value)
    {
        return Verdict::Checked(Checked { severity: Some(Severity::Low), facts: Vec::new() });
    }
    Verdict::Refused
}

/// The same for a literal in program code or markup: what people choose as passwords cannot be told there from other
/// words.
pub(super) fn check_literal(text: &[u8], secret: Span, whole: &[u8]) -> Verdict {
    match check(text, secret, whole) {
        Verdict::Checked(Checked { severity: Some(_), .. }) => Verdict::Refused,
        verdict => verdict,
    }
}

/// Whether a setting of the image configuration is a credential by its name, and its value none of the usual
/// placeholders.
pub(crate) fn password_setting(name: &str, value: &str) -> bool {
    let is_harmless = is_harmless(name);
    let name = name.to_ascii_lowercase();
    let words = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "api-key",
        "access_key",
        "private_key",
        "credential",
        "auth_key",
        "encryption_key",
        "secret_key",
        "master_key",
        "signing_key",
    ];
    let is_named =
        words.iter().any(|word| name.ends_with(word)) || name.ends_with("_pass") || name.contains("secret_");
    is_named
        && !is_harmless
        && !matches!(name.as_str(), "pwd" | "oldpwd")
        && value.len() >= 6
        && is_password(value.as_bytes())
}

/// Whether there are a letter and something else than letters and word separators: names of things have not.
fn has_two_kinds(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic)
        && value
            .iter()
            .any(|byte| !byte.is_ascii_alphabetic() && !matches!(byte, b'_' | b'-' | b'.' | b'/' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_line(line: &str, expected: Option<Option<Severity>>) {
        let at = line.find(['=', ':']).unwrap() + 1;
        let verdict = check(line.as_bytes(), Span::from(at..line.len()), line.as_bytes());
        let severity = match verdict {
            Verdict::Checked(checked) => Some(checked.severity),
            _ => None,
        };
        assert_eq!(severity, expected, "{line}");
    }

    #[test]
    fn random_values_and_chosen_passwords_are_told_apart() {
        check_line("API_SECRET=q8Zk3VxWm2LtY7RbN5cJ", Some(None));
        check_line("DB_PASSWORD=hunter22", Some(Some(Severity::Low)));
        for line in [
            "DB_PASSWORD=changeme",
            "PASSWORD_FILE=/run/secrets/db",
            "TOKEN=${TOKEN}",
            "password=password",
            "public_key=q8Zk3VxWm2LtY7RbN5cJ",
            "SECRET=get_secret(x)",
            "AUTH_METHOD=ldap2",
            "passwd: files systemd",
            "NextContinuationToken: 1w41l63U0xa8q7smH50vCxyTQqdxo69O3EmK28Bi",
            "clientRequestToken: 1d2129a1-3d38-460a-9756-e5b91fddb951",
            "ApiToken: eyJ2IjoiMSIsInMiOjEsImMiOi...",
        ] {
            check_line(line, None);
        }
    }
}
