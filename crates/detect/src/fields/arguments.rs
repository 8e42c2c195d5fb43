//! Parameters of events as text: `evt.arg.*`, `evt.args`, `evt.rawarg.*`, `evt.res`.
//!
//! A parameter has a plain text and, for most types, one that says more: names of flags, of users, of errors, what a
//! descriptor refers to (libsinsp, `event.cpp`, `get_param_as_str`). The latter is the value of `evt.arg`.

use super::errors::error_name;
use super::event_values::write_number;
use super::paths::make_absolute;
use crate::{Value, View};
use events::{Format, Kind, ParameterType, SocketAddress, SocketTuple};
use falco::Argument;
use std::io::Write as _;

/// How much of a buffer is shown.
const BUFFER_BYTES_MAX: usize = 80;

fn position(argument: &Argument, view: &View<'_>) -> Option<usize> {
    let info = view.event.info()?;
    match argument {
        Argument::Key(name) => info.position(name),
        Argument::Index(index) => usize::try_from(*index).ok().filter(|index| *index < info.parameters.len()),
        Argument::None => None,
    }
}

/// One parameter by name or number.
pub(crate) fn argument_text<'v>(argument: &Argument, view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    let Some(position) = position(argument, view) else { return Value::Missing };
    let Some(parameter) = view.event.info().and_then(|info| info.parameters.get(position)) else {
        return Value::Missing;
    };
    // Text needs no room.
    if parameter.r#type == ParameterType::Text
        && let Some(text) = view.event.text(position)
    {
        return Value::Text(text);
    }
    if !write_resolved(position, view, room) {
        room.clear();
        write_plain(position, view, room);
    }
    Value::Text(room)
}

/// All parameters: `name=plain(resolved) …`.
pub(crate) fn all_arguments<'v>(view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    if view.event.kind == Kind::GENERIC {
        return Value::Text(b"");
    }
    let mut resolved = Vec::new();
    let parameters = view.event.info().map_or(&[][..], |info| info.parameters);
    for (position, parameter) in parameters.iter().enumerate().take(view.event.count()) {
        if !room.is_empty() {
            room.push(b' ');
        }
        let _ = write!(room, "{}=", parameter.name);
        write_plain(position, view, room);
        resolved.clear();
        if write_resolved(position, view, &mut resolved) {
            room.push(b'(');
            room.extend_from_slice(&resolved);
            room.push(b')');
        }
    }
    Value::Text(room)
}

/// A parameter by its own type.
pub(crate) fn raw_argument<'v>(argument: &Argument, view: &'v View<'_>) -> Value<'v> {
    let Some(position) = position(argument, view) else { return Value::Missing };
    match view.event.value(position) {
        Some(events::Value::Signed(number)) => Value::Signed(number),
        Some(events::Value::Unsigned(number)) => Value::Unsigned(number),
        Some(events::Value::Text(text) | events::Value::Bytes(text)) => Value::Text(text),
        _ => Value::Missing,
    }
}

/// `SUCCESS`, or the name of the error.
pub(crate) fn result_text<'v>(view: &'v View<'_>) -> Value<'v> {
    match view.event.result() {
        None => Value::Missing,
        Some(result) if result >= 0 => Value::Text(b"SUCCESS"),
        Some(result) => Value::Text(error_name(result).unwrap_or("<NA>").as_bytes()),
    }
}

