//! Which shard judges the system packages of a distribution.

use crate::database::Database;
use model::{Distribution, Ecosystem};

/// Which shard judges the system packages of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The shard.
    pub(super) shard: String,
    /// What its packages are; `None` when the distribution is not known.
    pub(super) ecosystem: Option<Ecosystem>,
    /// What has to be told when the advisories are those of another distribution.
    pub(super) note: Option<String>,
    /// How the distribution calls itself.
    pub(super) title: String,
}

impl Plan {
    pub(super) fn of(distribution: &Distribution, database: &Database) -> Self {
        let own = own_shard(distribution);
        let has = |name: &str| database.names().any(|other| other == name);
        let title = distribution.to_string();
        if !has(&own)
            && let Some((shard, note)) = base_shard(distribution)
        {
            let ecosystem = ecosystem_of(shard.split(':').next().unwrap_or(""));
            return Self { shard, ecosystem, note, title };
        }
        Self { shard: own, ecosystem: ecosystem_of(&distribution.id), note: None, title }
    }
}

/// The shard that has the distribution's own name.
fn own_shard(distribution: &Distribution) -> String {
    if distribution.id == "debian" {
        return format!("debian:{}", debian_release(distribution));
    }
    distribution.shard()
}

/// A version, or what the codename stands for (debian.org/releases): images of testing and unstable have no
/// `VERSION_ID`.
fn debian_release(distribution: &Distribution) -> String {
    if !distribution.version.is_empty() {
        return distribution.major().to_owned();
    }
    let codename = distribution.codename.as_deref().unwrap_or("");
    let release = match codename.split('/').next().unwrap_or("") {
        "wheezy" => "7",
        "jessie" => "8",
        "stretch" => "9",
        "buster" => "10",
        "bullseye" => "11",
        "bookworm" => "12",
        "trixie" => "13",
        "forky" => "14",
        "duke" => "15",
        _ => "sid",
    };
    release.to_owned()
}

/// The shard of the distribution that this one takes its packages from, by a table: `ID_LIKE` names a family, but
/// versions and fixes differ inside a family.
fn base_shard(distribution: &Distribution) -> Option<(String, Option<String>)> {
    let major = distribution.major();
    let ubuntu = |release: &str| format!("ubuntu:{release}");
    let derived = |shard: String| {
        let note = format!(
            "judged by {shard}, where most of its packages come from; its own packages have no advisories"
        );
        Some((shard, Some(note)))
    };
    match distribution.id.as_str() {
        // The same packages, built again for other machines.
        "raspbian" => derived(format!("debian:{}", debian_release(distribution))),
        // devuan.org/os/releases.
        "devuan" => derived(format!(
            "debian:{}",
            match major {
                "3" => "10",
                "4" => "11",
                "5" => "12",
                "6" => "13",
                _ => return None,
            }
        )),
        // CentOS Linux rebuilt Red Hat's packages with the same versions.
        "centos" => derived(format!("rhel:{major}")),
        // linuxmint.com/download_all.php; LMDE has other numbers and is based on Debian.
        "linuxmint" => derived(ubuntu(match major {
            "19" => "18.04",
            "20" => "20.04",
            "21" => "22.04",
            "22" => "24.04",
            _ => return None,
        })),
        "elementary" => derived(ubuntu(match major {
            "5" => "18.04",
            "6" => "20.04",
            "7" => "22.04",
            "8" => "24.04",
            _ => return None,
        })),
        "zorin" => derived(ubuntu(match major {
            "16" => "20.04",
            "17" => "22.04",
            "18" => "24.04",
            _ => return None,
        })),
        // These keep Ubuntu's version number.
        "pop" | "neon" => derived(Distribution::new("ubuntu", &distribution.version).shard()),
        // The same product under another name.
        "sles_sap" | "sle_hpc" | "suse-microos" if !distribution.version.is_empty() => {
            derived(Distribution::new("sles", &distribution.version).shard())
        }
        _ => None,
    }
}

/// What the packages of a distribution are.
fn ecosystem_of(id: &str) -> Option<Ecosystem> {
    Some(match id {
        "debian" | "ubuntu" => Ecosystem::Deb,
        "alpine" | "wolfi" | "chainguard" | "postmarketos" => Ecosystem::Apk,
        "rhel"
        | "centos"
        | "fedora"
        | "rocky"
        | "almalinux"
        | "ol"
        | "amzn"
        | "sles"
        | "opensuse-leap"
        | "opensuse-tumbleweed"
        | "mageia"
        | "photon"
        | "mariner"
        | "azurelinux" => Ecosystem::Rpm,
        _ => return None,
    })
}
