//! Beginning, `execve` and end of threads.

use std::sync::Arc;

use events::{Event, Kind, Width, flags};

use crate::path::concatenate;
use crate::state::State;
use crate::thread::{Text, Thread};

/// A `clone` event that comes this long after a thread of the same number began is about another thread.
const STALE_CLONE_NS: u64 = 2_000_000_000;
/// How long an end is remembered for the `clone` event of the parent that comes after it.
const RECENT_EXIT_NS: u64 = 5_000_000_000;

/// Positions of the parameters that `clone` and `execve` have in common.
mod at {
    pub(super) const EXE: usize = 1;
    pub(super) const ARGUMENTS: usize = 2;
    pub(super) const PROCESS: usize = 4;
    pub(super) const PARENT: usize = 5;
    pub(super) const CWD: usize = 6;
    pub(super) const FD_LIMIT: usize = 7;
    pub(super) const FAULTS_MAJOR: usize = 8;
    pub(super) const COMM: usize = 13;
    pub(super) const CGROUPS: usize = 14;
}

fn bit(name: &str) -> u32 {
    flags::CLONE.number(name).unwrap_or(0)
}

impl State {
    pub(super) fn clone_exit(&mut self, event: &Event<'_>, result: i64) {
        match result {
            0 => self.cloned(event),
            1.. => self.clones(event, result),
            _ => {}
        }
    }

    /// The parent's side: makes the child when its own side does not come or comes later.
    fn clones(&mut self, event: &Event<'_>, child: i64) {
        self.know_caller(event);
        let Some(caller) = self.threads.get(&event.thread) else { return };
        self.current.thread = Some(event.thread);
        let how = event.unsigned(15).unwrap_or(0) as u32;
        // In another namespace `child` is not the host's number, and its own side tells all of it.
        let inside = bit("CLONE_CHILD_IN_PIDNS") | bit("CLONE_NEWPID") | bit("CLONE_PARENT");
        if how & inside != 0 || caller.thread_inside != event.thread {
            return;
        }
        // A child of vfork(2) may have ended before its parent goes on.
        if how & bit("CLONE_VFORK") != 0 || event.kind == Kind::VFORK {
            return;
        }
        let recent = |(thread, time_ns): &(i64, u64)| {
            *thread == child && event.time_ns.saturating_sub(*time_ns) < RECENT_EXIT_NS
        };
        if self.recent_exits.iter().any(recent) {
            return;
        }
        if let Some(existing) = self.threads.get(&child) {
            if existing.flags & bit("CLONE_INVERTED") != 0 {
                return;
            }
            self.losses.reused_threads += 1;
            self.replace(child);
        }
        let Some(caller) = self.threads.get(&event.thread) else { return };
        let is_thread = how & bit("CLONE_THREAD") != 0;
        let (process, parent) =
            if is_thread { (caller.process, caller.parent) } else { (child, caller.thread) };
        let mut thread = Thread { process, parent, ..Thread::new(child) };
        (thread.thread_inside, thread.process_inside) = (child, process);
        thread.flags = how;
        thread.pid_namespace_start_ns = self.boot_time_ns;
        self.born(event, thread, event.thread);
    }

    /// The child's side.
    fn cloned(&mut self, event: &Event<'_>) {
        if let Some(existing) = self.threads.get(&event.thread) {
            let is_same = event.time_ns.saturating_sub(existing.clone_time_ns) < STALE_CLONE_NS;
            if existing.clone_time_ns != 0 && is_same {
                self.current.thread = Some(event.thread);
                return;
            }
            if existing.clone_time_ns != 0 {
                self.losses.reused_threads += 1;
            }
            self.replace(event.thread);
        }
        let (process, parent) = (event.signed(at::PROCESS), event.signed(at::PARENT));
        let mut thread = Thread::new(event.thread);
        thread.process = process.unwrap_or(event.thread);
        thread.parent = parent.unwrap_or(-1);
        thread.thread_inside = event.signed(18).unwrap_or(event.thread);
        thread.process_inside = event.signed(19).unwrap_or(-1);
        let how = event.unsigned(15).unwrap_or(0) as u32;
        thread.flags = how | bit("CLONE_INVERTED");
        let inside = bit("CLONE_CHILD_IN_PIDNS") | bit("CLONE_NEWPID");
        thread.pid_namespace_start_ns = match event.unsigned(20) {
            Some(since_boot) if how & inside != 0 || thread.thread != thread.thread_inside => {
                self.boot_time_ns.saturating_add(since_boot)
            }
            _ => self.boot_time_ns,
        };
        let from = if how & bit("CLONE_THREAD") == 0 { thread.parent } else { thread.process };
        if self.born(event, thread, from) {
            self.current.thread = Some(event.thread);
        }
    }

