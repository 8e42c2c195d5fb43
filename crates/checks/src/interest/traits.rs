//! What makes an entry interesting.

use serde::{Deserialize, Serialize};

/// What makes an entry interesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Trait {
    /// A program with setuid or setgid.
    SetId,
    /// A file that everybody may write.
    WorldWritableFile,
    /// A directory that everybody may write, without the sticky bit.
    WorldWritableDirectory,
    /// A file with capabilities.
    FileCapability,
    /// A device node.
    Device,
    /// A system program or library that does not belong to root.
    UserOwnedProgram,
    /// `etc/passwd`, `etc/shadow`, `etc/group`, `etc/gshadow`.
    AccountFile,
    /// `etc/sudoers` and its parts.
    Sudoers,
    /// `etc/resolv.conf`, `etc/hosts`.
    NameResolution,
    /// A package manager.
    PackageManager,
    /// A compiler or linker.
    Compiler,
    /// A network or debugging tool.
    AnalysisTool,
    /// `sudo` or `doas`.
    Sudo,
    /// An SSH server.
    SshServer,
    /// A server of an unencrypted protocol.
    LegacyServer,
    /// A private host key of an SSH server.
    SshHostKey,
    /// `authorized_keys`.
    AuthorizedKeys,
    /// The configuration of an SSH server.
    SshServerConfiguration,
    /// A file whose name says that it holds credentials.
    CredentialFile,
    /// The mark of a version control directory.
    VersionControl,
    /// What editors, desktops and backups leave.
    Leftover,
    /// A Dockerfile, a compose file and the like.
    BuildFile,
    /// The history of a shell or a database client.
    ShellHistory,
    /// A file in a cache.
    Cache,
    /// A certificate that is trusted.
    Certificate,
    /// The configuration of a package source or a client that may switch verification off.
    ClientConfiguration,
}

const ALL: [Trait; 26] = [
    Trait::SetId,
    Trait::WorldWritableFile,
    Trait::WorldWritableDirectory,
    Trait::FileCapability,
    Trait::Device,
    Trait::UserOwnedProgram,
    Trait::AccountFile,
    Trait::Sudoers,
    Trait::NameResolution,
    Trait::PackageManager,
    Trait::Compiler,
    Trait::AnalysisTool,
    Trait::Sudo,
    Trait::SshServer,
    Trait::LegacyServer,
    Trait::SshHostKey,
    Trait::AuthorizedKeys,
    Trait::SshServerConfiguration,
    Trait::CredentialFile,
    Trait::VersionControl,
    Trait::Leftover,
    Trait::BuildFile,
    Trait::ShellHistory,
    Trait::Cache,
    Trait::Certificate,
    Trait::ClientConfiguration,
];

/// A set of [`Trait`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits(u32);

impl Traits {
    /// Adds one.
    pub fn insert(&mut self, one: Trait) {
        self.0 |= 1 << one as u8;
    }

    /// Takes one away.
    pub fn remove(&mut self, one: Trait) {
        self.0 &= !(1 << one as u8);
    }

    /// Whether it holds one.
    #[must_use]
    pub const fn has(self, one: Trait) -> bool {
        self.0 & (1 << one as u8) != 0
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that it holds, in order.
    pub fn iter(self) -> impl Iterator<Item = Trait> {
        ALL.into_iter().filter(move |one| self.has(*one))
    }
}
