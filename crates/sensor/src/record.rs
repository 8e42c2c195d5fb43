//! Records as the programs write them; `bpf/record.h` is the other half.

mod things;

pub use things::{FileFlags, FileInfo, SocketInfo, Stdio, TaskInfo, Times};

/// What a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A program was executed.
    Exec,
    /// A task was made; [`Record::result`] is its thread id, [`Record::number`] its process id.
    Fork,
    /// A task ended; [`Record::result`] is its exit code as `wait(2)` gives it, [`Record::number`] the process that becomes the
    /// parent of its children: 0 when it has none, or other threads of it live.
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
    /// A file of the image was mapped for execution; [`Record::result`] is how often since it was told last.
    Used,
    /// A TCP socket began to connect or to listen, or it is known what became of connecting: [`Record::number`] is its state now,
    /// [`Record::result`] the number of the system call that asked for it.
    Socket,
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
            11 => Self::Used,
            12 => Self::Socket,
            _ => return None,
        })
    }
}

const HEADER_BYTES: usize = 48;

/// Tags of parts that are not the programs' alone to write; [`Part`] says what they hold.
pub(crate) const TAG_ARGUMENTS: u16 = 17;
pub(crate) const TAG_ENVIRONMENT: u16 = 18;

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

    /// Of a [`Kind::Socket`]: the state that it had before.
    #[must_use]
    pub fn state_before(&self) -> u32 {
        u32_at(self.bytes, 44) >> 16
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

    /// Writes the record with further parts behind its own.
    pub(crate) fn write_with(&self, parts: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(self.bytes.len() + parts.len()).expect("a record is short");
        out.extend(length.to_ne_bytes());
        out.extend(&self.bytes[4..]);
        out.extend(parts);
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
    /// When the executable was changed last.
    Times(Times),
    /// The working directory.
    Directory(FileInfo<'a>),
    /// Name of the leaf of the task's cgroup.
    CgroupName(&'a [u8]),
    /// Path of a cgroup in its hierarchy.
    CgroupPath(&'a [u8]),
    /// A file that is not an argument.
    File(FileInfo<'a>),
    /// The loader of a dynamic program.
    Loader(FileInfo<'a>),
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
            TAG_ARGUMENTS => Self::Arguments(bytes),
            TAG_ENVIRONMENT => Self::Environment(bytes),
            19 => Self::Filename(bytes),
            20 => FileInfo::of(bytes).map_or(Self::Unknown, Self::Executable),
            21 => FileInfo::of(bytes).map_or(Self::Unknown, Self::Directory),
            22 => Self::CgroupName(bytes),
            23 => Self::CgroupPath(bytes),
            24 => Self::Interpreter(bytes),
            25 => FileInfo::of(bytes).map_or(Self::Unknown, Self::File),
            28 => FileInfo::of(bytes).map_or(Self::Unknown, Self::Loader),
            29 => Times::of(bytes).map_or(Self::Unknown, Self::Times),
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
