//! Mounted file systems and the room on them.

use crate::{Roots, read};
use facts::{Fact, FileSystemSpace, Mount};

/// Mounts that are kept; a host with thousands of containers has some tens of thousands.
const MOUNTS_MAX: usize = 200_000;

/// The mounts of process 1, else of this process.
pub(crate) fn collect(roots: &Roots) -> Fact<Vec<Mount>> {
    let path = roots.proc_at("1/mountinfo");
    let path = if path.exists() { path } else { roots.proc_at("self/mountinfo") };
    match read::bytes(&path, 64 << 20) {
        Ok(bytes) => Fact::Known(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) => read::missing(&path, &error),
    }
}

/// Reads mountinfo (`proc(5)`): id, parent, device, root, point, options, optional fields, `-`, type, source, super options.
pub(crate) fn parse(text: &str) -> Vec<Mount> {
    let mut mounts = Vec::new();
    for line in text.lines().take(MOUNTS_MAX) {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let before: Vec<&str> = before.split(' ').collect();
        let after: Vec<&str> = after.split(' ').collect();
        let ([_, _, _, root, point, options, optional @ ..], [kind, source, more @ ..]) =
            (&before[..], &after[..])
        else {
            continue;
        };
        let more = more.first().copied().unwrap_or_default();
        let mut all: Vec<String> = options.split(',').map(str::to_owned).collect();
        all.extend(more.split(',').filter(|o| !o.is_empty() && *o != "rw" && *o != "ro").map(str::to_owned));
        all.dedup();
        mounts.push(Mount {
            point: unescaped(point),
            root: unescaped(root),
            file_system: (*kind).to_owned(),
            source: unescaped(source),
            options: all,
            is_shared: optional.iter().any(|field| field.starts_with("shared:")),
        });
    }
    mounts
}

// Space, tab, line feed and backslash are written in octal.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// Room below a path.
pub(crate) fn space(roots: &Roots, path: &str) -> Option<FileSystemSpace> {
    let stat = rustix::fs::statvfs(roots.at(path)).ok()?;
    Some(FileSystemSpace {
        path: path.to_owned(),
        size_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        inodes: stat.f_files,
        free_inodes: stat.f_favail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountinfo_is_read_with_escapes_and_optional_fields() {
        let text = "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\nbroken\n";
        let mounts = parse(text);
        assert_eq!(mounts.len(), 1);
        assert_eq!((mounts[0].point.as_str(), mounts[0].root.as_str()), ("/mnt 2", "/mnt1"));
        assert!(mounts[0].is_shared && mounts[0].options.contains(&"noatime".to_owned()));
    }
}
