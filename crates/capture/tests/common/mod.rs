//! A small host and one event of each kind.
#![allow(dead_code, clippy::unwrap_used, reason = "tests; each uses a part")]

use capture::{Limits, Recording};
use events::snapshot::{
    Descriptor, Group, Interface, Machine, Named, Protocol, Snapshot, Target, Thread, User,
};
use events::{Endpoint, EventBuilder, Extension, OwnedEvent, ParameterType, kinds};
use state::State;

pub(crate) fn snapshot() -> Snapshot {
    let end = |last: u8, port: u16| Endpoint { ip: [192, 0, 2, last].into(), port };
    let end6 = |last: u16, port: u16| Endpoint { ip: [0x2001, 0xdb8, 0, 0, 0, 0, 0, last].into(), port };
    let targets = [
        Target::File { path: b"/dev/null".to_vec(), flags: 3, device: 5 },
        Target::Server { local: end(1, 80), protocol: Protocol::Tcp },
        Target::Connection { source: end(1, 80), destination: end(2, 40_000), protocol: Protocol::Tcp },
        Target::Connection { source: end6(1, 50_000), destination: end6(2, 53), protocol: Protocol::Udp },
        Target::Server { local: end6(1, 81), protocol: Protocol::Tcp },
        Target::Unix { source: 7, destination: 0, path: b"/run/docker.sock".to_vec() },
        Target::Named { what: Named::Pipe, name: b"pipe:[5]".to_vec() },
        Target::Named { what: Named::Directory, name: b"/srv".to_vec() },
        Target::Named { what: Named::Poll, name: Vec::new() },
        Target::Named { what: Named::Memory, name: b"memfd:x".to_vec() },
    ];
    let descriptors =
        targets.into_iter().zip(0..).map(|(target, fd)| Descriptor { thread: 10, fd, inode: 100, target });
    Snapshot {
        machine: Machine {
            cpus: 2,
            memory_bytes: 1 << 30,
            process_max: 4_194_304,
            hostname: b"host".to_vec(),
            boot_time_ns: 99,
        },
        threads: vec![thread(10, 10), thread(11, 10)],
        descriptors: descriptors.collect(),
        users: vec![User {
            uid: 0,
            gid: 0,
            name: b"root".to_vec(),
            home: b"/root".to_vec(),
            shell: b"/bin/sh".to_vec(),
        }],
        groups: vec![Group { gid: 0, name: b"root".to_vec() }],
        interfaces: vec![
            Interface { name: b"eth0".to_vec(), address: [192, 0, 2, 1].into(), prefix: Some(24) },
            Interface { name: b"eth0".to_vec(), address: end6(1, 0).ip, prefix: Some(64) },
        ],
    }
}

fn thread(number: i64, process: i64) -> Thread {
    Thread {
        thread: number,
        process,
        parent: 1,
        session: 10,
        group: 10,
        group_inside: 10,
        thread_inside: number,
        process_inside: process,
        comm: b"nginx".to_vec(),
        exe: b"nginx:".to_vec(),
        exe_path: b"/usr/sbin/nginx".to_vec(),
        arguments: b"-g\0daemon off;\0".to_vec(),
        environment: b"A=1\0B=\x1b[2J\0".to_vec(),
        cwd: b"/srv".to_vec(),
        root: b"/".to_vec(),
        cgroups: b"cpu=/x\0".to_vec(),
        fd_limit: 1024,
        flags: 0,
        uid: 33,
        gid: 34,
        login_uid: u32::MAX,
        tty: 3,
        vm_size_kib: 1,
        vm_rss_kib: 2,
        vm_swap_kib: 3,
        faults_major: 4,
        faults_minor: 5,
        cap_inheritable: 6,
        cap_permitted: 7,
        cap_effective: 8,
        exe_flags: 2,
        exe_inode: 9,
        exe_changed_ns: 10,
        exe_modified_ns: 11,
        pid_namespace_start_ns: 12,
        start_time_ns: 0,
    }
}

/// One event of each kind, with a value for each parameter, text that is hostile to terminals, and every third with what
/// the sensor knows.
pub(crate) fn everything() -> Vec<OwnedEvent> {
    let known = Extension {
        cgroup: 5,
        process: 10,
        parent: 1,
        container: b"docker-\x1b.scope",
        ..Extension::default()
    };
    let mut all = Vec::new();
    for (position, info) in kinds().enumerate() {
        let mut event = EventBuilder::new(info.kind).at(1_000 + position as u64, 11);
        for (number, parameter) in (1..).zip(info.parameters) {
            event = match parameter.r#type {
                ParameterType::Text | ParameterType::Path | ParameterType::PathAt(_) => {
                    event.text(parameter.name, format!("/tmp/\u{1b}]0;\u{9b}{number}"))
                }
                ParameterType::TextList => event.texts(parameter.name, ["a", "b c"]),
                ParameterType::Bytes => event.bytes(parameter.name, &[0xff, 0, number]),
                ParameterType::SocketTuple | ParameterType::SocketAddress => {
                    event.bytes(parameter.name, &[2, 192, 0, 2, 1, 80, 0, 192, 0, 2, 2, 81, 0])
                }
                ParameterType::FdList => event.bytes(parameter.name, &[1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
                ParameterType::Ipv4 => event.bytes(parameter.name, &[192, 0, 2, 9]),
                ParameterType::Ipv6 => event.bytes(parameter.name, &[7; 16]),
                ParameterType::Dynamic(_) => event.bytes(parameter.name, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
                _ => event.number(parameter.name, number.into()),
            };
        }
        all.push(if position % 3 == 0 { event.extension(known).build() } else { event.build() });
    }
    all
}

/// What the state says after the last event.
pub(crate) fn describe(file: &[u8]) -> Vec<String> {
    let mut recording = Recording::open(file, Limits::default()).unwrap();
    let mut state = State::from_snapshot(recording.snapshot(), state::Limits::default());
    while let Some(event) = recording.next_event() {
        state.process(&event);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut lines: Vec<String> = state
        .threads()
        .map(|thread| {
            let descriptors: Vec<String> = state
                .descriptors(thread)
                .iter()
                .map(|(fd, descriptor)| {
                    format!("{fd}={} {:?} {:?}", text(descriptor.name()), descriptor.what, descriptor.role)
                })
                .collect();
            let line = text(thread.command_line());
            let (cwd, environment) = (text(state.cwd(thread)), text(state.environment(thread)));
            format!(
                "{} {} {line} {cwd} {environment} {} {descriptors:?}",
                thread.thread, thread.process, thread.uid
            )
        })
        .collect();
    lines.sort();
    lines.extend((0..100).filter_map(|uid| state.user(uid)).map(|user| text(&user.name)));
    lines.push(format!("{} {}", state.boot_time_ns(), state.is_local([192, 0, 2, 1].into())));
    lines
}
