//! What is installed.

use crate::{Distribution, Ecosystem, InUse, Layer, LayerPath, PackageUrl};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A package that was found, in the words of its ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The full name as its ecosystem's advisories spell it: `libssl3`, `@babel/core`,
    /// `org.apache.logging.log4j:log4j-core`, `github.com/opencontainers/runc`. Python names are normalised
    /// (PEP 503).
    pub name: String,
    /// The full version: `[epoch:]upstream[-revision]` for deb, `[epoch:]version-release` for rpm (the epoch is
    /// absent when it is 0 or not set), `version-rN` for apk, without a leading `v` for Go.
    pub version: String,
    /// The source package (dpkg `Source`, apk origin, rpm source rpm), also when its name is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourcePackage>,
    /// Architecture in the ecosystem's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// RPM modularity label (`nodejs:18:8080020231…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// RPM vendor, dpkg origin or maintainer organisation, when the record tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Licence expressions or names as found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<String>,
    /// SHA-1 of the archive, for Java archives that do not name themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// How it was found.
    pub found_by: FoundBy,
    /// Where it was found: the record, manifest or binary.
    pub path: LayerPath,
    /// Path inside nested archives, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nested: Vec<String>,
    /// The layer that brought the record or file in, filled in by the scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Arc<Layer>>,
    /// The operating system package that owns the file, filled in by the scan; its vulnerabilities are judged
    /// by that package alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Whether it was seen to be used, when a record of use was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<Box<InUse>>,
}

/// The source package that a binary package was built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version; differs from the binary's for rebuilds (`+b1`) and split packages.
    pub version: String,
}

/// How a package was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// The record of the operating system's package manager.
    PackageManager,
    /// Metadata that the language's package manager installs beside the code.
    Installed,
    /// A lock or requirements file: declared, not proven to be installed.
    LockFile,
    /// Build information embedded in a binary by its compiler.
    BuildInfo,
    /// A version classifier matched the bytes of a binary.
    Classifier,
    /// A software bill of materials that somebody else wrote.
    Sbom,
}

impl Package {
    /// A package with the required fields; everything else is empty.
    #[must_use]
    pub fn new(ecosystem: Ecosystem, name: &str, version: &str, found_by: FoundBy, path: &LayerPath) -> Self {
        Self {
            ecosystem,
            name: name.to_owned(),
            version: version.to_owned(),
            source: None,
            arch: None,
            module: None,
            vendor: None,
            licenses: Vec::new(),
            sha1: None,
            found_by,
            path: path.clone(),
            nested: Vec::new(),
            layer: None,
            owner: None,
            in_use: None,
        }
    }

    /// Its package URL. Everything that matching needs is a qualifier, so that a bill of materials that holds
    /// package URLs alone gives the same findings: `distro` (`debian-12`), `arch`, `upstream` (`name@version`
    /// of the source package), `epoch` is part of the version, `rpmmod`.
    #[must_use]
    pub fn purl(&self, distribution: Option<&Distribution>) -> PackageUrl {
        PackageUrl::of_package(self, distribution)
    }
}
