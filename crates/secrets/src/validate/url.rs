//! Credentials within addresses (RFC 3986, section 3.2.1).

use super::token::is_password;
use super::{Checked, Verdict};
use crate::placeholder::is_reference;
use model::Severity;
use regex_automata::Span;

/// `scheme://user:password@host`: refuses references, ordinary words and hosts of documentation.
pub(super) fn check(whole: &[u8], password: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(whole);
    let Some((scheme, rest)) = text.split_once("://") else { return Verdict::Refused };
    let authority = rest.split(['/', '?', '#', '"', '\'', ' ', '<', '>']).next().unwrap_or_default();
    let Some((credentials, host)) = authority.rsplit_once('@') else { return Verdict::Refused };
    let user = credentials.split(':').next().unwrap_or_default();
    let host = host.split([':', ',']).next().unwrap_or_default().to_ascii_lowercase();
    let scheme = scheme.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+').next().unwrap_or_default();
    if !is_password(password) || is_reference(host.as_bytes()) || user.eq_ignore_ascii_case("user") {
        return Verdict::Refused;
    }
    if password.eq_ignore_ascii_case(user.as_bytes()) || is_of_documentation(&host) {
        return Verdict::Refused;
    }
    // `not-re%40l` in guides, where the sign has to be encoded.
    let plain = String::from_utf8_lossy(password).to_ascii_lowercase().replace("%40", "@").replace('@', "a");
    if plain.contains("not-real") || plain.contains("notreal") {
        return Verdict::Refused;
    }
    // Oracle's demonstration account, which stands in every example since.
    if user.eq_ignore_ascii_case("scott") && password.eq_ignore_ascii_case(b"tiger") {
        return Verdict::Refused;
    }
    // What a person would never choose: code, markup, a format.
    if password
        .iter()
        .any(|byte| matches!(byte, b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'\\' | b'`' | b','))
    {
        return Verdict::Refused;
    }
    let words = ["pass", "pwd", "secret", "token", "xxx", "***", "..."];
    let lower = String::from_utf8_lossy(password).to_ascii_lowercase();
    if words.iter().any(|word| lower == *word || lower.starts_with("pass") && lower.len() <= 9) {
        return Verdict::Refused;
    }
    let mut checked = Checked::default();
    let is_local =
        matches!(host.as_str(), "localhost" | "127.0.0.1" | "[" | "::1" | "0.0.0.0" | "host.docker.internal");
    // A word or two as password, or a machine without a name, is what examples have.
    let is_word = password.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let is_web = scheme.to_ascii_lowercase().starts_with("http");
    if is_web && (is_word && !crate::rarity::is_random(password) || !host.contains('.')) {
        checked.severity = Some(Severity::Low);
    } else if is_local || !host.contains('.') {
        checked.severity = Some(Severity::Medium);
    }
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
    checked.facts.push(format!("{} address at {}", clean(scheme), clean(&host)));
    Verdict::Checked(checked)
}

/// Hosts that documentation uses (RFC 2606, RFC 6761) or that name no machine.
fn is_of_documentation(host: &str) -> bool {
    const NAMES: &[&str] = &[
        "example.com",
        "example.org",
        "example.net",
        "example",
        "test",
        "invalid",
        "domain.com",
        "host",
        "hostname",
        "server",
        "proxy",
        "somehost",
        "myhost",
        "yourhost",
        "foo",
        "bar",
        "foo.com",
        "bar.com",
        "foo.bar",
        "x.y.z",
        "site",
        "domain",
        "domain.tld",
        "host.com",
        "server.com",
        "address",
        "ip",
        "a",
        "b",
        "c",
    ];
    let ends = |name: &&&str| host == **name || host.ends_with(&format!(".{name}"));
    host.is_empty()
        || NAMES.iter().any(|name| ends(&name))
        || host.starts_with("192.0.2.")
        || host.contains("example")
}

