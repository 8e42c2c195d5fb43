//! How overlayfs marks what its upper directories hide (Linux, Documentation/filesystems/overlayfs.rst).

use rustix::fd::AsFd;

/// What a directory of an overlay hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectoryMark {
    /// Nothing by itself.
    None,
    /// All that lower layers have in it ("whiteouts and opaque directories").
    Opaque,
    /// Files in it may be whiteouts by an attribute ("Nesting overlayfs mounts").
    HasAttributeWhiteouts,
}

pub(crate) fn directory_mark(directory: impl AsFd) -> DirectoryMark {
    match attribute(&directory, "opaque") {
        Some(b'y') => DirectoryMark::Opaque,
        Some(b'x') => DirectoryMark::HasAttributeWhiteouts,
        _ => DirectoryMark::None,
    }
}

pub(crate) fn is_attribute_whiteout(file: impl AsFd) -> bool {
    attribute(&file, "whiteout").is_some()
}

/// Whether a directory was renamed, and what it had in lower layers is found under its old name there.
pub(crate) fn is_redirected(directory: impl AsFd) -> bool {
    attribute(&directory, "redirect").is_some()
}

/// Whether only the attributes of a file were copied up.
pub(crate) fn is_metacopy(file: impl AsFd) -> bool {
    attribute(&file, "metacopy").is_some()
}

// The first byte of an attribute, 0 when it is empty or long. Mounts without privileges use `user.`.
fn attribute(file: &impl AsFd, name: &str) -> Option<u8> {
    for namespace in ["trusted", "user"] {
        let mut value = [0_u8; 8];
        match rustix::fs::fgetxattr(file, format!("{namespace}.overlay.{name}"), &mut value[..]) {
            Ok(_) => return Some(value[0]),
            Err(rustix::io::Errno::RANGE) => return Some(0),
            Err(_) => {}
        }
    }
    None
}
