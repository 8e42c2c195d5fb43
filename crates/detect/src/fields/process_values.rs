//! What `proc.*` and `thread.*` say.

use super::capabilities::capabilities;
use super::own;
use super::process::ProcessField;
use crate::{Value, View};
use events::flags::EXECVE;
use falco::Argument;
use state::Thread;

/// What stands for names of threads whose beginning was not seen.
const UNKNOWN: &[u8] = b"<NA>";

pub(crate) fn value<'v>(
    field: ProcessField,
    argument: &Argument,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    use ProcessField as F;
    if field == F::ThreadId {
        return Value::Signed(view.event.thread);
    }
    let Some(thread) = view.thread() else { return Value::Missing };
    let state = view.state;
    let number = |number: i64| if number == -1 { Value::Missing } else { Value::Signed(number) };
    let time = |time: u64| if time == 0 { Value::Missing } else { Value::Unsigned(time) };
    let since = |start: u64| {
        if start == 0 { Value::Missing } else { Value::Unsigned(view.event.time_ns.saturating_sub(start)) }
    };
    let flag = |name: &str| Value::Bool(EXECVE.number(name).is_some_and(|bit| thread.exe_flags & bit != 0));
    let parent = |say: for<'t> fn(&'t Thread) -> &'t [u8]| {
        view.parent().map_or(Value::Missing, |parent| Value::Text(say(parent)))
    };
    match field {
        F::Exe => Value::Text(exe(thread)),
        F::ExePath => Value::Text(&thread.exe_path),
        F::Name => Value::Text(name(thread)),
        F::CommandLine => Value::Text(command_line(thread)),
        F::Arguments => match argument {
            Argument::Index(index) => Value::Text(nth_argument(thread, *index)),
            _ => Value::Text(thread.arguments()),
        },
        F::ExeLine => {
            room.extend_from_slice(exe(thread));
            room.push(b' ');
            room.extend_from_slice(thread.arguments());
            Value::Text(room)
        }
        F::ParentExe => parent(exe),
        F::ParentExePath => parent(exe_path),
        F::ParentName => parent(name),
        F::ParentCommandLine => parent(command_line),
        F::AncestorExe => ancestor(exe, argument, view, room),
        F::AncestorExePath => ancestor(exe_path, argument, view, room),
        F::AncestorName => ancestor(name, argument, view, room),
        F::AncestorCommandLine => ancestor(command_line, argument, view, room),
        F::AncestorArguments => ancestor(Thread::arguments, argument, view, room),
        F::AncestorPid => {
            let distance = if let Argument::Index(index) = argument { *index } else { 0 };
            view.ancestor(distance).map_or(Value::Missing, |ancestor| number(ancestor.process))
        }
        F::AncestorEnvironment => ancestor_environment(argument, view, room),
        F::Environment => match argument {
            Argument::Key(key) => Value::Text(variable(state.environment(thread), key)),
            _ => joined(state.environment(thread), room),
        },
        F::ArgumentCount => Value::Unsigned(texts(thread.argument_list()).count() as u64),
        F::ArgumentLength => {
            Value::Unsigned(texts(thread.argument_list()).map(|text| text.len() as u64).sum())
        }
        F::WorkingDirectory => Value::Text(state.cwd(thread)),
        F::LoginShellId => {
            let own = std::iter::once(state.leader(thread));
            let shell = own.chain(view.ancestors()).filter(|one| one.comm.ends_with(b"sh")).last();
            shell.map_or(Value::Missing, |shell| number(shell.process))
        }
        F::Tty => Value::Unsigned(u64::from(thread.tty)),
        F::Pid => number(thread.process),
        F::ParentPid => view.parent().map_or(Value::Missing, |parent| number(parent.process)),
        F::InnerPid => number(thread.process_inside),
        F::ParentInnerPid => view.parent().map_or(Value::Missing, |parent| number(parent.process_inside)),
        F::SessionId => Value::Signed(thread.session),
        F::SessionName => leader(view, |one| one.session, name),
        F::SessionExe => leader(view, |one| one.session, exe),
        F::SessionExePath => leader(view, |one| one.session, exe_path),
        F::InnerGroupId => Value::Signed(thread.group_inside),
        F::InnerGroupName => leader(view, |one| one.group_inside, name),
        F::InnerGroupExe => leader(view, |one| one.group_inside, exe),
        F::InnerGroupExePath => leader(view, |one| one.group_inside, exe_path),
        F::GroupId => Value::Signed(thread.group),
        F::GroupName => leader(view, |one| one.group, name),
        F::GroupExe => leader(view, |one| one.group, exe),
        F::GroupExePath => leader(view, |one| one.group, exe_path),
        F::Duration => since(thread.clone_time_ns),
        F::ParentDuration => view.parent().map_or(Value::Missing, |parent| since(parent.clone_time_ns)),
        F::StartTime => time(thread.clone_time_ns),
        F::ParentStartTime => view.parent().map_or(Value::Missing, |parent| time(parent.clone_time_ns)),
        F::IsExeWritable => flag("EXE_WRITABLE"),
        F::IsExeUpperLayer => flag("EXE_UPPER_LAYER"),
        F::IsExeLowerLayer => flag("EXE_LOWER_LAYER"),
        F::IsExeFromMemfd => flag("EXE_FROM_MEMFD"),
        F::IsSessionLeader => Value::Bool(thread.session == thread.process_inside),
        F::IsInnerGroupLeader => Value::Bool(thread.group_inside == thread.process_inside),
        F::IsGroupLeader => Value::Bool(thread.group == thread.process),
        F::ExeInode => match i64::try_from(thread.exe_inode) {
            Ok(0) | Err(_) => Value::Missing,
            Ok(inode) => Value::Signed(inode),
        },
        F::ExeChangeTime => time(thread.exe_changed_ns),
        F::ExeModifyTime => time(thread.exe_modified_ns),
        F::ExeChangedBeforeStart => match (thread.exe_changed_ns, thread.clone_time_ns) {
            (0, _) | (_, 0) => Value::Missing,
            (changed, start) => time(start.saturating_sub(changed)),
        },
        F::ExeChangedAfterContainer => match (thread.exe_changed_ns, thread.pid_namespace_start_ns) {
            (0, _) | (_, 0) => Value::Missing,
            (changed, start) => time(changed.saturating_sub(start)),
        },
        F::PidNamespaceStart => time(thread.pid_namespace_start_ns),
        F::CapabilitiesPermitted => capabilities(thread.cap_permitted, room),
        F::CapabilitiesInheritable => capabilities(thread.cap_inheritable, room),
        F::CapabilitiesEffective => capabilities(thread.cap_effective, room),
        F::OpenDescriptors => Value::Unsigned(state.descriptors(thread).len() as u64),
        F::DescriptorLimit => Value::Signed(thread.fd_limit),
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        F::DescriptorUsage => {
            let limit = thread.fd_limit.max(1) as f64;
            Value::Double(state.descriptors(thread).len() as f64 * 100.0 / limit)
        }
        F::VirtualSize => Value::Unsigned(u64::from(thread.vm_size_kib)),
        F::ResidentSize => Value::Unsigned(u64::from(thread.vm_rss_kib)),
        F::SwapSize => Value::Unsigned(u64::from(thread.vm_swap_kib)),
        F::ThreadVirtualSize if thread.is_leader() => Value::Unsigned(u64::from(thread.vm_size_kib)),
        F::ThreadResidentSize if thread.is_leader() => Value::Unsigned(u64::from(thread.vm_rss_kib)),
        F::ThreadVirtualSize | F::ThreadResidentSize | F::ExecTime | F::TotalExecTime => Value::Unsigned(0),
        F::MajorFaults => Value::Unsigned(thread.faults_major),
        F::MinorFaults => Value::Unsigned(thread.faults_minor),
        F::IsMainThread => Value::Bool(thread.is_leader()),
        F::InnerThreadId => number(thread.thread_inside),
        F::Cgroups if thread.cgroups.is_empty() => Value::Missing,
        F::Cgroups => joined(&thread.cgroups, room),
        F::Cgroup => match argument {
            Argument::Key(key) => Value::text_or_missing(cgroup(&thread.cgroups, key)),
            _ => Value::Missing,
        },
        F::ThreadCount => Value::Unsigned(state.thread_count(thread)),
        F::ChildCount => Value::Unsigned(state.thread_count(thread).saturating_sub(1)),
        // Told only by events that no current driver makes.
        F::Cpu | F::CpuUser | F::CpuSystem => Value::Missing,
        F::InputType => descriptor_type(0, view),
        F::OutputType => descriptor_type(1, view),
        F::ErrorType => descriptor_type(2, view),
        F::InputName => descriptor_name(0, view),
        F::OutputName => descriptor_name(1, view),
        F::ErrorName => descriptor_name(2, view),
        F::ThreadId => Value::Signed(view.event.thread),
        F::ExeLayer => Value::Text(own::exe_layer(thread).as_bytes()),
        F::IsExeUnlinked => thread.exe_links.map_or(Value::Missing, |links| Value::Bool(links == 0)),
        F::InputKind => own::descriptor_kind(0, thread, view),
        F::OutputKind => own::descriptor_kind(1, thread, view),
        F::ErrorKind => own::descriptor_kind(2, thread, view),
        F::MountNamespace if thread.mount_namespace != 0 => {
            Value::Unsigned(u64::from(thread.mount_namespace))
        }
        F::MountNamespace => Value::Missing,
        F::Script => match super::script::script(thread, state) {
            Some(path) => {
                *room = path;
                Value::Text(room)
            }
            None => Value::Missing,
        },
    }
}

