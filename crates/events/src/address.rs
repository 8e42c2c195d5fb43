//! Addresses of sockets, as the parameters of network events hold them: a family, addresses in network order, ports in
//! little endian (Falco's libraries, `driver/ppm_events.c`, `pack_addr` and `fd_to_socktuple`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Families of sockets by the numbers of Linux.
pub mod family {
    /// Sockets of the file system.
    pub const UNIX: u8 = 1;
    /// IPv4.
    pub const INET: u8 = 2;
    /// IPv6.
    pub const INET6: u8 = 10;
}

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The address.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    fn read_v4(bytes: &[u8; 6]) -> Self {
        let ip = Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]);
        Self { ip: ip.into(), port: u16::from_le_bytes([bytes[4], bytes[5]]) }
    }

    fn read_v6(bytes: &[u8; 18]) -> Self {
        let (ip, port) = bytes.split_at(16);
        let ip: [u8; 16] = ip.try_into().expect("sixteen of eighteen bytes");
        Self { ip: Ipv6Addr::from(ip).into(), port: u16::from_le_bytes([port[0], port[1]]) }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self.ip {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
        out.extend_from_slice(&self.port.to_le_bytes());
    }
}

/// One address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketAddress<'a> {
    /// IPv4 or IPv6.
    Ip(Endpoint),
    /// A path; an abstract name begins with `@`.
    Unix(&'a [u8]),
    /// Another family, whose address is not recorded.
    Other(u8),
}

impl<'a> SocketAddress<'a> {
    /// Reads the bytes of a parameter.
    pub fn read(raw: &'a [u8]) -> Option<Self> {
        let (family, rest) = raw.split_first()?;
        Some(match *family {
            family::INET => Self::Ip(Endpoint::read_v4(rest.first_chunk()?)),
            family::INET6 => Self::Ip(Endpoint::read_v6(rest.first_chunk()?)),
            family::UNIX => Self::Unix(until_zero(rest)),
            other => Self::Other(other),
        })
    }

    /// Appends the bytes of a parameter.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ip(endpoint) => {
                out.push(if endpoint.ip.is_ipv4() { family::INET } else { family::INET6 });
                endpoint.write(out);
            }
            Self::Unix(path) => {
                out.push(family::UNIX);
                out.extend_from_slice(path);
                out.push(0);
            }
            Self::Other(family) => out.push(*family),
        }
    }
}

/// The two ends of a socket: who began the connection, and who was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketTuple<'a> {
    /// IPv4 or IPv6; both ends of the same family.
    Ip {
        /// The client.
        source: Endpoint,
        /// The server.
        destination: Endpoint,
    },
    /// Two sockets in kernel memory and the path of the one that listens.
    Unix {
        /// Number of the socket of this side.
        source: u64,
        /// Number of the other's.
        destination: u64,
        /// The path; an abstract name begins with `@`.
        path: &'a [u8],
    },
    /// Another family, whose addresses are not recorded.
    Other(u8),
}

impl<'a> SocketTuple<'a> {
    /// Reads the bytes of a parameter.
    pub fn read(raw: &'a [u8]) -> Option<Self> {
        let (family, rest) = raw.split_first()?;
        Some(match *family {
            family::INET => {
                let (source, rest) = rest.split_first_chunk()?;
                let destination = Endpoint::read_v4(rest.first_chunk()?);
                Self::Ip { source: Endpoint::read_v4(source), destination }
            }
            family::INET6 => {
                let (source, rest) = rest.split_first_chunk()?;
                let destination = Endpoint::read_v6(rest.first_chunk()?);
                Self::Ip { source: Endpoint::read_v6(source), destination }
            }
            family::UNIX => {
                let (source, rest) = rest.split_first_chunk()?;
                let (destination, path) = rest.split_first_chunk()?;
                Self::Unix {
                    source: u64::from_le_bytes(*source),
                    destination: u64::from_le_bytes(*destination),
                    path: until_zero(path),
                }
            }
            other => Self::Other(other),
        })
    }

    /// Appends the bytes of a parameter.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ip { source, destination } => {
                out.push(if source.ip.is_ipv4() { family::INET } else { family::INET6 });
                source.write(out);
                destination.write(out);
            }
            Self::Unix { source, destination, path } => {
                out.push(family::UNIX);
                out.extend_from_slice(&source.to_le_bytes());
                out.extend_from_slice(&destination.to_le_bytes());
                out.extend_from_slice(path);
                out.push(0);
            }
            Self::Other(family) => out.push(*family),
        }
    }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(bytes)
}
