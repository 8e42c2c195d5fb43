//! Sockets.

use std::net::IpAddr;

use events::snapshot::{Named, Protocol};
use events::{Endpoint, Event, KindInfo, SocketAddress, SocketTuple, Traits, Width, family};

use super::IN_PROGRESS;
use super::files::close_on_exec;
use crate::descriptor::{Descriptor, Role, Sockets, What, shown, unmapped};
use crate::state::State;

const STREAM: u64 = 1;
const DATAGRAM: u64 = 2;
const RAW: u64 = 3;
/// Bits of a socket's type; further ones are flags.
const TYPE_BITS: u64 = 0xff;
/// The family of netlink.
const NETLINK: u64 = 16;

impl State {
    pub(super) fn socket_exit(&mut self, event: &Event<'_>, fd: i64) {
        let [domain, kind, protocol, flags] =
            [1, 2, 3, 4].map(|position| event.unsigned(position).unwrap_or(0));
        let descriptor = Descriptor { flags: flags as u32, ..socket(domain, kind, protocol) };
        self.give(event.thread, fd, descriptor);
    }

    pub(super) fn socketpair_exit(&mut self, event: &Event<'_>) {
        let (Some(first), Some(second)) = (event.signed(1), event.signed(2)) else { return };
        let mut descriptor = Descriptor::new(What::Unix);
        let (source, destination) = (event.unsigned(3).unwrap_or(0), event.unsigned(4).unwrap_or(0));
        descriptor.sockets = Sockets::Unix { source, destination };
        if first != second {
            self.give(event.thread, second, descriptor.clone());
            self.give(event.thread, first, descriptor);
        }
    }

    pub(super) fn bind_exit(&mut self, event: &Event<'_>) {
        let Some(address) = event.raw(1).and_then(SocketAddress::read) else { return };
        self.alter(event.thread, |descriptor| match address {
            SocketAddress::Ip(local) if local.port > 0 => {
                descriptor.set_bound(unmapped(local));
                descriptor.role = Role::Server;
            }
            // The kernel chooses the port; the name tells what was asked for.
            SocketAddress::Ip(local) => descriptor.name = shown(local).into(),
            SocketAddress::Unix(path) => descriptor.name = path.into(),
            SocketAddress::Other(_) => {}
        });
    }

    pub(super) fn connect_exit(&mut self, event: &Event<'_>, result: i64) {
        if (result < 0 && result != IN_PROGRESS) || self.current.descriptor.is_none() {
            return;
        }
        let tuple = event.raw(1).and_then(SocketTuple::read);
        let exit = event.raw(3).and_then(SocketAddress::read);
        let enter = self
            .threads
            .get_mut(&event.thread)
            .map(|thread| std::mem::take(&mut thread.enter))
            .unwrap_or_default();
        let enter = Event::read(&enter, Width::Narrow).ok().filter(|enter| enter.kind.0 + 1 == event.kind.0);
        let enter = enter.as_ref().and_then(|enter| enter.raw(1)).and_then(SocketAddress::read);
        // The address that the kernel read when the call began counts, if the one at its end is only the caller's.
        let asked = |server: Endpoint| match (exit, enter) {
            (Some(SocketAddress::Ip(exit)), Some(SocketAddress::Ip(enter))) if exit == server => enter,
            _ => server,
        };
        let mut descriptor = match self.current.descriptor.as_deref() {
            Some(descriptor) => descriptor.clone(),
            None => return,
        };
        descriptor.is_connected = true;
        match (tuple, enter) {
            (Some(SocketTuple::Ip { source, destination }), _) => {
                let (client, server) = (unmapped(source), unmapped(asked(destination)));
                descriptor.set_ends(client, server);
            }
            (Some(SocketTuple::Unix { source, destination, path }), _) => {
                let path = match (exit, enter) {
                    (Some(SocketAddress::Unix(exit)), Some(SocketAddress::Unix(enter))) if exit == path => {
                        enter
                    }
                    _ => path,
                };
                set_unix(&mut descriptor, source, destination, path);
            }
            (None, Some(SocketAddress::Ip(server))) => {
                let server = unmapped(server);
                let client = descriptor.ends().map_or(nobody(server.ip), |(client, _)| client);
                descriptor.set_ends(client, server);
            }
            (None, Some(SocketAddress::Unix(path))) => descriptor.name = path.into(),
            (Some(SocketTuple::Other(_)), _) | (None, _) => {}
        }
        if descriptor.role == Role::None && tuple.is_some() {
            descriptor.role = Role::Client;
        }
        if let Some(fd) = self.current.fd {
            self.give(event.thread, fd, descriptor);
        }
    }

