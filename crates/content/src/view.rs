//! A file as detectors see it.

use crate::FileClass;
use model::LayerPath;

/// A file of an image, or a member of an archive in it, as detectors see it.
#[derive(Clone, Debug)]
pub struct FileView<'a> {
    /// Where it lies in the image. For members of archives, the path of the outermost archive.
    pub path: &'a LayerPath,
    /// Path inside nested archives, outermost first; empty for a plain file.
    pub nested: &'a [String],
    /// What it is.
    pub class: FileClass,
    /// Size in bytes of the whole file, which may be more than the bytes that are shown.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky; 0 for members of archives that tell none.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// The package of the operating system that owns the path, when there is one.
    pub package: Option<&'a str>,
    /// Whether its bytes equal the package manager's own digest, the record being untouched. The engine shows such
    /// files only when the user asks it to skip nothing (`--paranoid`).
    pub is_verified: bool,
}

impl FileView<'_> {
    /// The name that rules match: the member's own path for a member of an archive, else the path in the image.
    #[must_use]
    pub fn inner_path(&self) -> &str {
        self.nested.last().map_or(self.path.as_str(), String::as_str)
    }

    /// The last component of [`Self::inner_path`].
    #[must_use]
    pub fn name(&self) -> &str {
        let path = self.inner_path();
        path.rsplit_once('/').map_or(path, |(_, name)| name)
    }

    /// The extension of the name in lower case without its dot, or an empty text.
    #[must_use]
    pub fn extension(&self) -> String {
        self.name().rsplit_once('.').map_or_else(String::new, |(_, end)| end.to_ascii_lowercase())
    }

    /// Whether anybody may execute it.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
}
