//! A thread.

use std::sync::Arc;

use events::{FdKind, Layer, flags};

use crate::descriptor::FdTable;

/// Bytes that several threads share.
pub type Text = Arc<[u8]>;

/// What is known of a thread. Numbers are the host's; -1 says "not known".
#[derive(Clone, Debug)]
pub struct Thread {
    /// The thread.
    pub thread: i64,
    /// Its process.
    pub process: i64,
    /// The process that made it, or that took it over.
    pub parent: i64,
    /// Its session.
    pub session: i64,
    /// Its process group.
    pub group: i64,
    /// Its process group as its own namespace numbers it.
    pub group_inside: i64,
    /// Its number as its own namespace has it.
    pub thread_inside: i64,
    /// Its process's number as its own namespace has it.
    pub process_inside: i64,
    /// Its name, of at most 15 bytes.
    pub comm: Text,
    /// Its first argument.
    pub exe: Text,
    /// The path of its executable.
    pub exe_path: Text,
    /// Its root directory.
    pub root: Text,
    /// Its control groups: `subsystem=path`, each ended by a zero byte.
    pub cgroups: Text,
    /// The id of its container, as long as it is known.
    pub container: Option<Arc<str>>,
    /// How it was cloned, and what became of it, in the bits of [`flags::CLONE`].
    pub flags: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
    /// The user who logged in; all ones is none.
    pub login_uid: u32,
    /// Its terminal; 0 is none.
    pub tty: u32,
    /// Virtual memory.
    pub vm_size_kib: u32,
    /// Resident memory.
    pub vm_rss_kib: u32,
    /// Swapped memory.
    pub vm_swap_kib: u32,
    /// Major page faults.
    pub faults_major: u64,
    /// Minor page faults.
    pub faults_minor: u64,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// Permitted capabilities.
    pub cap_permitted: u64,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// What its executable is, in the bits of [`flags::EXECVE`].
    pub exe_flags: u32,
    /// Inode of its executable.
    pub exe_inode: u64,
    /// When that inode changed, in nanoseconds since 1970.
    pub exe_changed_ns: u64,
    /// When that file was written.
    pub exe_modified_ns: u64,
    /// Links to its executable, when the sensor told.
    pub exe_links: Option<u32>,
    /// Where its executable comes from, when the sensor told.
    pub exe_layer: Layer,
    /// Descriptors 0, 1 and 2 at its last `execve`, when the sensor told.
    pub stdio: [FdKind; 3],
    /// Number of its control group, when the sensor told.
    pub cgroup: u64,
    /// Its namespace of process numbers, when the sensor told.
    pub pid_namespace: u32,
    /// Its namespace of mounts, when the sensor told.
    pub mount_namespace: u32,
    /// When the namespace of its process numbers began.
    pub pid_namespace_start_ns: u64,
    /// When it was cloned; 0 when it was there before.
    pub clone_time_ns: u64,
    /// When it did `execve` last; 0 when not since it is followed.
    pub exec_time_ns: u64,
    /// How many descriptors it may have.
    pub fd_limit: i64,
    /// Whether its beginning was seen: of other threads hardly more than the number is known.
    pub is_known: bool,
    /// Whether it ended with this event.
    pub is_ended: bool,
    pub(crate) cwd: Text,
    pub(crate) environment: Text,
    pub(crate) arguments: Text,
    pub(crate) command_line: Text,
    pub(crate) fds: Arc<FdTable>,
    /// The enter event that waits for its exit event.
    pub(crate) enter: Vec<u8>,
    /// Threads of its process beside it, if it leads one.
    pub(crate) other_threads: u32,
    /// Processes that it made and that did not end.
    pub(crate) children: u32,
    /// Bytes of texts that count for it.
    pub(crate) weight: usize,
}

impl Thread {
    pub(crate) fn new(thread: i64) -> Self {
        let empty = Text::default;
        Self {
            thread,
            process: thread,
            parent: -1,
            session: -1,
            group: -1,
            group_inside: -1,
            thread_inside: thread,
            process_inside: thread,
            comm: empty(),
            exe: empty(),
            exe_path: empty(),
            root: empty(),
            cgroups: empty(),
            container: None,
            flags: 0,
            uid: u32::MAX,
            gid: u32::MAX,
            login_uid: u32::MAX,
            tty: 0,
            vm_size_kib: 0,
            vm_rss_kib: 0,
            vm_swap_kib: 0,
            faults_major: 0,
            faults_minor: 0,
            cap_inheritable: 0,
            cap_permitted: 0,
            cap_effective: 0,
            exe_flags: 0,
            exe_inode: 0,
            exe_changed_ns: 0,
            exe_modified_ns: 0,
            exe_links: None,
            exe_layer: Layer::None,
            stdio: [FdKind::Unknown; 3],
            cgroup: 0,
            pid_namespace: 0,
            mount_namespace: 0,
            pid_namespace_start_ns: 0,
            clone_time_ns: 0,
            exec_time_ns: 0,
            fd_limit: -1,
            is_known: false,
            is_ended: false,
            cwd: empty(),
            environment: empty(),
            arguments: empty(),
            command_line: empty(),
            fds: Arc::default(),
            enter: Vec::new(),
            other_threads: 0,
            children: 0,
            weight: 0,
        }
    }

    /// Whether it leads its process.
    pub fn is_leader(&self) -> bool {
        self.thread == self.process
    }

    /// Its name and its arguments, joined by blanks.
    pub fn command_line(&self) -> &[u8] {
        &self.command_line
    }

    /// Its arguments but the first, joined by blanks.
    pub fn arguments(&self) -> &[u8] {
        self.command_line.get(self.comm.len() + 1..).unwrap_or_default()
    }

    /// Its arguments but the first, each ended by a zero byte.
    pub fn argument_list(&self) -> &[u8] {
        &self.arguments
    }

    /// Whether an executable has this bit of [`flags::EXECVE`].
    pub fn has_exe_flag(&self, name: &str) -> bool {
        flags::EXECVE.number(name).is_some_and(|bit| self.exe_flags & bit != 0)
    }

    /// Joins name and arguments again, when one of them changed.
    pub(crate) fn join_command_line(&mut self) {
        let list = self.arguments.strip_suffix(b"\0").unwrap_or(&self.arguments);
        if self.arguments.is_empty() {
            self.command_line = self.comm.clone();
            return;
        }
        let mut line = Vec::with_capacity(self.comm.len() + 1 + list.len());
        line.extend_from_slice(&self.comm);
        line.push(b' ');
        line.extend(list.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }));
        self.command_line = line.into();
    }
}
