//! Which operating system an image holds.

use serde::{Deserialize, Serialize};

/// The operating system distribution of an image (os-release(5), with what other files correct).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Distribution {
    /// `ID` of os-release: `debian`, `alpine`, `rhel`, `almalinux`, `amzn`, `sles` …
    pub id: String,
    /// `VERSION_ID`, or what other files tell (`/etc/debian_version`, `/etc/alpine-release`); `sid` for
    /// Debian unstable. Empty for a rolling release.
    #[serde(default)]
    pub version: String,
    /// `VERSION_CODENAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codename: Option<String>,
    /// `PRETTY_NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretty_name: Option<String>,
    /// `ID_LIKE`, split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub like: Vec<String>,
    /// Release stream from the package manager's repositories when it disagrees with os-release
    /// (Alpine `edge`, Ubuntu ESM), or a CPE name (`CPE_NAME`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `CPE_NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpe: Option<String>,
}

impl Distribution {
    /// A distribution by its os-release id and version.
    #[must_use]
    pub fn new(id: &str, version: &str) -> Self {
        Self { id: id.to_owned(), version: version.to_owned(), ..Self::default() }
    }

    /// The part of the version before the first dot.
    #[must_use]
    pub fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or("")
    }

    /// The name of the advisory shard for its packages: id and the part of the version that names a release
    /// stream (`debian:12`, `alpine:3.18`, `ubuntu:22.04`, `almalinux:9`, `sles:15.5`, `amzn:2023`).
    #[must_use]
    pub fn shard(&self) -> String {
        let two_parts = || self.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        let release = match self.id.as_str() {
            "alpine" if self.channel.as_deref() == Some("edge") => "edge".to_owned(),
            "alpine" | "ubuntu" | "sles" | "opensuse-leap" | "opensuse" | "postmarketos" | "mariner"
            | "azurelinux" => two_parts(),
            "wolfi" | "chainguard" | "arch" | "opensuse-tumbleweed" => "rolling".to_owned(),
            _ => self.major().to_owned(),
        };
        format!("{}:{release}", self.id)
    }
}

impl std::fmt::Display for Distribution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.pretty_name {
            Some(name) => f.write_str(name),
            None if self.version.is_empty() => f.write_str(&self.id),
            None => write!(f, "{} {}", self.id, self.version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_names_the_release_stream() {
        for (id, version, shard) in [
            ("debian", "12", "debian:12"),
            ("debian", "12.5", "debian:12"),
            ("alpine", "3.18.9", "alpine:3.18"),
            ("ubuntu", "22.04", "ubuntu:22.04"),
            ("almalinux", "9.4", "almalinux:9"),
            ("wolfi", "20230201", "wolfi:rolling"),
        ] {
            assert_eq!(Distribution::new(id, version).shard(), shard);
        }
    }
}
