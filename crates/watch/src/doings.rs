//! What records tell of the doings of containers, in the words of profiles.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use events::Layer;
use profiles::{Done, Protocol};
use sensor::{Descriptor, FileInfo, Form, Kind, Part, Record, call_by_number};
use state::{State, Thread};

/// Calls that tell of files and of the network.
pub(crate) const CALLS: &[&str] =
    &["bind", "connect", "creat", "listen", "mkdir", "mkdirat", "open", "openat", "openat2", "sendto"];

/// open(2): the access mode, and what changes a file beside it.
const O_ACCMODE: u64 = 3;
const O_CHANGING: u64 = 0o100 | 0o1000 | 0o2000;
/// connect(2): it goes on, or a packet filter, the network or the other side says no. Whom a program wants to reach does not depend on
/// the answer, which is another one on the next host.
const TRIED: &[i64] = &[EINPROGRESS, EPERM, EACCES, ENETUNREACH, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH];
const EINPROGRESS: i64 = -115;
const EPERM: i64 = -1;
const EACCES: i64 = -13;
const ENETUNREACH: i64 = -101;
const ETIMEDOUT: i64 = -110;
const ECONNREFUSED: i64 = -111;
const EHOSTUNREACH: i64 = -113;
/// Linux, `include/net/tcp_states.h`.
const TCP_ESTABLISHED: u32 = 1;

/// Tells what a record says was done; nothing for what run times do in a container's group before they enter it.
pub(crate) fn tell(
    record: &Record<'_>,
    host_namespace: u32,
    state: &State,
    room: &mut Vec<u8>,
    done: &mut dyn FnMut(&Done<'_>),
) {
    match record.kind() {
        Kind::Exec => executed(record, host_namespace, room, done),
        Kind::Call => called(record, state, room, done),
        Kind::Socket => connected(record, state, done),
        _ => {}
    }
}

/// Connections that no call for them asked for too, such as those of io_uring.
fn connected(record: &Record<'_>, state: &State, done: &mut dyn FnMut(&Done<'_>)) {
    if record.number() != TCP_ESTABLISHED || state.thread(i64::from(record.tid())).is_some_and(is_run_time) {
        return;
    }
    let remote = record.parts().find_map(|part| match part {
        Part::Socket(socket) => socket.remote(),
        _ => None,
    });
    if let Some(remote) = remote {
        done(&Done::Connected(remote.ip().to_canonical(), remote.port(), Protocol::Tcp));
    }
}

fn executed(record: &Record<'_>, host_namespace: u32, room: &mut Vec<u8>, done: &mut dyn FnMut(&Done<'_>)) {
    let is_outside = |part| matches!(part, Part::Task(task) if task.namespaces()[1] == host_namespace);
    if record.parts().any(is_outside) {
        return;
    }
    let (mut filename, mut interpreter): (&[u8], &[u8]) = (&[], &[]);
    for part in record.parts() {
        match part {
            Part::Executable(file) => with_path(file, room, &mut |path| done(&Done::Executed(path))),
            Part::Filename(name) => filename = name,
            Part::Interpreter(name) => interpreter = name,
            _ => {}
        }
    }
    // A script: its name as it was given, when that is a whole path.
    if filename != interpreter
        && filename.starts_with(b"/")
        && let Ok(path) = std::str::from_utf8(filename)
    {
        done(&Done::Executed(path));
    }
}

