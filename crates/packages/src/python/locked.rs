//! What the TOML lock files of Python share: tables with a name and a version.

use super::normalise;
use crate::toml_records::Record;
use crate::{Context, Sink, manifest::Manifest, toml_records};
use model::{Ecosystem, FoundBy};

/// Reads the tables of a name; `is_own` tells those that are the source tree itself.
pub(super) fn read(
    ctx: &Context<'_>,
    bytes: &[u8],
    table: &str,
    is_own: fn(&Record<'_>) -> bool,
    sink: &mut dyn Sink,
) {
    let mut manifest = Manifest::new(ctx, Ecosystem::PyPI, FoundBy::LockFile, sink);
    toml_records::read(&mut manifest, bytes, table, &mut |manifest, record| match (
        record.text("name"),
        record.text("version"),
    ) {
        _ if is_own(record) => {}
        (Some(name), Some(version)) => manifest.package(&normalise(name), version),
        (name, _) => manifest.without_version(name.unwrap_or("")),
    });
}
