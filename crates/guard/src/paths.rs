//! Paths of the host as the engine will see them: every link resolved.

use crate::identity::file_identity;
use control::PathFacts;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::{
    collections::BTreeSet,
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::fs::FileTypeExt as _,
    },
    path::{Component, Path, PathBuf},
};

/// The root of the host's mount namespace, and what belongs to the guard.
#[derive(Debug)]
pub(crate) struct HostPaths {
    root: PathBuf,
    own: Vec<PathBuf>,
}

impl HostPaths {
    /// `root` is `/`, or `/proc/1/root` for a guard in a container that shares the host's process ids.
    pub(crate) fn new(root: &Path, own: Vec<PathBuf>) -> Self {
        Self { root: root.to_owned(), own }
    }

    /// Resolves a path; what does not exist yet stands behind what does. `named` are files of the guard that its policy names.
    pub(crate) fn look_up(&self, path: &str, named: &[PathBuf]) -> Result<PathFacts, String> {
        if !path.starts_with('/') || path.contains('\0') {
            return Err("it is not an absolute path".to_owned());
        }
        // The engine cleans a path by its words before it follows links.
        let clean = cleaned(Path::new(path));
        let open = |path: &Path| -> std::io::Result<OwnedFd> {
            let root = rustix::fs::open(&self.root, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            Ok(openat2(
                root,
                path,
                flags,
                Mode::empty(),
                ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
            )?)
        };
        let mut there = clean.as_path();
        let mut missing: Vec<&std::ffi::OsStr> = Vec::new();
        let descriptor = loop {
            match open(there) {
                Ok(descriptor) => break descriptor,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    // A link that points nowhere would be made by the engine where it points.
                    if self.is_link(there) {
                        return Err("a link on the way points to nothing".to_owned());
                    }
                    match (there.parent(), there.file_name()) {
                        (Some(parent), Some(name)) => {
                            missing.push(name);
                            there = parent;
                        }
                        _ => return Err(error.to_string()),
                    }
                }
                Err(error) => return Err(error.to_string()),
            }
        };
        let link = PathBuf::from(format!("/proc/self/fd/{}", descriptor.as_raw_fd()));
        let opened = std::fs::read_link(&link).map_err(|error| error.to_string())?;
        let mut resolved = match self.root == Path::new("/") {
            true => opened,
            false => {
                let root = std::fs::canonicalize(&self.root).map_err(|error| error.to_string())?;
                Path::new("/")
                    .join(opened.strip_prefix(root).map_err(|_| "it lies outside the host".to_owned())?)
            }
        };
        let is_whole = missing.is_empty();
        resolved.extend(missing.into_iter().rev());
        let is_socket = is_whole && std::fs::metadata(&link).is_ok_and(|there| there.file_type().is_socket());
        let resolved_text = resolved.to_str().ok_or("it is not UTF-8")?.to_owned();
        let is_own = self.is_own(&resolved, named);
        Ok(PathFacts { resolved: resolved_text, is_own, is_socket })
    }

    fn here(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn is_link(&self, path: &Path) -> bool {
        std::fs::symlink_metadata(self.here(path)).is_ok_and(|there| there.file_type().is_symlink())
    }

    /// Whether it is, holds or lies in something of the guard, by name or by device and inode.
    fn is_own(&self, path: &Path, named: &[PathBuf]) -> bool {
        let own = || self.own.iter().chain(named).map(PathBuf::as_path);
        let identity = file_identity(&self.here(path));
        // Most of them lie in the same few directories.
        let holders: BTreeSet<&Path> = own().flat_map(Path::ancestors).collect();
        let holds =
            |above: &&Path| *above == path || (identity.is_some() && file_identity(above) == identity);
        let above: Vec<_> = path.ancestors().map(|above| (above, file_identity(&self.here(above)))).collect();
        let is_or_has = |own: &Path| {
            let of_own = file_identity(own);
            let lies_in =
                above.iter().any(|(above, there)| *above == own || (of_own.is_some() && *there == of_own));
            // Rotated files of the log stand beside it, with a number behind its name.
            let is_beside = path
                .to_str()
                .zip(own.to_str())
                .is_some_and(|(path, own)| path.strip_prefix(own).is_some_and(|rest| rest.starts_with('.')));
            lies_in || is_beside
        };
        holders.iter().any(holds) || own().any(is_or_has)
    }
}

fn cleaned(path: &Path) -> PathBuf {
    let mut clean = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::Normal(name) => clean.push(name),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_and_what_is_missing_stays_behind() {
        let place = tempfile::tempdir().unwrap();
        let base = place.path().canonicalize().unwrap();
        std::fs::create_dir(base.join("real")).unwrap();
        symlink("real", base.join("link")).unwrap();
        symlink("/nowhere/at/all", base.join("dangling")).unwrap();
        let host = HostPaths::new(Path::new("/"), Vec::new());
        let resolved = |path: &Path| host.look_up(path.to_str().unwrap(), &[]).map(|facts| facts.resolved);
        let real = base.join("real").to_str().unwrap().to_owned();
        assert_eq!(resolved(&base.join("link")), Ok(real.clone()));
        assert_eq!(resolved(&base.join("link/new/dir")), Ok(format!("{real}/new/dir")));
        assert_eq!(resolved(&base.join("x/../link")), Ok(real));
        assert!(resolved(&base.join("dangling")).is_err());
        assert!(host.look_up("relative", &[]).is_err());
    }

    #[test]
    fn own_files_are_known_by_any_name() {
        let place = tempfile::tempdir().unwrap();
        let base = place.path().canonicalize().unwrap();
        let socket = base.join("run/guard.sock");
        std::fs::create_dir(base.join("run")).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::fs::hard_link(&socket, base.join("other-name")).unwrap();
        std::fs::create_dir(base.join("free")).unwrap();
        let host = HostPaths::new(Path::new("/"), vec![socket.clone()]);
        let facts = |path: &Path| host.look_up(path.to_str().unwrap(), &[base.join("keys/key.pub")]).unwrap();
        assert!(facts(&socket).is_own && facts(&socket).is_socket);
        assert!(facts(&base.join("run")).is_own, "a directory that holds it");
        assert!(facts(Path::new("/")).is_own);
        assert!(facts(&base.join("other-name")).is_own, "a hard link to it");
        assert!(!facts(&base.join("free")).is_own);
        assert!(facts(&base.join("keys")).is_own, "a directory that a file of the policy will lie in");
        assert!(facts(&base.join("keys/key.pub")).is_own);
    }
}
