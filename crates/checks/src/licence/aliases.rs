//! Names that packages give to licences.

/// The SPDX identifier of a name as Debian, Fedora, PyPI, npm and Maven spell it; `None` when it is not known.
pub(super) fn identifier(name: &str) -> Option<String> {
    let name = name.trim().trim_matches(['"', '\'', '.', ';']);
    // Old GNU identifiers (`GPL-2.0`, `LGPL-2.1+`) have newer ones that say `only` or `or later`.
    if let Some(id) = gnu(name) {
        return Some(id);
    }
    if let Some(id) = same_without_case(name) {
        return Some(id.name.to_owned());
    }
    let key = key(name);
    let listed = LISTED.iter().find(|(alias, _)| *alias == key).map(|(_, id)| (*id).to_owned());
    let by_key = || same_without_case(&key.replace(' ', "-")).map(|id| id.name.to_owned());
    listed.or_else(by_key)
}

fn same_without_case(name: &str) -> Option<spdx::LicenseId> {
    let found = spdx::identifiers::LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(name))?;
    spdx::license_id(found.name)
}

/// A name without case, blanks, punctuation, and words that say nothing.
fn key(name: &str) -> String {
    let lower = name.to_lowercase();
    let lower = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let lower = lower.strip_prefix("www.").unwrap_or(lower);
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '+' && c != '.');
    let ends = [".txt", ".html", ".php"];
    let bare =
        |word: &'_ str| ends.iter().find_map(|end| word.strip_suffix(end)).map_or(word.len(), str::len);
    let told = words.map(|word| word[..bare(word)].trim_matches('.')).filter(|word| {
        !matches!(
            *word,
            "" | "the"
                | "license"
                | "licence"
                | "licenses"
                | "licensed"
                | "under"
                | "version"
                | "v"
                | "software"
                | "foundation"
                | "approved"
                | "osi"
                | "new"
                | "style"
                | "txt"
                | "html"
                | "php"
                | "inc"
                | "project"
        )
    });
    told.map(|word| {
        word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(word)
    })
    .collect::<Vec<_>>()
    .join(" ")
}