/// Each ancestor, for fields that have no argument.
pub(crate) fn each(field: ProcessField, view: &View<'_>, visit: &mut dyn FnMut(Value<'_>) -> bool) {
    use ProcessField as F;
    for ancestor in view.ancestors() {
        let mut room = Vec::new();
        let value = match field {
            F::AncestorExe => Value::Text(exe(ancestor)),
            F::AncestorExePath => Value::Text(&ancestor.exe_path),
            F::AncestorName => Value::Text(name(ancestor)),
            F::AncestorCommandLine => Value::Text(command_line(ancestor)),
            F::AncestorPid => Value::Signed(ancestor.process),
            F::AncestorEnvironment => joined(view.state.environment(ancestor), &mut room),
            _ => return,
        };
        if !visit(value) {
            return;
        }
    }
}

fn name(thread: &Thread) -> &[u8] {
    if thread.comm.is_empty() && !thread.is_known { UNKNOWN } else { &thread.comm }
}

fn exe(thread: &Thread) -> &[u8] {
    if thread.exe.is_empty() && !thread.is_known { UNKNOWN } else { &thread.exe }
}

fn exe_path(thread: &Thread) -> &[u8] {
    &thread.exe_path
}

fn command_line(thread: &Thread) -> &[u8] {
    if thread.command_line().is_empty() && !thread.is_known { UNKNOWN } else { thread.command_line() }
}

