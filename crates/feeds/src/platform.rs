//! Which advisory shard a product name of a feed belongs to.

use model::{Distribution, Ecosystem};

/// A distribution release in the words of Seawall.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Platform {
    /// Name of the advisory shard.
    pub shard: String,
    /// Order of versions.
    pub ecosystem: Ecosystem,
    /// Support channel; empty is the plain one.
    pub channel: String,
}

impl Platform {
    pub(crate) fn new(ecosystem: Ecosystem, id: &str, version: &str) -> Self {
        Self { shard: Distribution::new(id, version).shard(), ecosystem, channel: String::new() }
    }

    fn with_channel(mut self, channel: &str) -> Self {
        self.channel = channel.to_owned();
        self
    }
}

/// The release that a Debian codename stands for (debian.org/releases); `sid` for unstable. Releases before
/// 4 are left out: 3.0 and 3.1 would fill one shard.
pub(crate) fn debian_release(codename: &str) -> Option<&'static str> {
    Some(match codename {
        "sid" => "sid",
        "duke" => "15",
        "forky" => "14",
        "trixie" => "13",
        "bookworm" => "12",
        "bullseye" => "11",
        "buster" => "10",
        "stretch" => "9",
        "jessie" => "8",
        "wheezy" => "7",
        "squeeze" => "6",
        "lenny" => "5",
        "etch" => "4",
        _ => return None,
    })
}

/// Debian by codename.
pub(crate) fn debian(codename: &str) -> Option<Platform> {
    Some(Platform::new(Ecosystem::Deb, "debian", debian_release(codename)?))
}

/// Alpine by `v3.18` or `edge`.
pub(crate) fn alpine(release: &str) -> Option<Platform> {
    if release == "edge" {
        return Some(Platform {
            shard: "alpine:edge".to_owned(),
            ecosystem: Ecosystem::Apk,
            channel: String::new(),
        });
    }
    let version = release.strip_prefix('v').unwrap_or(release);
    is_version(version).then(|| Platform::new(Ecosystem::Apk, "alpine", version))
}

/// Ubuntu by the parts of an OSV ecosystem after `Ubuntu:` (`22.04:LTS`, `Pro:18.04:LTS`,
/// `Pro:FIPS-updates:20.04:LTS`, `24.04:LTS:for:NVIDIA:BlueField`).
pub(crate) fn ubuntu(parts: &str) -> Option<Platform> {
    let mut version = None;
    let mut words = Vec::new();
    for part in parts.split(':') {
        match part {
            "LTS" => {}
            _ if version.is_none() && is_version(part) => version = Some(part),
            _ => words.push(part.to_ascii_lowercase()),
        }
    }
    let platform = Platform::new(Ecosystem::Deb, "ubuntu", version?);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words[..] {
        [] => platform,
        ["pro"] => platform.with_channel("esm"),
        ["pro", channel] => platform.with_channel(channel),
        _ => platform.with_channel(&words.join("-")),
    })
}

/// Red Hat Enterprise Linux by a CPE name: `cpe:/o:redhat:enterprise_linux:9::baseos`,
/// `cpe:/a:redhat:rhel_eus:9.2::appstream`; the `cpe:/o:redhat:` part may be missing (OSV). Other products
/// of Red Hat are nothing.
pub(crate) fn red_hat(cpe: &str) -> Option<Platform> {
    let text = cpe.strip_prefix("cpe:2.3:").or_else(|| cpe.strip_prefix("cpe:/")).unwrap_or(cpe);
    let text = text.split_once("redhat:").map_or(text, |(_, rest)| rest);
    let mut parts = text.split(':');
    let product = parts.next()?;
    let version = parts.next().unwrap_or("");
    let channel = match product {
        "enterprise_linux" => "",
        "enterprise_linux_eus" | "rhel_eus" => "eus",
        "enterprise_linux_els" | "rhel_els" => "els",
        "rhel_aus" => "aus",
        "rhel_tus" => "tus",
        "rhel_e4s" => "e4s",
        "rhel_eus_long_life" => "eus-long-life",
        _ => return None,
    };
    if !is_version(version) {
        return None;
    }
    let channel = match channel {
        "" => String::new(),
        // Extended life support goes on for a whole major release, the others for a minor one.
        "els" => "els".to_owned(),
        _ => format!("{channel}:{version}"),
    };
    Some(Platform::new(Ecosystem::Rpm, "rhel", version).with_channel(&channel))
}

