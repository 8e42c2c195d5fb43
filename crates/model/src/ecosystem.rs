//! Where a package comes from.

use serde::{Deserialize, Serialize};

/// The packaging ecosystem of a package; decides its version order and its advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// dpkg packages: Debian, Ubuntu and others.
    Deb,
    /// apk packages: Alpine, Wolfi.
    Apk,
    /// RPM packages: Red Hat, SUSE, Amazon, Oracle and others.
    Rpm,
    /// Python, versions of PEP 440.
    PyPI,
    /// Node.js, semantic versions.
    Npm,
    /// Java, `group:artifact`.
    Maven,
    /// Go modules; the standard library is the module `stdlib`.
    Go,
    /// Rust crates.
    Cargo,
    /// RubyGems.
    Gem,
    /// PHP Packagist, `vendor/name`.
    Composer,
    /// .NET.
    Nuget,
    /// Upstream software that no package manager recorded, told by a version classifier or binary; named as
    /// upstream names itself (`openssl`, `nginx`, `runc`).
    Generic,
}

impl Ecosystem {
    /// Every ecosystem.
    pub const ALL: [Self; 12] = [
        Self::Deb,
        Self::Apk,
        Self::Rpm,
        Self::PyPI,
        Self::Npm,
        Self::Maven,
        Self::Go,
        Self::Cargo,
        Self::Gem,
        Self::Composer,
        Self::Nuget,
        Self::Generic,
    ];

    /// The package URL type (purl-spec, PURL-TYPES); also the shard name of language ecosystems.
    #[must_use]
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::PyPI => "pypi",
            Self::Npm => "npm",
            Self::Maven => "maven",
            Self::Go => "golang",
            Self::Cargo => "cargo",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Nuget => "nuget",
            Self::Generic => "generic",
        }
    }

    /// The ecosystem of a package URL type.
    #[must_use]
    pub fn from_purl_type(purl_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ecosystem| ecosystem.purl_type() == purl_type)
    }

    /// Whether the operating system's package manager installs it.
    #[must_use]
    pub const fn is_system(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm)
    }
}

impl std::fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.purl_type())
    }
}
