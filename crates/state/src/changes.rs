//! What each kind of event changes.

mod files;
mod identity;
mod life;
mod sockets;

use std::sync::{Arc, LazyLock};

use events::{Event, Kind, KindInfo, ParameterType, Traits};

use crate::descriptor::Descriptor;
use crate::state::State;

/// Longest enter event that waits for its exit event.
const ENTER_BYTES_MAX: usize = 8 << 10;
/// `errno` of a connection that is being made.
const IN_PROGRESS: i64 = -115;

impl State {
    pub(crate) fn change(&mut self, event: &Event<'_>, info: &'static KindInfo) {
        if info.is_enter() {
            return self.wait(event);
        }
        let result = event.result();
        let failed = result.is_some_and(|result| result < 0);
        if let Some(fd) = positions(event.kind).fd.and_then(|position| event.signed(usize::from(position))) {
            self.current.fd = Some(fd);
            self.current.descriptor = self.shared_descriptor(event.thread, fd);
        }
        let before = self.current.descriptor.clone();
        self.dispatch(event, info, result.unwrap_or(0), failed);
        if let (Some(before), Some(now)) = (&before, &self.current.descriptor) {
            self.current.name_changed = !Arc::ptr_eq(before, now) && before.name != now.name;
        } else {
            self.current.name_changed =
                self.current.descriptor.as_ref().is_some_and(|now| !now.name.is_empty());
        }
    }

    fn dispatch(&mut self, event: &Event<'_>, info: &'static KindInfo, result: i64, failed: bool) {
        match event.kind {
            Kind::CLONE | Kind::CLONE3 | Kind::FORK | Kind::VFORK => self.clone_exit(event, result),
            Kind::EXECVE | Kind::EXECVEAT if !failed => self.exec_exit(event),
            Kind::PROCEXIT => self.thread_end(event),
            Kind::OPEN | Kind::OPENAT | Kind::OPENAT2 | Kind::CREAT | Kind::OPEN_BY_HANDLE_AT => {
                self.open_exit(event, result);
            }
            Kind::CONNECT => self.connect_exit(event, result),
            _ if failed => {}
            Kind::CLOSE => self.close_exit(event),
            Kind::CLOSE_RANGE => self.close_range_exit(event),
            Kind::DUP | Kind::DUP2 | Kind::DUP3 => self.dup_exit(event, result),
            Kind::FCNTL => self.fcntl_exit(event, result),
            Kind::PIPE | Kind::PIPE2 => self.pipe_exit(event),
            Kind::MEMFD_CREATE => self.memfd_exit(event, result),
            Kind::PIDFD_OPEN => self.pidfd_open_exit(event, result),
            Kind::PIDFD_GETFD => self.pidfd_getfd_exit(event, result),
            Kind::SOCKET => self.socket_exit(event, result),
            Kind::SOCKETPAIR => self.socketpair_exit(event),
            Kind::BIND => self.bind_exit(event),
            Kind::ACCEPT | Kind::ACCEPT4 => self.accept_exit(event, result),
            Kind::CHDIR | Kind::GETCWD => self.chdir_exit(event.thread, event.text(1).unwrap_or_default()),
            Kind::FCHDIR => self.fchdir_exit(event.thread),
            Kind::SETUID | Kind::SETRESUID | Kind::SETREUID => self.uid_exit(event),
            Kind::SETGID | Kind::SETRESGID | Kind::SETREGID => self.gid_exit(event),
            Kind::CAPSET => self.capset_exit(event),
            Kind::UNSHARE | Kind::SETNS => self.namespace_exit(event),
            Kind::CHROOT => self.chroot_exit(event),
            Kind::SETSID => self.session_exit(event.thread, result),
            Kind::SETPGID => self.group_exit(event),
            Kind::PRCTL => self.prctl_exit(event),
            Kind::GETRLIMIT | Kind::SETRLIMIT | Kind::PRLIMIT => self.limit_exit(event),
            Kind::BRK | Kind::MMAP | Kind::MMAP2 | Kind::MUNMAP => self.memory(event, 1),
            Kind::SWITCH => self.switch(event),
            Kind::SOCKET_STATE => self.socket_state(event),
            _ if info.traits.has(Traits::READS) || info.traits.has(Traits::WRITES) => {
                self.transfer(event, info);
            }
            kind => {
                if let Some(what) = files::made_by(kind) {
                    self.named_exit(event, result, what);
                }
            }
        }
    }

    /// Keeps an enter event whose arguments the exit event may lack.
    fn wait(&mut self, event: &Event<'_>) {
        if let Some(fd) = (event.kind == Kind::CONNECT_ENTER).then(|| event.signed(0)).flatten() {
            self.current.fd = Some(fd);
            self.current.descriptor = self.shared_descriptor(event.thread, fd);
        }
        if let Some(thread) = self.threads.get_mut(&event.thread) {
            event.write_to(&mut thread.enter);
            if thread.enter.len() > ENTER_BYTES_MAX {
                thread.enter = Vec::new();
            }
        }
    }

    /// Gives a thread a descriptor, which the event is then about.
    fn give(&mut self, thread: i64, fd: i64, descriptor: Descriptor) {
        self.put_descriptor(thread, fd, descriptor);
        self.current.fd = Some(fd);
        self.current.descriptor = self.shared_descriptor(thread, fd);
    }

    /// Changes the descriptor that the event is about.
    fn alter(&mut self, thread: i64, change: impl FnOnce(&mut Descriptor)) {
        let (Some(fd), Some(descriptor)) = (self.current.fd, &self.current.descriptor) else { return };
        let mut descriptor = Descriptor::clone(descriptor);
        change(&mut descriptor);
        self.give(thread, fd, descriptor);
    }
}

/// Where an event's kind has what most kinds have.
#[derive(Clone, Copy, Default)]
struct Positions {
    /// The descriptor that it uses.
    fd: Option<u8>,
    /// The ends of the socket.
    tuple: Option<u8>,
}

/// By [`Kind::slot`].
static POSITIONS: LazyLock<[Positions; Kind::SLOTS]> = LazyLock::new(|| {
    let mut all = [Positions::default(); Kind::SLOTS];
    for info in events::kinds() {
        let Some(slot) = info.kind.slot() else { continue };
        let small = |position: usize| u8::try_from(position).ok();
        let fd = if info.traits.has(Traits::USES_FD) { fd_position(info) } else { None };
        all[slot] = Positions { fd: fd.and_then(small), tuple: info.position("tuple").and_then(small) };
    }
    all
});

fn positions(kind: Kind) -> Positions {
    kind.slot().map_or(Positions::default(), |slot| POSITIONS[slot])
}

/// The parameter that says which descriptor an event uses.
fn fd_position(info: &'static KindInfo) -> Option<usize> {
    match info.kind {
        // What is written to counts.
        Kind::SPLICE => Some(2),
        _ => info
            .parameters
            .iter()
            .enumerate()
            .position(|(index, parameter)| index > 0 && parameter.r#type == ParameterType::Fd)
            .or_else(|| info.position("fd")),
    }
}
