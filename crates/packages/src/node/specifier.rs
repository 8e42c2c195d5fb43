//! `name@something`, as npm and its kin write packages.

/// Splits at the `@` behind the name; scopes begin with one, too (npm documentation, "package-spec").
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, character)| *character == '@')?.0;
    Some((&text[..at], &text[at + 1..]))
}

/// Whether a text is a released version, not a range, address or path.
pub(super) fn is_version(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || ".-+".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_part_of_the_name() {
        assert_eq!(split("@babel/core@7.0.0"), Some(("@babel/core", "7.0.0")));
        assert_eq!(split("a@npm:b@1"), Some(("a", "npm:b@1")));
        assert_eq!(split("@babel/core"), None);
        assert_eq!(split(""), None);
    }

    #[test]
    fn addresses_are_no_versions() {
        assert!(is_version("1.0.0-rc.1+build"));
        for text in ["^1.0.0", "file:x", "https://example.org/x", "", "1.0 || 2"] {
            assert!(!is_version(text), "{text}");
        }
    }
}
