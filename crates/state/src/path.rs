//! Paths as the kernel would read them, without looking at the disk.

/// Readers of captures know no longer paths (`SCAP_MAX_PATH_SIZE`).
const PATH_BYTES_MAX: usize = 1024;

/// `path` as seen from `directory`: absolute paths stand for themselves, `.`, `..` and doubled slashes are resolved. A
/// path that is too long becomes the text that Falco gives.
pub fn concatenate(directory: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(directory.len() + path.len() + 1);
    concatenate_into(directory, path, &mut out);
    out
}

/// Like [`concatenate`], into room that is used again.
pub(crate) fn concatenate_into(directory: &[u8], path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    if directory.len() + path.len() + 1 > PATH_BYTES_MAX {
        out.extend_from_slice(b"/DIR_TOO_LONG/FILENAME_TOO_LONG");
        return;
    }
    let is_absolute = path.starts_with(b"/");
    let first: &[u8] = if is_absolute { b"" } else { directory };
    let root = is_absolute || first.starts_with(b"/");
    for part in first.split(|byte| *byte == b'/').chain(path.split(|byte| *byte == b'/')) {
        match part {
            b"" | b"." => {}
            b".." => {
                let parent = out.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                out.truncate(parent);
            }
            name => {
                if root || !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(name);
            }
        }
    }
    if out.is_empty() && root {
        out.push(b'/');
    }
}

#[cfg(test)]
mod tests {
    use super::concatenate;

    #[track_caller]
    fn check(directory: &str, path: &str, expected: &str) {
        assert_eq!(String::from_utf8(concatenate(directory.as_bytes(), path.as_bytes())).unwrap(), expected);
    }

    #[test]
    fn paths_are_joined_and_cleaned() {
        check("/home/user", "file", "/home/user/file");
        check("/home/user/", "../x/./y", "/home/x/y");
        check("/home", "/etc//passwd", "/etc/passwd");
        check("/", "..", "/");
        check("/a", "../../..", "/");
        check("", "a/b", "a/b");
        check("", "../a", "a");
        check("/", "", "/");
        check("<UNKNOWN>", "x", "<UNKNOWN>/x");
    }

    #[test]
    fn path_that_is_too_long_is_the_text_of_falco() {
        check("/a", &"x".repeat(2000), "/DIR_TOO_LONG/FILENAME_TOO_LONG");
    }
}
