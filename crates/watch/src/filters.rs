//! What the kernel need not tell, because no rule can be true for it.

use detect::{Engine, Facts, PathPart, SocketFact};
use events::Kind;
use sensor::{Circumstances, Filter, Filters, PathPattern, SocketFamily};
use std::collections::BTreeSet;

/// Calls that change what is known of a process, whatever rules ask for.
pub(crate) const STATE_CALLS: &[&str] = &[
    "capset",
    "chdir",
    "chroot",
    "dup",
    "dup2",
    "dup3",
    "fchdir",
    "setgid",
    "setpgid",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setsid",
    "setuid",
];
/// Calls by which interpreters load files.
pub(crate) const OPENING_CALLS: &[&str] = &["open", "openat", "openat2"];

/// Filters for calls, of which those in `followed` change what is known of processes.
pub(crate) fn filters(engine: &Engine, calls: &[&'static str], followed: &[&str]) -> Filters {
    let mut parts = BTreeSet::new();
    let calls = calls
        .iter()
        .map(|call| {
            let kinds: Vec<Kind> = kinds(call).collect();
            parts.extend(kinds.iter().flat_map(|kind| engine.path_parts(*kind)));
            let is_followed = followed.contains(call);
            let is_told = |circumstances: &Circumstances| {
                let facts = facts(circumstances);
                // What failed changed nothing.
                (is_followed && !circumstances.failed)
                    || kinds.iter().any(|kind| engine.could_match(*kind, &facts))
            };
            let told = sensor::combinations(call)
                .filter(|(_, circumstances)| is_told(circumstances))
                .fold(0, |told, (number, _)| told | 1 << number);
            Filter { call, told }
        })
        .collect();
    Filters { calls, paths: parts.into_iter().map(pattern).collect() }
}

/// The kinds of events that a call is told as; a call without one of its own is told as one of the shared kind.
fn kinds(call: &str) -> impl Iterator<Item = Kind> {
    let own: Vec<Kind> =
        events::kinds().filter(|info| info.name == call && !info.is_enter()).map(|info| info.kind).collect();
    let shared = own.is_empty().then_some(Kind::GENERIC);
    own.into_iter().chain(shared)
}

fn facts(circumstances: &Circumstances) -> Facts {
    let is_open = circumstances.has_path_part.is_some();
    Facts {
        failed: Some(circumstances.failed),
        opened_nothing: is_open.then_some(circumstances.failed),
        in_container: Some(circumstances.in_container),
        reads: circumstances.reads,
        writes: circumstances.writes,
        creates: circumstances.creates,
        socket: circumstances.socket.map(|socket| match socket {
            SocketFamily::None => SocketFact::None,
            SocketFamily::Unix => SocketFact::Unix,
            SocketFamily::Internet => SocketFact::Internet,
        }),
        is_tcp: circumstances.is_tcp,
        has_path_part: circumstances.has_path_part,
    }
}

fn pattern(part: PathPart) -> PathPattern {
    let (bytes, is_start, is_end) = match part {
        PathPart::Whole(bytes) => (bytes, true, true),
        PathPart::Start(bytes) => (bytes, true, false),
        PathPart::End(bytes) => (bytes, false, true),
        PathPart::Inside(bytes) => (bytes, false, false),
    };
    PathPattern { bytes, is_start, is_end }
}
