//! Files with their owners, modes, links and the directories above.

use crate::Roots;
use facts::{Fact, FileFact, FileKind, ParentDirectory};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::Metadata,
    io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
};

/// Links on the way to a file (`path_resolution(7)` allows 40).
const LINKS_MAX: usize = 40;
const COMPONENTS_MAX: usize = 256;

/// Names of ids, so that facts can be read.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) users: BTreeMap<u32, String>,
    pub(crate) groups: BTreeMap<u32, String>,
}

/// What is at a path; known to be nothing when it does not exist.
pub(crate) fn look(roots: &Roots, path: &str, names: &Names) -> Fact<Option<FileFact>> {
    match resolve(roots, path) {
        Ok(None) => Fact::Known(None),
        Ok(Some(walk)) => Fact::Known(Some(FileFact {
            kind: kind(&walk.metadata),
            mode: walk.metadata.mode() & 0o7777,
            uid: walk.metadata.uid(),
            gid: walk.metadata.gid(),
            user: names.users.get(&walk.metadata.uid()).cloned(),
            group: names.groups.get(&walk.metadata.gid()).cloned(),
            has_acl: has_acl(roots, &walk.resolved),
            resolved: (walk.resolved != normal(path)).then_some(walk.resolved),
            parents: walk.parents,
        })),
        Err(error) => Fact::missing(model::GapReason::Unreadable, format!("{path}: {error}")),
    }
}

/// Where a path really leads, below the root; itself when it cannot be followed.
pub(crate) fn resolved(roots: &Roots, path: &str) -> String {
    match resolve(roots, path) {
        Ok(Some(walk)) => walk.resolved,
        _ => normal(path),
    }
}

struct Walk {
    metadata: Metadata,
    resolved: String,
    parents: Vec<ParentDirectory>,
}

// Walks by hand: absolute links must stay below the root, and each directory on the way counts, since whoever writes
// there can replace what follows.
fn resolve(roots: &Roots, path: &str) -> io::Result<Option<Walk>> {
    let mut pending: Vec<String> = components(path);
    let mut place: Vec<String> = Vec::new();
    let mut parents = Vec::new();
    let mut seen = BTreeSet::new();
    let mut links = 0;
    let mut steps = 0;
    note(roots, "/", &mut seen, &mut parents)?;
    loop {
        steps += 1;
        if steps > COMPONENTS_MAX {
            return Err(io::Error::other(format!("more than {COMPONENTS_MAX} components")));
        }
        let Some(name) = pending.pop() else {
            let here = joined(&place);
            let metadata = std::fs::symlink_metadata(roots.at(&here))?;
            parents.retain(|parent: &ParentDirectory| parent.path != here);
            return Ok(Some(Walk { metadata, resolved: here, parents }));
        };
        if name == ".." {
            place.pop();
            continue;
        }
        place.push(name);
        let here = joined(&place);
        let metadata = match std::fs::symlink_metadata(roots.at(&here)) {
            Ok(metadata) => metadata,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if metadata.is_symlink() {
            links += 1;
            if links > LINKS_MAX {
                return Err(io::Error::other(format!("more than {LINKS_MAX} links")));
            }
            let target = std::fs::read_link(roots.at(&here))?.to_string_lossy().into_owned();
            place.pop();
            if target.starts_with('/') {
                place.clear();
            }
            pending.extend(components(&target));
        } else if metadata.is_dir() && !pending.is_empty() {
            note(roots, &here, &mut seen, &mut parents)?;
        }
    }
}

fn note(
    roots: &Roots,
    path: &str,
    seen: &mut BTreeSet<String>,
    parents: &mut Vec<ParentDirectory>,
) -> io::Result<()> {
    if seen.insert(path.to_owned()) {
        let metadata = std::fs::symlink_metadata(roots.at(path))?;
        parents.push(ParentDirectory {
            path: path.to_owned(),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
        });
    }
    Ok(())
}

// Last component first, so that `pop` takes the next.
fn components(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|name| !matches!(*name, "" | ".")).map(str::to_owned).collect()
}

fn joined(place: &[String]) -> String {
    format!("/{}", place.join("/"))
}

fn normal(path: &str) -> String {
    let mut place: Vec<String> = Vec::new();
    for name in components(path).into_iter().rev() {
        if name == ".." {
            place.pop();
        } else {
            place.push(name);
        }
    }
    joined(&place)
}

fn kind(metadata: &Metadata) -> FileKind {
    let kind = metadata.file_type();
    if kind.is_file() {
        FileKind::File
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_socket() {
        FileKind::Socket
    } else {
        FileKind::Other
    }
}

fn has_acl(roots: &Roots, path: &str) -> bool {
    let mut buffer = [0_u8; 4096];
    rustix::fs::lgetxattr(roots.at(path), "system.posix_acl_access", &mut buffer[..])
        .is_ok_and(|size| size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn links_stay_below_the_root_and_every_directory_on_the_way_is_told() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("etc/docker")).unwrap();
        std::fs::create_dir_all(root.path().join("srv/open")).unwrap();
        std::fs::set_permissions(root.path().join("srv/open"), std::fs::Permissions::from_mode(0o777))
            .unwrap();
        std::fs::write(root.path().join("srv/open/daemon.json"), "{}").unwrap();
        symlink("/srv/open/daemon.json", root.path().join("etc/docker/daemon.json")).unwrap();
        symlink("loop", root.path().join("etc/loop")).unwrap();
        let roots = Roots::below(root.path());
        let fact = look(&roots, "/etc/docker/daemon.json", &Names::default());
        let file = fact.known().unwrap().as_ref().unwrap();
        assert_eq!(file.resolved.as_deref(), Some("/srv/open/daemon.json"));
        let parents: Vec<&str> = file.parents.iter().map(|parent| parent.path.as_str()).collect();
        assert_eq!(parents, ["/", "/etc", "/etc/docker", "/srv", "/srv/open"]);
        assert_eq!(file.parents[4].mode, 0o777);
        assert_eq!(look(&roots, "/etc/none/x", &Names::default()), Fact::Known(None));
        assert!(matches!(look(&roots, "/etc/loop", &Names::default()), Fact::Missing(_)));
        assert_eq!(resolved(&roots, "/etc/../../etc/docker/"), "/etc/docker");
    }
}
