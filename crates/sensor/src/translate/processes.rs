//! Processes: what they execute, whom they start, how they end.

use events::{Extension, FdKind, Kind as EventKind, Layer};

use super::{Translator, packed_device};
use crate::record::{FileInfo, Stdio, TaskInfo, Times};
use crate::{Part, Record};

/// Parts of a record about a process.
#[derive(Default)]
struct Process<'a> {
    task: Option<TaskInfo<'a>>,
    arguments: &'a [u8],
    environment: &'a [u8],
    filename: &'a [u8],
    executable: Option<FileInfo<'a>>,
    times: Times,
    directory: Option<FileInfo<'a>>,
}

impl<'a> Process<'a> {
    fn of(record: &Record<'a>) -> Self {
        let mut process = Self::default();
        for part in record.parts() {
            match part {
                Part::Task(task) => process.task = Some(task),
                Part::Arguments(bytes) => process.arguments = bytes,
                Part::Environment(bytes) => process.environment = bytes,
                Part::Filename(bytes) => process.filename = bytes,
                Part::Executable(file) => process.executable = Some(file),
                Part::Times(times) => process.times = times,
                Part::Directory(file) => process.directory = Some(file),
                _ => {}
            }
        }
        process
    }

    /// The first argument and the others. The kernel ends each by a zero byte; what was cut off has none.
    fn split_arguments(&self) -> (&'a [u8], &'a [u8]) {
        let end = self.arguments.iter().position(|byte| *byte == 0).unwrap_or(self.arguments.len());
        (&self.arguments[..end], self.arguments.get(end + 1..).unwrap_or_default())
    }

    fn extension<'e>(&self, record: &Record<'_>, boot_ns: u64, container: &'e [u8]) -> Extension<'e> {
        let mut extension =
            Extension { cgroup: record.cgroup(), process: record.tgid(), container, ..Extension::default() };
        if let Some(task) = self.task {
            let [pid_namespace, mount_namespace] = task.namespaces();
            extension.parent = task.parent_tgid();
            (extension.pid_namespace, extension.mount_namespace) = (pid_namespace, mount_namespace);
            extension.start_time_ns = task.start_ns().saturating_add(boot_ns);
            extension.stdio = task.stdio().map(fd_kind);
        }
        if let Some(file) = self.executable {
            extension.exe_inode = file.inode();
            extension.exe_device = packed_device(file.device());
            extension.exe_links = file.links();
            extension.exe_layer = layer(file);
        }
        extension
    }
}

fn layer(file: FileInfo<'_>) -> Layer {
    let flags = file.flags();
    match (flags.is_memory, flags.is_in_upper_layer, flags.is_in_lower_layer) {
        (true, ..) => Layer::Memory,
        (_, true, _) => Layer::Upper,
        (.., true) => Layer::Lower,
        _ => Layer::None,
    }
}

fn fd_kind(stdio: Stdio) -> FdKind {
    match stdio {
        Stdio::Closed => FdKind::Closed,
        Stdio::Other => FdKind::Device,
        Stdio::File => FdKind::File,
        Stdio::Pipe => FdKind::Pipe,
        Stdio::Terminal => FdKind::Terminal,
        Stdio::Internet => FdKind::Internet,
        Stdio::Local => FdKind::Unix,
        Stdio::Socket => FdKind::Socket,
    }
}

/// Bit of a set of capabilities (include/uapi/linux/capability.h).
const CAP_DAC_OVERRIDE: u64 = 1 << 1;

/// Whether a task may write a file, as far as its owner, its mode and the task's capabilities tell; the group is not known.
fn is_writable(file: FileInfo<'_>, task: TaskInfo<'_>) -> bool {
    let [_, _, uid, _] = task.ids();
    let [.., effective] = task.capabilities();
    let mode = file.mode();
    effective & CAP_DAC_OVERRIDE != 0 || mode & 0o002 != 0 || (uid == file.uid() && mode & 0o200 != 0)
}

