//! Files, pipes and everything else that has a descriptor but no address.

use events::snapshot::Named;
use events::{Event, Kind, Width, flags};

use crate::descriptor::{Descriptor, What};
use crate::path::concatenate_into;
use crate::state::State;

/// The directory of relative paths: the working directory.
const WORKING_DIRECTORY: i64 = -100;
/// Flags from here on are those that the sensor found, not those that the caller asked for.
const FOUND_FLAGS: u32 = 1 << 14;

/// Where the arguments of an opening event stand.
struct Arguments {
    directory: Option<usize>,
    name: usize,
    flags: Option<usize>,
    device: usize,
}

fn arguments(kind: Kind) -> Arguments {
    match kind {
        Kind::OPEN => Arguments { directory: None, name: 1, flags: Some(2), device: 4 },
        Kind::CREAT => Arguments { directory: None, name: 1, flags: None, device: 3 },
        Kind::OPENAT => Arguments { directory: Some(1), name: 2, flags: Some(3), device: 5 },
        Kind::OPENAT2 => Arguments { directory: Some(1), name: 2, flags: Some(3), device: 6 },
        _ => Arguments { directory: None, name: 3, flags: Some(2), device: 4 },
    }
}

/// What a system call makes that returns a descriptor of nothing but a kind.
pub(super) fn made_by(kind: Kind) -> Option<Named> {
    Some(match kind {
        Kind::EVENTFD | Kind::EVENTFD2 => Named::Event,
        Kind::SIGNALFD | Kind::SIGNALFD4 => Named::Signal,
        Kind::TIMERFD_CREATE => Named::Timer,
        Kind::INOTIFY_INIT | Kind::INOTIFY_INIT1 => Named::Inotify,
        Kind::BPF => Named::Bpf,
        Kind::USERFAULTFD => Named::UserFault,
        Kind::IO_URING_SETUP => Named::IoUring,
        Kind::EPOLL_CREATE | Kind::EPOLL_CREATE1 => Named::Poll,
        _ => return None,
    })
}

impl State {
    pub(super) fn open_exit(&mut self, event: &Event<'_>, fd: i64) {
        let at = arguments(event.kind);
        let mut name = event.text(at.name).unwrap_or(b"<NA>");
        let mut open_flags = at.flags.and_then(|flags| event.unsigned(flags)).unwrap_or(0) as u32;
        let mut directory = at.directory.and_then(|directory| event.signed(directory));
        // What the kernel read when the call began counts: another thread may have changed it in between.
        let enter = self
            .threads
            .get_mut(&event.thread)
            .map(|thread| std::mem::take(&mut thread.enter))
            .unwrap_or_default();
        if let Ok(enter) = Event::read(&enter, Width::Narrow)
            && enter.kind.0 + 1 == event.kind.0
        {
            let shift = usize::from(at.directory.is_some());
            if let Some(entered) = enter.text(shift).filter(|name| *name != b"<NA>") {
                name = entered;
                let asked =
                    if event.kind == Kind::CREAT { 0 } else { enter.unsigned(shift + 1).unwrap_or(0) as u32 };
                open_flags = asked | (open_flags & !(FOUND_FLAGS - 1));
                directory = if shift == 1 { enter.signed(0) } else { None };
            }
        }
        if event.kind == Kind::CREAT {
            // Upper and lower layer have their own bits here.
            let found = event.unsigned(5).unwrap_or(0) as u32;
            let bit = |name| flags::FILE.number(name).unwrap_or(0);
            open_flags |= match found {
                found if found & 1 != 0 => bit("FD_UPPER_LAYER"),
                found if found & 2 != 0 => bit("FD_LOWER_LAYER"),
                _ => 0,
            };
        }
        if fd < 0 {
            return;
        }
        let mut room = std::mem::take(&mut self.room);
        if at.directory.is_some() {
            self.resolve(event.thread, directory, name, &mut room);
        } else if event.kind == Kind::OPEN_BY_HANDLE_AT {
            concatenate_into(b"", name, &mut room);
        } else {
            self.resolve(event.thread, Some(WORKING_DIRECTORY), name, &mut room);
        }
        let is_directory = open_flags & flags::FILE.number("O_DIRECTORY").unwrap_or(0) != 0;
        let mut descriptor =
            Descriptor::new(if is_directory { What::Named(Named::Directory) } else { What::File });
        descriptor.flags = open_flags;
        descriptor.device = event.unsigned(at.device).unwrap_or(0) as u32;
        descriptor.inode = event.unsigned(at.device + 1).unwrap_or(0);
        descriptor.name = room.as_slice().into();
        descriptor.raw_name =
            if *descriptor.name == *name { descriptor.name.clone() } else { self.text(name) };
        self.room = room;
        self.give(event.thread, fd, descriptor);
    }