    /// The event is about a connection, whose number in the process nobody tells.
    pub(super) fn socket_state(&mut self, event: &Event<'_>) {
        let Some(SocketTuple::Ip { source, destination }) = event.raw(0).and_then(SocketTuple::read) else {
            return;
        };
        let descriptor =
            Descriptor::connection(unmapped(source), unmapped(destination), Protocol::Tcp, Role::Client);
        self.current.descriptor = Some(descriptor.into());
    }

    pub(super) fn accept_exit(&mut self, event: &Event<'_>, fd: i64) {
        self.current.fd = Some(fd);
        let mut descriptor = Descriptor { role: Role::Server, is_connected: true, ..Descriptor::default() };
        match event.raw(1).and_then(SocketTuple::read) {
            Some(SocketTuple::Ip { source, destination }) => {
                descriptor.set_ends(unmapped(source), unmapped(destination));
                descriptor.protocol = Protocol::Tcp;
            }
            Some(SocketTuple::Unix { source, destination, path }) => {
                set_unix(&mut descriptor, source, destination, path);
            }
            Some(SocketTuple::Other(_)) | None => return,
        }
        if event.count() > 5 {
            descriptor.flags = event.unsigned(5).unwrap_or(0) as u32 & close_on_exec();
        }
        self.give(event.thread, fd, descriptor);
    }

    /// Reading and writing: sockets show that they are connected, datagrams tell the other end.
    pub(super) fn transfer(&mut self, event: &Event<'_>, info: &'static KindInfo) {
        let tuple = super::positions(event.kind)
            .tuple
            .and_then(|position| event.raw(usize::from(position)))
            .and_then(SocketTuple::read);
        let is_write = info.traits.has(Traits::WRITES);
        if self.current.descriptor.is_none() {
            // The making of the socket was lost: one that sends with an address is a datagram's.
            if let (true, Some(fd), Some(SocketTuple::Ip { source, .. })) = (is_write, self.current.fd, tuple)
            {
                let domain = if source.ip.is_ipv4() { family::INET } else { family::INET6 };
                self.give(event.thread, fd, socket(u64::from(domain), DATAGRAM, 17));
            }
        }
        let Some(descriptor) = self.current.descriptor.as_deref() else { return };
        let is_pair = matches!(descriptor.what, What::Ipv4 | What::Ipv6);
        let needs_name = descriptor.name.is_empty() || descriptor.protocol != Protocol::Tcp;
        let connects = is_pair && !descriptor.is_connected;
        let tuple = tuple.filter(|_| needs_name);
        if !connects && tuple.is_none() {
            return;
        }
        let mut changed = descriptor.clone();
        changed.is_connected |= is_pair;
        let renamed = match tuple {
            Some(SocketTuple::Ip { source, destination }) => {
                self.set_ends(event.thread, &mut changed, unmapped(source), unmapped(destination), is_write)
            }
            Some(SocketTuple::Unix { source, destination, path }) => {
                let before = (changed.sockets, changed.name.clone());
                changed.what = What::Unix;
                set_unix(&mut changed, source, destination, path);
                before != (changed.sockets, changed.name.clone())
            }
            Some(SocketTuple::Other(_)) | None => false,
        };
        if (connects || renamed)
            && let Some(fd) = self.current.fd
        {
            self.give(event.thread, fd, changed);
        }
    }

