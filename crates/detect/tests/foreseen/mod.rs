//! Holds what is said of events ahead against what rules say of them.

use detect::{Engine, Facts, PathPart, SocketFact};
use events::{Event, Kind};
use state::{State, What};

/// What the kernel would know of an event; `has_path_part` by looking for each part.
pub(crate) fn facts(engine: &Engine, event: &Event<'_>, state: &State) -> Facts {
    let failed = event.result().map(|result| result < 0);
    let (path, flags) = match event.kind {
        Kind::OPEN => (event.text(1), event.unsigned(2)),
        Kind::OPENAT => (event.text(2), event.unsigned(3)),
        _ => (None, None),
    };
    let has_flag = |names: &[&str]| {
        let is_set = |name: &&str| {
            events::flags::FILE.number(name).map(u64::from).map(|bit| flags.map(|all| all & bit != 0))
        };
        names.iter().filter_map(is_set).flatten().reduce(|one, other| one || other)
    };
    let thread = state.event_thread();
    let descriptor = state.event_descriptor();
    Facts {
        failed,
        opened_nothing: path.and(failed),
        in_container: thread.map(|thread| thread.container.is_some()),
        reads: has_flag(&["O_RDONLY"]),
        writes: has_flag(&["O_WRONLY"]),
        creates: has_flag(&["O_CREAT", "O_TMPFILE"]),
        socket: descriptor.filter(|_| path.is_none()).and_then(|descriptor| match descriptor.what {
            What::Ipv4 | What::Ipv6 | What::Ipv4Server | What::Ipv6Server => Some(SocketFact::Internet),
            What::Unix => Some(SocketFact::Unix),
            What::File => Some(SocketFact::None),
            _ => None,
        }),
        is_tcp: descriptor
            .filter(|descriptor| descriptor.is_internet())
            .map(|descriptor| descriptor.protocol == events::snapshot::Protocol::Tcp),
        has_path_part: path.map(|path| has_path_part(engine, event.kind, path)),
    }
}

fn has_path_part(engine: &Engine, kind: Kind, path: &[u8]) -> bool {
    let contains = |part: &[u8]| path.windows(part.len().max(1)).any(|window| window == part);
    let is_plain = path.starts_with(b"/")
        && !path.ends_with(b"/")
        && ![&b"//"[..], b"/./", b"/../"].into_iter().any(contains)
        && path.iter().filter(|byte| **byte == b'/').count() > 1;
    !is_plain
        || engine.path_parts(kind).iter().any(|part| match part {
            PathPart::Whole(text) => text == path,
            PathPart::Start(text) => path.starts_with(text),
            PathPart::End(text) => path.ends_with(text),
            PathPart::Inside(text) => contains(text),
        })
}

/// Panics when rules are true for an event that would not have been told.
#[track_caller]
pub(crate) fn check(engine: &Engine, event: &Event<'_>, state: &State, is_told: bool) {
    let facts = facts(engine, event, state);
    let could = engine.could_match(event.kind, &facts);
    assert!(could || !is_told, "{} would not be told: {facts:?}", event.name());
}