    /// The whole path of `name`, as seen from a directory that is open.
    fn resolve(&self, thread: i64, directory: Option<i64>, name: &[u8], out: &mut Vec<u8>) {
        let from: &[u8] = match directory {
            _ if name.starts_with(b"/") => b"",
            Some(WORKING_DIRECTORY) => self.threads.get(&thread).map_or(b"", |thread| self.cwd(thread)),
            Some(fd) => match self.threads.get(&self.owner(thread)).and_then(|owner| owner.fds.get(&fd)) {
                Some(directory) => &directory.name,
                None => b"<UNKNOWN>",
            },
            None => b"",
        };
        concatenate_into(from, name, out);
    }

    /// The whole path of a parameter, as the event's thread sees it.
    pub fn resolve_path(&self, thread: i64, directory: Option<i64>, name: &[u8], out: &mut Vec<u8>) {
        self.resolve(thread, directory.or(Some(WORKING_DIRECTORY)), name, out);
    }

    pub(super) fn close_exit(&mut self, event: &Event<'_>) {
        if let (Some(fd), Some(_)) = (self.current.fd, &self.current.descriptor) {
            self.current.closed = Some((event.thread, fd));
        }
    }

    pub(super) fn close_range_exit(&mut self, event: &Event<'_>) {
        let (Some(first), Some(last)) = (event.unsigned(1), event.unsigned(2)) else { return };
        let within = |fd: i64| u64::try_from(fd).is_ok_and(|fd| fd >= first && fd <= last);
        let how = event.unsigned(3).unwrap_or(0) as u32;
        if how & flags::CLOSE_RANGE.number("CLOSE_RANGE_CLOEXEC").unwrap_or(0) == 0 {
            return self.retain_descriptors(event.thread, |fd, _| !within(fd));
        }
        let owner = self.owner(event.thread);
        let Some(owner) = self.threads.get(&owner) else { return };
        let marked: Vec<i64> = owner.fds.keys().copied().filter(|fd| within(*fd)).collect();
        for fd in marked {
            if let Some(descriptor) = self.shared_descriptor(event.thread, fd) {
                let mut descriptor = Descriptor::clone(&descriptor);
                descriptor.flags |= close_on_exec();
                self.put_descriptor(event.thread, fd, descriptor);
            }
        }
    }

    pub(super) fn dup_exit(&mut self, event: &Event<'_>, fd: i64) {
        let close = event.kind == Kind::DUP3 && event.unsigned(3).unwrap_or(0) as u32 & close_on_exec() != 0;
        self.duplicate(event.thread, fd, close);
    }

    pub(super) fn fcntl_exit(&mut self, event: &Event<'_>, result: i64) {
        let command = event.unsigned(2).and_then(|number| u32::try_from(number).ok());
        match command.and_then(|number| flags::FCNTL_COMMANDS.name(number)) {
            Some("F_DUPFD") => self.duplicate(event.thread, result, false),
            Some("F_DUPFD_CLOEXEC") => self.duplicate(event.thread, result, true),
            Some("F_SETFD") => {
                let close = event.unsigned(3).unwrap_or(0) & 1 != 0;
                let bit = close_on_exec();
                self.alter(event.thread, |descriptor| {
                    descriptor.flags = if close { descriptor.flags | bit } else { descriptor.flags & !bit };
                });
            }
            _ => {}
        }
    }