    /// Takes the ends of a datagram; whether they are others than before.
    fn set_ends(
        &self,
        thread: i64,
        descriptor: &mut Descriptor,
        source: Endpoint,
        destination: Endpoint,
        is_write: bool,
    ) -> bool {
        let source = Endpoint { ip: self.inferred(source.ip, destination), ..source };
        let destination = Endpoint { ip: self.inferred(destination.ip, source), ..destination };
        if descriptor.role == Role::None {
            let is_bound = self.threads.get(&self.owner(thread)).is_some_and(|owner| {
                let is_local = |sockets: &Sockets| matches!(sockets, Sockets::Bound(local) if local.port == destination.port);
                owner.fds.values().any(|other| is_local(&other.sockets))
            });
            descriptor.role = if is_bound { Role::Server } else { Role::Client };
        }
        // A client that reads is the destination, a server that writes the source.
        let swap = if is_write { descriptor.role == Role::Server } else { descriptor.role == Role::Client };
        let (client, server) = if swap { (destination, source) } else { (source, destination) };
        if descriptor.ends() == Some((client, server)) || descriptor.ends() == Some((server, client)) {
            return false;
        }
        if descriptor.protocol == Protocol::Unknown {
            descriptor.protocol = Protocol::Udp;
        }
        descriptor.set_ends(client, server);
        true
    }

    /// The address of this host that speaks with `peer`, where an event has none.
    fn inferred(&self, ip: IpAddr, peer: Endpoint) -> IpAddr {
        if !ip.is_unspecified() || peer.ip.is_unspecified() {
            return ip;
        }
        if peer.ip.is_loopback() {
            return peer.ip;
        }
        let same =
            |interface: &&events::snapshot::Interface| interface.address.is_ipv4() == peer.ip.is_ipv4();
        let near = self.interfaces.iter().filter(same).find(|interface| {
            interface
                .prefix
                .is_some_and(|prefix| prefix > 0 && in_network(peer.ip, interface.address, prefix))
        });
        let any = || self.interfaces.iter().filter(same).find(|interface| !interface.address.is_loopback());
        near.or_else(any).map_or(ip, |interface| interface.address)
    }
}

fn in_network(ip: IpAddr, network: IpAddr, prefix: u8) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            u32::from(ip) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
            u128::from(ip) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

fn nobody(like: IpAddr) -> Endpoint {
    let ip = match like {
        IpAddr::V4(_) => IpAddr::from([0; 4]),
        IpAddr::V6(_) => IpAddr::from([0u16; 8]),
    };
    Endpoint { ip, port: 0 }
}

fn set_unix(descriptor: &mut Descriptor, source: u64, destination: u64, path: &[u8]) {
    descriptor.what = What::Unix;
    descriptor.sockets = Sockets::Unix { source, destination };
    let mut name = format!("{source:x}->{destination:x} ").into_bytes();
    name.extend_from_slice(path);
    descriptor.name = name.into();
}

/// A socket that was just made.
fn socket(domain: u64, kind: u64, protocol: u64) -> Descriptor {
    let what = match u8::try_from(domain).unwrap_or(0) {
        family::UNIX => What::Unix,
        family::INET => What::Ipv4,
        family::INET6 => What::Ipv6,
        _ if domain == NETLINK => What::Named(Named::Netlink),
        _ => What::Unknown,
    };
    let mut descriptor = Descriptor::new(what);
    if matches!(what, What::Ipv4 | What::Ipv6) {
        let raw = kind & TYPE_BITS == RAW;
        // Numbers of protocols: RFC 5237, IANA.
        descriptor.protocol = match (protocol, kind & TYPE_BITS) {
            (1 | 6 | 17, _) if raw => Protocol::Raw,
            (6, _) | (0, STREAM) => Protocol::Tcp,
            (17, _) | (0, DATAGRAM) => Protocol::Udp,
            (1, _) => Protocol::Icmp,
            (255, _) => Protocol::Raw,
            _ => Protocol::Unknown,
        };
    }
    descriptor
}
