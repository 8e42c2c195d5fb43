//! The machine an image is for.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The machine an image is for: `linux/arm64/v8` (OCI image-spec, image-index.md, "platform"; names as in
/// containerd/platforms, database.go).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`.
    #[serde(default)]
    pub os: String,
    /// `amd64`.
    #[serde(default)]
    pub architecture: String,
    /// `v8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// Which images of a multi-platform index are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlatformChoice {
    /// The one for this machine; the only one there is when it is for another.
    #[default]
    Host,
    /// The one for this platform.
    One(Platform),
    /// All of them.
    All,
}

/// A text is not `os/architecture[/variant]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a platform\nhint: write os/architecture[/variant], for example linux/arm64/v8")]
pub struct PlatformError(String);

impl Platform {
    /// A platform with the names normalised: `x86_64` is `amd64`, `aarch64` is `arm64`, `armhf` is `arm/v7`.
    #[must_use]
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let os = match os.to_ascii_lowercase() {
            name if name == "macos" => "darwin".to_owned(),
            name => name,
        };
        let lower = architecture.to_ascii_lowercase();
        let variant = variant.filter(|text| !text.is_empty()).map(str::to_ascii_lowercase);
        let (architecture, variant) = match lower.as_str() {
            "x86_64" | "x86-64" => ("amd64", variant),
            "i386" | "i486" | "i586" | "i686" => ("386", variant),
            "aarch64" => ("arm64", variant),
            "armhf" => ("arm", Some("v7".to_owned())),
            "armel" => ("arm", Some("v6".to_owned())),
            "powerpc64le" => ("ppc64le", variant),
            other => (other, variant),
        };
        // The first version of amd64 and the eighth of arm64 are what is meant without a variant.
        let variant = match (architecture, variant.as_deref()) {
            ("amd64", Some("v1")) | ("arm64", Some("8" | "v8")) => None,
            ("arm", Some(digit @ ("5" | "6" | "7" | "8"))) => Some(format!("v{digit}")),
            _ => variant,
        };
        Self { os, architecture: architecture.to_owned(), variant }
    }

    /// The platform whose images run on this machine.
    #[must_use]
    pub fn host() -> Self {
        let os = if std::env::consts::OS == "windows" { "windows" } else { "linux" };
        let variant = (std::env::consts::ARCH == "arm").then_some("v7");
        Self::new(os, std::env::consts::ARCH, variant)
    }

    /// Buildkit marks manifests that are no image with `unknown/unknown`
    /// (moby/buildkit, docs/attestations/attestation-storage.md).
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }

    /// How well an image for `other` serves this platform; 0 is exact, `None` is not at all. Older variants of
    /// 32-bit ARM and amd64 run on newer ones (containerd/platforms, compare.go).
    #[must_use]
    pub fn distance(&self, other: &Self) -> Option<u32> {
        let (mine, theirs) = (self.normal(), other.normal());
        if mine.os != theirs.os || mine.architecture != theirs.architecture {
            return None;
        }
        let default = match mine.architecture.as_str() {
            "arm" => 7,
            "arm64" => 8,
            _ => 1,
        };
        let level = |platform: &Self| match &platform.variant {
            None => Some(default),
            Some(text) => text.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok()),
        };
        match (level(&mine), level(&theirs)) {
            (Some(mine), Some(theirs)) if theirs <= mine => Some(mine - theirs),
            _ if mine.variant == theirs.variant => Some(0),
            _ => None,
        }
    }

    fn normal(&self) -> Self {
        Self::new(&self.os, &self.architecture, self.variant.as_deref())
    }
}

impl FromStr for Platform {
    type Err = PlatformError;
    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let error = || PlatformError(text.chars().take(160).collect());
        let is_name = |part: &&str| {
            !part.is_empty()
                && part.len() <= 64
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        };
        let parts: Vec<&str> = text.split('/').collect();
        if !parts.iter().all(is_name) {
            return Err(error());
        }
        match parts.as_slice() {
            [os, architecture] => Ok(Self::new(os, architecture, None)),
            [os, architecture, variant] => Ok(Self::new(os, architecture, Some(variant))),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn other_spellings_name_the_same_platform() {
        assert_eq!(platform("linux/x86_64"), platform("linux/amd64"));
        assert_eq!(platform("linux/arm64/v8"), platform("linux/aarch64"));
        assert_eq!(platform("linux/armhf"), platform("linux/arm/v7"));
        for bad in ["", "linux", "linux/", "a/b/c/d", "linux/am d64"] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
    }

    #[test]
    fn older_variants_serve_newer_machines() {
        let v7 = platform("linux/arm/v7");
        assert_eq!(v7.distance(&platform("linux/arm/v7")), Some(0));
        assert_eq!(v7.distance(&platform("linux/arm/v6")), Some(1));
        assert_eq!(platform("linux/arm/v6").distance(&v7), None);
        assert_eq!(platform("linux/amd64").distance(&platform("linux/amd64/v3")), None);
        assert_eq!(platform("linux/amd64").distance(&platform("linux/arm64")), None);
    }
}
