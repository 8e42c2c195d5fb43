//! Files of the host that decide who rules the engine.

use crate::Fact;
use serde::{Deserialize, Serialize};

/// A file by what it is for. The collector finds where it really lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFile {
    /// What it is for.
    pub role: FileRole,
    /// Where it is looked for.
    pub path: String,
    /// What is there; known to be nothing when it does not exist.
    pub state: Fact<Option<FileFact>>,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// Unit `docker.service`.
    DockerServiceUnit,
    /// Unit `docker.socket`.
    DockerSocketUnit,
    /// A drop-in of one of the engine's units.
    UnitDropIn,
    /// `/etc/docker`.
    ConfigDirectory,
    /// Certificate of a registry's authority, below `certs.d`.
    RegistryCertificate,
    /// Client key for a registry, below `certs.d`.
    RegistryKey,
    /// The authority of the engine's clients.
    TlsAuthority,
    /// Certificate of the engine.
    TlsCertificate,
    /// Key of the engine.
    TlsKey,
    /// Unix socket of the engine.
    EngineSocket,
    /// `daemon.json`.
    DaemonJson,
    /// `/etc/default/docker`.
    DefaultsFile,
    /// `/etc/sysconfig/docker`.
    SysconfigFile,
    /// Socket of containerd.
    ContainerdSocket,
    /// `/etc/containerd/config.toml`.
    ContainerdConfig,
    /// Data root of the engine.
    DataRoot,
    /// Data root of containerd.
    ContainerdRoot,
    /// State of containerd (`/run/containerd`).
    ContainerdState,
    /// `dockerd`.
    EngineBinary,
    /// `containerd`.
    ContainerdBinary,
    /// `containerd-shim`.
    ShimBinary,
    /// `containerd-shim-runc-v1`.
    ShimRuncV1Binary,
    /// `containerd-shim-runc-v2`.
    ShimRuncV2Binary,
    /// `runc`.
    RuncBinary,
    /// A source of a bind mount, so that links are followed.
    MountSource,
}

/// What `statx(2)` says of a file, of what it links to, and of the directories above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileFact {
    /// What it is, links followed.
    pub kind: FileKind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Name of the owner.
    pub user: Option<String>,
    /// Name of the group.
    pub group: Option<String>,
    /// Where it really lies, when links lead elsewhere than the path says.
    pub resolved: Option<String>,
    /// Whether an access control list grants more than the mode (`acl(5)`).
    pub has_acl: bool,
    /// The directories above it and above every link on the way, outermost first.
    pub parents: Vec<ParentDirectory>,
}

/// A directory above a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParentDirectory {
    /// Its path.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A socket.
    Socket,
    /// Anything else.
    Other,
}
