//! The release of a Debian whose `os-release` has no `VERSION_ID`: testing and unstable.

use model::Distribution;

/// Codenames and their releases (Debian releases, www.debian.org/releases).
const CODENAMES: &[(&str, &str)] = &[
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// Fills in the version.
///
/// `debian_version` is a point release, or `forky/sid` in testing and in unstable alike: what apt would install
/// from tells them apart. Unstable is assumed when nothing does; its advisories are those of both.
pub(super) fn complete<'t>(
    distribution: &mut Distribution,
    debian_version: Option<&str>,
    apt_sources: impl Iterator<Item = &'t str>,
) {
    let version = debian_version.map(super::first_line).unwrap_or_default();
    if version.starts_with(|first: char| first.is_ascii_digit()) {
        version.clone_into(&mut distribution.version);
        return;
    }
    let codename = match version.split_once('/') {
        Some((codename, _)) => codename,
        None if version.is_empty() => distribution.codename.as_deref().unwrap_or_default(),
        None => version,
    };
    let release = CODENAMES.iter().find(|(name, _)| *name == codename).map(|(_, release)| *release);
    let is_testing_or_unstable = version.contains('/') || codename == "sid" || release.is_none();
    let is_testing = is_testing_or_unstable && names_testing(apt_sources, codename);
    let version = match release {
        Some(release) if is_testing || !is_testing_or_unstable => release,
        _ => "sid",
    };
    version.clone_into(&mut distribution.version);
}

/// Whether apt's sources name testing or its codename, and not unstable. Both forms of sources.list(5) name the
/// suite as a word of its own.
fn names_testing<'t>(lines: impl Iterator<Item = &'t str>, codename: &str) -> bool {
    let (mut names_testing, mut names_unstable) = (false, false);
    for line in lines {
        let line = line.trim();
        if !(line.starts_with("deb ") || line.starts_with("Suites:")) {
            continue;
        }
        for word in line.split_whitespace() {
            names_testing |= word == "testing" || word == codename;
            names_unstable |= word == "unstable" || word == "sid";
        }
    }
    names_testing && !names_unstable
}
