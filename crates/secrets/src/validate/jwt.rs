//! JSON web tokens (RFC 7519).

use super::base64_key::decode;
use super::{Checked, Verdict};
use model::Severity;
use serde_json::Value;

/// Bytes of a header or of claims.
const PART_BYTES_MAX: usize = 16 << 10;

/// Decodes header and claims; refuses what is no token, the examples of documentation and keys that are meant to be
/// public.
pub(super) fn check(token: &[u8]) -> Verdict {
    let mut parts = token.splitn(3, |byte| *byte == b'.');
    let header = parts.next().and_then(object);
    let claims = parts.next().and_then(object);
    let (Some(header), Some(claims)) = (header, claims) else { return Verdict::Refused };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else { return Verdict::Refused };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("name") == Some("John Doe") || text("sub") == Some("1234567890") || claims.is_empty() {
        return Verdict::Refused;
    }
    // Supabase and others publish tokens of the anonymous role on purpose.
    if text("role") == Some("anon") {
        return Verdict::Refused;
    }
    let mut checked = Checked::default();
    let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(80).collect::<String>();
    checked.facts.push(format!("signed with {}", short(algorithm)));
    if algorithm.eq_ignore_ascii_case("none") {
        checked.severity = Some(Severity::Low);
    }
    // Tokens that somebody accepts say for whom or how long (RFC 7519, section 4.1); examples rarely do.
    const REGISTERED: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
    if !REGISTERED.iter().any(|name| claims.contains_key(*name)) {
        checked.severity = Some(Severity::Low);
    }
    if let Some(issuer) = text("iss") {
        checked.facts.push(format!("issued by {}", short(issuer)));
    }
    match claims.get("exp").and_then(Value::as_i64) {
        Some(seconds) => checked.facts.push(format!("expires {}", date(seconds))),
        None => checked.facts.push("never expires".to_owned()),
    }
    Verdict::Checked(checked)
}

fn object(part: &[u8]) -> Option<serde_json::Map<String, Value>> {
    if part.len() > PART_BYTES_MAX {
        return None;
    }
    match serde_json::from_slice(&decode(part)?).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// The day of seconds since 1970 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
pub(super) fn date(seconds: i64) -> String {
    let days = seconds.clamp(0, 253_402_300_799) / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn token(header: &str, claims: &str) -> Vec<u8> {
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        format!("{}.{}.c2lnbmF0dXJl", engine.encode(header), engine.encode(claims)).into_bytes()
    }

    #[test]
    fn claims_are_told() {
        let Verdict::Checked(checked) =
            check(&token(r#"{"alg":"HS256"}"#, r#"{"iss":"shop","sub":"u-7","exp":1700000000}"#))
        else {
            panic!()
        };
        assert_eq!(checked.facts, ["signed with HS256", "issued by shop", "expires 2023-11-14"]);
    }

    #[test]
    fn examples_public_keys_and_no_tokens_are_refused() {
        for claims in [r#"{"sub":"1234567890","name":"John Doe"}"#, r#"{"role":"anon"}"#, "{}", "[]", "x"] {
            assert_eq!(check(&token(r#"{"alg":"HS256"}"#, claims)), Verdict::Refused, "{claims}");
        }
        assert_eq!(check(&token(r#"{"typ":"JWT"}"#, r#"{"sub":"a"}"#)), Verdict::Refused);
        assert_eq!(check(b"eyJ.eyJ"), Verdict::Refused);
    }

    #[test]
    fn days_are_counted() {
        assert_eq!([date(0), date(951_782_400), date(i64::MAX)], ["1970-01-01", "2000-02-29", "9999-12-31"]);
    }
}
