//! Paths of events, made absolute.

use crate::View;
use events::{Event, Kind};
use state::concatenate;

/// What `dirfd` is when it means the working directory.
const WORKING_DIRECTORY: i64 = -100;

/// What stands for a directory that is not known.
const UNKNOWN: &[u8] = b"<UNKNOWN>";

/// The path of an event that opens, as seen from its directory.
pub(crate) fn absolute_path_of_event(view: &View<'_>, out: &mut Vec<u8>) -> bool {
    let event = &view.event;
    let (directory, path) = match event.kind {
        Kind::OPEN | Kind::CREAT => (None, event.text(1)),
        Kind::OPENAT | Kind::OPENAT2 => (Some(1), event.text(2)),
        Kind::OPEN_BY_HANDLE_AT => (None, event.text(3)),
        _ => return false,
    };
    let Some(path) = path else { return false };
    make_absolute(view, directory, path, out)
}

/// Puts the directory of the parameter before a path, or the working directory.
pub(crate) fn make_absolute(
    view: &View<'_>,
    directory: Option<usize>,
    path: &[u8],
    out: &mut Vec<u8>,
) -> bool {
    let Some(thread) = view.thread() else { return false };
    let fd = match directory {
        None => WORKING_DIRECTORY,
        Some(index) => match signed(&view.event, index) {
            Some(fd) => fd,
            None => return false,
        },
    };
    let directory = if fd == WORKING_DIRECTORY {
        view.state.cwd(thread)
    } else {
        view.state.descriptor(thread, fd).map_or(UNKNOWN, |descriptor| descriptor.name())
    };
    out.clear();
    out.extend_from_slice(&concatenate(directory, path));
    true
}

fn signed(event: &Event<'_>, index: usize) -> Option<i64> {
    event.raw(index).filter(|raw| !raw.is_empty()).and_then(|_| event.signed(index))
}