fn exec_flags(file: Option<FileInfo<'_>>, task: TaskInfo<'_>) -> u64 {
    let Some(file) = file else { return 0 };
    let name = match layer(file) {
        Layer::Upper => "EXE_UPPER_LAYER",
        Layer::Lower => "EXE_LOWER_LAYER",
        Layer::Memory => "EXE_FROM_MEMFD",
        _ => "",
    };
    let writable = if is_writable(file, task) { "EXE_WRITABLE" } else { "" };
    [name, writable].iter().filter_map(|name| events::flags::EXECVE.number(name)).map(u64::from).sum()
}

fn write_group(out: &mut Vec<u8>, name: &[u8]) {
    // One line of what `/proc/PID/cgroup` says, each ended by a zero byte.
    out.extend_from_slice(b"pids=/");
    if name.len() == 64 && name.iter().all(u8::is_ascii_hexdigit) {
        out.extend_from_slice(b"docker/");
    }
    out.extend_from_slice(name);
    out.push(0);
}

impl Translator {
    /// Parameters of `execve`, in the order of the event table.
    pub(super) fn exec(&mut self, record: &Record<'_>) -> Option<()> {
        let process = Process::of(record);
        let task = process.task?;
        let name = self.groups.name(record.cgroup());
        let extension = process.extension(record, self.boot_ns, name);
        let time_ns = record.time_ns().saturating_add(self.boot_ns);
        let (exe, rest) = process.split_arguments();
        // What captures call `uid` is the effective one: that of a set-user-id program is its owner.
        let [_, _, uid, gid] = task.ids();
        let [_, _, group] = task.virtual_ids();
        let [host_group, _] = task.group_and_session();
        let [inheritable, permitted, effective] = task.capabilities();
        let writer = &mut self.writer;
        writer.start(EventKind::EXECVE, time_ns, i64::from(record.tid()), Some(&extension));
        writer.number(0).text(exe).bytes(rest);
        writer
            .number(i64::from(record.tid()))
            .number(i64::from(record.tgid()))
            .number(i64::from(task.parent_tgid()));
        self.room.clear();
        if let Some(directory) = process.directory {
            directory.write_path(&mut self.room);
        }
        writer.text(&self.room);
        for _ in 0..6 {
            writer.empty();
        }
        writer.text(task.command()).with(|out| write_group(out, name)).bytes(process.environment);
        writer
            .number(i64::from(packed_device(task.tty())))
            .number(i64::from(group))
            .number(i64::from(task.login_uid()));
        writer.number(exec_flags(process.executable, task).cast_signed());
        writer
            .number(inheritable.cast_signed())
            .number(permitted.cast_signed())
            .number(effective.cast_signed());
        writer
            .number(process.executable.map_or(0, |file| file.inode()).cast_signed())
            .number(process.times.changed_ns.cast_signed())
            .number(process.times.modified_ns.cast_signed())
            .number(i64::from(uid));
        self.room.clear();
        if let Some(file) = process.executable {
            file.write_path(&mut self.room);
        }
        // A file in memory has no path, but the name that its maker gave: `memfd:NAME`.
        let is_memory = process.executable.is_some_and(|file| file.flags().is_memory);
        let path = if is_memory { self.room.strip_prefix(b"/").unwrap_or(&self.room) } else { &self.room };
        writer.text(path).number(i64::from(host_group)).number(i64::from(gid)).text(process.filename);
        Some(())
    }

