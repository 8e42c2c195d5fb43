//! Paths of the file system that the event is about: `fs.path.*`.

use super::table::fields;

fields! {
    /// Fields of paths.
    PathField {
        Name "fs.path.name" Text;
        RawName "fs.path.nameraw" Text;
        Source "fs.path.source" Text;
        RawSource "fs.path.sourceraw" Text;
        Target "fs.path.target" Text;
        RawTarget "fs.path.targetraw" Text;
    }
}

use super::paths::make_absolute;
use crate::{Value, View};
use events::Kind;

/// Where an event has its path: the position, and the position of the directory that it is relative to.
type Place = (usize, Option<usize>);

pub(crate) fn value<'v>(field: PathField, view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    if !succeeded(view) {
        return Value::Missing;
    }
    let is_raw = matches!(field, PathField::RawName | PathField::RawSource | PathField::RawTarget);
    if matches!(view.event.kind, Kind::FCHMOD | Kind::FCHOWN)
        && matches!(field, PathField::Name | PathField::RawName)
    {
        return view.descriptor().map_or(Value::Missing, |descriptor| Value::Text(descriptor.name()));
    }
    let place = match field {
        PathField::Name | PathField::RawName => name(view.event.kind),
        PathField::Source | PathField::RawSource => source_and_target(view.event.kind).map(|both| both.0),
        PathField::Target | PathField::RawTarget => source_and_target(view.event.kind).map(|both| both.1),
    };
    let Some((position, directory)) = place else { return Value::Missing };
    let Some(path) = view.event.text(position) else { return Value::Missing };
    if is_raw {
        return Value::Text(path);
    }
    if make_absolute(view, directory, path, room) { Value::Text(room) } else { Value::Missing }
}

/// Calls that failed touched nothing.
fn succeeded(view: &View<'_>) -> bool {
    let is_open = matches!(view.event.kind, Kind::OPEN | Kind::OPENAT | Kind::OPENAT2);
    view.event.result().is_some_and(|result| if is_open { result != -1 } else { result == 0 })
}

fn name(kind: Kind) -> Option<Place> {
    Some(match kind {
        Kind::MKDIR | Kind::RMDIR | Kind::UNLINK | Kind::CHMOD | Kind::CHOWN | Kind::LCHOWN => (1, None),
        Kind::OPEN | Kind::QUOTACTL | Kind::UMOUNT | Kind::UMOUNT2 => (1, None),
        Kind::MKDIRAT | Kind::UNLINKAT | Kind::FCHMODAT | Kind::FCHOWNAT => (2, Some(1)),
        Kind::OPENAT | Kind::OPENAT2 => (2, Some(1)),
        _ => return None,
    })
}

/// Of a link the new name is the source, and what it points to the target.
fn source_and_target(kind: Kind) -> Option<(Place, Place)> {
    Some(match kind {
        Kind::RENAME => ((1, None), (2, None)),
        Kind::RENAMEAT | Kind::RENAMEAT2 => ((2, Some(1)), (4, Some(3))),
        Kind::LINK => ((2, None), (1, None)),
        Kind::LINKAT => ((4, Some(3)), (2, Some(1))),
        Kind::SYMLINK => ((2, None), (1, None)),
        Kind::SYMLINKAT => ((3, Some(2)), (1, None)),
        Kind::MOUNT => ((1, None), (2, None)),
        _ => return None,
    })
}