/// One ancestor by distance, or all with blanks between.
fn ancestor<'v>(
    say: for<'t> fn(&'t Thread) -> &'t [u8],
    argument: &Argument,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    if let Argument::Index(distance) = argument {
        return view.ancestor(*distance).map_or(Value::Missing, |ancestor| Value::Text(say(ancestor)));
    }
    for ancestor in view.ancestors() {
        if !room.is_empty() {
            room.push(b' ');
        }
        room.extend_from_slice(say(ancestor));
    }
    if room.is_empty() { Value::Missing } else { Value::Text(room) }
}

fn ancestor_environment<'v>(argument: &Argument, view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    let environment = |thread| view.state.environment(thread);
    match argument {
        Argument::Key(key) => {
            let found = view.ancestors().take(20).map(|one| variable(environment(one), key));
            Value::Text(found.into_iter().find(|value| !value.is_empty()).unwrap_or_default())
        }
        Argument::Index(distance) => match view.ancestor((*distance).max(0)) {
            Some(ancestor) => joined(environment(ancestor), room),
            None => Value::Missing,
        },
        Argument::None => match view.thread() {
            Some(thread) => joined(environment(thread), room),
            None => Value::Missing,
        },
    }
}

/// A field of the process that leads a session or group: of the farthest ancestor that is in it, or of the process of
/// its number.
fn leader<'v>(
    view: &'v View<'_>,
    number: fn(&Thread) -> i64,
    say: for<'t> fn(&'t Thread) -> &'t [u8],
) -> Value<'v> {
    let Some(thread) = view.thread() else { return Value::Missing };
    let wanted = number(thread);
    if let Some(leader) = view.state.thread(wanted).filter(|leader| number(leader) == wanted) {
        return Value::Text(say(leader));
    }
    let farthest = view.ancestors().take_while(|ancestor| number(ancestor) == wanted).last();
    Value::Text(say(farthest.unwrap_or(thread)))
}

/// Texts that are each ended by a zero byte.
fn texts(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.strip_suffix(b"\0").unwrap_or(list).split(|byte| *byte == 0).filter(move |_| !list.is_empty())
}

fn nth_argument(thread: &Thread, index: i64) -> &[u8] {
    usize::try_from(index).ok().and_then(|index| texts(thread.argument_list()).nth(index)).unwrap_or_default()
}

fn joined<'v>(list: &[u8], room: &'v mut Vec<u8>) -> Value<'v> {
    room.clear();
    let list = list.strip_suffix(b"\0").unwrap_or(list);
    room.extend(list.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }));
    Value::Text(room)
}

/// The value of a variable; empty when there is none.
fn variable<'e>(environment: &'e [u8], key: &str) -> &'e [u8] {
    texts(environment)
        .find_map(|entry| entry.strip_prefix(key.as_bytes())?.strip_prefix(b"="))
        .unwrap_or_default()
}

fn cgroup<'c>(cgroups: &'c [u8], subsystem: &str) -> Option<&'c [u8]> {
    texts(cgroups).find_map(|entry| entry.strip_prefix(subsystem.as_bytes())?.strip_prefix(b"="))
}

fn descriptor_type<'v>(fd: i64, view: &'v View<'_>) -> Value<'v> {
    let descriptor = view.thread().and_then(|thread| view.state.descriptor(thread, fd));
    descriptor.map_or(Value::Missing, |descriptor| Value::Text(descriptor.type_name().as_bytes()))
}

fn descriptor_name<'v>(fd: i64, view: &'v View<'_>) -> Value<'v> {
    let descriptor = view.thread().and_then(|thread| view.state.descriptor(thread, fd));
    descriptor.map_or(Value::Missing, |descriptor| Value::Text(descriptor.name()))
}
