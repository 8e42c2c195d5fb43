//! Programs with a version.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A program whose version is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Which program.
    pub kind: ComponentKind,
    /// Its version as it tells (`1.1.5+ds1`, `29.3.1`, `v1.7.29`).
    pub version: String,
    /// Where its binary lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The package that owns the binary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageOwner>,
    /// Where it was seen, when that is no host binary (`container web`, an image).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

/// The package of a distribution that owns a binary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageOwner {
    /// `deb`, `rpm` or `apk`.
    pub format: String,
    /// Name of the package.
    pub name: String,
    /// Its whole version (`1.1.5+ds1-1+deb12u1`).
    pub version: String,
    /// Name of its source package.
    pub source: String,
    /// Version of its source package.
    pub source_version: String,
    /// Vulnerabilities that the package's changelog names, and the first version whose entry does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub changelog_fixes: BTreeMap<String, String>,
}

/// A program whose versions have known vulnerabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// Docker Engine (moby).
    Engine,
    /// The docker command.
    Cli,
    /// docker-compose, the plugin.
    Compose,
    /// BuildKit.
    Buildkit,
    /// containerd.
    Containerd,
    /// runc.
    Runc,
    /// Kubernetes: API server, controller manager, scheduler, kubelet, kube-proxy.
    Kubernetes,
    /// kubectl.
    Kubectl,
    /// etcd.
    Etcd,
    /// CRI-O.
    CriO,
    /// ingress-nginx.
    IngressNginx,
    /// The registry "distribution".
    Distribution,
    /// Harbor.
    Harbor,
    /// NVIDIA Container Toolkit.
    NvidiaToolkit,
    /// The Linux kernel.
    Kernel,
}

impl ComponentKind {
    /// For people: `Docker Engine`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine => "Docker Engine",
            Self::Cli => "Docker CLI",
            Self::Compose => "Docker Compose",
            Self::Buildkit => "BuildKit",
            Self::Containerd => "containerd",
            Self::Runc => "runc",
            Self::Kubernetes => "Kubernetes",
            Self::Kubectl => "kubectl",
            Self::Etcd => "etcd",
            Self::CriO => "CRI-O",
            Self::IngressNginx => "ingress-nginx",
            Self::Distribution => "distribution registry",
            Self::Harbor => "Harbor",
            Self::NvidiaToolkit => "NVIDIA Container Toolkit",
            Self::Kernel => "Linux kernel",
        }
    }
}
