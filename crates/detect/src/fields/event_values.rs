//! What `evt.*` says.

use super::arguments::{all_arguments, argument_text, raw_argument, result_text};
use super::event::EventField;
use super::paths::make_absolute;
use crate::time::{clock, iso8601};
use crate::{Value, View};
use events::snapshot::Named;
use events::{Category, Kind, Source, Traits};
use falco::Argument;
use state::What;
use std::io::Write as _;

const SECOND_NS: u64 = 1_000_000_000;

pub(crate) fn value<'v>(
    field: EventField,
    argument: &Argument,
    view: &'v View<'_>,
    room: &'v mut Vec<u8>,
) -> Value<'v> {
    use EventField as F;
    let event = &view.event;
    let time = event.time_ns;
    let has = |one: Traits| event.info().is_some_and(|info| info.traits.has(one));
    let written = |room: &'v mut Vec<u8>, text: &str| {
        room.extend_from_slice(text.as_bytes());
        Value::Text(room)
    };
    let relative = time.saturating_sub(view.stream.first_ns);
    let delta = if view.stream.previous_ns == 0 { 0 } else { time.saturating_sub(view.stream.previous_ns) };
    match field {
        F::Number => Value::Unsigned(event.number),
        F::Time | F::OutputTime => written(room, &clock(time)),
        F::TimeSeconds => written(room, &clock(time)[..8]),
        F::TimeIso => written(room, &iso8601(time)),
        F::DateTime => {
            let text = iso8601(time);
            written(room, &text[..text.len() - 1].replace('T', " "))
        }
        F::DateTimeSeconds => written(room, &iso8601(time)[..19].replace('T', " ")),
        F::RawTime => Value::Unsigned(time),
        F::RawTimeSeconds => Value::Unsigned(time / SECOND_NS),
        F::RawTimeNanoseconds => Value::Unsigned(time % SECOND_NS),
        F::RelativeTime => Value::Unsigned(relative),
        F::RelativeTimeSeconds => Value::Unsigned(relative / SECOND_NS),
        F::RelativeTimeNanoseconds => Value::Unsigned(relative % SECOND_NS),
        F::DeltaTime => Value::Unsigned(delta),
        F::DeltaTimeSeconds => Value::Unsigned(delta / SECOND_NS),
        F::DeltaTimeNanoseconds => Value::Unsigned(delta % SECOND_NS),
        F::Latency | F::LatencySeconds | F::LatencyNanoseconds | F::WaitLatency => Value::Unsigned(0),
        F::LatencyHuman => Value::Text(b"0ns"),
        F::PluginName | F::PluginInfo => Value::Missing,
        F::Source => Value::Text(b"syscall"),
        F::IsAsync => Value::Bool(event.kind == Kind::ASYNCEVENT),
        F::AsyncType => match event.kind {
            Kind::ASYNCEVENT => Value::text_or_missing(event.text(1)),
            _ => Value::Missing,
        },
        F::HostName => Value::Text(view.stream.hostname.as_bytes()),
        F::Direction => Value::Text(if has(Traits::ENTER) { b">" } else { b"<" }),
        F::Type if event.kind == Kind::ASYNCEVENT => Value::text_or_missing(event.text(1)),
        F::Type => Value::Text(event.name().as_bytes()),
        F::TypeIs => match argument {
            Argument::Key(name) => {
                Value::Unsigned(u64::from(name == event.name() || name.parse() == Ok(event.kind.0)))
            }
            _ => Value::Missing,
        },
        F::SyscallType => match event.info().map(|info| info.source) {
            Some(Source::Syscall) => Value::Text(event.name().as_bytes()),
            _ => Value::Missing,
        },
        F::Category => Value::Text(category(view).as_bytes()),
        F::Cpu => Value::Signed(i64::from(event.cpu.cast_signed())),
        F::Arguments | F::Info => all_arguments(view, room),
        F::Argument => argument_text(argument, view, room),
        F::RawArgument => raw_argument(argument, view),
        F::Buffer => match event.parameter("data") {
            Some(events::Value::Bytes(bytes)) => Value::Text(bytes),
            _ => Value::Missing,
        },
        F::BufferLength => match event.result() {
            Some(length) if length >= 0 && moves_bytes(view) && view.descriptor().is_some() => {
                Value::Unsigned(length.unsigned_abs())
            }
            _ => Value::Missing,
        },
        F::Result => result_text(view),
        F::RawResult => event.result().map_or(Value::Missing, Value::Signed),
        F::Failed => event.result().map_or(Value::Missing, |result| Value::Bool(result < 0)),
        F::IsInputOrOutput => Value::Bool(has(Traits::READS) || has(Traits::WRITES)),
        F::IsRead => Value::Bool(has(Traits::READS)),
        F::IsWrite => Value::Bool(has(Traits::WRITES)),
        F::IoDirection if has(Traits::WRITES) => Value::Text(b"write"),
        F::IoDirection if has(Traits::READS) => Value::Text(b"read"),
        F::IoDirection => Value::Missing,
        F::IsWait => Value::Bool(has(Traits::WAITS)),
        F::IsSyslog => Value::Bool(
            has(Traits::WRITES)
                && view.descriptor().is_some_and(|descriptor| descriptor.name().ends_with(b"/dev/log")),
        ),
        F::Count | F::CountExit => Value::Unsigned(1),
        F::CountError => errors(view, true),
        F::CountErrorFile => errors(view, matches!(concerns(view), Some(Concern::File))),
        F::CountErrorNet => errors(view, matches!(concerns(view), Some(Concern::Net))),
        F::CountErrorMemory => errors(view, is_memory(view)),
        F::CountErrorOther => errors(view, concerns(view).is_none() && !is_memory(view)),
        F::AbsolutePath => absolute_path(argument, view, room),
        F::IsOpenRead => Value::Bool(open_flags(view).is_some_and(|flags| flags & 1 != 0)),
        F::IsOpenWrite => Value::Bool(open_flags(view).is_some_and(|flags| flags & 2 != 0)),
        F::IsOpenExec => Value::Bool(is_open_exec(view)),
        F::IsOpenCreate => Value::Bool(is_open_create(view)),
        F::UringOperation if event.kind == Kind::IO_URING_OPERATION => {
            argument_text(&Argument::Index(0), view, room)
        }
        F::UringOperation => Value::Missing,
    }
}

