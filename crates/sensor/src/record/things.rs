//! What records tell of: files, sockets, tasks.

use super::{u16_at, u32_at, u64_at};

/// What a file is beside its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFlags {
    /// In the upper layer of an overlay: written after the container was made.
    pub is_in_upper_layer: bool,
    /// In a lower layer of an overlay: it came with the image.
    pub is_in_lower_layer: bool,
    /// No name leads to it any more.
    pub is_unlinked: bool,
    /// Made by `memfd_create`.
    pub is_memory: bool,
    /// Outside the root of the task: a leaked directory, or another mount namespace.
    pub is_outside_root: bool,
}

/// A file.
#[derive(Debug, Clone, Copy)]
pub struct FileInfo<'a> {
    bytes: &'a [u8],
}

impl<'a> FileInfo<'a> {
    const HEAD: usize = 32;

    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= Self::HEAD).then_some(Self { bytes })
    }

    /// Its inode.
    #[must_use]
    pub fn inode(&self) -> u64 {
        u64_at(self.bytes, 0)
    }

    /// The device of its file system, as the kernel holds it: major << 20 | minor.
    #[must_use]
    pub fn device(&self) -> u32 {
        u32_at(self.bytes, 8)
    }

    /// How many names it has.
    #[must_use]
    pub fn links(&self) -> u32 {
        u32_at(self.bytes, 12)
    }

    /// Type and permissions, as `stat(2)`.
    #[must_use]
    pub fn mode(&self) -> u32 {
        u32_at(self.bytes, 16)
    }

    /// What else it is.
    #[must_use]
    pub fn flags(&self) -> FileFlags {
        let flags = u32_at(self.bytes, 20);
        FileFlags {
            is_in_upper_layer: flags & 1 != 0,
            is_in_lower_layer: flags & 2 != 0,
            is_unlinked: flags & 4 != 0,
            is_memory: flags & 8 != 0,
            is_outside_root: flags & 16 != 0,
        }
    }

    /// Its owner.
    #[must_use]
    pub fn uid(&self) -> u32 {
        u32_at(self.bytes, 24)
    }

    /// Flags it was opened with.
    #[must_use]
    pub fn open_flags(&self) -> u32 {
        u32_at(self.bytes, 28)
    }

    /// The last component of its path.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.bytes[Self::HEAD..].split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// Writes its path, from the root of the task, to the end of `out`. A file outside the root has the path up to the root of
    /// its mounts.
    pub fn write_path(&self, out: &mut Vec<u8>) {
        let start = out.len();
        for name in self.bytes[Self::HEAD..].rsplit(|byte| *byte == 0) {
            if !name.is_empty() {
                out.push(b'/');
                out.extend_from_slice(name);
            }
        }
        if out.len() == start {
            out.push(b'/');
        }
    }
}

/// A socket.
#[derive(Debug, Clone, Copy)]
pub struct SocketInfo<'a> {
    bytes: &'a [u8],
}

impl<'a> SocketInfo<'a> {
    const HEAD: usize = 48;

    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= Self::HEAD).then_some(Self { bytes })
    }

    /// Address family, as `AF_…`.
    #[must_use]
    pub fn family(&self) -> u16 {
        u16_at(self.bytes, 0)
    }

    /// `SOCK_STREAM` …
    #[must_use]
    pub fn kind(&self) -> u16 {
        u16_at(self.bytes, 2)
    }

    /// `IPPROTO_…`
    #[must_use]
    pub fn protocol(&self) -> u16 {
        u16_at(self.bytes, 4)
    }

    /// `TCP_ESTABLISHED` is 1 (include/net/tcp_states.h).
    #[must_use]
    pub fn state(&self) -> u16 {
        u16_at(self.bytes, 6)
    }

    /// Its own address and port, of an internet family.
    #[must_use]
    pub fn local(&self) -> Option<std::net::SocketAddr> {
        self.address(16, 8)
    }

    /// The other side's.
    #[must_use]
    pub fn remote(&self) -> Option<std::net::SocketAddr> {
        self.address(32, 10)
    }

    fn address(&self, at: usize, port: usize) -> Option<std::net::SocketAddr> {
        let port = u16_at(self.bytes, port);
        match self.family() {
            2 => {
                let octets: [u8; 4] = self.bytes[at..at + 4].try_into().expect("four bytes");
                Some((octets, port).into())
            }
            10 => {
                let octets: [u8; 16] = self.bytes[at..at + 16].try_into().expect("sixteen bytes");
                Some((octets, port).into())
            }
            _ => None,
        }
    }

    /// Own name and that of the peer, of family `AF_UNIX`; abstract names start with `@`.
    #[must_use]
    pub fn unix_names(&self) -> (&'a [u8], &'a [u8]) {
        let mut names = self.bytes[Self::HEAD..].split(|byte| *byte == 0);
        let own = names.next().unwrap_or_default();
        // A name may have carried its own zero byte; what follows the first is the next that is not empty.
        (own, names.find(|name| !name.is_empty()).unwrap_or_default())
    }
}

