//! Descriptors.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use events::Endpoint;
use events::snapshot::{Named, Protocol};

use crate::thread::Text;

/// The descriptors of a process, by number. Processes share a table until one of them changes it.
pub type FdTable = BTreeMap<i64, Arc<Descriptor>>;

/// What a descriptor refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Not known, such as a socket of another family.
    Unknown,
    /// A file.
    File,
    /// A socket with two ends.
    Ipv4,
    /// A socket with two ends.
    Ipv6,
    /// A socket that is bound.
    Ipv4Server,
    /// A socket that is bound.
    Ipv6Server,
    /// A socket of the file system.
    Unix,
    /// Anything else.
    Named(Named),
}

/// What a process does with a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Not known.
    #[default]
    None,
    /// It called.
    Client,
    /// It was called.
    Server,
}

/// The ends of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sockets {
    /// None known.
    #[default]
    None,
    /// Client and server of a connection.
    Ends {
        /// The client.
        client: Endpoint,
        /// The server.
        server: Endpoint,
    },
    /// A socket that is bound.
    Bound(Endpoint),
    /// Two sockets in kernel memory.
    Unix {
        /// This one.
        source: u64,
        /// Its peer.
        destination: u64,
    },
}

/// A descriptor.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// What it refers to.
    pub what: What,
    /// How it was opened, in the bits of [`events::flags::FILE`].
    pub flags: u32,
    /// Device of a file.
    pub device: u32,
    /// Inode.
    pub inode: u64,
    /// Its ends, if it is a socket.
    pub sockets: Sockets,
    /// Its transport, if it is a socket.
    pub protocol: Protocol,
    /// The side of its process.
    pub role: Role,
    /// Whether it is connected.
    pub is_connected: bool,
    /// Process it belongs to, if it refers to one.
    pub process: i64,
    pub(crate) name: Text,
    pub(crate) raw_name: Text,
}

impl Default for Descriptor {
    fn default() -> Self {
        Self::new(What::Unknown)
    }
}

impl Descriptor {
    pub(crate) fn new(what: What) -> Self {
        Self {
            what,
            flags: 0,
            device: 0,
            inode: 0,
            sockets: Sockets::None,
            protocol: Protocol::Unknown,
            role: Role::None,
            is_connected: false,
            process: 0,
            name: Text::default(),
            raw_name: Text::default(),
        }
    }

    /// A file by its whole path.
    pub fn file(path: &[u8]) -> Self {
        Self { name: path.into(), raw_name: path.into(), ..Self::new(What::File) }
    }

    /// A connection as its process sees it.
    pub fn connection(client: Endpoint, server: Endpoint, protocol: Protocol, role: Role) -> Self {
        let what = if client.ip.is_ipv4() { What::Ipv4 } else { What::Ipv6 };
        let mut descriptor = Self { protocol, role, is_connected: true, ..Self::new(what) };
        descriptor.set_ends(client, server);
        descriptor
    }

    /// A socket of the file system.
    pub fn unix(source: u64, destination: u64, path: &[u8]) -> Self {
        Self { sockets: Sockets::Unix { source, destination }, name: path.into(), ..Self::new(What::Unix) }
    }

    /// Its type in a word, as Falco's field `fd.type` names it; `<NA>` for none.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self.what {
            What::File => "file",
            What::Ipv4 | What::Ipv4Server => "ipv4",
            What::Ipv6 | What::Ipv6Server => "ipv6",
            What::Unix => "unix",
            What::Named(named) => match named {
                Named::Directory => "directory",
                Named::Pipe => "pipe",
                Named::Event => "event",
                Named::Signal => "signalfd",
                Named::Poll => "eventpoll",
                Named::Inotify => "inotify",
                Named::Timer => "timerfd",
                Named::Netlink => "netlink",
                Named::Bpf => "bpf",
                Named::UserFault => "userfaultfd",
                Named::IoUring => "io_uring",
                Named::Memory => "memfd",
                Named::Process => "pidfd",
                Named::Other => "<NA>",
            },
            What::Unknown => "<NA>",
        }
    }

    /// Anything that has nothing but a name.
    pub fn named(what: Named, name: &[u8]) -> Self {
        Self { name: name.into(), ..Self::new(What::Named(what)) }
    }

    /// Its name: a path, or the ends of a socket.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The path as it was given, not made absolute.
    pub fn raw_name(&self) -> &[u8] {
        &self.raw_name
    }

    /// Whether it is a socket of the internet.
    pub fn is_internet(&self) -> bool {
        matches!(self.what, What::Ipv4 | What::Ipv6 | What::Ipv4Server | What::Ipv6Server)
    }

    /// Whether it is a socket.
    pub fn is_socket(&self) -> bool {
        self.is_internet() || matches!(self.what, What::Unix | What::Named(Named::Netlink))
    }

    /// Client and server.
    pub fn ends(&self) -> Option<(Endpoint, Endpoint)> {
        match self.sockets {
            Sockets::Ends { client, server } => Some((client, server)),
            _ => None,
        }
    }

    pub(crate) fn set_ends(&mut self, client: Endpoint, server: Endpoint) {
        self.sockets = Sockets::Ends { client, server };
        self.what = if client.ip.is_ipv4() { What::Ipv4 } else { What::Ipv6 };
        let mut name = shown(client);
        name.extend_from_slice(b"->");
        name.extend_from_slice(&shown(server));
        self.name = name.into();
    }

    pub(crate) fn set_bound(&mut self, local: Endpoint) {
        self.sockets = Sockets::Bound(local);
        self.what = if local.ip.is_ipv4() { What::Ipv4Server } else { What::Ipv6Server };
        self.name = shown(local).into();
    }
}

/// An end as names of descriptors show it.
pub(crate) fn shown(end: Endpoint) -> Vec<u8> {
    format!("{}:{}", end.ip, end.port).into_bytes()
}

/// An IPv4 address that stands in an IPv6 one, as the former.
pub(crate) fn unmapped(endpoint: Endpoint) -> Endpoint {
    match endpoint.ip {
        IpAddr::V6(ip) => Endpoint { ip: ip.to_ipv4_mapped().map_or(endpoint.ip, IpAddr::V4), ..endpoint },
        IpAddr::V4(_) => endpoint,
    }
}