/// SUSE by product name: `SUSE Linux Enterprise Server 15 SP5`, `Linux Enterprise Module for Basesystem 15
/// SP5`, `openSUSE Leap 15.5`, `openSUSE Tumbleweed`. Modules belong to the server they are added to.
pub(crate) fn suse(product: &str) -> Option<Platform> {
    let product = product.trim();
    let lower = product.to_ascii_lowercase();
    if lower.contains("tumbleweed") {
        return Some(Platform::new(Ecosystem::Rpm, "opensuse-tumbleweed", ""));
    }
    if let Some((_, version)) = lower.split_once("leap ") {
        let version = version.split_whitespace().next().unwrap_or("");
        return is_version(version).then(|| Platform::new(Ecosystem::Rpm, "opensuse-leap", version));
    }
    let rest = lower.strip_prefix("suse ").unwrap_or(&lower).strip_prefix("linux enterprise ")?;
    let is_server = rest.starts_with("server ") || rest.starts_with("module ");
    let is_special =
        ["for sap", "for the raspberry", "teradata", "business critical", "espos", "live patching"]
            .iter()
            .any(|special| rest.contains(special));
    if !is_server || is_special {
        return None;
    }
    let mut words = rest.split([' ', '-']).filter(|word| !word.is_empty());
    let major = words.find(|word| is_version(word))?;
    let service_pack = words.clone().find_map(|word| word.strip_prefix("sp")).unwrap_or("0");
    if !is_version(service_pack) {
        return None;
    }
    let version = if major.contains('.') { major.to_owned() } else { format!("{major}.{service_pack}") };
    let platform = Platform::new(Ecosystem::Rpm, "sles", &version);
    Some(if rest.contains("ltss") { platform.with_channel("ltss") } else { platform })
}

/// SUSE by CPE name: `cpe:/o:suse:sles:15:sp5`, `cpe:/o:suse:sle-module-basesystem:15:sp5`,
/// `cpe:/o:opensuse:leap:15.5`, `cpe:/o:suse:sles-ltss:15:sp3`.
pub(crate) fn suse_cpe(cpe: &str) -> Option<Platform> {
    let rest = cpe.strip_prefix("cpe:/o:").or_else(|| cpe.strip_prefix("cpe:/a:"))?;
    let mut parts = rest.split(':');
    let (vendor, product) = (parts.next()?, parts.next()?);
    let version = parts.next().unwrap_or("");
    match (vendor, product) {
        ("opensuse", "leap") => suse(&format!("leap {version}")),
        ("opensuse", "tumbleweed") => suse("tumbleweed"),
        ("suse", "sles" | "sles-ltss" | "suse_sles" | "suse_linux_enterprise_server") => {
            let service_pack = parts.next().unwrap_or("");
            let ltss = if product.ends_with("ltss") { "-ltss" } else { "" };
            suse(&format!("linux enterprise server {version} {service_pack}{ltss}"))
        }
        ("suse", product) if product.starts_with("sle-module-") => {
            suse(&format!("linux enterprise module {version} {}", parts.next().unwrap_or("")))
        }
        _ => None,
    }
}

/// The distribution that an RPM advisory is about, by its id and, where the id does not tell, by the
/// distribution tag in the release of its packages (`1.el8_6`, `2.amzn2023`, `1.fc40`).
pub(crate) fn rpm_by_advisory(id: &str, release: &str) -> Option<Platform> {
    let prefix = id.split(['-', ':']).next().unwrap_or("");
    let tag = |name: &str| -> Option<String> {
        let digits = |from: &str| from.chars().take_while(char::is_ascii_digit).collect::<String>();
        let mut rest = release;
        while let Some(at) = rest.find(name) {
            let before = rest[..at].chars().next_back();
            let version = digits(&rest[at + name.len()..]);
            if !version.is_empty() && matches!(before, None | Some('.' | '+' | '_')) {
                return Some(version);
            }
            rest = &rest[at + name.len()..];
        }
        None
    };
    let rpm = |id: &str, version: &str| Some(Platform::new(Ecosystem::Rpm, id, version));
    match prefix {
        _ if prefix.starts_with("ALAS") => {
            // Amazon Linux 1 has plain `amzn1`.
            let version = tag("amzn")?;
            // os-release of Amazon Linux 1 says `2018.03`.
            rpm("amzn", if version == "1" { "2018.03" } else { &version })
        }
        "ALSA" | "ALBA" | "ALEA" => rpm("almalinux", &tag("el")?),
        "RLSA" | "RLBA" | "RLEA" | "RXSA" => rpm("rocky", &tag("el")?),
        "RHSA" | "RHBA" | "RHEA" => rpm("rhel", &tag("el")?),
        "ELSA" | "ELBA" | "ELEA" => rpm("ol", &tag("el")?),
        "CESA" => rpm("centos", &tag("el")?),
        "FEDORA" => rpm("fedora", &tag("fc")?),
        _ => None,
    }
}

