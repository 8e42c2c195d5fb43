//! What was there, as events.

use std::io;
use std::net::IpAddr;

use events::snapshot::{Descriptor, Named, Protocol, Snapshot, Target, Thread};
use events::{Endpoint, Event, EventBuilder, Extension, Kind};

pub(super) fn events(
    snapshot: &Snapshot,
    write: &mut dyn FnMut(&Event<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let machine = &snapshot.machine;
    let event = EventBuilder::new(Kind::MACHINE)
        .number("cpus", machine.cpus.into())
        .number("memory", machine.memory_bytes.cast_signed())
        .number("process_max", machine.process_max.cast_signed())
        .text("hostname", &machine.hostname)
        .number("boot_time", machine.boot_time_ns.cast_signed());
    write(&event.build().event())?;
    for interface in &snapshot.interfaces {
        let event = EventBuilder::new(Kind::INTERFACE)
            .text("name", &interface.name)
            .with("address", |out| address(interface.address, out));
        let event = match interface.prefix {
            Some(prefix) => event.number("prefix", prefix.into()),
            None => event,
        };
        write(&event.build().event())?;
    }
    for user in &snapshot.users {
        let event = EventBuilder::new(Kind::USERADDED)
            .number("uid", user.uid.into())
            .number("gid", user.gid.into())
            .text("name", &user.name)
            .text("home", &user.home)
            .text("shell", &user.shell);
        write(&event.build().event())?;
    }
    for group in &snapshot.groups {
        let event =
            EventBuilder::new(Kind::GROUPADDED).number("gid", group.gid.into()).text("name", &group.name);
        write(&event.build().event())?;
    }
    for leads in [true, false] {
        for told in snapshot.threads.iter().filter(|told| (told.thread == told.process) == leads) {
            write(&thread(told).build().event())?;
        }
    }
    // What listens first: it says on which side of a connection a process is.
    for listens in [true, false] {
        for told in
            snapshot.descriptors.iter().filter(|told| matches!(told.target, Target::Server { .. }) == listens)
        {
            if let Some(event) = descriptor(told) {
                write(&event.build().event())?;
            }
        }
    }
    Ok(())
}

fn address(ip: IpAddr, out: &mut Vec<u8>) {
    match ip {
        IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
    }
}

fn thread(told: &Thread) -> EventBuilder<'static> {
    let arguments = [&told.exe[..], b"\0", &told.arguments].concat();
    let process = u32::try_from(told.process).unwrap_or(0);
    EventBuilder::new(Kind::TASK)
        .at(0, told.thread)
        .number("ppid", told.parent)
        .number("pgid", told.group)
        .number("vpgid", told.group_inside)
        .number("sid", told.session)
        .text("comm", &told.comm)
        .bytes("argv", &arguments)
        .text("exepath", &told.exe_path)
        .number("flags", told.exe_flags.into())
        .bytes("env", &told.environment)
        .text("cwd", &told.cwd)
        .number("fdlimit", told.fd_limit)
        .number("euid", told.uid.into())
        .number("egid", told.gid.into())
        .number("cap_permitted", told.cap_permitted.cast_signed())
        .number("cap_effective", told.cap_effective.cast_signed())
        .number("cap_inheritable", told.cap_inheritable.cast_signed())
        .number("exe_ino_num", told.exe_inode.cast_signed())
        .number("exe_ino_ctime", told.exe_changed_ns.cast_signed())
        .number("exe_ino_mtime", told.exe_modified_ns.cast_signed())
        .number("vm_size", told.vm_size_kib.into())
        .number("vm_rss", told.vm_rss_kib.into())
        .number("vm_swap", told.vm_swap_kib.into())
        .number("pgft_maj", told.faults_major.cast_signed())
        .number("pgft_min", told.faults_minor.cast_signed())
        .number("vtgid", told.process_inside)
        .number("vpid", told.thread_inside)
        .number("pidns_init_start_ts", told.pid_namespace_start_ns.cast_signed())
        .bytes("cgroups", &told.cgroups)
        .text("root", &told.root)
        .number("start_time", told.start_time_ns.cast_signed())
        .number("tty", told.tty.into())
        .number("loginuid", told.login_uid.into())
        .extension(Extension { process, ..Extension::default() })
}

