//! What was there before the first event: from a capture's tables, or from events of a task iterator.

use std::collections::HashSet;
use std::net::IpAddr;

use events::snapshot::{self, Named, Protocol, Snapshot, Target};
use events::{Endpoint, Event, Kind, flags};

use crate::descriptor::{Descriptor, Role, What};
use crate::limits::Limits;
use crate::state::State;
use crate::thread::Thread;

/// The kernel says when a thread began; its event comes so much later at most.
const SAME_START_NS: u64 = 2_000_000_000;

impl State {
    /// What a capture's tables tell.
    pub fn from_snapshot(snapshot: &Snapshot, limits: Limits) -> Self {
        let mut state = Self::new(limits);
        state.boot_time_ns = snapshot.machine.boot_time_ns;
        state.interfaces.clone_from(&snapshot.interfaces);
        for user in &snapshot.users {
            state.add_user(user.clone());
        }
        for group in &snapshot.groups {
            state.add_group(group.clone());
        }
        // Leaders first: the others share what they have.
        for leads in [true, false] {
            for thread in snapshot.threads.iter().filter(|thread| (thread.thread == thread.process) == leads)
            {
                state.learn_thread(thread);
            }
        }
        let bound = |descriptor: &snapshot::Descriptor| match &descriptor.target {
            Target::Server { local, .. } => Some(local.port),
            _ => None,
        };
        state.bound = snapshot.descriptors.iter().filter_map(bound).collect();
        for descriptor in &snapshot.descriptors {
            if state.threads.contains_key(&descriptor.thread) {
                let told = state.described(descriptor);
                state.put_descriptor(descriptor.thread, descriptor.fd, told);
            }
        }
        state
    }

    /// Forgets threads that are not among these: their ends were lost.
    pub fn keep_threads(&mut self, alive: &HashSet<i64>) {
        let ended: Vec<i64> = self.threads.keys().filter(|thread| !alive.contains(thread)).copied().collect();
        ended.into_iter().for_each(|thread| self.replace(thread));
    }

    /// Tells of a thread that began earlier. Of one that is known already it tells anew all but its descriptors; when another had its
    /// number, whose end was lost, that one is forgotten.
    pub fn learn_thread(&mut self, told: &snapshot::Thread) {
        let is_other = |before: &Thread| {
            let began = (before.clone_time_ns, told.start_time_ns);
            began.0 != 0 && began.1 != 0 && began.0.abs_diff(began.1) > SAME_START_NS
        };
        if self.threads.get(&told.thread).is_some_and(is_other) {
            self.replace(told.thread);
        }
        let mut thread = Thread::new(told.thread);
        (thread.process, thread.parent) = (told.process, told.parent);
        (thread.session, thread.group, thread.group_inside) = (told.session, told.group, told.group_inside);
        let inside = |number: i64, outside: i64| if number < 0 { outside } else { number };
        thread.thread_inside = inside(told.thread_inside, told.thread);
        thread.process_inside = inside(told.process_inside, told.process);
        thread.comm = self.text(&told.comm);
        thread.exe = self.text(&told.exe);
        thread.exe_path = self.text(&told.exe_path);
        thread.root = self.text(&told.root);
        thread.arguments = self.list(&told.arguments);
        thread.environment = self.list(&told.environment);
        self.set_cgroups(&mut thread, &told.cgroups);
        thread.join_command_line();
        thread.flags = told.flags;
        (thread.uid, thread.gid, thread.login_uid, thread.tty) =
            (told.uid, told.gid, told.login_uid, told.tty);
        thread.vm_size_kib = told.vm_size_kib;
        thread.vm_rss_kib = told.vm_rss_kib;
        thread.vm_swap_kib = told.vm_swap_kib;
        (thread.faults_major, thread.faults_minor) = (told.faults_major, told.faults_minor);
        thread.cap_inheritable = told.cap_inheritable;
        thread.cap_permitted = told.cap_permitted;
        thread.cap_effective = told.cap_effective;
        (thread.exe_flags, thread.exe_inode) = (told.exe_flags, told.exe_inode);
        (thread.exe_changed_ns, thread.exe_modified_ns) = (told.exe_changed_ns, told.exe_modified_ns);
        thread.pid_namespace_start_ns = told.pid_namespace_start_ns;
        thread.clone_time_ns = told.start_time_ns;
        thread.fd_limit = told.fd_limit;
        thread.is_known = true;
        let (process, parent, is_leader) = (thread.process, thread.parent, thread.is_leader());
        if let Some(before) = self.threads.get(&told.thread) {
            // Told again: what it had stays.
            thread.fds = before.fds.clone();
            (thread.other_threads, thread.children) = (before.other_threads, before.children);
            thread.weight = before.weight;
            thread.cgroup = before.cgroup;
        } else if !is_leader && let Some(leader) = self.threads.get_mut(&process) {
            leader.other_threads += 1;
        } else if let Some(parent) = self.threads.get_mut(&parent) {
            parent.children += 1;
        }
        if self.insert(thread) {
            if is_leader && !told.cwd.is_empty() {
                self.set_cwd(told.thread, &told.cwd);
            }
            self.weigh(told.thread);
        }
    }