    /// What the parent tells of itself, when nothing was known of it.
    fn know_caller(&mut self, event: &Event<'_>) {
        if self.threads.get(&event.thread).is_some_and(|caller| caller.is_known) {
            return;
        }
        let mut caller = match self.threads.remove(&event.thread) {
            Some(caller) => caller,
            None => Thread::new(event.thread),
        };
        caller.process = event.signed(at::PROCESS).unwrap_or(caller.process);
        caller.parent = event.signed(at::PARENT).unwrap_or(caller.parent);
        caller.thread_inside = event.signed(18).unwrap_or(event.thread);
        caller.process_inside = event.signed(19).unwrap_or(-1);
        self.take_texts(event, &mut caller);
        self.insert(caller);
        self.weigh(event.thread);
    }

    /// Name and arguments of an event; whether it had any.
    fn take_texts(&mut self, event: &Event<'_>, thread: &mut Thread) -> bool {
        let Some(exe) = event.text(at::EXE) else { return false };
        thread.exe = self.text(exe);
        thread.comm = match event.text(at::COMM) {
            Some(comm) => self.text(comm),
            None => thread.exe.clone(),
        };
        let arguments = event.raw(at::ARGUMENTS).unwrap_or_default();
        thread.arguments = self.list(arguments);
        thread.join_command_line();
        true
    }

    /// Adds a thread that began with this event; what the event does not tell comes from `from`.
    fn born(&mut self, event: &Event<'_>, mut thread: Thread, from: i64) -> bool {
        let is_thread = thread.flags & bit("CLONE_THREAD") != 0;
        let has_texts = self.take_texts(event, &mut thread);
        thread.fd_limit = event.signed(at::FD_LIMIT).unwrap_or(-1);
        take_memory(event, at::FAULTS_MAJOR, &mut thread);
        thread.uid = event.unsigned(16).and_then(|uid| u32::try_from(uid).ok()).unwrap_or(u32::MAX);
        thread.gid = event.unsigned(17).and_then(|gid| u32::try_from(gid).ok()).unwrap_or(u32::MAX);
        thread.clone_time_ns = event.time_ns;
        thread.is_known = true;
        let known = self.threads.get(&from).filter(|from| from.is_known || !has_texts).cloned();
        if let Some(from) = known {
            inherit(&from, &mut thread, has_texts, is_thread);
            if !is_thread {
                let leader = self.leader(&from);
                (thread.cwd, thread.environment) = (leader.cwd.clone(), leader.environment.clone());
                thread.fds = self.copy_descriptors(from.thread);
            }
        }
        if let Some(cgroups) = event.raw(at::CGROUPS).filter(|cgroups| !cgroups.is_empty()) {
            self.set_cgroups(&mut thread, cgroups);
        }
        let (number, process, parent, descriptors) =
            (thread.thread, thread.process, thread.parent, thread.fds.len());
        let has_cwd = !thread.cwd.is_empty();
        if !self.insert(thread) {
            self.descriptors = self.descriptors.saturating_sub(descriptors);
            return false;
        }
        self.weigh(number);
        if is_thread {
            if let Some(leader) = self.threads.get_mut(&process).filter(|leader| leader.thread != number) {
                leader.other_threads += 1;
            }
        } else {
            if let Some(parent) = self.threads.get_mut(&parent) {
                parent.children += 1;
            }
            if let Some(cwd) = event.text(at::CWD).filter(|cwd| !has_cwd && !cwd.is_empty()) {
                self.set_cwd(number, cwd);
            }
        }
        true
    }

