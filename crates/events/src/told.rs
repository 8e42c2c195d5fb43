//! What was there before the first event, as events: in a recording of lines they stand at its beginning.

use std::net::IpAddr;

use crate::flags::ANON_INODE_FD_TYPES;
use crate::snapshot::{Descriptor, Group, Interface, Named, Protocol, Target, Thread, User};
use crate::{Endpoint, EventBuilder, Extension, Kind};

impl User {
    /// The event that tells of it.
    #[must_use]
    pub fn event(&self) -> EventBuilder<'static> {
        EventBuilder::new(Kind::USERADDED)
            .number("uid", self.uid.into())
            .number("gid", self.gid.into())
            .text("name", &self.name)
            .text("home", &self.home)
            .text("shell", &self.shell)
    }
}

impl Group {
    /// The event that tells of it.
    #[must_use]
    pub fn event(&self) -> EventBuilder<'static> {
        EventBuilder::new(Kind::GROUPADDED).number("gid", self.gid.into()).text("name", &self.name)
    }
}

impl Interface {
    /// The event that tells of it.
    #[must_use]
    pub fn event(&self) -> EventBuilder<'static> {
        let event = EventBuilder::new(Kind::INTERFACE)
            .text("name", &self.name)
            .with("address", |out| address(self.address, out));
        match self.prefix {
            Some(prefix) => event.number("prefix", prefix.into()),
            None => event,
        }
    }
}

impl Thread {
    /// The event that tells of it, with its process in the extension.
    #[must_use]
    pub fn event(&self) -> EventBuilder<'static> {
        let arguments = [&self.exe[..], b"\0", &self.arguments].concat();
        let process = u32::try_from(self.process).unwrap_or(0);
        EventBuilder::new(Kind::TASK)
            .at(0, self.thread)
            .number("ppid", self.parent)
            .number("pgid", self.group)
            .number("vpgid", self.group_inside)
            .number("sid", self.session)
            .text("comm", &self.comm)
            .bytes("argv", &arguments)
            .text("exepath", &self.exe_path)
            .number("flags", self.exe_flags.into())
            .bytes("env", &self.environment)
            .text("cwd", &self.cwd)
            .number("fdlimit", self.fd_limit)
            .number("euid", self.uid.into())
            .number("egid", self.gid.into())
            .number("cap_permitted", self.cap_permitted.cast_signed())
            .number("cap_effective", self.cap_effective.cast_signed())
            .number("cap_inheritable", self.cap_inheritable.cast_signed())
            .number("exe_ino_num", self.exe_inode.cast_signed())
            .number("exe_ino_ctime", self.exe_changed_ns.cast_signed())
            .number("exe_ino_mtime", self.exe_modified_ns.cast_signed())
            .number("vm_size", self.vm_size_kib.into())
            .number("vm_rss", self.vm_rss_kib.into())
            .number("vm_swap", self.vm_swap_kib.into())
            .number("pgft_maj", self.faults_major.cast_signed())
            .number("pgft_min", self.faults_minor.cast_signed())
            .number("vtgid", self.process_inside)
            .number("vpid", self.thread_inside)
            .number("pidns_init_start_ts", self.pid_namespace_start_ns.cast_signed())
            .bytes("cgroups", &self.cgroups)
            .text("root", &self.root)
            .number("start_time", self.start_time_ns.cast_signed())
            .number("tty", self.tty.into())
            .number("loginuid", self.login_uid.into())
            .extension(Extension { process, ..Extension::default() })
    }
}

impl Descriptor {
    /// The event that tells of it; nothing for one of unknown kind.
    #[must_use]
    pub fn event(&self) -> Option<EventBuilder<'static>> {
        let begin = |kind| EventBuilder::new(kind).at(0, self.thread).number("fd", self.fd);
        let inode = self.inode.cast_signed();
        Some(match &self.target {
            Target::Unknown => return None,
            Target::File { path, flags, device: _ } => begin(Kind::TASK_FILE_REGULAR)
                .text("path", path)
                .number("flags", (*flags).into())
                .number("ino_num", inode),
            Target::Connection { source, destination, protocol } => {
                let kind = if source.ip.is_ipv4() {
                    Kind::TASK_FILE_SOCKET_INET
                } else {
                    Kind::TASK_FILE_SOCKET_INET6
                };
                ends(begin(kind), *source, *destination, *protocol).number("ino_num", inode)
            }
            Target::Server { local, protocol } => {
                let kind = if local.ip.is_ipv4() {
                    Kind::TASK_FILE_SOCKET_INET
                } else {
                    Kind::TASK_FILE_SOCKET_INET6
                };
                let nobody = Endpoint {
                    ip: if local.ip.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() },
                    port: 0,
                };
                ends(begin(kind), *local, nobody, *protocol).number("ino_num", inode)
            }
            Target::Unix { source, destination: _, path } => begin(Kind::TASK_FILE_SOCKET_UNIX)
                .number("sk_pointer", source.cast_signed())
                .text("sun_path", path)
                .number("ino_num", inode),
            Target::Named { what, name } => match what {
                Named::Directory => {
                    begin(Kind::TASK_FILE_DIRECTORY).text("path", name).number("ino_num", inode)
                }
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
}

fn address(ip: IpAddr, out: &mut Vec<u8>) {
    match ip {
        IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
    }
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

/// Numbers of `fd_type`.
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
    ANON_INODE_FD_TYPES.number(name).unwrap_or(0).into()
}
