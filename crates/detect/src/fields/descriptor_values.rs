//! What `fd.*` says.

use super::descriptor::DescriptorField;
use super::paths::absolute_path_of_event;
use crate::{Value, View};
use events::Kind;
use events::snapshot::{Named, Protocol};
use falco::Argument;
use state::{Descriptor, Role, Sockets, What};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::IpAddr;

pub(crate) fn value<'v>(
    field: DescriptorField,
    argument: &Argument,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    use DescriptorField as F;
    if matches!(
        field,
        F::ListNumbers
            | F::ListNames
            | F::ListClientIps
            | F::ListServerIps
            | F::ListClientPorts
            | F::ListServerPorts
    ) {
        return super::descriptor_lists::value(field, view, room);
    }
    if !view.has_descriptor() {
        return Value::Missing;
    }
    let Some(thread) = view.thread() else { return Value::Missing };
    let fd = view.state.event_fd();
    match field {
        F::Number => return Value::Signed(fd.unwrap_or(-1)),
        F::UniqueId => {
            let _ = write!(room, "{}{}", thread.thread, fd.unwrap_or(-1));
            return Value::Text(room);
        }
        F::Types => {
            let Argument::Index(fd) = argument else { return Value::Missing };
            let found = view.state.descriptor(thread, *fd);
            return found.map_or(Value::Missing, |found| Value::Text(found.type_name().as_bytes()));
        }
        _ => {}
    }
    let container = thread.container.as_deref().map_or("", |id| id.get(..12).unwrap_or(id));
    let Some(descriptor) = view.descriptor() else {
        return unopened(field, container, view, room);
    };
    let layer = |name: &str| {
        Value::Bool(events::flags::FILE.number(name).is_some_and(|bit| descriptor.flags & bit != 0))
    };
    match field {
        F::Name => Value::Text(descriptor.name()),
        F::RawName => Value::Text(descriptor.raw_name()),
        F::ContainerName => {
            let _ = write!(room, "{container}:");
            room.extend_from_slice(descriptor.name());
            Value::Text(room)
        }
        F::Directory | F::ContainerDirectory => {
            let directory = match descriptor.what {
                What::File => directory_of(descriptor.name()),
                What::Named(Named::Directory) => descriptor.name(),
                _ => return Value::Missing,
            };
            if field == F::Directory {
                return Value::Text(directory);
            }
            let _ = write!(room, "{container}:");
            room.extend_from_slice(directory);
            Value::Text(room)
        }
        F::FileName => match descriptor.what {
            What::File => Value::Text(file_name_of(descriptor.name())),
            _ => Value::Missing,
        },
        F::Type => Value::Text(descriptor.type_name().as_bytes()),
        F::TypeLetter => Value::Text(type_letter(descriptor).as_bytes()),
        F::TransportProtocol => Value::Text(match descriptor.protocol {
            Protocol::Tcp => b"tcp",
            Protocol::Udp => b"udp",
            Protocol::Icmp => b"icmp",
            Protocol::Raw => b"raw",
            Protocol::Unknown | Protocol::None => b"<NA>",
        }),
        F::SocketFamily if descriptor.is_internet() => Value::Text(b"ip"),
        F::SocketFamily if descriptor.what == What::Unix => Value::Text(b"unix"),
        F::SocketFamily => Value::Missing,
        F::IsServer => Value::Bool(match descriptor.sockets {
            Sockets::Bound(_) => true,
            Sockets::Ends { server, .. } => view.state.is_local(server.ip),
            _ => false,
        }),
        F::IsConnected => Value::Bool(descriptor.is_connected),
        F::IsNameChanged => Value::Bool(view.state.has_name_changed()),
        F::Device => Value::Signed(i64::from(descriptor.device.cast_signed())),
        // MAJOR and MINOR of <linux/kdev_t.h>.
        F::DeviceMajor => Value::Signed(i64::from(descriptor.device >> 20)),
        F::DeviceMinor => Value::Signed(i64::from(descriptor.device & 0xf_ffff)),
        F::Inode => i64::try_from(descriptor.inode).map_or(Value::Missing, Value::Signed),
        F::IsUpperLayer => layer("FD_UPPER_LAYER"),
        F::IsLowerLayer => layer("FD_LOWER_LAYER"),
        F::ClientIp | F::ClientNet => ip(client(descriptor).map(|end| end.0)),
        F::ServerIp | F::ServerNet => ip(server(descriptor).map(|end| end.0)),
        F::LocalIp | F::LocalNet => ip(near(descriptor, view).map(|ends| ends.0.0)),
        F::RemoteIp | F::RemoteNet => ip(near(descriptor, view).map(|ends| ends.1.0)),
        F::ClientPort => port(client(descriptor).map(|end| end.1)),
        F::ServerPort => port(server(descriptor).map(|end| end.1)),
        F::LocalPort => port(near(descriptor, view).map(|ends| ends.0.1)),
        F::RemotePort => port(near(descriptor, view).map(|ends| ends.1.1)),
        F::ClientProtocol => number(client(descriptor).map(|end| end.1), room),
        F::ServerProtocol => number(server(descriptor).map(|end| end.1), room),
        F::LocalProtocol => number(near(descriptor, view).map(|ends| ends.0.1), room),
        F::RemoteProtocol => number(near(descriptor, view).map(|ends| ends.1.1), room),
        // Names of addresses are not asked for: that would be traffic, and an answer that an attacker gives.
        _ => Value::Missing,
    }
}