    pub(super) fn exec_exit(&mut self, event: &Event<'_>) {
        // Of a parent that ended nobody told who took its children, and its number may be another's by now: Seawall's sensor asks the
        // kernel at each `execve`; of other events the parent is taken when it is not known otherwise.
        let is_sure = event.extension().is_some_and(|extension| extension.parent != 0);
        let is_orphan = self.threads.get(&event.thread).is_some_and(|thread| self.parent(thread).is_none());
        let Some(mut thread) = self.threads.remove(&event.thread) else { return };
        if is_sure || is_orphan || !thread.is_known {
            thread.parent = event.signed(at::PARENT).unwrap_or(thread.parent);
        }
        let enter = std::mem::take(&mut thread.enter);
        thread.is_ended = false;
        thread.exec_time_ns = event.time_ns;
        self.take_texts(event, &mut thread);
        thread.process = event.signed(at::PROCESS).unwrap_or(thread.process);
        if !thread.is_known {
            if thread.flags & bit("CLONE_CHILD_IN_PIDNS") == 0 {
                (thread.thread_inside, thread.process_inside) = (thread.thread, thread.process);
            }
            thread.is_known = true;
        }
        thread.fd_limit = event.signed(at::FD_LIMIT).unwrap_or(thread.fd_limit);
        take_memory(event, at::FAULTS_MAJOR, &mut thread);
        if let Some(environment) = event.raw(15).filter(|environment| !environment.is_empty()) {
            thread.environment = self.list(environment);
        }
        if let Some(cgroups) = event.raw(at::CGROUPS).filter(|cgroups| !cgroups.is_empty()) {
            self.set_cgroups(&mut thread, cgroups);
        }
        let half = |position: usize| event.unsigned(position).and_then(|number| u32::try_from(number).ok());
        let cwd =
            event.text(at::CWD).filter(|cwd| thread.cwd.is_empty() && !cwd.is_empty()).map(<[u8]>::to_vec);
        thread.tty = half(16).unwrap_or(thread.tty);
        thread.group_inside = event.signed(17).unwrap_or(thread.group_inside);
        thread.login_uid = half(18).unwrap_or(thread.login_uid);
        thread.exe_flags = half(19).unwrap_or(thread.exe_flags);
        if let (Some(inheritable), Some(permitted), Some(effective)) =
            (event.unsigned(20), event.unsigned(21), event.unsigned(22))
        {
            (thread.cap_inheritable, thread.cap_permitted, thread.cap_effective) =
                (inheritable, permitted, effective);
        }
        if let Some(inode) = event.unsigned(23) {
            // Times that are not told are those of no file, and not those of the program before.
            let time = |position| event.unsigned(position).unwrap_or(0);
            (thread.exe_inode, thread.exe_changed_ns, thread.exe_modified_ns) = (inode, time(24), time(25));
        }
        thread.uid = half(26).unwrap_or(thread.uid);
        let path = event.text(27).map(<[u8]>::to_vec);
        thread.group = event.signed(28).unwrap_or(-1);
        thread.gid = half(29).unwrap_or(thread.gid);
        thread.flags = (thread.flags & bit("CLONE_INVERTED")) | bit("NAME_CHANGED");
        let had_threads = thread.other_threads > 0;
        self.threads.insert(event.thread, thread);
        if let Some(cwd) = cwd {
            self.set_cwd(event.thread, &cwd);
        }
        let path = path.or_else(|| self.entered_path(event, &enter));
        let path: Text = path.map_or_else(Text::default, |path| self.text(&path));
        if let Some(thread) = self.threads.get_mut(&event.thread) {
            thread.exe_path = path;
        }
        self.weigh(event.thread);
        let close = super::files::close_on_exec();
        self.retain_descriptors(event.thread, |_, descriptor| descriptor.flags & close == 0);
        if had_threads {
            self.end_other_threads(event.thread);
        }
    }

    /// The path of the executable in captures whose exit events do not tell it.
    fn entered_path(&self, event: &Event<'_>, enter: &[u8]) -> Option<Vec<u8>> {
        let filename = match event.text(30) {
            Some(filename) => filename,
            None => {
                let enter = Event::read(enter, Width::Narrow)
                    .ok()
                    .filter(|enter| enter.kind.0 + 1 == event.kind.0)?;
                enter.text(0)?
            }
        };
        if filename == b"<NA>" {
            return Some(filename.to_vec());
        }
        let thread = self.threads.get(&event.thread)?;
        Some(concatenate(self.cwd(thread), filename))
    }