/// What stands behind one of the descriptors 0 to 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdio {
    /// Nothing.
    Closed,
    /// A device, directory or something else.
    Other,
    /// A regular file.
    File,
    /// A pipe.
    Pipe,
    /// A socket of the internet.
    Internet,
    /// A local socket.
    Local,
    /// A terminal.
    Terminal,
    /// Another socket.
    Socket,
}

/// A task.
#[derive(Debug, Clone, Copy)]
pub struct TaskInfo<'a> {
    bytes: &'a [u8],
}

impl<'a> TaskInfo<'a> {
    const BYTES: usize = 128;

    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= Self::BYTES).then_some(Self { bytes })
    }

    /// Process id of the parent.
    #[must_use]
    pub fn parent_tgid(&self) -> u32 {
        u32_at(self.bytes, 0)
    }

    /// Thread id of the parent.
    #[must_use]
    pub fn parent_tid(&self) -> u32 {
        u32_at(self.bytes, 4)
    }

    /// When the process started: nanoseconds since boot.
    #[must_use]
    pub fn start_ns(&self) -> u64 {
        u64_at(self.bytes, 8)
    }

    /// Real user and group, effective user and group.
    #[must_use]
    pub fn ids(&self) -> [u32; 4] {
        [16, 20, 24, 28].map(|at| u32_at(self.bytes, at))
    }

    /// The user that logged in; `u32::MAX` for nobody.
    #[must_use]
    pub fn login_uid(&self) -> u32 {
        u32_at(self.bytes, 32)
    }

    /// Thread, process and process group, by the numbers of its own namespace.
    #[must_use]
    pub fn virtual_ids(&self) -> [u32; 3] {
        [36, 40, 44].map(|at| u32_at(self.bytes, at))
    }

    /// Process group and session, by the numbers of the host.
    #[must_use]
    pub fn group_and_session(&self) -> [u32; 2] {
        [48, 52].map(|at| u32_at(self.bytes, at))
    }

    /// Its terminal: major << 20 | minor; 0 for none.
    #[must_use]
    pub fn tty(&self) -> u32 {
        u32_at(self.bytes, 56)
    }

    /// Inodes of its pid and mount namespaces.
    #[must_use]
    pub fn namespaces(&self) -> [u32; 2] {
        [60, 64].map(|at| u32_at(self.bytes, at))
    }

    /// Inheritable, permitted and effective capabilities.
    #[must_use]
    pub fn capabilities(&self) -> [u64; 3] {
        [72, 80, 88].map(|at| u64_at(self.bytes, at))
    }

    /// What stands behind descriptors 0 to 2.
    #[must_use]
    pub fn stdio(&self) -> [Stdio; 3] {
        let bits = u32_at(self.bytes, 96);
        [0, 4, 8].map(|shift| match bits >> shift & 15 {
            0 => Stdio::Closed,
            2 => Stdio::File,
            3 => Stdio::Pipe,
            4 => Stdio::Internet,
            5 => Stdio::Local,
            6 => Stdio::Terminal,
            7 => Stdio::Socket,
            _ => Stdio::Other,
        })
    }

    /// Its name, at most 15 bytes.
    #[must_use]
    pub fn command(&self) -> &'a [u8] {
        let name = &self.bytes[100..116];
        &name[..name.iter().position(|byte| *byte == 0).unwrap_or(16)]
    }
    /// When the first process of its pid namespace started: nanoseconds since boot; 0 for that of the host.
    #[must_use]
    pub fn pid_namespace_start_ns(&self) -> u64 {
        u64_at(self.bytes, 120)
    }
}

/// When an executable was changed last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Its inode: nanoseconds since 1970.
    pub changed_ns: u64,
    /// Its content: nanoseconds since 1970.
    pub modified_ns: u64,
}

impl Times {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= 16).then(|| Self { changed_ns: u64_at(bytes, 0), modified_ns: u64_at(bytes, 8) })
    }
}
