//! Passwords on command lines.

use super::Verdict;
use super::token::is_password;

/// Refuses options, variables and substitutions.
pub(super) fn check(value: &[u8]) -> Verdict {
    let looks_like_option = value.starts_with(b"-") || value.starts_with(b"=");
    let is_code =
        value.iter().any(|byte| matches!(byte, b'`' | b'|' | b';' | b'(' | b')' | b'<' | b'>' | b'{' | b'}'));
    let has_variable = value.contains(&b'$') && !value.starts_with(b"'");
    Verdict::plain_if(!looks_like_option && !is_code && !has_variable && is_password(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_options_are_refused() {
        for value in ["$PW", "\"$PW\"", "-h", "`cat x`", "a$(b)"] {
            assert_eq!(check(value.as_bytes()), Verdict::Refused, "{value}");
        }
        assert_ne!(check(b"hunter22"), Verdict::Refused);
    }
}
