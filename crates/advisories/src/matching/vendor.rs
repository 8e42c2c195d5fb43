//! Whether a package was built by the distribution.

use model::{Distribution, Ecosystem, Package};

/// The vendor of a package that the distribution's publisher did not build, so that its advisories may say
/// nothing of it.
pub(super) fn foreign_vendor<'a>(package: &'a Package, distribution: &Distribution) -> Option<&'a str> {
    let vendor = package.vendor.as_deref().map(str::trim).filter(|vendor| !vendor.is_empty())?;
    let lower = vendor.to_lowercase();
    let is_foreign = match package.ecosystem {
        // RPM names the builder; distributions use one name each.
        Ecosystem::Rpm => {
            own_words(&distribution.id).is_some_and(|words| !words.iter().any(|word| lower.contains(word)))
        }
        // dpkg has `Origin` or the maintainer's name alone, and distributions have thousands of maintainers, so
        // only vendors that are known to publish packages of their own are told.
        Ecosystem::Deb => {
            !own_words(&distribution.id).unwrap_or_default().iter().any(|word| lower.contains(word))
                && KNOWN_VENDORS.iter().any(|word| lower.contains(word))
        }
        _ => false,
    };
    is_foreign.then_some(vendor)
}

/// Words that a distribution's own `Vendor` or `Maintainer` holds.
fn own_words(id: &str) -> Option<&'static [&'static str]> {
    Some(match id {
        "rhel" => &["red hat"],
        "centos" => &["centos", "red hat"],
        "fedora" => &["fedora"],
        "rocky" => &["rocky"],
        "almalinux" => &["almalinux"],
        "ol" => &["oracle"],
        "amzn" => &["amazon"],
        "sles" | "sles_sap" | "sle_hpc" | "opensuse-leap" | "opensuse-tumbleweed" => &["suse"],
        "photon" => &["vmware", "broadcom"],
        "mariner" | "azurelinux" => &["microsoft"],
        "debian" => &["debian"],
        "ubuntu" => &["ubuntu", "canonical", "debian"],
        _ => return None,
    })
}

const KNOWN_VENDORS: &[&str] = &[
    "cloudflare",
    "confluent",
    "datadog",
    "docker",
    "elastic",
    "gitlab",
    "google",
    "grafana",
    "hashicorp",
    "influxdata",
    "jenkins",
    "kubernetes",
    "mariadb",
    "microsoft",
    "mongodb",
    "mysql",
    "nginx packaging",
    "nodesource",
    "nvidia",
    "oracle",
    "packagecloud",
    "percona",
    "rabbitmq",
    "redis labs",
    "splunk",
    "sury",
    "varnish software",
    "zabbix",
];

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FoundBy, LayerPath};

    #[track_caller]
    fn check(ecosystem: Ecosystem, vendor: &str, id: &str, expected: bool) {
        let mut package = Package::new(ecosystem, "x", "1", FoundBy::PackageManager, &LayerPath::new("db"));
        package.vendor = Some(vendor.to_owned());
        assert_eq!(
            foreign_vendor(&package, &Distribution::new(id, "9")).is_some(),
            expected,
            "{vendor} on {id}"
        );
    }

    #[test]
    fn packages_of_others_are_told() {
        check(Ecosystem::Rpm, "Red Hat, Inc.", "rhel", false);
        check(Ecosystem::Rpm, "Fedora Project", "rhel", true);
        check(Ecosystem::Rpm, "SUSE LLC <https://www.suse.com/>", "sles", false);
        check(Ecosystem::Deb, "Debian GnuTLS Maintainers", "debian", false);
        check(Ecosystem::Deb, "Jane Doe", "debian", false);
        check(Ecosystem::Deb, "Docker", "debian", true);
        check(Ecosystem::Deb, "NGINX Packaging", "debian", true);
        check(Ecosystem::Rpm, "Anybody", "unknown", false);
    }
}