    /// A descriptor of a snapshot. A connection from a port on which something listens was accepted there.
    fn described(&self, told: &snapshot::Descriptor) -> Descriptor {
        let mut descriptor = match &told.target {
            Target::Unknown => Descriptor::new(What::Unknown),
            Target::File { path, flags, device } => {
                let mut file = Descriptor::file(path);
                (file.flags, file.device) = (*flags, *device);
                file
            }
            Target::Connection { source, destination, protocol } if self.bound.contains(&source.port) => {
                Descriptor::connection(*destination, *source, *protocol, Role::Server)
            }
            Target::Connection { source, destination, protocol } => {
                Descriptor::connection(*source, *destination, *protocol, Role::Client)
            }
            Target::Server { local, protocol } => {
                let mut server = Descriptor::new(What::Ipv4Server);
                server.set_bound(*local);
                (server.protocol, server.role) = (*protocol, Role::Server);
                server
            }
            Target::Unix { source, destination, path } => Descriptor::unix(*source, *destination, path),
            Target::Named { what, name } => Descriptor::named(*what, name),
        };
        descriptor.inode = told.inode;
        descriptor
    }

    pub(crate) fn interface_event(&mut self, event: &Event<'_>) {
        let address = event.raw(1).and_then(|raw| match raw.len() {
            4 => <[u8; 4]>::try_from(raw).ok().map(IpAddr::from),
            _ => <[u8; 16]>::try_from(raw).ok().map(IpAddr::from),
        });
        let Some(address) = address else { return };
        if self.interfaces.len() < self.limits.users_max {
            let name = event.text(0).unwrap_or_default().to_vec();
            let prefix = event.unsigned(2).and_then(|prefix| u8::try_from(prefix).ok());
            self.interfaces.push(snapshot::Interface { name, address, prefix });
        }
    }

    /// Events of the iterators over tasks and their files.
    pub(crate) fn iterated(&mut self, event: &Event<'_>) {
        match event.kind {
            Kind::TASK => {
                let thread = task(event);
                self.learn_thread(&thread);
                if let Some(extension) = event.extension() {
                    self.extend(event.thread, &extension);
                }
            }
            kind => {
                let (Some(fd), Some(target)) = (event.signed(0), task_file(kind, event)) else { return };
                if let Target::Server { local, .. } = target {
                    self.bound.insert(local.port);
                }
                let inode = event.info().and_then(|info| info.position("ino_num"));
                let inode = inode.and_then(|position| event.unsigned(position)).unwrap_or(0);
                let told = snapshot::Descriptor { thread: event.thread, fd, inode, target };
                let descriptor = self.described(&told);
                self.learn_descriptor(event.thread, fd, descriptor);
            }
        }
    }
}

