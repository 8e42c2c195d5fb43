//! What tokens of many kinds have in common.

use super::base64_key::decode;
use super::{Checked, Verdict};
use crate::placeholder::{is_dummy, is_ordinary, is_reference, trim};
use model::Severity;

/// Whether it looks random and holds more than letters of one case.
pub(super) fn is_random(token: &[u8]) -> bool {
    if is_reference(token) || is_dummy(token) {
        return false;
    }
    // Hexadecimal digits are beneath the model: their letters alone are looked at.
    if token.len() >= 16 && token.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-') {
        let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
        return digits * 4 >= token.len() && crate::entropy::shannon(token) > 2.8;
    }
    crate::rarity::is_random(token)
}

/// Whether it is no placeholder and has as many different characters as a random token has: three of four of 16 and
/// more hexadecimal digits have more than 2.8 bits each.
pub(super) fn is_various(token: &[u8]) -> bool {
    !is_reference(token) && !is_dummy(token) && crate::entropy::shannon(token) > 2.8
}

/// Whether somebody may have chosen it as a password.
pub(super) fn is_password(value: &[u8]) -> bool {
    let value = trim(value);
    !is_reference(value) && !is_dummy(value) && !is_ordinary(value)
}

/// `…_live_…` against `…_test_…` or `…_sandbox_…`: a key for tests moves no money, but opens an account.
pub(super) fn live_or_test(token: &[u8]) -> Verdict {
    let lower = token.to_ascii_lowercase();
    let has = |needle: &[u8]| memchr::memmem::find(&lower, needle).is_some();
    let mut checked = Checked::default();
    if has(b"test_") || has(b"sandbox") || has(b"_sbox") || has(b"-test-") {
        checked.severity = Some(Severity::Medium);
        checked.facts.push("a key for tests".to_owned());
    } else {
        checked.facts.push("a live key".to_owned());
    }
    Verdict::Checked(checked)
}

/// Whether what stands before the first dot is a decimal number in base64 (Discord's bot tokens).
pub(super) fn has_snowflake(token: &[u8]) -> bool {
    let first = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    decode(first).is_some_and(|id| (15..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// Whether it is `user:password` in base64, the password being none of the usual placeholders.
pub(super) fn is_basic(token: &[u8]) -> bool {
    let Some(plain) = decode(token).and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    plain.split_once(':').is_some_and(|(user, password)| {
        !plain.chars().any(char::is_control)
            && password != user
            && !user.eq_ignore_ascii_case("user")
            && !user.eq_ignore_ascii_case("aladdin")
            && is_password(password.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_keys_are_random_but_words_are_not() {
        assert!(is_random(b"9f86d081884c7d659a2feaa0c55ad015"));
        assert!(!is_random(b"00000000000000000000000000000000"));
        assert!(!is_random(b"organization-settings-page"));
    }

    #[test]
    fn passwords_are_what_people_choose() {
        assert!(is_password(b"'hunter22!'") && is_password(b"S3cr3tPhrase"));
        for value in ["changeme", "${PASS}", "password", "true", "", "1234"] {
            assert!(!is_password(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn bot_tokens_hold_a_number() {
        assert!(has_snowflake(b"MTIzNDU2Nzg5MDEyMzQ1Njc4.abc.def"));
        assert!(!has_snowflake(b"aGVsbG8taGVsbG8taGVsbG8.abc.def") && !has_snowflake(b"MTIz.abc"));
    }
}