/// What the iterator over files can tell: all but descriptors of unknown kind.
fn descriptor(told: &Descriptor) -> Option<EventBuilder<'static>> {
    let begin = |kind| EventBuilder::new(kind).at(0, told.thread).number("fd", told.fd);
    let inode = told.inode.cast_signed();
    Some(match &told.target {
        Target::Unknown => return None,
        Target::File { path, flags, device: _ } => begin(Kind::TASK_FILE_REGULAR)
            .text("path", path)
            .number("flags", (*flags).into())
            .number("ino_num", inode),
        Target::Connection { source, destination, protocol } => {
            let kind =
                if source.ip.is_ipv4() { Kind::TASK_FILE_SOCKET_INET } else { Kind::TASK_FILE_SOCKET_INET6 };
            ends(begin(kind), *source, *destination, *protocol).number("ino_num", inode)
        }
        Target::Server { local, protocol } => {
            let kind =
                if local.ip.is_ipv4() { Kind::TASK_FILE_SOCKET_INET } else { Kind::TASK_FILE_SOCKET_INET6 };
            let nobody =
                Endpoint { ip: if local.ip.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() }, port: 0 };
            ends(begin(kind), *local, nobody, *protocol).number("ino_num", inode)
        }
        Target::Unix { source, destination: _, path } => begin(Kind::TASK_FILE_SOCKET_UNIX)
            .number("sk_pointer", source.cast_signed())
            .text("sun_path", path)
            .number("ino_num", inode),
        Target::Named { what, name } => match what {
            Named::Directory => begin(Kind::TASK_FILE_DIRECTORY).text("path", name).number("ino_num", inode),
            Named::Pipe => begin(Kind::TASK_FILE_PIPE).text("path", name).number("ino_num", inode),
            Named::Memory => begin(Kind::TASK_FILE_MEMFD).text("path", name).number("ino_num", inode),
            Named::Netlink => begin(Kind::TASK_FILE_SOCKET_NETLINK).number("ino_num", inode),
            what => begin(Kind::TASK_FILE_ANON_INODE)
                .number("fd_type", anonymous(*what))
                .text("path", name)
                .number("ino_num", inode),
        },
    })
}

fn ends(
    event: EventBuilder<'static>,
    source: Endpoint,
    destination: Endpoint,
    protocol: Protocol,
) -> EventBuilder<'static> {
    // Numbers of protocols: IANA.
    let protocol = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Icmp => 1,
        Protocol::Raw => 255,
        Protocol::None | Protocol::Unknown => 0,
    };
    event
        .number("sk_proto", protocol)
        .with("local_ip", |out| address(source.ip, out))
        .number("local_port", source.port.into())
        .with("remote_ip", |out| address(destination.ip, out))
        .number("remote_port", destination.port.into())
}

/// Numbers of `fd_type` ([`events::flags::ANON_INODE_FD_TYPES`]).
fn anonymous(what: Named) -> i64 {
    let name = match what {
        Named::Event => "ANON_INODE_FD_TYPE_EVENTFD",
        Named::Poll => "ANON_INODE_FD_TYPE_EVENTPOLL",
        Named::Inotify => "ANON_INODE_FD_TYPE_INOTIFY",
        Named::Signal => "ANON_INODE_FD_TYPE_SIGNALFD",
        Named::Timer => "ANON_INODE_FD_TYPE_TIMERFD",
        Named::IoUring => "ANON_INODE_FD_TYPE_IO_URING",
        Named::UserFault => "ANON_INODE_FD_TYPE_USERFAULTFD",
        Named::Process => "ANON_INODE_FD_TYPE_PIDFD",
        Named::Bpf => "ANON_INODE_FD_TYPE_BPF_PROG",
        _ => "ANON_INODE_FD_TYPE_UNKNOWN",
    };
    events::flags::ANON_INODE_FD_TYPES.number(name).unwrap_or(0).into()
}