fn category(view: &View<'_>) -> &'static str {
    let Some(info) = view.event.info() else { return "unknown" };
    match info.category {
        Category::Other => "other",
        Category::File => "file",
        Category::Net => "net",
        Category::Ipc => "IPC",
        Category::Memory => "memory",
        Category::Process => "process",
        Category::Sleep => "sleep",
        Category::System => "system",
        Category::Signal => "signal",
        Category::User => "user",
        Category::Time => "time",
        Category::Read | Category::Write | Category::Io => match view.descriptor().map(|one| one.what) {
            Some(What::File | What::Named(Named::Directory)) => "file",
            Some(What::Ipv4 | What::Ipv6 | What::Ipv4Server | What::Ipv6Server) => "net",
            Some(What::Unix | What::Named(Named::Pipe | Named::Event | Named::Signal | Named::Inotify)) => {
                "ipc"
            }
            _ => "unknown",
        },
        Category::Wait => "wait",
        Category::Scheduler => "scheduler",
        Category::Internal => "internal",
    }
}

fn moves_bytes(view: &View<'_>) -> bool {
    let category = view.event.info().map(|info| info.category);
    matches!(category, Some(Category::Read | Category::Write | Category::Io))
}

enum Concern {
    File,
    Net,
}

/// What a failed call was about.
fn concerns(view: &View<'_>) -> Option<Concern> {
    let Some(descriptor) = view.descriptor() else {
        return match view.event.kind {
            Kind::OPEN | Kind::CREAT | Kind::OPENAT | Kind::OPENAT2 | Kind::OPEN_BY_HANDLE_AT => {
                Some(Concern::File)
            }
            Kind::ACCEPT | Kind::ACCEPT4 | Kind::CONNECT => Some(Concern::Net),
            _ => None,
        };
    };
    match descriptor.what {
        What::File | What::Named(Named::Directory) => Some(Concern::File),
        What::Unix => Some(Concern::Net),
        _ if descriptor.is_internet() => Some(Concern::Net),
        _ => None,
    }
}

fn is_memory(view: &View<'_>) -> bool {
    view.event.info().is_some_and(|info| info.category == Category::Memory)
}

fn errors(view: &View<'_>, counts: bool) -> Value<'static> {
    match view.event.result() {
        Some(result) if counts => Value::Unsigned(u64::from(result < 0)),
        _ => Value::Missing,
    }
}

/// The flags of an event that opens, in the bits of [`events::flags::FILE`].
fn open_flags(view: &View<'_>) -> Option<u64> {
    let position = match view.event.kind {
        Kind::OPEN | Kind::OPEN_BY_HANDLE_AT => 2,
        Kind::OPENAT | Kind::OPENAT2 => 3,
        _ => return None,
    };
    view.event.unsigned(position)
}

/// Bits of [`events::flags::FILE`]; a test compares them.
const O_CREAT: u64 = 4;
const O_TMPFILE: u64 = 0x2000;
const O_F_CREATED: u64 = 0x4000;

/// Whether a file is made with an execute bit in its mode.
fn is_open_exec(view: &View<'_>) -> bool {
    let event = &view.event;
    let mode = match event.kind {
        Kind::CREAT => 2,
        Kind::OPEN if makes(view) => 3,
        Kind::OPENAT | Kind::OPENAT2 if makes(view) => 4,
        _ => return false,
    };
    event.unsigned(mode).is_some_and(|mode| mode & 0o111 != 0)
}

fn makes(view: &View<'_>) -> bool {
    open_flags(view).is_some_and(|flags| flags & (O_TMPFILE | O_CREAT) != 0)
}

fn is_open_create(view: &View<'_>) -> bool {
    open_flags(view).is_some_and(|flags| {
        flags & O_F_CREATED != 0
            || flags & O_TMPFILE != 0 && view.event.result().is_some_and(|result| result >= 0)
    })
}

/// The path of a call with a directory: the first, or of two the one that the argument names.
fn absolute_path<'v>(argument: &Argument, view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    let is_second = matches!(argument, Argument::Key(key) if key == "dst");
    let is_first = matches!(argument, Argument::Key(key) if key == "src");
    let (directory, path) = match view.event.kind {
        Kind::RENAMEAT | Kind::RENAMEAT2 | Kind::LINKAT if is_second => (3, 4),
        Kind::RENAMEAT | Kind::RENAMEAT2 | Kind::LINKAT => (1, 2),
        _ if is_first || is_second => return Value::Missing,
        Kind::SYMLINKAT => (2, 3),
        Kind::OPENAT | Kind::OPENAT2 | Kind::UNLINKAT | Kind::MKDIRAT | Kind::FCHMODAT | Kind::FCHOWNAT => {
            (1, 2)
        }
        Kind::OPEN_BY_HANDLE_AT if view.event.result().is_some_and(|fd| fd > 0) => {
            return Value::text_or_missing(view.event.text(3));
        }
        _ => return Value::Missing,
    };
    match view.event.text(path) {
        Some(path) if make_absolute(view, Some(directory), path, room) => Value::Text(room),
        _ => Value::Missing,
    }
}

/// Writes a number.
pub(crate) fn write_number(room: &mut Vec<u8>, number: impl std::fmt::Display) {
    let _ = write!(room, "{number}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn bits_are_those_of_the_table() {
        let bit = |name| events::flags::FILE.number(name).map(u64::from);
        assert_eq!(bit("O_CREAT"), Some(super::O_CREAT));
        assert_eq!(bit("O_TMPFILE"), Some(super::O_TMPFILE));
        assert_eq!(bit("O_F_CREATED"), Some(super::O_F_CREATED));
        assert_eq!((bit("O_RDONLY"), bit("O_WRONLY")), (Some(1), Some(2)));
    }
}