/// A day before this rule was written: what ended earlier opens nothing, whatever the clock says.
const CERTAINLY_PAST: &str = "2026-01-01";

/// The signature within a shared access signature (Azure): 32 bytes, with the version and expiry of the address round
/// it ("Create a service SAS", Microsoft Learn). Tells until when it is good.
pub(super) fn shared_access_signature(text: &[u8], signature: Span) -> Verdict {
    let around = &text[signature.start.saturating_sub(600)..(signature.end + 600).min(text.len())];
    let around = String::from_utf8_lossy(around);
    let secret = String::from_utf8_lossy(&text[signature.start..signature.end]);
    let secret = secret.replace("%3D", "=").replace("%3d", "=").replace("%2F", "/").replace("%2f", "/");
    let secret = secret.replace("%2B", "+").replace("%2b", "+");
    if super::base64_key::decode(secret.as_bytes()).is_none_or(|key| key.len() != 32) {
        return Verdict::Refused;
    }
    let parameter = |name: &str| {
        around
            .split(['?', '&', ' ', '"', '\'', '\n', ';'])
            .find_map(|pair| pair.strip_prefix(name).map(str::to_owned))
    };
    if parameter("sv=").is_none() && parameter("skn=").is_none() {
        return Verdict::Refused;
    }
    let date = parameter("se=").unwrap_or_default();
    let date: String =
        date.chars().filter(|c| c.is_ascii_alphanumeric() || "-:%".contains(*c)).take(30).collect();
    if date.is_empty() {
        return Verdict::with(Vec::new());
    }
    // Dates of ISO 8601 sort as texts.
    let has_ended = date.starts_with("20") && date.as_str() < CERTAINLY_PAST;
    let words = if has_ended { "was good until" } else { "good until" };
    let severity = has_ended.then_some(Severity::Low);
    Verdict::Checked(Checked { severity, facts: vec![format!("{words} {date}")] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_url(url: &str, password: &str, is_found: bool) {
        let verdict = check(url.as_bytes(), password.as_bytes());
        assert_eq!(verdict != Verdict::Refused, is_found, "{url}: {verdict:?}");
    }

    #[test]
    fn addresses_of_documentation_and_references_are_refused() {
        check_url("postgres://app:tr0ub4dor@db.corp.internal/shop", "tr0ub4dor", true);
        check_url("postgres://app:${PW}@db.corp.internal/shop", "${PW}", false);
        check_url("http://user:hunter22@db.corp.internal/", "hunter22", false);
        check_url("http://joe:hunter22@www.example.com/", "hunter22", false);
        check_url("http://joe:joe@db.corp.internal/", "joe", false);
        check_url("mysql://scott:tiger@192.168.0.134/test", "tiger", false);
        check_url("https://me:not-re%40l@git.corp.internal/", "not-re%40l", false);
        check_url("mysql://scott:t1ger!@192.168.0.134/test", "t1ger!", true);
    }

    #[test]
    fn a_signature_is_32_bytes() {
        let sas = b"sv=2020&se=2030-01-01&sig=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D";
        let Verdict::Checked(checked) = shared_access_signature(sas, Span::from(26..sas.len())) else {
            panic!()
        };
        assert_eq!(checked.facts, ["good until 2030-01-01"]);
        assert_eq!(checked.severity, None);
        let ended = String::from_utf8_lossy(sas).replace("2030", "2023");
        let Verdict::Checked(checked) = shared_access_signature(ended.as_bytes(), Span::from(26..sas.len()))
        else {
            panic!()
        };
        assert_eq!(checked.facts, ["was good until 2023-01-01"]);
        assert_eq!(checked.severity, Some(Severity::Low));
        assert_eq!(shared_access_signature(b"sig=abc", Span::from(4..7)), Verdict::Refused);
        assert_eq!(shared_access_signature(&sas[8..], Span::from(18..sas.len() - 8)), Verdict::Refused);
    }
}
