//! Which files are worth a look; asked for every file of an image.

use crate::{classifiers, text_files};
use model::LayerPath;

/// Smaller executables are scripts and launchers: the smallest Go program has about 1 MB, and a Rust program
/// with dependencies to speak of some 100 kB.
const EXECUTABLE_BYTES_MIN: u64 = 16 << 10;

/// Whether a file may tell of packages, by its name, size and mode alone.
#[must_use]
pub fn is_candidate(path: &LayerPath, size: u64, mode: u32) -> bool {
    if size == 0 {
        return false;
    }
    if text_files::is_named(path) {
        return size <= text_files::TEXT_BYTES_MAX;
    }
    if size < EXECUTABLE_BYTES_MIN {
        return false;
    }
    let name = path.file_name();
    (mode & 0o111 != 0 && !is_other_kind(name)) || classifiers::is_named(name)
}

/// Whether a file is looked into for its name's sake: the same content under another name may tell nothing.
#[must_use]
pub fn is_known_by_name(path: &LayerPath) -> bool {
    text_files::is_named(path) || classifiers::is_named(path.file_name())
}

/// Whether [`crate::inspect`] may find something in a file that begins like this: an ELF file, or one of the
/// texts that tell the version of a JDK or a Go toolchain. 16 bytes are enough.
#[must_use]
pub fn looks_like_executable(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(b"\x7fELF") || text_files::begins_like_one(first_bytes)
}

/// Files that are executable by habit, but no programs.
fn is_other_kind(name: &str) -> bool {
    const ENDINGS: [&str; 22] = [
        "c", "cfg", "conf", "css", "gz", "h", "htm", "html", "jar", "js", "json", "md", "php", "pl", "pm",
        "png", "py", "pyc", "rb", "sh", "txt", "xml",
    ];
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.binary_search(&ending).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, size: u64, mode: u32, expected: bool) {
        assert_eq!(is_candidate(&LayerPath::new(path), size, mode), expected, "{path}");
    }

    #[test]
    fn executables_and_named_libraries_are_candidates() {
        check("usr/local/bin/anything", 2 << 20, 0o755, true);
        check("usr/lib/libcrypto.so.3", 4 << 20, 0o644, true);
        check("usr/lib/x86_64-linux-gnu/libruby-3.1.so.3.1.2", 4 << 20, 0o644, true);
        check("opt/java/release", 1_200, 0o644, true);
        check("usr/local/go/VERSION", 35, 0o644, true);
    }

    #[test]
    fn data_and_scripts_are_no_candidates() {
        check("usr/share/doc/readme", 2 << 20, 0o644, false);
        check("usr/bin/script.py", 2 << 20, 0o755, false);
        check("usr/bin/launcher", 300, 0o755, false);
        check("usr/lib/libz.so.1", 2 << 20, 0o644, false);
        check("etc/release", 2 << 20, 0o644, false);
        check("srv/VERSION", 35, 0o644, false);
        check("empty", 0, 0o755, false);
    }

    #[test]
    fn first_bytes_tell_elf_and_version_texts() {
        assert!(looks_like_executable(b"\x7fELF\x02\x01"));
        assert!(looks_like_executable(b"JAVA_VERSION=\"17\""));
        assert!(looks_like_executable(b"go1.21.5\n"));
        assert!(!looks_like_executable(b"#!/bin/sh\n"));
        assert!(!looks_like_executable(b""));
    }
}
