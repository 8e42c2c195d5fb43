//! What happened to a file, told from what it was and is.

use std::path::PathBuf;

use super::Pending;
use super::actors::Actor;
use super::digests::Known;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The package manager ran, and its record has it so.
    ByPackageManager,
    /// It is again as its package's record has it, which did not change.
    AsRecorded,
    /// It is as its package's record has it, and that changed while no package manager ran.
    RecordToo,
    /// Mode or owner alone.
    Attributes,
    /// It was something else for a moment, and is as before.
    PutBack,
    /// Nothing accounts for what it holds.
    Content,
}

/// A file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub path: PathBuf,
    /// SHA-256 before; `None` when there was no such file.
    pub before: Option<String>,
    /// SHA-256 afterwards; `None` when it was removed.
    pub after: Option<String>,
    /// The package whose record the file agrees with.
    pub package: Option<String>,
    /// What happened to it.
    pub kind: ChangeKind,
    /// SHA-256 in between, when it is as before now.
    pub meanwhile: Option<String>,
    /// Mode and owner before: `100755 0:0`.
    pub attributes_before: Option<String>,
    /// Mode and owner afterwards.
    pub attributes_after: Option<String>,
    /// Whether it is a file of Seawall's own.
    pub is_own: bool,
    /// Whether it happened after the last watch had ended; who did it nobody can tell, nor whether a package manager did.
    pub is_unwatched: bool,
    /// Who did it, where the kernel tells.
    pub actor: Option<Actor>,
}

/// What happened; nothing when nothing did that counts.
pub(super) fn change(
    path: PathBuf,
    before: Option<&Known>,
    after: Option<&Known>,
    pending: &Pending,
    is_record_same: bool,
    is_own: bool,
) -> Option<Change> {
    let sha256 = |known: Option<&Known>| known.map(|known| known.sha256.clone());
    let attributes = |known: &Known| {
        let (user, group) = known.identity.owner;
        format!("{:o} {user}:{group}", known.identity.mode)
    };
    let [attributes_before, attributes_after] = [before, after].map(|known| known.map(attributes));
    let package = after.and_then(|known| known.package.clone());
    let kind = if sha256(before) != sha256(after) {
        match (&package, pending.is_manager_seen) {
            (Some(_), true) => ChangeKind::ByPackageManager,
            (Some(_), false) if is_record_same => ChangeKind::AsRecorded,
            (Some(_), false) => ChangeKind::RecordToo,
            (None, _) => ChangeKind::Content,
        }
    } else if attributes_before != attributes_after {
        // The record says nothing of modes: a package's own file that becomes set-uid is nobody's doing.
        ChangeKind::Attributes
    } else if pending.meanwhile.is_some() && !pending.is_manager_seen {
        ChangeKind::PutBack
    } else {
        return None;
    };
    Some(Change {
        path,
        before: sha256(before),
        after: sha256(after),
        package,
        kind,
        meanwhile: pending.meanwhile.clone().filter(|_| kind == ChangeKind::PutBack),
        attributes_before,
        attributes_after,
        is_own,
        is_unwatched: false,
        actor: None,
    })
}
