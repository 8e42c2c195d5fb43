//! OSV ecosystem names (osv-schema, "Defined ecosystems").

use crate::platform::{self, Platform};
use model::Ecosystem;

/// Where the rows of an OSV ecosystem go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub shard: String,
    pub ecosystem: Ecosystem,
    pub channel: String,
}

/// The shard of an OSV ecosystem, or nothing when Seawall scans no such packages.
pub(super) fn place(name: &str) -> Option<Place> {
    let (family, release) = name.split_once(':').unwrap_or((name, ""));
    let language = |ecosystem: Ecosystem| {
        Some(Place { shard: ecosystem.purl_type().to_owned(), ecosystem, channel: String::new() })
    };
    let major = |id: &str| {
        let platform = Platform::new(Ecosystem::Rpm, id, release);
        platform::is_version(release).then(|| system(platform))
    };
    match family {
        "npm" => language(Ecosystem::Npm),
        "PyPI" => language(Ecosystem::PyPI),
        "Go" => language(Ecosystem::Go),
        "crates.io" => language(Ecosystem::Cargo),
        // A repository other than Maven Central may follow: `Maven:https://repo.example.org/maven`.
        "Maven" => language(Ecosystem::Maven),
        "RubyGems" => language(Ecosystem::Gem),
        "Packagist" => language(Ecosystem::Composer),
        "NuGet" => language(Ecosystem::Nuget),
        // Bitnami packages upstream software under upstream's names and versions.
        "Bitnami" => language(Ecosystem::Generic),
        "Debian" => platform::is_version(release)
            .then(|| system(Platform::new(Ecosystem::Deb, "debian", release)))
            .or_else(|| platform::debian(release).map(system)),
        "Ubuntu" => platform::ubuntu(release).map(system),
        "Alpine" => platform::alpine(release).map(system),
        "Wolfi" => Some(system(Platform::new(Ecosystem::Apk, "wolfi", ""))),
        "Chainguard" => Some(system(Platform::new(Ecosystem::Apk, "chainguard", ""))),
        "AlmaLinux" => major("almalinux"),
        "Rocky Linux" => major("rocky"),
        "Mageia" => major("mageia"),
        "Photon OS" => major("photon"),
        "Azure Linux" if platform::is_version(release) => {
            // Release 2 called itself CBL-Mariner; os-release writes `2.0` and `3.0`.
            let id = if release.starts_with('2') { "mariner" } else { "azurelinux" };
            let version = if release.contains('.') { release.to_owned() } else { format!("{release}.0") };
            Some(system(Platform::new(Ecosystem::Rpm, id, &version)))
        }
        "Red Hat" => platform::red_hat(release).map(system),
        "SUSE" => platform::suse(release).map(system),
        "openSUSE" => platform::suse(release).map(system),
        _ => None,
    }
}

fn system(platform: Platform) -> Place {
    Place { shard: platform.shard, ecosystem: platform.ecosystem, channel: platform.channel }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecosystem_names_lead_to_shards() {
        for (name, expected) in [
            ("npm", "npm"),
            ("PyPI", "pypi"),
            ("Go", "golang"),
            ("Maven:https://repo.example.org", "maven"),
            ("Debian:12", "debian:12"),
            ("Alpine:v3.18", "alpine:3.18"),
            ("Ubuntu:Pro:22.04:LTS", "ubuntu:22.04 esm"),
            ("AlmaLinux:8", "almalinux:8"),
            ("Rocky Linux:9", "rocky:9"),
            ("Mageia:9", "mageia:9"),
            ("Azure Linux:3", "azurelinux:3.0"),
            ("Red Hat:rhel_eus:9.2::appstream", "rhel:9 eus:9.2"),
            ("SUSE:Linux Enterprise Server 15 SP5", "sles:15.5"),
            ("openSUSE:Leap 15.5", "opensuse-leap:15.5"),
            ("Wolfi", "wolfi:rolling"),
            ("Android", ""),
            ("Debian", ""),
            ("", ""),
        ] {
            let found = place(name).map(|place| format!("{} {}", place.shard, place.channel));
            assert_eq!(found.unwrap_or_default().trim_end(), expected, "{name}");
        }
    }
}
