//! Listening sockets, and who holds them.

use crate::{Roots, processes, processes::Entry, read, sock_diag};
use facts::{Fact, Protocol, Socket};
use std::{
    collections::{BTreeSet, HashMap},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Sockets of one table.
const SOCKETS_MAX: usize = 50_000;
/// File descriptors of one process that are looked at.
const DESCRIPTORS_MAX: usize = 20_000;

/// A socket as `/proc/net` tells it, with its inode.
struct Listening {
    socket: Socket,
    inode: u64,
}

/// Sockets of the host's network namespace.
pub(crate) fn collect(roots: &Roots, entries: &Fact<Vec<Entry>>) -> Fact<Vec<Socket>> {
    let listening = match listening(roots, "1").or_else(|_| listening(roots, "self")) {
        Ok(listening) => listening,
        Err(error) => return read::missing(&roots.proc_at("net"), &error),
    };
    let owners = owners(roots, entries, &listening);
    let sockets = listening.into_iter().map(|mut item| {
        if let Some((pid, command, unit)) = owners.get(&item.inode) {
            (item.socket.pid, item.socket.command, item.socket.unit) =
                (Some(*pid), Some(command.clone()), unit.clone());
        }
        item.socket
    });
    Fact::Known(sockets.collect())
}

/// Sockets that something listens on in the host's network namespace, each with a process that holds it.
#[must_use]
pub fn listening_sockets(roots: &Roots) -> Fact<Vec<Socket>> {
    collect(roots, &processes::entries(roots))
}

/// Ports that something listens on in the network namespace of a process: `80/tcp`.
pub(crate) fn listening_ports(roots: &Roots, pid: u32) -> Fact<Vec<String>> {
    let link = roots.proc_at(&format!("{pid}/ns/net"));
    if roots.is_this_machine()
        && let Ok(Ok(ports)) = std::thread::spawn(move || sock_diag::ports_in(&link)).join()
    {
        return Fact::Known(
            ports.into_iter().filter_map(|(protocol, port)| port_name(protocol, port)).collect(),
        );
    }
    // Without the right to enter the namespace, or on a kernel without sock_diag.
    match listening(roots, &pid.to_string()) {
        Ok(list) => {
            let ports: BTreeSet<(Protocol, u16)> =
                list.iter().map(|item| (item.socket.protocol, item.socket.port)).collect();
            Fact::Known(ports.into_iter().filter_map(|(protocol, port)| port_name(protocol, port)).collect())
        }
        Err(error) => read::missing(&roots.proc_at(&format!("{pid}/net")), &error),
    }
}

fn port_name(protocol: Protocol, port: u16) -> Option<String> {
    match protocol {
        Protocol::Tcp => Some(format!("{port}/tcp")),
        Protocol::Udp => Some(format!("{port}/udp")),
        Protocol::Unix => None,
    }
}

fn listening(roots: &Roots, process: &str) -> std::io::Result<Vec<Listening>> {
    let mut list = Vec::new();
    for (table, protocol) in
        [("tcp", Protocol::Tcp), ("tcp6", Protocol::Tcp), ("udp", Protocol::Udp), ("udp6", Protocol::Udp)]
    {
        let path = roots.proc_at(&format!("{process}/net/{table}"));
        match read::text(&path) {
            Ok(text) => list
                .extend(text.lines().skip(1).take(SOCKETS_MAX).filter_map(|line| internet(line, protocol))),
            // A kernel without IPv6 has no such table.
            Err(error) if table.ends_with('6') && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if let Ok(text) = read::text(&roots.proc_at(&format!("{process}/net/unix"))) {
        list.extend(text.lines().skip(1).take(SOCKETS_MAX).filter_map(unix));
    }
    Ok(list)
}

// `sl local_address rem_address st … uid timeout inode`; 0A is LISTEN, and 07 an unconnected UDP socket.
fn internet(line: &str, protocol: Protocol) -> Option<Listening> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let wanted = if protocol == Protocol::Tcp { "0A" } else { "07" };
    if *fields.get(3)? != wanted {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let socket = Socket {
        protocol,
        address: address_of(address)?.to_string(),
        port,
        pid: None,
        command: None,
        unit: None,
    };
    Some(Listening { socket, inode: fields.get(9)?.parse().ok()? })
}

// Four bytes of the address at a time, each group in the machine's order (little endian on all that we build for).
fn address_of(hex: &str) -> Option<IpAddr> {
    if !hex.is_ascii() {
        return None;
    }
    let word = |at: usize| u32::from_str_radix(hex.get(at..at + 8)?, 16).ok().map(u32::to_le_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0_u8; 16];
            for group in 0..4 {
                bytes[group * 4..group * 4 + 4].copy_from_slice(&word(group * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

// `Num RefCount Protocol Flags Type St Inode Path`; the flag 00010000 is set for sockets that listen.
fn unix(line: &str) -> Option<Listening> {
    let mut fields = line.split_whitespace();
    let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
    let inode = fields.nth(2)?.parse().ok()?;
    let path = fields.collect::<Vec<_>>().join(" ");
    if flags & 0x1_0000 == 0 || path.is_empty() {
        return None;
    }
    let socket =
        Socket { protocol: Protocol::Unix, address: path, port: 0, pid: None, command: None, unit: None };
    Some(Listening { socket, inode })
}

type Owner = (u32, String, Option<String>);

fn owners(roots: &Roots, entries: &Fact<Vec<Entry>>, listening: &[Listening]) -> HashMap<u64, Owner> {
    let mut wanted: HashMap<u64, ()> = listening.iter().map(|item| (item.inode, ())).collect();
    let mut owners = HashMap::new();
    for entry in entries.known().into_iter().flatten() {
        if wanted.is_empty() {
            break;
        }
        for inode in inodes(roots, entry.pid) {
            if wanted.remove(&inode).is_some() {
                let command = read::text(&roots.proc_at(&format!("{}/comm", entry.pid))).unwrap_or_default();
                owners.insert(
                    inode,
                    (entry.pid, command.trim_end().to_owned(), processes::unit(&entry.cgroup)),
                );
            }
        }
    }
    owners
}

/// Inodes of the sockets that a process holds.
pub(crate) fn inodes(roots: &Roots, pid: u32) -> Vec<u64> {
    let Ok(directory) = std::fs::read_dir(roots.proc_at(&format!("{pid}/fd"))) else { return Vec::new() };
    directory
        .take(DESCRIPTORS_MAX)
        .filter_map(|entry| {
            let link = std::fs::read_link(entry.ok()?.path()).ok()?;
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_read() {
        let line = "   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 35 1 0 100 0 0 10 0";
        let item = internet(line, Protocol::Tcp).unwrap();
        assert_eq!((item.socket.address.as_str(), item.socket.port, item.inode), ("127.0.0.1", 631, 35));
        assert_eq!(address_of("00000000000000000000000001000000").unwrap().to_string(), "::1");
        assert!(internet(&line.replace(" 0A ", " 01 "), Protocol::Tcp).is_none());
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 1234 /run/docker.sock";
        assert_eq!(unix(line).unwrap().socket.address, "/run/docker.sock");
        for end in 0..line.len() {
            let _ = (unix(&line[..end]), internet(&line[..end], Protocol::Udp));
        }
    }
}