/// Digits and dots, beginning with a digit.
pub(crate) fn is_version(text: &str) -> bool {
    text.len() <= 16
        && text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(platform: Option<Platform>, expected: &str) {
        let text = platform.map_or("none".to_owned(), |p| format!("{} {}", p.shard, p.channel));
        assert_eq!(text.trim_end(), expected);
    }

    #[test]
    fn product_names_lead_to_the_shard_that_os_release_leads_to() {
        check(debian("bookworm"), "debian:12");
        check(debian("sid"), "debian:sid");
        check(debian("experimental"), "none");
        check(alpine("v3.18"), "alpine:3.18");
        check(alpine("edge"), "alpine:edge");
        check(alpine("vx"), "none");
        check(ubuntu("22.04:LTS"), "ubuntu:22.04");
        check(ubuntu("25.10"), "ubuntu:25.10");
        check(ubuntu("Pro:18.04:LTS"), "ubuntu:18.04 esm");
        check(ubuntu("Pro:FIPS-updates:20.04:LTS"), "ubuntu:20.04 fips-updates");
        check(ubuntu("24.04:LTS:for:NVIDIA:BlueField"), "ubuntu:24.04 for-nvidia-bluefield");
        check(red_hat("cpe:/o:redhat:enterprise_linux:9::baseos"), "rhel:9");
        check(red_hat("cpe:/a:redhat:rhel_eus:9.2::appstream"), "rhel:9 eus:9.2");
        check(red_hat("cpe:/o:redhat:rhel_els:7"), "rhel:7 els");
        check(red_hat("cpe:/o:redhat:enterprise_linux:10.0"), "rhel:10");
        check(red_hat("enterprise_linux:8::appstream"), "rhel:8");
        check(red_hat("cpe:/a:redhat:openshift:4.16::el9"), "none");
        check(suse("SUSE Linux Enterprise Server 15 SP5"), "sles:15.5");
        check(suse("Linux Enterprise Module for Basesystem 15 SP5"), "sles:15.5");
        check(suse("SUSE Linux Enterprise Server 15 SP3-LTSS"), "sles:15.3 ltss");
        check(suse("SUSE Linux Enterprise Server 12"), "sles:12.0");
        check(suse("SUSE Linux Enterprise Server for SAP Applications 15 SP4"), "none");
        check(suse("SUSE Linux Enterprise Desktop 15 SP5"), "none");
        check(suse("openSUSE Leap 15.5"), "opensuse-leap:15.5");
        check(suse("openSUSE Tumbleweed"), "opensuse-tumbleweed:rolling");
        check(suse_cpe("cpe:/o:suse:sles:15:sp5"), "sles:15.5");
        check(suse_cpe("cpe:/o:suse:sle-module-basesystem:15:sp5"), "sles:15.5");
        check(suse_cpe("cpe:/o:opensuse:leap:15.5"), "opensuse-leap:15.5");
        check(rpm_by_advisory("ALAS-2023-001", "1.amzn2023.0.1"), "amzn:2023");
        check(rpm_by_advisory("ALAS2-2021-1", "3.amzn2"), "amzn:2");
        check(rpm_by_advisory("ALAS-2014-1", "3.7.amzn1"), "amzn:2018");
        check(rpm_by_advisory("RLSA-2022:1", "8.el8_6"), "rocky:8");
        check(rpm_by_advisory("RLSA-2022:1", "8.module+el8.6.0+1+2"), "rocky:8");
        check(rpm_by_advisory("ELSA-2024-1", "1.0.1.el9_4"), "ol:9");
        check(rpm_by_advisory("XX-1", "1.el9"), "none");
    }
}
