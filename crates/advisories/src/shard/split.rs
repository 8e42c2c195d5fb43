//! Splits advisories by shard.

use super::builder::ShardBuilder;
use super::tables::BuildError;
use crate::Advisory;
use crate::meta::ShardMeta;
use std::collections::BTreeMap;

/// Name of the shard of advisories that affect no package: their ratings and texts are added to what other
/// shards say of the same vulnerability.
pub const METADATA_SHARD: &str = "cve";

/// Shards by name, and what was lost on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Bytes of each shard by its name.
    pub shards: BTreeMap<String, Vec<u8>>,
    /// Records and rows that could not be stored, one line each.
    pub problems: Vec<String>,
}

/// Builds a shard for each `Affected::shard`; `meta_of` is asked for what is known of each. An advisory that
/// affects nothing goes to the shard [`METADATA_SHARD`], unless it was withdrawn.
///
/// # Errors
/// When a shard's name is not plain or a table is too large.
pub fn build_shards(
    advisories: impl IntoIterator<Item = Advisory>,
    mut meta_of: impl FnMut(&str) -> ShardMeta,
) -> Result<Built, BuildError> {
    let mut builders: BTreeMap<String, ShardBuilder> = BTreeMap::new();
    let mut builder_of = |name: &str, advisory: Advisory| {
        builders
            .entry(name.to_owned())
            .or_insert_with(|| ShardBuilder::new(name, meta_of(name)))
            .add(advisory);
    };
    for mut advisory in advisories {
        let mut by_shard: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for affected in std::mem::take(&mut advisory.affected) {
            by_shard.entry(affected.shard.clone()).or_default().push(affected);
        }
        if by_shard.is_empty() && !advisory.is_withdrawn {
            builder_of(METADATA_SHARD, advisory);
            continue;
        }
        for (name, affected) in by_shard {
            builder_of(&name, Advisory { affected, ..advisory.clone() });
        }
    }
    let mut built = Built::default();
    for (name, builder) in builders {
        built.problems.extend(builder.problems().iter().map(|problem| format!("{name}: {problem}")));
        built.shards.insert(name, builder.finish()?);
    }
    Ok(built)
}