    /// `execve` ends all threads of its process but the one that did it, which leads then.
    fn end_other_threads(&mut self, leader: i64) {
        let others: Vec<i64> = self
            .threads
            .values()
            .filter(|one| one.process == leader && one.thread != leader)
            .map(|one| one.thread)
            .collect();
        for other in others {
            self.remove_thread(other);
        }
        if let Some(leader) = self.threads.get_mut(&leader) {
            leader.other_threads = 0;
        }
    }

    pub(super) fn thread_end(&mut self, event: &Event<'_>) {
        self.remember_exit(event.thread, event.time_ns);
        let Some(thread) = self.threads.get_mut(&event.thread) else { return };
        thread.is_ended = true;
        let process = thread.process;
        self.current.ended = Some(event.thread);
        // Any thread may have made children, and they may go from one thread to the next before their process ends: run times of
        // containers end so. Who leaves none says no reaper.
        if let Some(reaper) = event.signed(4).filter(|reaper| *reaper > 0) {
            self.set_reaper(event.thread, reaper);
            // Children of one of its threads are children of the process, too.
            if self.threads.get(&reaper).is_none_or(|reaper| reaper.process != process) {
                self.set_reaper(process, reaper);
            }
        }
    }

    /// Makes room for a thread whose number was still in use.
    pub(crate) fn replace(&mut self, thread: i64) {
        if let Some(old) = self.threads.get_mut(&thread) {
            old.other_threads = 0;
        }
        self.remove_thread(thread);
        // Children of the one before must not get the new one as their parent.
        if let Some(reaper) = self.reapers.remove(&thread) {
            for orphan in self.threads.values_mut().filter(|orphan| orphan.parent == thread) {
                orphan.parent = reaper;
            }
        }
    }
}

/// What a child has from its parent, or a thread from its leader.
fn inherit(from: &Thread, thread: &mut Thread, has_texts: bool, is_thread: bool) {
    if !has_texts {
        (thread.exe, thread.comm) = (from.exe.clone(), from.comm.clone());
        (thread.arguments, thread.command_line) = (from.arguments.clone(), from.command_line.clone());
    }
    if thread.uid == u32::MAX && thread.gid == u32::MAX {
        (thread.uid, thread.gid) = (from.uid, from.gid);
    }
    thread.exe_path = from.exe_path.clone();
    thread.exe_flags = from.exe_flags;
    thread.root = from.root.clone();
    (thread.session, thread.group, thread.group_inside) = (from.session, from.group, from.group_inside);
    (thread.tty, thread.login_uid) = (from.tty, from.login_uid);
    (thread.cap_permitted, thread.cap_inheritable) = (from.cap_permitted, from.cap_inheritable);
    thread.cap_effective = from.cap_effective;
    (thread.exe_inode, thread.exe_changed_ns) = (from.exe_inode, from.exe_changed_ns);
    thread.exe_modified_ns = from.exe_modified_ns;
    (thread.exe_links, thread.exe_layer, thread.stdio) = (from.exe_links, from.exe_layer, from.stdio);
    (thread.cgroup, thread.cgroups, thread.container) =
        (from.cgroup, from.cgroups.clone(), from.container.clone());
    (thread.pid_namespace, thread.mount_namespace) = (from.pid_namespace, from.mount_namespace);
    if thread.fd_limit < 0 {
        thread.fd_limit = from.fd_limit;
    }
    if is_thread {
        thread.exec_time_ns = from.exec_time_ns;
        thread.fds = Arc::default();
    }
}

/// Page faults and memory, five parameters from `first` on.
pub(super) fn take_memory(event: &Event<'_>, first: usize, thread: &mut Thread) {
    if event.raw(first + 4).is_none_or(<[u8]>::is_empty) {
        return;
    }
    let number = |position: usize| event.unsigned(first + position).unwrap_or(0);
    (thread.faults_major, thread.faults_minor) = (number(0), number(1));
    (thread.vm_size_kib, thread.vm_rss_kib, thread.vm_swap_kib) =
        (number(2) as u32, number(3) as u32, number(4) as u32);
}
