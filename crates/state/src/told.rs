//! What is known, as events: a recording that begins with them begins with this state.

use events::snapshot::{self, Group, Target, User};
use events::{EventBuilder, Extension, Kind, OwnedEvent};

use crate::container::{Accounts, Container};
use crate::descriptor::{Descriptor, Role, Sockets, What};
use crate::state::State;
use crate::thread::Thread;

impl State {
    /// Events after which another state knows what this one knows: of host, accounts, containers, threads and descriptors.
    /// They have the time 0. `visit` returns whether it wants more.
    pub fn tell(&self, hostname: &[u8], visit: &mut dyn FnMut(OwnedEvent) -> bool) {
        let machine = EventBuilder::new(Kind::MACHINE)
            .text("hostname", hostname)
            .number("boot_time", self.boot_time_ns.cast_signed());
        if !visit(machine.build()) {
            return;
        }
        let users = self.users.values().map(|user| user_event(user, ""));
        let groups = self.groups.values().map(|group| group_event(group, ""));
        let inside = self.accounts().flat_map(|(container, accounts)| account_events(container, accounts));
        let containers = self.containers().map(container_event);
        let interfaces = self.interfaces.iter().map(|interface| interface.event().build());
        if !users.chain(groups).chain(inside).chain(interfaces).chain(containers).all(&mut *visit) {
            return;
        }
        let mut threads: Vec<&Thread> = self.threads().collect();
        // Leaders first: the others share what they have.
        threads.sort_unstable_by_key(|thread| (!thread.is_leader(), thread.thread));
        if !threads.iter().all(|thread| visit(self.thread_event(thread))) {
            return;
        }
        for thread in threads.iter().filter(|thread| thread.is_leader()) {
            for (fd, descriptor) in self.descriptors(thread) {
                if !descriptor_events(thread.thread, *fd, descriptor).into_iter().all(&mut *visit) {
                    return;
                }
            }
        }
    }

    fn thread_event(&self, thread: &Thread) -> OwnedEvent {
        let told = snapshot::Thread {
            thread: thread.thread,
            process: thread.process,
            parent: thread.parent,
            session: thread.session,
            group: thread.group,
            group_inside: thread.group_inside,
            thread_inside: thread.thread_inside,
            process_inside: thread.process_inside,
            comm: thread.comm.to_vec(),
            exe: thread.exe.to_vec(),
            exe_path: thread.exe_path.to_vec(),
            arguments: thread.argument_list().to_vec(),
            environment: self.environment(thread).to_vec(),
            cwd: self.cwd(thread).to_vec(),
            root: thread.root.to_vec(),
            cgroups: thread.cgroups.to_vec(),
            fd_limit: thread.fd_limit,
            flags: thread.flags,
            uid: thread.uid,
            gid: thread.gid,
            login_uid: thread.login_uid,
            tty: thread.tty,
            vm_size_kib: thread.vm_size_kib,
            vm_rss_kib: thread.vm_rss_kib,
            vm_swap_kib: thread.vm_swap_kib,
            faults_major: thread.faults_major,
            faults_minor: thread.faults_minor,
            cap_inheritable: thread.cap_inheritable,
            cap_permitted: thread.cap_permitted,
            cap_effective: thread.cap_effective,
            exe_flags: thread.exe_flags,
            exe_inode: thread.exe_inode,
            exe_changed_ns: thread.exe_changed_ns,
            exe_modified_ns: thread.exe_modified_ns,
            pid_namespace_start_ns: thread.pid_namespace_start_ns,
            start_time_ns: thread.clone_time_ns,
        };
        told.event()
            .extension(Extension {
                cgroup: thread.cgroup,
                process: u32::try_from(thread.process).unwrap_or(0),
                parent: u32::try_from(thread.parent).unwrap_or(0),
                pid_namespace: thread.pid_namespace,
                mount_namespace: thread.mount_namespace,
                start_time_ns: thread.clone_time_ns,
                // Without an inode what the sensor told of the executable is not taken over.
                exe_inode: if thread.exe_links.is_some() { thread.exe_inode } else { 0 },
                exe_device: 0,
                exe_links: thread.exe_links.unwrap_or(0),
                exe_layer: thread.exe_layer,
                stdio: thread.stdio,
                container: thread.container.as_deref().unwrap_or_default().as_bytes(),
            })
            .build()
    }
}

/// The events that tell of the accounts inside a container.
pub fn account_events<'a>(
    container: &'a str,
    accounts: &'a Accounts,
) -> impl Iterator<Item = OwnedEvent> + use<'a> {
    let users = accounts.users.values().map(move |user| user_event(user, container));
    users.chain(accounts.groups.values().map(move |group| group_event(group, container)))
}

fn user_event(user: &User, container: &str) -> OwnedEvent {
    user.event().text("container_id", container).build()
}

fn group_event(group: &Group, container: &str) -> OwnedEvent {
    group.event().text("container_id", container).build()
}

/// The event that tells of a container.
pub fn container_event(container: &Container) -> OwnedEvent {
    EventBuilder::new(Kind::CONTAINER).text("json", container.to_json()).build()
}

/// Events that tell of a descriptor; none for one of which nothing is known.
pub fn descriptor_events(thread: i64, fd: i64, descriptor: &Descriptor) -> Vec<OwnedEvent> {
    let inode = descriptor.inode;
    let told =
        targets(descriptor).into_iter().map(|target| snapshot::Descriptor { thread, fd, inode, target });
    told.filter_map(|told| told.event()).map(|event| event.build()).collect()
}

/// What has to be told for it.
fn targets(descriptor: &Descriptor) -> Vec<Target> {
    let (name, protocol) = (descriptor.name().to_vec(), descriptor.protocol);
    match (descriptor.what, descriptor.sockets) {
        (What::File, _) => {
            vec![Target::File { path: name, flags: descriptor.flags, device: descriptor.device }]
        }
        (_, Sockets::Ends { client, server }) if descriptor.role == Role::Server => {
            // A port on which something listens says who was called.
            let called = Target::Connection { source: server, destination: client, protocol };
            vec![Target::Server { local: server, protocol }, called]
        }
        (_, Sockets::Ends { client, server }) => {
            vec![Target::Connection { source: client, destination: server, protocol }]
        }
        (_, Sockets::Bound(local)) => vec![Target::Server { local, protocol }],
        (What::Unix, sockets) => {
            let (source, destination) = match sockets {
                Sockets::Unix { source, destination } => (source, destination),
                _ => (0, 0),
            };
            vec![Target::Unix { source, destination, path: name }]
        }
        (What::Named(what), _) => vec![Target::Named { what, name }],
        _ => Vec::new(),
    }
}
