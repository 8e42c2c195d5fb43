//! Everything one scan has to say.

use crate::{Distribution, Finding, Gap, Layer, Package, Severity, UseState};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of the JSON form of [`Report`]; the second number grows with added fields, the first with changes
/// that break readers.
pub const SCHEMA_VERSION: &str = "1.3";

/// Everything one scan has to say. Its JSON form is `--format json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// What wrote it.
    pub tool: Tool,
    /// What was scanned.
    pub target: Target,
    /// The operating system, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// The layers, lowest first.
    #[serde(default)]
    pub layers: Vec<Arc<Layer>>,
    /// What is installed, sorted by ecosystem, name, version and path.
    #[serde(default)]
    pub packages: Vec<Package>,
    /// Risks, worst first; when a record of use was asked, those of packages in use before all others.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Findings that an ignore file, a baseline or a VEX document took out, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// What was not looked at.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// Which advisories were used.
    #[serde(default)]
    pub advisories: Vec<AdvisoryCoverage>,
    /// What was looked at inside files, when content was scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentCoverage>,
    /// Executables of the final file system that no package owns, sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executables: Vec<Executable>,
    /// What each check answered for each object, those that passed too; an audit has them, a scan of an image does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
}

/// The answer of one check for one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outcome {
    /// The rule.
    pub rule: String,
    /// What was judged (`host`, `container web`, `Deployment shop/web`).
    pub object: String,
    /// The answer.
    pub state: OutcomeState,
    /// One line: what was seen, or why there is no answer.
    pub detail: String,
    /// What other tools and benchmarks call the rule (`CIS-Docker-5.4`), sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// What a check can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeState {
    /// The facts are there and are as they should be.
    Passed,
    /// They are not: there is a [`Finding`] of the same rule and object.
    Failed,
    /// The rule means nothing here.
    NotApplicable,
    /// A fact is missing; the detail says which and why. There is a [`Gap`] too. Never counts as passed.
    Unknown,
    /// No program can answer it; the detail says what a person has to look at.
    Manual,
}

impl OutcomeState {
    /// `passed`, as in every output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "not-applicable",
            Self::Unknown => "unknown",
            Self::Manual => "manual",
        }
    }
}

/// What was looked at inside the files of all layers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentCoverage {
    /// The engines that took part, with their rule digests.
    pub engines: Vec<String>,
    /// Files of all layers, also of those that a later layer hides.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of the files, those that equal the digest in the package manager's record, which was not edited: known to be
    /// good as far as the record is, and not shown to the engines.
    pub verified_files: u64,
    /// Bytes of those.
    pub verified_bytes: u64,
    /// Members of archives that were looked at.
    pub members: u64,
}

/// An executable file that no package owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Executable {
    /// Where it is.
    pub path: crate::LayerPath,
    /// Digest of its content.
    pub digest: crate::Digest,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Index of the layer that holds it.
    pub layer: usize,
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `seawall`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which kind of place it was read from.
    pub kind: TargetKind,
    /// As the user named it, without the kind.
    pub name: String,
    /// Digest of the manifest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_digest: Option<crate::Digest>,
    /// Digest of the image configuration: Docker's image id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<crate::Digest>,
    /// Names and digests by which it is known (`alpine:3.18`, `name@sha256:…`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The image that it was built on, as its labels tell (`org.opencontainers.image.base.name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Digest of that image at the time (`org.opencontainers.image.base.digest`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<crate::Digest>,
    /// `os/architecture[/variant]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// When the image was made, as it tells (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
}

/// Which kind of place a target is read from; also the prefix of a target on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// A Docker Engine.
    Docker,
    /// An OCI registry.
    Registry,
    /// A docker-archive or OCI archive file.
    Archive,
    /// An OCI image layout directory.
    Oci,
    /// A directory that holds a root file system or a source tree.
    Rootfs,
    /// A software bill of materials.
    Sbom,
    /// Dockerfiles, compose files, manifests.
    Files,
    /// A machine with its engine, images and containers.
    Host,
    /// A Kubernetes cluster.
    Cluster,
}

impl TargetKind {
    /// Whether it is a container image, not a directory, a document, a machine or a cluster.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Docker | Self::Registry | Self::Archive | Self::Oci)
    }

    /// Whether packages are looked for in it.
    #[must_use]
    pub const fn has_packages(self) -> bool {
        !matches!(self, Self::Files | Self::Host | Self::Cluster)
    }

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Registry => "registry",
            Self::Archive => "archive",
            Self::Oci => "oci",
            Self::Rootfs => "rootfs",
            Self::Sbom => "sbom",
            Self::Files => "files",
            Self::Host => "host",
            Self::Cluster => "cluster",
        }
    }
}

/// A finding that was taken out of the report on somebody's word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// On whose word: `ignore-file`, `baseline`, `vex`, `only-fixable`, `package-owner`.
    pub by: String,
    /// Why, in that source's words.
    pub reason: String,
}

/// One advisory shard that was used, or that was missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisoryCoverage {
    /// The shard: `debian:12`, `npm`.
    pub shard: String,
    /// Advisories in it; 0 when there is none.
    pub advisories: u64,
    /// Date of the newest content (`2026-11-22`), when there is a shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// `embedded`, or the database directory; `none`.
    pub origin: String,
    /// Whether its publisher's list is whole.
    pub is_complete: bool,
    /// Packages of the target that it was asked for.
    pub packages: u64,
}

impl Target {
    /// Of which no more is known than kind and name.
    #[must_use]
    pub fn new(kind: TargetKind, name: String) -> Self {
        Self {
            kind,
            name,
            manifest_digest: None,
            image_id: None,
            names: Vec::new(),
            base: None,
            base_digest: None,
            platform: None,
            created: None,
        }
    }
}

impl Report {
    /// Nothing about a target yet, said by this version of Seawall.
    #[must_use]
    pub fn new(version: &str, target: Target) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            tool: Tool { name: "seawall".to_owned(), version: version.to_owned() },
            target,
            distribution: None,
            layers: Vec::new(),
            packages: Vec::new(),
            findings: Vec::new(),
            suppressed: Vec::new(),
            gaps: Vec::new(),
            advisories: Vec::new(),
            content: None,
            executables: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    /// Puts packages, findings and gaps in the order that the format promises, and removes repeated gaps.
    pub fn sort(&mut self) {
        self.packages.sort_by(|a, b| {
            (a.ecosystem, &a.name, &a.version, &a.path, &a.nested, &a.arch).cmp(&(
                b.ecosystem,
                &b.name,
                &b.version,
                &b.path,
                &b.nested,
                &b.arch,
            ))
        });
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| {
                let package =
                    f.vulnerability.as_ref().map(|v| (v.package.clone(), v.installed_version.clone()));
                let in_use = f.vulnerability.as_ref().and_then(|v| v.in_use.as_ref());
                (
                    // What is no package has no use; it stays where its severity puts it among those in use.
                    in_use.map_or(UseState::InUse, |seen| seen.state),
                    std::cmp::Reverse(f.severity),
                    package,
                    f.rule.clone(),
                    f.location.path.clone(),
                    f.location.nested.clone(),
                    f.location.object.clone(),
                    f.location.source.as_ref().map(|span| (span.file.clone(), span.line, span.column)),
                )
            };
            key(a).cmp(&key(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        self.gaps.sort();
        self.gaps.dedup();
        self.executables.sort();
        self.outcomes.sort();
        self.advisories.sort_by(|a, b| a.shard.cmp(&b.shard));
    }

    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
