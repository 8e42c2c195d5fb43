//! dpkg and opkg.

mod control;
pub(crate) mod diversions;
pub(crate) mod list;
pub(crate) mod md5sums;
pub(crate) mod opkg_status;
pub(crate) mod status;
pub(crate) mod status_d;

/// The package that a file below `info/` speaks of: its name without extension and architecture.
fn package_of<'a>(file_name: &'a str, extension: &str) -> &'a str {
    let stem = file_name.strip_suffix(extension).unwrap_or(file_name);
    stem.split_once(':').map_or(stem, |(name, _)| name)
}