/// Fields of several values: both ends, and types of all descriptors.
pub(crate) fn each(
    field: DescriptorField,
    argument: &Argument,
    view: &View<'_>,
    visit: &mut dyn FnMut(Value<'_>) -> bool,
) {
    use DescriptorField as F;
    if field == F::Types {
        if let Argument::Index(_) = argument {
            let mut room = Vec::new();
            let value = value(field, argument, view, &mut room);
            if value.is_present() {
                visit(value);
            }
            return;
        }
        let Some(thread) = view.thread() else { return };
        let types: BTreeSet<&str> =
            view.state.descriptors(thread).values().map(|one| one.type_name()).collect();
        types.iter().all(|name| visit(Value::Text(name.as_bytes())));
        return;
    }
    let Some(descriptor) = view.descriptor() else { return };
    let bound = match descriptor.sockets {
        Sockets::Bound(end) => Some((end.ip, end.port)),
        _ => None,
    };
    let ends = descriptor.ends();
    let both =
        ends.into_iter().flat_map(|(client, server)| [(client.ip, client.port), (server.ip, server.port)]);
    for (address, port) in both.chain(bound) {
        let value = match field {
            F::Ip | F::Net => Value::Address(address),
            F::Port | F::Protocol => Value::Unsigned(u64::from(port)),
            _ => return,
        };
        if !visit(value) {
            return;
        }
    }
}

/// What can be said of a descriptor that the event did not get, such as that of a failed `open`.
fn unopened<'v>(
    field: DescriptorField,
    container: &str,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    use DescriptorField as F;
    let event = &view.event;
    let opens_at = matches!(event.kind, Kind::OPENAT | Kind::OPENAT2);
    match field {
        F::TypeLetter => Value::Text(match event.kind {
            Kind::OPENAT | Kind::OPENAT2 | Kind::CREAT => b"f",
            Kind::SOCKET | Kind::ACCEPT | Kind::ACCEPT4 => b"4",
            Kind::PIPE | Kind::PIPE2 => b"p",
            Kind::EVENTFD | Kind::EVENTFD2 => b"e",
            Kind::SIGNALFD | Kind::SIGNALFD4 => b"s",
            Kind::TIMERFD_CREATE => b"t",
            Kind::INOTIFY_INIT | Kind::INOTIFY_INIT1 => b"i",
            _ => b"o",
        }),
        F::RawName if opens_at => Value::text_or_missing(event.text(2)),
        F::Name | F::RawName | F::ContainerName | F::Directory | F::ContainerDirectory => {
            let mut name = Vec::new();
            if !absolute_path_of_event(view, &mut name) {
                return if opens_at { Value::Missing } else { Value::Text(b"") };
            }
            let found = match field {
                F::Directory | F::ContainerDirectory => directory_of(&name),
                _ => &name,
            };
            if matches!(field, F::ContainerName | F::ContainerDirectory) {
                let _ = write!(room, "{container}:");
            }
            room.extend_from_slice(found);
            Value::Text(room)
        }
        _ => Value::Missing,
    }
}

/// The directory of a file; of a name that ends with a slash, itself.
fn directory_of(name: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', name) {
        None | Some(0) => b"/",
        Some(slash) if slash + 1 < name.len() => &name[..slash],
        Some(_) => name,
    }
}

fn file_name_of(name: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', name) {
        None => b"/",
        Some(slash) if slash + 1 < name.len() => &name[slash + 1..],
        Some(_) => name,
    }
}

type End = (IpAddr, u16);

/// The client, when it is known who called whom.
fn client(descriptor: &Descriptor) -> Option<End> {
    let (client, _) = descriptor.ends().filter(|_| descriptor.role != Role::None)?;
    Some((client.ip, client.port))
}

fn server(descriptor: &Descriptor) -> Option<End> {
    match descriptor.sockets {
        Sockets::Bound(end) => Some((end.ip, end.port)),
        _ => {
            let (_, server) = descriptor.ends().filter(|_| descriptor.role != Role::None)?;
            Some((server.ip, server.port))
        }
    }
}

/// The end on this host, and the other one.
fn near(descriptor: &Descriptor, view: &View<'_>) -> Option<(End, End)> {
    let (client, server) = descriptor.ends().filter(|_| descriptor.role != Role::None)?;
    let (client, server) = ((client.ip, client.port), (server.ip, server.port));
    Some(if view.state.is_local(client.0) { (client, server) } else { (server, client) })
}

fn ip(ip: Option<IpAddr>) -> Value<'static> {
    ip.map_or(Value::Missing, Value::Address)
}

fn port(port: Option<u16>) -> Value<'static> {
    port.map_or(Value::Missing, |port| Value::Unsigned(u64::from(port)))
}

fn number(port: Option<u16>, room: &mut Vec<u8>) -> Value<'_> {
    let Some(port) = port else { return Value::Missing };
    let _ = write!(room, "{port}");
    Value::Text(room)
}

/// The letter of a type, as `fd.typechar` gives it.
pub(crate) fn type_letter(descriptor: &Descriptor) -> &'static str {
    match descriptor.what {
        What::File => "f",
        What::Ipv4 | What::Ipv4Server => "4",
        What::Ipv6 | What::Ipv6Server => "6",
        What::Unix => "u",
        What::Named(named) => match named {
            Named::Directory => "d",
            Named::Pipe => "p",
            Named::Event => "e",
            Named::Signal => "s",
            Named::Poll => "l",
            Named::Inotify => "i",
            Named::Timer => "t",
            Named::Netlink => "n",
            Named::Bpf => "b",
            Named::UserFault => "u",
            Named::IoUring => "r",
            Named::Memory => "m",
            Named::Process => "P",
            Named::Other => "X",
        },
        What::Unknown => "o",
    }
}
