//! What the kernel says of descriptors, for the state.

use events::Endpoint;
use events::snapshot::{Named, Protocol};
use sensor::{Descriptor, FileInfo, Known, SocketInfo};
use state::{Role, Sockets, State, What};

/// Tells the state of a descriptor that it does not know, or knows as something else: its opening was before the sensor, or was
/// lost. What it knows it keeps, because rules ask for names as programs gave them. Returns whether it told.
pub(crate) fn learn(state: &mut State, thread: i64, known: Known<'_>, room: &mut Vec<u8>) -> bool {
    let held = state.thread(thread).and_then(|thread| state.descriptor(thread, known.number));
    let fresh = match known.descriptor {
        Descriptor::Closed => return false,
        Descriptor::File(file) => {
            let is_same =
                held.is_some_and(|held| !held.is_socket() && (held.inode == 0 || held.inode == file.inode()));
            if is_same {
                return false;
            }
            of_file(file, room)
        }
        Descriptor::Socket(socket) => {
            if held.is_some_and(|held| is_same_socket(held, socket)) {
                return false;
            }
            of_socket(socket)
        }
    };
    state.learn_descriptor(thread, known.number, fresh);
    true
}

fn of_file(file: FileInfo<'_>, room: &mut Vec<u8>) -> state::Descriptor {
    room.clear();
    file.write_path(room);
    // stat(2): the type of a file in its mode.
    let mut descriptor = match file.mode() & 0o170_000 {
        0o040_000 => state::Descriptor::named(Named::Directory, room),
        0o010_000 => state::Descriptor::named(Named::Pipe, room),
        _ => state::Descriptor::file(room),
    };
    descriptor.inode = file.inode();
    descriptor
}

fn is_same_socket(held: &state::Descriptor, socket: SocketInfo<'_>) -> bool {
    let (Some(local), Some(remote)) = (socket.local(), socket.remote()) else { return held.is_socket() };
    match held.sockets {
        Sockets::Ends { client, server } => {
            let ports = [client.port, server.port];
            ports.contains(&local.port()) && ports.contains(&remote.port())
        }
        Sockets::Bound(end) => remote.port() == 0 && end.port == local.port(),
        _ => held.is_internet() && remote.port() == 0,
    }
}

fn of_socket(socket: SocketInfo<'_>) -> state::Descriptor {
    // <netinet/in.h>: IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_RAW.
    let protocol = match socket.protocol() {
        1 | 58 => Protocol::Icmp,
        6 => Protocol::Tcp,
        17 => Protocol::Udp,
        255 => Protocol::Raw,
        _ => Protocol::Unknown,
    };
    let end = |address: std::net::SocketAddr| Endpoint { ip: address.ip(), port: address.port() };
    match (socket.local(), socket.remote(), socket.family()) {
        (Some(local), Some(remote), _) if remote.port() != 0 => {
            state::Descriptor::connection(end(local), end(remote), protocol, Role::Client)
        }
        (Some(local), ..) => {
            let mut descriptor = state::Descriptor::unix(0, 0, b"");
            descriptor.what = if local.is_ipv4() { What::Ipv4 } else { What::Ipv6 };
            descriptor.sockets = Sockets::None;
            descriptor.protocol = protocol;
            descriptor
        }
        (.., 1) => {
            let (own, peer) = socket.unix_names();
            state::Descriptor::unix(0, 0, if peer.is_empty() { own } else { peer })
        }
        (.., 16) => state::Descriptor::named(Named::Netlink, b""),
        _ => state::Descriptor::named(Named::Other, b""),
    }
}
