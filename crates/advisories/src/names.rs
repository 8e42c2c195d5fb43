//! One spelling for each package name.

use model::Ecosystem;
use std::borrow::Cow;

/// The spelling under which a package is stored and looked up.
///
/// PyPI names are compared as PEP 503 says (lower case, runs of `-`, `_` and `.` are one `-`); NuGet, Packagist
/// and upstream names without regard to case. All others are compared byte for byte.
#[must_use]
pub fn lookup_name(ecosystem: Ecosystem, name: &str) -> Cow<'_, str> {
    match ecosystem {
        Ecosystem::PyPI => pep503(name),
        Ecosystem::Nuget | Ecosystem::Composer | Ecosystem::Generic => {
            if name.chars().any(char::is_uppercase) {
                Cow::Owned(name.to_lowercase())
            } else {
                Cow::Borrowed(name)
            }
        }
        _ => Cow::Borrowed(name),
    }
}

fn pep503(name: &str) -> Cow<'_, str> {
    let is_normal = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.contains("--");
    if is_normal {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normal.extend(character.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_their_ecosystem_compares_them() {
        for (ecosystem, name, expected) in [
            (Ecosystem::PyPI, "Zope.Interface", "zope-interface"),
            (Ecosystem::PyPI, "a__b-.c", "a-b-c"),
            (Ecosystem::PyPI, "requests", "requests"),
            (Ecosystem::Nuget, "Newtonsoft.Json", "newtonsoft.json"),
            (Ecosystem::Go, "github.com/BurntSushi/toml", "github.com/BurntSushi/toml"),
            (Ecosystem::Deb, "libssl3", "libssl3"),
        ] {
            assert_eq!(lookup_name(ecosystem, name), expected);
        }
    }
}