fn called(record: &Record<'_>, state: &State, room: &mut Vec<u8>, done: &mut dyn FnMut(&Done<'_>)) {
    let Some(call) = call_by_number(record.number()) else { return };
    if state.thread(i64::from(record.tid())).is_some_and(is_run_time) {
        return;
    }
    let mut arguments: [&[u8]; 6] = [&[]; 6];
    let mut described: [Option<Descriptor<'_>>; 7] = [None; 7];
    for part in record.parts() {
        match part {
            Part::Argument(at, bytes) => arguments[at] = bytes,
            Part::Described(at, descriptor) => described[at] = Some(descriptor),
            _ => {}
        }
    }
    let is_done = record.result() >= 0;
    match call.name {
        "open" | "openat" | "openat2" | "creat" if is_done => {
            let Some(Descriptor::File(file)) = described[6] else { return };
            let flags = match call.name {
                "open" => number(arguments[1]),
                "creat" => O_CHANGING,
                // openat2(2): flags are the first member of `struct open_how`, whose bytes are told.
                _ => number(arguments[2]),
            };
            let is_written = flags & O_ACCMODE != 0 || flags & O_CHANGING != 0;
            with_path(file, room, &mut |path| {
                done(&if is_written { Done::Wrote(path) } else { Done::Read(path) });
            });
        }
        "mkdir" | "mkdirat" if is_done => {
            let at = call.forms.iter().position(|form| *form == Form::Path).unwrap_or(0);
            if let Some(path) = made(arguments[at], described[0], record, state, room) {
                done(&Done::Wrote(&path));
            }
        }
        "connect" if is_done || TRIED.contains(&record.result()) => {
            if let Some((ip, port)) = address(arguments[1]) {
                done(&Done::Connected(ip, port, protocol(described[0])));
            }
        }
        "sendto" if is_done => {
            if let Some((ip, port)) = address(arguments[4]) {
                done(&Done::Connected(ip, port, protocol(described[0])));
            }
        }
        "listen" if is_done => {
            if let Some(Descriptor::Socket(socket)) = described[0]
                && let Some(local) = socket.local()
            {
                done(&Done::Listened(local.port(), protocol(described[0])));
            }
        }
        // What is bound and never listens is of UDP.
        "bind" if is_done && protocol(described[0]) == Protocol::Udp => {
            if let Some((_, port)) = address(arguments[1]).filter(|(_, port)| *port != 0) {
                done(&Done::Listened(port, Protocol::Udp));
            }
        }
        _ => {}
    }
}

/// Whether a thread is of runc, which works in the container's group before it becomes the container's first program.
fn is_run_time(thread: &Thread) -> bool {
    thread.comm.starts_with(b"runc") && !matches!(thread.exe_layer, Layer::Lower | Layer::Upper)
}

/// The whole path of a directory that was made.
fn made(
    name: &[u8],
    directory: Option<Descriptor<'_>>,
    record: &Record<'_>,
    state: &State,
    room: &mut Vec<u8>,
) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    if name.starts_with('/') {
        return Some(name.to_owned());
    }
    room.clear();
    match directory {
        Some(Descriptor::File(file)) => file.write_path(room),
        _ => room.extend_from_slice(state.cwd(state.thread(i64::from(record.tid()))?)),
    }
    let above = std::str::from_utf8(room).ok()?.trim_end_matches('/');
    (above.is_empty() || above.starts_with('/')).then(|| format!("{above}/{name}"))
}

fn with_path(file: FileInfo<'_>, room: &mut Vec<u8>, tell: &mut dyn FnMut(&str)) {
    let flags = file.flags();
    if flags.is_memory || flags.is_outside_root {
        return;
    }
    // stat(2): pipes have no path.
    if file.mode() & 0o170_000 == 0o010_000 {
        return;
    }
    room.clear();
    file.write_path(room);
    if let Ok(path) = std::str::from_utf8(room) {
        tell(path);
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
}

fn protocol(descriptor: Option<Descriptor<'_>>) -> Protocol {
    match descriptor {
        Some(Descriptor::Socket(socket)) => Protocol::of_number(socket.protocol()),
        _ => Protocol::Other,
    }
}

/// `struct sockaddr_in` and `sockaddr_in6` (ip(7), ipv6(7)).
fn address(bytes: &[u8]) -> Option<(IpAddr, u16)> {
    let family = u16::from_ne_bytes(*bytes.first_chunk()?);
    let port = u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
    match family {
        2 => Some((Ipv4Addr::from(*bytes.get(4..)?.first_chunk::<4>()?).into(), port)),
        10 => Some((Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?).into(), port)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let four = [2u16.to_ne_bytes().as_slice(), &443u16.to_be_bytes(), &[192, 0, 2, 1], &[0; 8]].concat();
        assert_eq!(address(&four), Some((IpAddr::from([192, 0, 2, 1]), 443)));
        let six = [10u16.to_ne_bytes().as_slice(), &53u16.to_be_bytes(), &[0; 4], &[1; 16], &[0; 4]].concat();
        assert_eq!(address(&six).map(|(_, port)| port), Some(53));
        for cut in 0..four.len().min(8) {
            assert_eq!(address(&four[..cut]), None);
        }
        assert_eq!(address(&[1, 0, b'/', b'x']), None);
    }
}