const LISTED: [(&str, &str); 95] = [
    ("expat", "MIT"),
    ("mit expat", "MIT"),
    ("mit mit", "MIT"),
    ("mit x11", "MIT"),
    ("x11 mit", "MIT"),
    ("opensource.org mit", "MIT"),
    ("modern mit with sublicense", "MIT"),
    ("bsd", "BSD-3-Clause"),
    ("bsd 2", "BSD-2-Clause"),
    ("bsd 3", "BSD-3-Clause"),
    ("bsd 4", "BSD-4-Clause"),
    ("2 clause bsd", "BSD-2-Clause"),
    ("3 clause bsd", "BSD-3-Clause"),
    ("bsd 2 clause", "BSD-2-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 4 clause", "BSD-4-Clause"),
    ("bsd 3clause", "BSD-3-Clause"),
    ("bsd 2clause", "BSD-2-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("freebsd", "BSD-2-Clause"),
    ("revised bsd", "BSD-3-Clause"),
    ("bsd with advertising", "BSD-4-Clause"),
    ("bsd like", "BSD-3-Clause"),
    ("apache", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache2.0", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("asl 2", "Apache-2.0"),
    ("al 2.0", "Apache-2.0"),
    ("al2", "Apache-2.0"),
    ("apache 2.0 only", "Apache-2.0"),
    ("apache.org 2.0", "Apache-2.0"),
    ("asl 1.1", "Apache-1.1"),
    ("apache 1.1", "Apache-1.1"),
    ("artistic", "Artistic-1.0-Perl"),
    ("artistic 1", "Artistic-1.0"),
    ("artistic 2", "Artistic-2.0"),
    ("artistic 2.0", "Artistic-2.0"),
    ("perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("perl 5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("same as perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("ruby", "Ruby"),
    ("psf", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("python", "Python-2.0"),
    ("python psf", "PSF-2.0"),
    ("isc iscl", "ISC"),
    ("iscl", "ISC"),
    ("isc", "ISC"),
    ("mozilla public 2.0", "MPL-2.0"),
    ("mozilla public 2.0 mpl 2.0", "MPL-2.0"),
    ("mozilla public 1.1", "MPL-1.1"),
    ("mpl", "MPL-2.0"),
    ("mpl 2", "MPL-2.0"),
    ("mpl2", "MPL-2.0"),
    ("mpl2.0", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("mpl 1.1", "MPL-1.1"),
    ("mplv2.0", "MPL-2.0"),
    ("mplv1.1", "MPL-1.1"),
    ("zpl", "ZPL-2.1"),
    ("zpl 2.1", "ZPL-2.1"),
    ("zope public", "ZPL-2.1"),
    ("zlib libpng", "Zlib"),
    ("zlib and libpng", "Zlib"),
    ("libpng", "Libpng"),
    ("boost", "BSL-1.0"),
    ("boost 1.0", "BSL-1.0"),
    ("bsl 1", "BSL-1.0"),
    ("bsl 1.0", "BSL-1.0"),
    ("unlicence", "Unlicense"),
    ("cc0", "CC0-1.0"),
    ("cc0 1.0 universal", "CC0-1.0"),
    ("cc0 1.0 universal cc0 1.0 public domain dedication", "CC0-1.0"),
    ("creative commons zero", "CC0-1.0"),
    ("cc by", "CC-BY-4.0"),
    ("cc by sa", "CC-BY-SA-4.0"),
    ("public domain", "LicenseRef-public-domain"),
    ("public domain dedication", "LicenseRef-public-domain"),
    ("eclipse public 1.0", "EPL-1.0"),
    ("eclipse public 2.0", "EPL-2.0"),
    ("epl", "EPL-2.0"),
    ("edl 1.0", "BSD-3-Clause"),
    ("eclipse distribution 1.0", "BSD-3-Clause"),
    ("cddl", "CDDL-1.0"),
    ("cddl 1.0", "CDDL-1.0"),
    ("cddl 1.1", "CDDL-1.1"),
    ("openssl", "OpenSSL"),
    ("sil open font 1.1", "OFL-1.1"),
    ("ofl", "OFL-1.1"),
    ("unlicensed", "LicenseRef-proprietary"),
    ("proprietary", "LicenseRef-proprietary"),
];

/// The GNU licences, whose version and `or later` are written in a hundred ways: `GPLv2+`, `GPL-2`, `GNU General
/// Public License v2 or later (GPLv2+)`, `LGPL (>= 2.1)`.
fn gnu(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let family = if lower.contains("affero") || lower.contains("agpl") {
        "AGPL"
    } else if lower.contains("lesser general")
        || lower.contains("library general")
        || lower.contains("lgpl")
        || lower.contains("lesser gnu")
        || lower.contains("library or lesser")
    {
        "LGPL"
    } else if lower.contains("free documentation") || lower.contains("gfdl") || lower.contains("gnu fdl") {
        "GFDL"
    } else if lower.contains("general public") || lower.contains("gpl") {
        "GPL"
    } else {
        return None;
    };
    let is_word = |word: &str| {
        let bare: String = word.chars().filter(char::is_ascii_alphabetic).collect();
        matches!(
            bare.as_str(),
            "" | "gnu"
                | "gpl"
                | "lgpl"
                | "agpl"
                | "gfdl"
                | "fdl"
                | "gplv"
                | "lgplv"
                | "agplv"
                | "gfdlv"
                | "v"
                | "general"
                | "public"
                | "license"
                | "licence"
                | "affero"
                | "lesser"
                | "library"
                | "free"
                | "documentation"
                | "version"
                | "or"
                | "later"
                | "newer"
                | "only"
                | "any"
                | "and"
                | "the"
                | "software"
                | "greater"
                | "niv"
                | "with"
                | "exceptions"
                | "exception"
                | "orlater"
                | "osi"
                | "approved"
                | "wwwgnuorglicenses"
                | "http"
                | "https"
                | "html"
                | "gplhtml"
                | "lgplhtml"
                | "ver"
        )
    };
    if !lower.split([' ', '(', ')', ',', '-', '_', '/', ':']).all(is_word) {
        return None;
    }
    let version = version(&lower);
    let is_later = lower.contains('+')
        || lower.contains("later")
        || lower.contains("newer")
        || lower.contains(">=")
        || lower.contains("greater")
        || lower.contains("any version");
    let version = match (family, version.as_deref()) {
        (_, Some("2.1")) => "2.1",
        ("GFDL", Some("1.1")) => "1.1",
        ("GFDL", Some("1.2")) => "1.2",
        ("GFDL", Some("1.3") | None) => "1.3",
        (_, Some("1" | "1.0")) => "1.0",
        (_, Some("2" | "2.0")) => "2.0",
        (_, Some("3" | "3.0")) => "3.0",
        // Without a version, any published one may be chosen (GPL-3.0, section 14).
        ("GPL", None) => return Some("GPL-1.0-or-later".to_owned()),
        ("LGPL", None) => return Some("LGPL-2.0-or-later".to_owned()),
        ("AGPL", None) => return Some("AGPL-3.0-or-later".to_owned()),
        _ => return None,
    };
    let id = format!("{family}-{version}-{}", if is_later { "or-later" } else { "only" });
    spdx::license_id(&id).map(|id| id.name.to_owned())
}

fn version(text: &str) -> Option<String> {
    let begin = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[begin..].chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    Some(digits.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(name: &str, expected: Option<&str>) {
        assert_eq!(identifier(name).as_deref(), expected, "{name}");
    }

    #[test]
    fn spellings_of_the_package_worlds_are_known() {
        for (name, id) in [
            ("Expat", "MIT"),
            ("MIT License", "MIT"),
            ("The MIT License (MIT)", "MIT"),
            ("BSD", "BSD-3-Clause"),
            ("BSD License", "BSD-3-Clause"),
            ("BSD-3-clause", "BSD-3-Clause"),
            ("Apache Software License", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
            ("ASL 2.0", "Apache-2.0"),
            ("GPL-2+", "GPL-2.0-or-later"),
            ("GPLv2", "GPL-2.0-only"),
            ("GPL-3", "GPL-3.0-only"),
            ("LGPLv2+", "LGPL-2.0-or-later"),
            ("LGPL-2.1+", "LGPL-2.1-or-later"),
            ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
            ("GNU Lesser General Public License v2.1", "LGPL-2.1-only"),
            ("GNU Affero General Public License v3", "AGPL-3.0-only"),
            ("GPLv2+ with exceptions", "GPL-2.0-or-later"),
            ("GPL", "GPL-1.0-or-later"),
            ("GFDL-1.3+", "GFDL-1.3-or-later"),
            ("MPLv1.1", "MPL-1.1"),
            ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
            ("ISC License (ISCL)", "ISC"),
            ("mit", "MIT"),
            ("Python Software Foundation License", "Python-2.0"),
        ] {
            is(name, Some(id));
        }
        is("Frobnicate Public License", None);
        is("", None);
    }

    #[test]
    fn every_listed_identifier_is_one() {
        for (alias, id) in LISTED {
            assert!(spdx::Expression::parse(id).is_ok(), "{alias}: {id}");
            assert_eq!(key(alias), alias);
        }
    }
}
