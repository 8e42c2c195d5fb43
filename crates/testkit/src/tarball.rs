//! Tar archives made by code.

use tar::{Builder, EntryType, Header};

/// Builds the bytes of a layer tar.
pub struct Tar(Builder<Vec<u8>>);

impl Default for Tar {
    fn default() -> Self {
        Self::new()
    }
}

impl Tar {
    /// An empty archive.
    #[must_use]
    pub fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    /// Adds a regular file, mode 0644.
    #[must_use]
    pub fn file(self, path: &str, content: &[u8]) -> Self {
        self.add(path, EntryType::Regular, 0o644, None, content)
    }

    /// Adds a regular file, mode 0755.
    #[must_use]
    pub fn executable(self, path: &str, content: &[u8]) -> Self {
        self.add(path, EntryType::Regular, 0o755, None, content)
    }

    /// Adds a directory, mode 0755.
    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        self.add(path, EntryType::Directory, 0o755, None, b"")
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.add(path, EntryType::Symlink, 0o777, Some(target), b"")
    }

    /// Adds a hard link.
    #[must_use]
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.add(path, EntryType::Link, 0o644, Some(target), b"")
    }

    /// Adds the whiteout of a path: an empty file `.wh.NAME` beside it.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let hidden = match path.rsplit_once('/') {
            Some((parent, name)) => format!("{parent}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(&hidden, b"")
    }

    /// Adds the opaque whiteout of a directory.
    #[must_use]
    pub fn opaque(self, directory: &str) -> Self {
        self.file(&format!("{directory}/.wh..wh..opq"), b"")
    }

    /// The archive.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }

    fn add(mut self, path: &str, kind: EntryType, mode: u32, link: Option<&str>, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_700_000_000);
        header.set_size(content.len() as u64);
        match link {
            Some(target) => self.0.append_link(&mut header, path, target).unwrap(),
            None => self.0.append_data(&mut header, path, content).unwrap(),
        }
        self
    }
}
