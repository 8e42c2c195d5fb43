//! Listening sockets of a network namespace, by netlink (sock_diag(7), linux/inet_diag.h).
//!
//! `/proc/net/tcp` walks the whole table of connections of the machine, once for every namespace; this asks for those that
//! listen alone.

use crate::netlink::{self, BUFFER_BYTES, DONE, DUMP, ERROR, REQUEST, TIME_MAX};
use facts::Protocol;
use rustix::{io::Errno, net::netlink::SOCK_DIAG, thread::LinkNameSpaceType};
use std::{collections::BTreeSet, fs::File, os::fd::AsFd as _, path::Path, time::Instant};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `AF_INET` and `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
/// `TCP_LISTEN` and `TCP_CLOSE` as bits: a UDP socket that is connected to nobody stands as closed.
const LISTENING: u32 = 1 << 10;
const UNCONNECTED: u32 = 1 << 7;
/// Ports of one namespace.
const PORTS_MAX: usize = 10_000;

/// Ports that something listens on in the network namespace that a link of `/proc` stands for. The calling thread moves there
/// and must end afterwards.
pub(crate) fn ports_in(namespace: &Path) -> Result<BTreeSet<(Protocol, u16)>, Errno> {
    let link = File::open(namespace).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    rustix::thread::move_into_link_name_space(link.as_fd(), Some(LinkNameSpaceType::Network))?;
    let mut ports = BTreeSet::new();
    for (protocol, number, states) in [(Protocol::Tcp, 6, LISTENING), (Protocol::Udp, 17, UNCONNECTED)] {
        for family in FAMILIES {
            dump(family, number, states, |port| {
                ports.insert((protocol, port));
                ports.len() <= PORTS_MAX
            })?;
        }
    }
    Ok(ports)
}

fn dump(family: u8, protocol: u8, states: u32, mut take: impl FnMut(u16) -> bool) -> Result<(), Errno> {
    let socket = netlink::open(SOCK_DIAG)?;
    // `struct inet_diag_req_v2`: family, protocol, extensions, padding, states, and an address that fits all.
    let mut request = vec![family, protocol, 0, 0];
    request.extend(states.to_ne_bytes());
    request.extend([0; 48]);
    netlink::send(&socket, BY_FAMILY, REQUEST | DUMP, &request)?;
    let deadline = Instant::now() + TIME_MAX;
    let mut buffer = vec![0; BUFFER_BYTES];
    while Instant::now() < deadline {
        let length = netlink::receive(&socket, &mut buffer)?;
        for message in netlink::messages(&buffer[..length]) {
            match message.kind {
                DONE => return Ok(()),
                ERROR => return message.error().map_or(Ok(()), Err),
                BY_FAMILY => {
                    if let Some(port) = port(message.payload)
                        && !take(port)
                    {
                        return Err(Errno::NOBUFS);
                    }
                }
                _ => {}
            }
        }
    }
    Err(Errno::TIMEDOUT)
}

// `struct inet_diag_msg`: family, state, timer, retransmissions, then the source port in network order.
fn port(message: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*message.get(4..6)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn sockets_that_listen_are_told_and_connections_are_not() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("[::1]:0").or_else(|_| UdpSocket::bind("127.0.0.1:0")).unwrap();
        let connection = std::net::TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
        let asked = std::thread::spawn(|| ports_in(Path::new("/proc/self/ns/net"))).join().unwrap();
        match asked {
            Ok(ports) => {
                assert!(ports.contains(&(Protocol::Tcp, tcp.local_addr().unwrap().port())));
                assert!(ports.contains(&(Protocol::Udp, udp.local_addr().unwrap().port())));
                assert!(!ports.contains(&(Protocol::Tcp, connection.local_addr().unwrap().port())));
            }
            Err(error) => testkit::skip(&format!("listening sockets by netlink: {error}")),
        }
    }

    #[test]
    fn short_messages_are_left_out() {
        assert_eq!(port(&[2, 10, 0, 0, 0x1f, 0x90]), Some(8080));
        assert_eq!(port(&[2, 10, 0, 0, 0x1f]), None);
    }
}