/// The plain text of a parameter.
fn write_plain(position: usize, view: &View<'_>, room: &mut Vec<u8>) {
    let event = &view.event;
    let Some(parameter) = event.info().and_then(|info| info.parameters.get(position)) else { return };
    let raw = event.raw(position).unwrap_or_default();
    let Some(value) = event.value(position) else {
        let is_null = matches!(
            parameter.r#type,
            ParameterType::Bytes
                | ParameterType::SocketTuple
                | ParameterType::FdList
                | ParameterType::TextList
                | ParameterType::Dynamic(_)
        );
        room.extend_from_slice(if is_null { b"NULL" } else { b"<NA>" });
        return;
    };
    let (r#type, format) = events::Value::resolve(parameter.r#type, parameter.format, raw);
    match value {
        events::Value::Unsigned(number)
            if matches!(r#type, ParameterType::Uid | ParameterType::Gid) && number == u64::from(u32::MAX) =>
        {
            room.extend_from_slice(b"-1");
        }
        events::Value::Unsigned(u64::MAX) if r#type == ParameterType::Duration => {
            room.extend_from_slice(b"none");
        }
        events::Value::Signed(number) => write_formatted(room, number.cast_unsigned(), Some(number), format),
        // Flags and modes are shown as numbers, whatever the table says.
        events::Value::Unsigned(number) if is_flags(r#type) => write_number(room, number),
        events::Value::Unsigned(number) => write_formatted(room, number, None, format),
        events::Value::Text(text) => room.extend_from_slice(text),
        events::Value::Bytes(bytes) => write_buffer(bytes, room),
        events::Value::Texts(texts) => {
            for (index, text) in texts.iter().enumerate() {
                if index > 0 {
                    room.push(b'.');
                }
                room.extend_from_slice(text);
            }
        }
        events::Value::Address(address) => write_address(&address, room),
        events::Value::Tuple(tuple) => write_tuple(&tuple, room),
        events::Value::Fds(list) => {
            for (index, (fd, bits)) in list.iter().enumerate() {
                let letter = view
                    .thread()
                    .and_then(|thread| view.state.descriptor(thread, fd))
                    .map_or("?", super::descriptor_values::type_letter);
                let blank = if index > 0 { " " } else { "" };
                let _ = write!(room, "{blank}{fd}:{letter}{bits:x}");
            }
        }
    }
}

fn is_flags(r#type: ParameterType) -> bool {
    use ParameterType as P;
    matches!(r#type, P::Flags8(_) | P::Flags16(_) | P::Flags32(_) | P::Enum8(_) | P::Enum16(_) | P::Enum32(_))
}

fn write_formatted(room: &mut Vec<u8>, bits: u64, signed: Option<i64>, format: Format) {
    let _ = match (format, signed) {
        (Format::Dec, Some(number)) => write!(room, "{number}"),
        (Format::Dec, None) => write!(room, "{bits}"),
        (Format::Hex, _) => write!(room, "{bits:X}"),
        (Format::Oct, _) => write!(room, "0{bits:o}"),
    };
}

/// What a parameter stands for; false when there is no more to say than its plain text.
fn write_resolved(position: usize, view: &View<'_>, room: &mut Vec<u8>) -> bool {
    use ParameterType as P;
    let event = &view.event;
    let Some(parameter) = event.info().and_then(|info| info.parameters.get(position)) else { return false };
    let raw = event.raw(position).unwrap_or_default();
    let Some(value) = event.value(position) else { return false };
    let (r#type, _) = events::Value::resolve(parameter.r#type, parameter.format, raw);
    match (r#type, value) {
        (P::Errno, events::Value::Signed(number)) if number < 0 => write_text(error_name(number), room),
        (P::Fd | P::Fd32, events::Value::Signed(fd)) => write_descriptor(fd, view, room),
        (P::Pid | P::Pid32, events::Value::Signed(pid)) => match view.state.thread(pid) {
            Some(thread) => {
                room.extend_from_slice(&thread.comm);
                !thread.comm.is_empty()
            }
            None => false,
        },
        (P::Uid | P::Gid, events::Value::Unsigned(number)) => {
            write_owner(r#type == P::Uid, number, view, room)
        }
        (
            P::Flags8(set) | P::Flags16(set) | P::Flags32(set) | P::Mode(set),
            events::Value::Unsigned(bits),
        ) => write_names(set.names(u32::try_from(bits).unwrap_or(u32::MAX)), room),
        (P::Enum8(set) | P::Enum16(set) | P::Enum32(set), events::Value::Unsigned(number)) => {
            write_names(set.names_of_number(u32::try_from(number).unwrap_or(u32::MAX)), room)
        }
        (P::Signal, events::Value::Unsigned(number)) => {
            let name = usize::try_from(number).ok().and_then(|number| SIGNALS.get(number)).copied();
            write_text(name.filter(|name| !name.is_empty()), room)
        }
        (P::Path, events::Value::Text(path)) if !path.is_empty() && !path.starts_with(b"/") => {
            path != b"<NA>" && make_absolute(view, None, path, room)
        }
        (P::PathAt(directory), events::Value::Text(path)) if !path.is_empty() && !path.starts_with(b"/") => {
            path != b"<NA>" && make_absolute(view, Some(directory), path, room)
        }
        (P::Duration, events::Value::Unsigned(time)) if time != u64::MAX => {
            #[expect(clippy::cast_precision_loss, reason = "shown in seconds")]
            let seconds = time as f64 / 1e9;
            let _ = write!(room, "{seconds}s");
            true
        }
        (P::Syscall, events::Value::Unsigned(number)) => {
            let name = u16::try_from(number).ok().and_then(events::syscall_name);
            write_text(name, room)
        }
        _ => false,
    }
}

fn write_text(text: Option<&str>, room: &mut Vec<u8>) -> bool {
    room.extend_from_slice(text.unwrap_or_default().as_bytes());
    text.is_some()
}

fn write_names<'n>(names: impl Iterator<Item = &'n str>, room: &mut Vec<u8>) -> bool {
    let start = room.len();
    for name in names {
        if room.len() > start {
            room.push(b'|');
        }
        room.extend_from_slice(name.as_bytes());
    }
    room.len() > start
}

fn write_descriptor(fd: i64, view: &View<'_>, room: &mut Vec<u8>) -> bool {
    if fd == -100 {
        return write_text(Some("AT_FDCWD"), room);
    }
    if fd < 0 {
        return write_text(error_name(fd), room);
    }
    let Some(thread) = view.thread() else { return false };
    let Some(descriptor) = view.state.descriptor(thread, fd) else { return false };
    let protocol = match descriptor.protocol {
        events::snapshot::Protocol::Tcp if descriptor.is_internet() => "t",
        events::snapshot::Protocol::Udp if descriptor.is_internet() => "u",
        events::snapshot::Protocol::Icmp if descriptor.is_internet() => "i",
        events::snapshot::Protocol::Raw if descriptor.is_internet() => "r",
        _ => "",
    };
    let _ = write!(room, "<{}{protocol}>", super::descriptor_values::type_letter(descriptor));
    room.extend_from_slice(descriptor.name());
    true
}

fn write_owner(is_user: bool, number: u64, view: &View<'_>, room: &mut Vec<u8>) -> bool {
    let Some(id) = u32::try_from(number).ok().filter(|id| *id != u32::MAX) else {
        return write_text(Some("<NONE>"), room);
    };
    let name = view.thread().and_then(|thread| {
        if is_user {
            view.state.user_of(thread, id).map(|user| user.name.as_slice())
        } else {
            view.state.group_of(thread, id).map(|group| group.name.as_slice())
        }
    });
    match name.filter(|name| !name.is_empty()) {
        Some(name) => room.extend_from_slice(name),
        None if id == 0 => room.extend_from_slice(b"root"),
        None => room.extend_from_slice(b"<NA>"),
    }
    true
}

/// Bytes as far as they can be shown; others are dots.
fn write_buffer(bytes: &[u8], room: &mut Vec<u8>) {
    room.extend(
        bytes
            .iter()
            .take(BUFFER_BYTES_MAX)
            .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'.' }),
    );
    if bytes.len() > BUFFER_BYTES_MAX {
        room.extend_from_slice(b"...");
    }
}

fn write_address(address: &SocketAddress<'_>, room: &mut Vec<u8>) {
    match address {
        SocketAddress::Ip(end) => {
            let _ = write!(room, "{}:{}", end.ip, end.port);
        }
        SocketAddress::Unix(path) => room.extend_from_slice(path),
        SocketAddress::Other(family) => {
            let _ = write!(room, "family {family}");
        }
    }
}

fn write_tuple(tuple: &SocketTuple<'_>, room: &mut Vec<u8>) {
    match tuple {
        SocketTuple::Ip { source, destination } => {
            let _ = write!(room, "{}:{}->{}:{}", source.ip, source.port, destination.ip, destination.port);
        }
        SocketTuple::Unix { source, destination, path } => {
            let _ = write!(room, "{source:x}->{destination:x} ");
            room.extend_from_slice(path);
        }
        SocketTuple::Other(family) => {
            let _ = write!(room, "family {family}");
        }
    }
}

/// Names of signals by number (signal(7), x86 and arm).
const SIGNALS: [&str; 32] = [
    "",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];
