//! Licences as people write them into rules.

/// Whether a licence is one of those that are excluded: `CC-BY-NC` excludes `CC BY-NC 4.0` and
/// `https://creativecommons.org/licenses/by-nc/4.0/`.
pub(crate) fn is_excluded(licence: &str, excluded: &[String]) -> bool {
    let licence = plain(licence);
    excluded.iter().map(|name| plain(name)).any(|name| name.len() > 1 && licence.contains(&name))
}

/// Lower case, words joined by one dash, Creative Commons' addresses as their short names.
fn plain(text: &str) -> String {
    let mut out = String::from("-");
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            out.push(character);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.replace("creativecommons-org-licenses-", "cc-").replace("attribution-noncommercial", "cc-by-nc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_licence_has_many_spellings() {
        let excluded = ["CC-BY-NC".to_owned(), String::new()];
        for licence in [
            "CC-BY-NC-4.0",
            "CC BY-NC 4.0 https://creativecommons.org",
            "https://creativecommons.org/licenses/by-nc/4.0/",
            "Attribution-NonCommercial-ShareAlike 4.0",
        ] {
            assert!(is_excluded(licence, &excluded), "{licence}");
        }
        for licence in ["CC-BY-4.0", "MIT", "Detection Rule License 1.1", ""] {
            assert!(!is_excluded(licence, &excluded), "{licence}");
        }
    }
}
