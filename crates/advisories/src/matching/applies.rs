//! Whether a row is about a package at all.

use crate::shard::{Quality, Shard, ShardError};
use model::{Ecosystem, Package};

/// Whether a row is about a package at all, its version aside.
pub(super) fn is_about(shard: &Shard<'_>, row: &Quality<'_>, package: &Package) -> Result<bool, ShardError> {
    if row.ecosystem != package.ecosystem {
        return Ok(false);
    }
    if row.ecosystem == Ecosystem::Rpm && !is_same_module(row.module, package.module.as_deref()) {
        return Ok(false);
    }
    let arches = shard.arches(row)?;
    if arches.is_empty() || row.is_source {
        return Ok(true);
    }
    // `src` is about the source package alone, which no image has installed.
    let has_binary = arches.iter().any(|arch| !matches!(*arch, "src" | "nosrc"));
    Ok(match package.arch.as_deref() {
        Some(arch) => arches.contains(&arch),
        None => has_binary,
    })
}

/// A row without a module is about packages without a label; otherwise name and stream must be the same.
fn is_same_module(row: &str, label: Option<&str>) -> bool {
    let stream = |label: &str| -> Option<(String, String)> {
        let mut parts = label.split(':');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    match label.filter(|label| !label.is_empty()) {
        None => row.is_empty(),
        Some(label) => !row.is_empty() && stream(row) == stream(label),
    }
}

/// Whether an RPM was built in a module whose label is not known, so that no row can be chosen.
pub(super) fn lacks_module_label(package: &Package) -> bool {
    let is_modular = package.version.contains(".module+") || package.version.contains(".module_");
    package.ecosystem == Ecosystem::Rpm && is_modular && package.module.as_deref().unwrap_or("").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_a_module_are_kept_apart() {
        assert!(is_same_module("", None));
        assert!(is_same_module("nodejs:18", Some("nodejs:18:8080020231:abc")));
        assert!(!is_same_module("nodejs:20", Some("nodejs:18:8080020231:abc")));
        assert!(!is_same_module("", Some("nodejs:18:8080020231:abc")));
        assert!(!is_same_module("nodejs:18", None));
    }
}