/// The event `task`: parameters by name, because there are many.
fn task(event: &Event<'_>) -> snapshot::Thread {
    let number = |name| event.parameter(name).and_then(|value| value.number());
    let half = |name| number(name).and_then(|number| u32::try_from(number).ok());
    let text = |name: &str| {
        let position = event.info().and_then(|info| info.position(name));
        position.and_then(|position| event.text(position)).unwrap_or_default().to_vec()
    };
    let list = |name: &str| {
        let position = event.info().and_then(|info| info.position(name));
        position.and_then(|position| event.raw(position)).unwrap_or_default()
    };
    // The event itself does not say whose thread it is.
    let process =
        event.extension().map(|extension| i64::from(extension.process)).filter(|process| *process > 0);
    let arguments = list("argv");
    let first = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
    snapshot::Thread {
        thread: event.thread,
        process: process.unwrap_or(event.thread),
        parent: number("ppid").unwrap_or(-1),
        session: number("sid").unwrap_or(-1),
        group: number("pgid").unwrap_or(-1),
        group_inside: number("vpgid").unwrap_or(-1),
        thread_inside: number("vpid").unwrap_or(-1),
        process_inside: number("vtgid").unwrap_or(-1),
        comm: text("comm"),
        exe: first.to_vec(),
        exe_path: text("exepath"),
        arguments: arguments.get(first.len() + 1..).unwrap_or_default().to_vec(),
        environment: list("env").to_vec(),
        cwd: text("cwd"),
        root: text("root"),
        cgroups: list("cgroups").to_vec(),
        fd_limit: number("fdlimit").unwrap_or(-1),
        flags: 0,
        uid: half("euid").unwrap_or(u32::MAX),
        gid: half("egid").unwrap_or(u32::MAX),
        login_uid: half("loginuid").unwrap_or(u32::MAX),
        tty: half("tty").unwrap_or(0),
        vm_size_kib: half("vm_size").unwrap_or(0),
        vm_rss_kib: half("vm_rss").unwrap_or(0),
        vm_swap_kib: half("vm_swap").unwrap_or(0),
        faults_major: number("pgft_maj").unwrap_or(0).cast_unsigned(),
        faults_minor: number("pgft_min").unwrap_or(0).cast_unsigned(),
        cap_inheritable: number("cap_inheritable").unwrap_or(0).cast_unsigned(),
        cap_permitted: number("cap_permitted").unwrap_or(0).cast_unsigned(),
        cap_effective: number("cap_effective").unwrap_or(0).cast_unsigned(),
        exe_flags: half("flags").unwrap_or(0),
        exe_inode: number("exe_ino_num").unwrap_or(0).cast_unsigned(),
        exe_changed_ns: number("exe_ino_ctime").unwrap_or(0).cast_unsigned(),
        exe_modified_ns: number("exe_ino_mtime").unwrap_or(0).cast_unsigned(),
        pid_namespace_start_ns: number("pidns_init_start_ts").unwrap_or(0).cast_unsigned(),
        start_time_ns: number("start_time").unwrap_or(0).cast_unsigned(),
    }
}

/// What an event of the iterator over files tells.
fn task_file(kind: Kind, event: &Event<'_>) -> Option<Target> {
    let text = |position: usize| event.text(position).unwrap_or_default().to_vec();
    let number = |position: usize| event.unsigned(position).unwrap_or(0);
    let named = |what, position| Target::Named { what, name: text(position) };
    let ends = |ip: &dyn Fn(usize) -> Option<IpAddr>| {
        let end = |position: usize| {
            let port = u16::try_from(number(position + 1)).unwrap_or(0);
            Some(Endpoint { ip: ip(position)?, port })
        };
        // Numbers of protocols: IANA.
        let protocol = match number(2) {
            1 => Protocol::Icmp,
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            255 => Protocol::Raw,
            _ => Protocol::Unknown,
        };
        let (source, destination) = (end(3)?, end(5)?);
        Some(if destination.port == 0 && destination.ip.is_unspecified() {
            Target::Server { local: source, protocol }
        } else {
            Target::Connection { source, destination, protocol }
        })
    };
    let v4 = |position: usize| Some(<[u8; 4]>::try_from(event.raw(position)?).ok()?.into());
    let v6 = |position: usize| Some(<[u8; 16]>::try_from(event.raw(position)?).ok()?.into());
    Some(match kind {
        Kind::TASK_FILE_PIPE => named(Named::Pipe, 1),
        Kind::TASK_FILE_MEMFD => named(Named::Memory, 1),
        Kind::TASK_FILE_DIRECTORY => named(Named::Directory, 1),
        Kind::TASK_FILE_REGULAR => Target::File { path: text(1), flags: number(2) as u32, device: 0 },
        Kind::TASK_FILE_SOCKET_INET => return ends(&v4),
        Kind::TASK_FILE_SOCKET_INET6 => return ends(&v6),
        Kind::TASK_FILE_SOCKET_UNIX => Target::Unix { source: number(3), destination: 0, path: text(4) },
        Kind::TASK_FILE_SOCKET_NETLINK => named(Named::Netlink, usize::MAX),
        Kind::TASK_FILE_ANON_INODE => named(anonymous(number(1) as u32), 2),
        _ => return None,
    })
}

fn anonymous(number: u32) -> Named {
    match flags::ANON_INODE_FD_TYPES.name(number) {
        Some("ANON_INODE_FD_TYPE_EVENTFD") => Named::Event,
        Some("ANON_INODE_FD_TYPE_EVENTPOLL") => Named::Poll,
        Some("ANON_INODE_FD_TYPE_INOTIFY") => Named::Inotify,
        Some("ANON_INODE_FD_TYPE_SIGNALFD") => Named::Signal,
        Some("ANON_INODE_FD_TYPE_TIMERFD") => Named::Timer,
        Some("ANON_INODE_FD_TYPE_IO_URING") => Named::IoUring,
        Some("ANON_INODE_FD_TYPE_USERFAULTFD") => Named::UserFault,
        Some("ANON_INODE_FD_TYPE_PIDFD") => Named::Process,
        Some(name) if name.contains("BPF") => Named::Bpf,
        _ => Named::Other,
    }
}
