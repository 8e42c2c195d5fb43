//! systemd units of the engine: where they lie, and the drop-ins that change them.

use crate::{Roots, read};

/// Where units are looked for, first wins (`systemd.unit(5)`, "UNIT FILE LOAD PATH").
const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The file of a unit; none when there is no such unit.
pub(crate) fn file(roots: &Roots, unit: &str) -> Option<String> {
    DIRECTORIES.iter().map(|directory| format!("{directory}/{unit}")).find(|path| roots.at(path).exists())
}

/// Its drop-ins.
pub(crate) fn drop_ins(roots: &Roots, unit: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for directory in DIRECTORIES {
        let directory = format!("{directory}/{unit}.d");
        let names = read::names(&roots.at(&directory)).unwrap_or_default();
        paths.extend(
            names.iter().filter(|name| name.ends_with(".conf")).map(|name| format!("{directory}/{name}")),
        );
    }
    // On systems where /lib is a link, both names mean the same file.
    paths.dedup_by_key(|path| path.trim_start_matches("/usr").to_owned());
    paths
}
