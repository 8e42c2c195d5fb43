//! What was there before the first event: a capture begins with it, and the sensor reads it when it starts.

use crate::address::Endpoint;

/// The host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Processors.
    pub cpus: u32,
    /// Memory.
    pub memory_bytes: u64,
    /// The largest process number.
    pub process_max: u64,
    /// Its name.
    pub hostname: Vec<u8>,
    /// When it booted, in nanoseconds since 1970; 0 when not known.
    pub boot_time_ns: u64,
}

/// A thread. Texts are without a zero byte at the end; lists have one between their texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The thread.
    pub thread: i64,
    /// Its process.
    pub process: i64,
    /// The process that made it.
    pub parent: i64,
    /// Its session.
    pub session: i64,
    /// Its process group.
    pub group: i64,
    /// Its process group as its own namespace numbers it.
    pub group_inside: i64,
    /// Its number as its own namespace has it.
    pub thread_inside: i64,
    /// Its process's number as its own namespace has it.
    pub process_inside: i64,
    /// Its name, of at most 15 bytes.
    pub comm: Vec<u8>,
    /// Its first argument.
    pub exe: Vec<u8>,
    /// The path of its executable.
    pub exe_path: Vec<u8>,
    /// Its further arguments.
    pub arguments: Vec<u8>,
    /// Its environment.
    pub environment: Vec<u8>,
    /// Its working directory.
    pub cwd: Vec<u8>,
    /// Its root directory.
    pub root: Vec<u8>,
    /// Its control groups, each as `subsystem=path`.
    pub cgroups: Vec<u8>,
    /// How many descriptors it may have.
    pub fd_limit: i64,
    /// How it was cloned, in the bits of [`crate::flags::CLONE`].
    pub flags: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
    /// The user who logged in; all ones is none.
    pub login_uid: u32,
    /// Its terminal; 0 is none.
    pub tty: u32,
    /// Virtual memory.
    pub vm_size_kib: u32,
    /// Resident memory.
    pub vm_rss_kib: u32,
    /// Swapped memory.
    pub vm_swap_kib: u32,
    /// Major page faults.
    pub faults_major: u64,
    /// Minor page faults.
    pub faults_minor: u64,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// Permitted capabilities.
    pub cap_permitted: u64,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// Bits of [`crate::flags::EXECVE`] that say what its executable is.
    pub exe_flags: u32,
    /// Inode of its executable.
    pub exe_inode: u64,
    /// When that inode changed, in nanoseconds since 1970.
    pub exe_changed_ns: u64,
    /// When that file was written.
    pub exe_modified_ns: u64,
    /// When the namespace of its process numbers began.
    pub pid_namespace_start_ns: u64,
    /// When it began; 0 when not known.
    pub start_time_ns: u64,
}

/// A descriptor of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The thread whose table it is in.
    pub thread: i64,
    /// Its number.
    pub fd: i64,
    /// The inode behind it; 0 when not known.
    pub inode: u64,
    /// What it is.
    pub target: Target,
}

/// What a descriptor of a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Not known.
    Unknown,
    /// A file.
    File {
        /// Its path.
        path: Vec<u8>,
        /// How it was opened, in the bits of [`crate::flags::FILE`].
        flags: u32,
        /// Its device.
        device: u32,
    },
    /// A socket with two ends; protocol numbers are those of [`Protocol`].
    Connection {
        /// Local end.
        source: Endpoint,
        /// Remote end.
        destination: Endpoint,
        /// Of the transport.
        protocol: Protocol,
    },
    /// A socket that listens or is bound.
    Server {
        /// Local end.
        local: Endpoint,
        /// Of the transport.
        protocol: Protocol,
    },
    /// A socket of the file system.
    Unix {
        /// The number of the socket.
        source: u64,
        /// The number of its peer.
        destination: u64,
        /// Its path.
        path: Vec<u8>,
    },
    /// Anything else, by what it is.
    Named {
        /// What it is.
        what: Named,
        /// Its name, such as a path.
        name: Vec<u8>,
    },
}

/// Descriptors that have nothing but a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say what they are")]
pub enum Named {
    Directory,
    Pipe,
    Event,
    Signal,
    Poll,
    Inotify,
    Timer,
    Netlink,
    Bpf,
    UserFault,
    IoUring,
    Memory,
    Process,
    Other,
}

/// A transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say what they are")]
pub enum Protocol {
    #[default]
    Unknown,
    None,
    Tcp,
    Udp,
    Icmp,
    Raw,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Number.
    pub uid: u32,
    /// First group.
    pub gid: u32,
    /// Name.
    pub name: Vec<u8>,
    /// Home directory.
    pub home: Vec<u8>,
    /// Login shell.
    pub shell: Vec<u8>,
}

/// A group of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Number.
    pub gid: u32,
    /// Name.
    pub name: Vec<u8>,
}

/// An address of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The interface's name.
    pub name: Vec<u8>,
    /// Its address.
    pub address: std::net::IpAddr,
    /// Bits of the network in the address; nothing when the mask is not one.
    pub prefix: Option<u8>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The host.
    pub machine: Machine,
    /// Threads.
    pub threads: Vec<Thread>,
    /// Descriptors.
    pub descriptors: Vec<Descriptor>,
    /// Users.
    pub users: Vec<User>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Addresses.
    pub interfaces: Vec<Interface>,
}