    fn duplicate(&mut self, thread: i64, fd: i64, close: bool) {
        let Some(descriptor) = &self.current.descriptor else { return };
        let mut copy = Descriptor::clone(descriptor);
        copy.flags = (copy.flags & !close_on_exec()) | if close { close_on_exec() } else { 0 };
        self.give(thread, fd, copy);
    }

    pub(super) fn pipe_exit(&mut self, event: &Event<'_>) {
        let mut pipe = Descriptor::new(What::Named(Named::Pipe));
        pipe.inode = event.unsigned(3).unwrap_or(0);
        if event.kind == Kind::PIPE2 {
            pipe.flags = event.unsigned(4).unwrap_or(0) as u32;
        }
        for position in [1, 2] {
            if let Some(fd) = event.signed(position) {
                self.give(event.thread, fd, pipe.clone());
            }
        }
    }

    pub(super) fn memfd_exit(&mut self, event: &Event<'_>, fd: i64) {
        let mut descriptor = Descriptor::named(Named::Memory, event.text(1).unwrap_or_default());
        if event.unsigned(2).unwrap_or(0) as u32 & flags::MEMFD_CREATE.number("MFD_CLOEXEC").unwrap_or(0) != 0
        {
            descriptor.flags |= close_on_exec();
        }
        self.give(event.thread, fd, descriptor);
    }

    pub(super) fn pidfd_open_exit(&mut self, event: &Event<'_>, fd: i64) {
        let mut descriptor = Descriptor::new(What::Named(Named::Process));
        descriptor.process = event.signed(1).unwrap_or(0);
        self.give(event.thread, fd, descriptor);
    }

    /// A descriptor of another process becomes one's own.
    pub(super) fn pidfd_getfd_exit(&mut self, event: &Event<'_>, fd: i64) {
        let process = event.signed(1).and_then(|pid_fd| self.shared_descriptor(event.thread, pid_fd));
        let (Some(process), Some(target)) = (process, event.signed(2)) else { return };
        if let Some(descriptor) = self.shared_descriptor(process.process, target) {
            self.give(event.thread, fd, Descriptor::clone(&descriptor));
        }
    }

    pub(super) fn named_exit(&mut self, event: &Event<'_>, fd: i64, what: Named) {
        // Other commands of bpf(2) return numbers that are no descriptors; they do harm only until the next open.
        let mut descriptor = Descriptor::new(What::Named(what));
        let position = match event.kind {
            Kind::INOTIFY_INIT1 | Kind::SIGNALFD4 | Kind::EVENTFD2 | Kind::EPOLL_CREATE1 => Some(1),
            Kind::TIMERFD_CREATE => Some(2),
            _ => None,
        };
        let given = position.and_then(|position| event.unsigned(position)).unwrap_or(0) as u32;
        descriptor.flags = match event.kind {
            Kind::EPOLL_CREATE1 if given != 0 => close_on_exec(),
            _ => given,
        };
        self.give(event.thread, fd, descriptor);
    }

    pub(super) fn chdir_exit(&mut self, thread: i64, path: &[u8]) {
        let mut room = std::mem::take(&mut self.room);
        self.resolve(thread, Some(WORKING_DIRECTORY), path, &mut room);
        self.set_cwd(thread, &room);
        self.room = room;
    }

    pub(super) fn fchdir_exit(&mut self, thread: i64) {
        if let Some(descriptor) = self.current.descriptor.clone() {
            self.set_cwd(thread, &descriptor.name);
        }
    }

    /// Directories of threads end with a slash.
    pub(crate) fn set_cwd(&mut self, thread: i64, path: &[u8]) {
        let slash: &[u8] = if path.ends_with(b"/") { b"" } else { b"/" };
        let path = self.text(&[path, slash].concat());
        let owner = self.owner(thread);
        if let Some(owner) = self.threads.get_mut(&owner) {
            owner.cwd = path;
        }
    }
}

/// The bit of descriptors that `execve` closes.
pub(super) fn close_on_exec() -> u32 {
    // `O_CLOEXEC` of captures.
    1 << 12
}
