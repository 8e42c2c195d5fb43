//! What Seawall's sensor tells beyond what Falco's does, as text.

use crate::{Value, View};
use events::flags::EXECVE;
use events::{FdKind, Layer};
use state::Thread;

/// Where an executable comes from: `lower` is the image, `upper` was written since, `memory` is in no file system.
pub(crate) fn exe_layer(thread: &Thread) -> &'static str {
    let has = |name: &str| EXECVE.number(name).is_some_and(|bit| thread.exe_flags & bit != 0);
    match thread.exe_layer {
        Layer::Lower => "lower",
        Layer::Upper => "upper",
        Layer::Memory => "memory",
        // What a sensor of Falco tells of it.
        Layer::None if has("EXE_FROM_MEMFD") => "memory",
        Layer::None if has("EXE_UPPER_LAYER") => "upper",
        Layer::None if has("EXE_LOWER_LAYER") => "lower",
        Layer::None => "none",
    }
}

/// What one of the descriptors 0 to 2 is: as it was at the last `execve`, or as it is followed.
pub(crate) fn descriptor_kind<'v>(number: usize, thread: &Thread, view: &'v View<'_>) -> Value<'v> {
    let name = match thread.stdio[number] {
        FdKind::Closed => "closed",
        FdKind::File => "file",
        FdKind::Pipe => "pipe",
        FdKind::Terminal => "terminal",
        FdKind::Socket => "socket",
        FdKind::Device => "device",
        FdKind::Internet => "internet",
        FdKind::Unix => "unix",
        FdKind::Unknown => {
            let fd = i64::try_from(number).unwrap_or(-1);
            let Some(descriptor) = view.thread().and_then(|thread| view.state.descriptor(thread, fd)) else {
                return Value::Missing;
            };
            match descriptor.type_name() {
                "ipv4" | "ipv6" => "internet",
                "unix" => "unix",
                "netlink" => "socket",
                "pipe" => "pipe",
                "file" | "directory" if descriptor.name().starts_with(b"/dev/pts/") => "terminal",
                "file" | "directory" => "file",
                _ => "device",
            }
        }
    };
    Value::Text(name.as_bytes())
}
