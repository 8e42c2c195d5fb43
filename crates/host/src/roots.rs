//! Where the host is seen.

use std::path::{Path, PathBuf};

/// Where the host is seen: `/`, `/proc` and `/sys`, or what stands in for them (a mount inside a container, a test).
#[derive(Clone, Debug)]
pub struct Roots {
    /// The root directory.
    pub root: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/sys`.
    pub sys: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { root: "/".into(), proc: "/proc".into(), sys: "/sys".into() }
    }
}

impl Roots {
    /// A root with its own `proc` and `sys` below.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self { root: root.to_owned(), proc: root.join("proc"), sys: root.join("sys") }
    }

    /// Whether this is the machine itself, so that its programs may be run.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        self.root == Path::new("/")
    }

    /// An absolute path of the host, seen from here.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(crate) fn proc_at(&self, path: &str) -> PathBuf {
        self.proc.join(path)
    }

    pub(crate) fn sys_at(&self, path: &str) -> PathBuf {
        self.sys.join(path)
    }
}