    /// A child, as it sees itself.
    pub(super) fn fork(&mut self, record: &Record<'_>) -> Option<()> {
        let process = Process::of(record);
        let task = process.task?;
        let name = self.groups.name(record.cgroup());
        let (child, child_process) = (record.result(), i64::from(record.number()));
        let mut extension = process.extension(record, self.boot_ns, name);
        extension.process = record.number();
        let time_ns = record.time_ns().saturating_add(self.boot_ns);
        let [_, _, uid, gid] = task.ids();
        let [virtual_thread, virtual_process, _] = task.virtual_ids();
        let writer = &mut self.writer;
        writer.start(EventKind::CLONE, time_ns, child, Some(&extension));
        writer
            .number(0)
            .empty()
            .empty()
            .number(child)
            .number(child_process)
            .number(i64::from(task.parent_tgid()))
            .empty();
        for _ in 0..6 {
            writer.empty();
        }
        let mut flags = if child == child_process {
            0
        } else {
            clone_flag("CLONE_THREAD") | clone_flag("CLONE_FILES") | clone_flag("CLONE_VM")
        };
        if i64::from(virtual_thread) != child {
            flags |= clone_flag("CLONE_CHILD_IN_PIDNS");
        }
        writer.text(task.command()).with(|out| write_group(out, name)).number(flags);
        writer
            .number(i64::from(uid))
            .number(i64::from(gid))
            .number(i64::from(virtual_thread))
            .number(i64::from(virtual_process))
            .number(task.pid_namespace_start_ns().cast_signed());
        Some(())
    }

    pub(super) fn exit(&mut self, record: &Record<'_>) {
        let name = self.groups.name(record.cgroup());
        let extension = Extension {
            cgroup: record.cgroup(),
            process: record.tgid(),
            container: name,
            ..Extension::default()
        };
        let status = record.result();
        self.writer.start(
            EventKind::PROCEXIT,
            record.time_ns().saturating_add(self.boot_ns),
            i64::from(record.tid()),
            Some(&extension),
        );
        self.writer
            .number(status)
            .number(status >> 8 & 0xff)
            .number(status & 0x7f)
            .number(status >> 7 & 1)
            .number(i64::from(record.number()));
    }

    /// A task that ran already.
    pub(super) fn task(&mut self, record: &Record<'_>) -> Option<()> {
        let process = Process::of(record);
        let task = process.task?;
        let name = self.groups.name(record.cgroup());
        let extension = process.extension(record, self.boot_ns, name);
        let time_ns = record.time_ns().saturating_add(self.boot_ns);
        let [_, _, euid, egid] = task.ids();
        let [virtual_thread, virtual_process, virtual_group] = task.virtual_ids();
        let [group, session] = task.group_and_session();
        let [inheritable, permitted, effective] = task.capabilities();
        let writer = &mut self.writer;
        writer.start(EventKind::TASK, time_ns, i64::from(record.tid()), Some(&extension));
        writer
            .number(i64::from(task.parent_tgid()))
            .number(i64::from(group))
            .number(i64::from(virtual_group))
            .number(i64::from(session));
        writer.text(task.command()).bytes(process.arguments);
        self.room.clear();
        if let Some(file) = process.executable {
            file.write_path(&mut self.room);
        }
        writer
            .text(&self.room)
            .number(exec_flags(process.executable, task).cast_signed())
            .bytes(process.environment);
        self.room.clear();
        if let Some(directory) = process.directory {
            directory.write_path(&mut self.room);
        }
        writer.text(&self.room).empty().number(i64::from(euid)).number(i64::from(egid));
        writer
            .number(permitted.cast_signed())
            .number(effective.cast_signed())
            .number(inheritable.cast_signed());
        writer
            .number(process.executable.map_or(0, |file| file.inode()).cast_signed())
            .number(process.times.changed_ns.cast_signed())
            .number(process.times.modified_ns.cast_signed());
        for _ in 0..5 {
            writer.empty();
        }
        writer
            .number(i64::from(virtual_process))
            .number(i64::from(virtual_thread))
            .number(task.pid_namespace_start_ns().saturating_add(self.boot_ns).cast_signed())
            .with(|out| write_group(out, name));
        writer
            .text(b"/")
            .number(task.start_ns().saturating_add(self.boot_ns).cast_signed())
            .number(i64::from(packed_device(task.tty())));
        writer.number(i64::from(task.login_uid()));
        Some(())
    }
}

fn clone_flag(name: &str) -> i64 {
    events::flags::CLONE.number(name).map_or(0, i64::from)
}
