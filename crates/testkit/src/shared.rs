//! Where data shared by all work trees lies.

use std::path::PathBuf;

/// The directory of shared test data: `SEAWALL_SHARED`, else `../shared` beside the workspace. `None`, and a
/// line on stderr, when there is none.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    let path = std::env::var_os("SEAWALL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    crate::skip("no shared test data (SEAWALL_SHARED)");
    None
}
