//! Records as the programs write them; `bpf/record.h` is the other half.

/// What a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A program was executed.
    Exec,
    /// A task was made; [`Record::result`] is its thread id, [`Record::number`] its process id.
    Fork,
    /// A task ended; [`Record::result`] is its exit code as `wait(2)` gives it.
    Exit,
    /// A system call returned.
    Call,
    /// A cgroup was made.
    CgroupMake,
    /// A cgroup was removed.
    CgroupRemove,
    /// A process was moved into a cgroup; [`Record::result`] is its id.
    CgroupAttach,
    /// io_uring was given an operation; [`Record::number`] is its opcode.
    Uring,
    /// A task that ran when the sensor started.
    Task,
    /// A file that did not come with the image was mapped for execution.
    Mapped,
}

impl Kind {
    /// As `enum kind` numbers them.
    pub(crate) fn of(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Exec,
            2 => Self::Fork,
            3 => Self::Exit,
            4 => Self::Call,
            5 => Self::CgroupMake,
            6 => Self::CgroupRemove,
            7 => Self::CgroupAttach,
            8 => Self::Uring,
            9 => Self::Task,
            10 => Self::Mapped,
            _ => return None,
        })
    }
}

const HEADER_BYTES: usize = 48;

/// One record, borrowed from the ring.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

impl<'a> Record<'a> {
    /// Reads one record; `None` for bytes that are none.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES {
            return None;
        }
        let length = u32_at(bytes, 0) as usize;
        let kind = Kind::of(u16_at(bytes, 4))?;
        (length >= HEADER_BYTES && length <= bytes.len()).then(|| Self { bytes: &bytes[..length], kind })
    }

    /// Reads records that follow one another, until one is none.
    pub fn all(mut bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            let record = Self::read(bytes)?;
            bytes = &bytes[record.bytes.len()..];
            Some(record)
        })
    }

    /// What it tells.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The processor that it happened on.
    #[must_use]
    pub fn cpu(&self) -> u16 {
        u16_at(self.bytes, 6)
    }

    /// When: nanoseconds since boot (CLOCK_BOOTTIME).
    #[must_use]
    pub fn time_ns(&self) -> u64 {
        u64_at(self.bytes, 8)
    }

    /// The process (thread group), by the number of the host.
    #[must_use]
    pub fn tgid(&self) -> u32 {
        u32_at(self.bytes, 16)
    }

    /// The thread.
    #[must_use]
    pub fn tid(&self) -> u32 {
        u32_at(self.bytes, 20)
    }

    /// The cgroup of the unified hierarchy: the inode of its directory.
    #[must_use]
    pub fn cgroup(&self) -> u64 {
        u64_at(self.bytes, 24)
    }

    /// What a system call returned, or what [`Kind`] says.
    #[must_use]
    pub fn result(&self) -> i64 {
        i64::from_ne_bytes(self.bytes[32..40].try_into().expect("eight bytes"))
    }

    /// The number of the system call, or what [`Kind`] says.
    #[must_use]
    pub fn number(&self) -> u32 {
        u32_at(self.bytes, 40)
    }

    /// Whether a policy of its cgroup fits it: the process was killed, or would have been (dry run).
    #[must_use]
    pub fn is_against_policy(&self) -> bool {
        u32_at(self.bytes, 44) & 0xff != 0
    }

    /// Whether the kernel killed the process.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        u32_at(self.bytes, 44) & 0x100 != 0
    }

    /// The parts, in the order written. What is cut off is left out.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let mut rest = &self.bytes[HEADER_BYTES..];
        std::iter::from_fn(move || {
            if rest.len() < 4 {
                return None;
            }
            let length = usize::from(u16_at(rest, 2));
            let tag = u16_at(rest, 0);
            let bytes = rest.get(4..4 + length)?;
            rest = &rest[4 + length..];
            Some(Part::of(tag, bytes))
        })
    }
}

/// A part of a record.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// An argument of a system call, as its form says.
    Argument(usize, &'a [u8]),
    /// What argument n, a descriptor, refers to; 6 is the result.
    Described(usize, Descriptor<'a>),
    /// Who the task is; of a fork: the child.
    Task(TaskInfo<'a>),
    /// Arguments of a program, each ended by a zero byte.
    Arguments(&'a [u8]),
    /// Its environment, the same way.
    Environment(&'a [u8]),
    /// The path as it was given to `execve`.
    Filename(&'a [u8]),
    /// The interpreter's path, when the file is a script; otherwise as [`Part::Filename`].
    Interpreter(&'a [u8]),
    /// The executable.
    Executable(FileInfo<'a>),
    /// The working directory.
    Directory(FileInfo<'a>),
    /// Name of the leaf of the task's cgroup.
    CgroupName(&'a [u8]),
    /// Path of a cgroup in its hierarchy.
    CgroupPath(&'a [u8]),
    /// A file that is not an argument.
    File(FileInfo<'a>),
    /// A socket that is not an argument.
    Socket(SocketInfo<'a>),
    /// Something that this version does not know, or cut off.
    Unknown,
}

impl<'a> Part<'a> {
    fn of(tag: u16, bytes: &'a [u8]) -> Self {
        match tag {
            0..=5 => Self::Argument(usize::from(tag), bytes),
            8..=14 => Self::Described(usize::from(tag - 8), Descriptor::of(bytes)),
            16 => TaskInfo::of(bytes).map_or(Self::Unknown, Self::Task),
            17 => Self::Arguments(bytes),
            18 => Self::Environment(bytes),
            19 => Self::Filename(bytes),
            20 => FileInfo::of(bytes).map_or(Self::Unknown, Self::Executable),
            21 => FileInfo::of(bytes).map_or(Self::Unknown, Self::Directory),
            22 => Self::CgroupName(bytes),
            23 => Self::CgroupPath(bytes),
            24 => Self::Interpreter(bytes),
            25 => FileInfo::of(bytes).map_or(Self::Unknown, Self::File),
            26 => SocketInfo::of(bytes).map_or(Self::Unknown, Self::Socket),
            _ => Self::Unknown,
        }
    }
}

/// What a descriptor refers to.
#[derive(Debug, Clone, Copy)]
pub enum Descriptor<'a> {
    /// Nothing: it is not open.
    Closed,
    /// A file, pipe, device or directory.
    File(FileInfo<'a>),
    /// A socket.
    Socket(SocketInfo<'a>),
}

impl<'a> Descriptor<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match bytes.split_first() {
            Some((1, rest)) => FileInfo::of(rest).map_or(Self::Closed, Self::File),
            Some((2, rest)) => SocketInfo::of(rest).map_or(Self::Closed, Self::Socket),
            _ => Self::Closed,
        }
    }
}

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

    fn of(bytes: &'a [u8]) -> Option<Self> {
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

    fn of(bytes: &'a [u8]) -> Option<Self> {
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
    const BYTES: usize = 120;

    fn of(bytes: &'a [u8]) -> Option<Self> {
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
}
