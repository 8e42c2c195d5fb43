//! What changed between two databases.

use crate::Advisory;
use crate::database::Database;
use crate::shard::{Shard, ShardError, ShardKind};
use std::collections::BTreeMap;

/// What changed in one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardDiff {
    /// The shard.
    pub shard: String,
    /// Advisories that came, by id.
    pub added: Vec<String>,
    /// Advisories that went, by id.
    pub removed: Vec<String>,
    /// Advisories that say something else, by id.
    pub changed: Vec<String>,
}

/// Which advisories came, went or changed, for each shard where any did. An advisory that was withdrawn counts
/// as changed. Scores (`kev`, `epss`) are left out.
///
/// # Errors
/// When a shard of either is damaged.
pub fn diff(old: &Database, new: &Database) -> Result<Vec<ShardDiff>, ShardError> {
    let mut names: Vec<&str> = old.names().chain(new.names()).collect();
    names.sort_unstable();
    names.dedup();
    let mut diffs = Vec::new();
    for name in names {
        let before = by_id(&old.shards(name).0.iter().map(|open| open.shard).collect::<Vec<_>>())?;
        let after = by_id(&new.shards(name).0.iter().map(|open| open.shard).collect::<Vec<_>>())?;
        let mut diff = ShardDiff { shard: name.to_owned(), ..ShardDiff::default() };
        for (id, advisories) in &after {
            match before.get(id) {
                None => diff.added.push(id.clone()),
                Some(others) if others != advisories => diff.changed.push(id.clone()),
                Some(_) => {}
            }
        }
        diff.removed = before.keys().filter(|id| !after.contains_key(*id)).cloned().collect();
        if !(diff.added.is_empty() && diff.removed.is_empty() && diff.changed.is_empty()) {
            diffs.push(diff);
        }
    }
    Ok(diffs)
}

fn by_id(shards: &[Shard<'_>]) -> Result<BTreeMap<String, Vec<Advisory>>, ShardError> {
    let mut advisories: BTreeMap<String, Vec<Advisory>> = BTreeMap::new();
    for shard in shards.iter().filter(|shard| shard.kind() == ShardKind::Advisories) {
        for advisory in shard.to_advisories()? {
            advisories.entry(advisory.id.clone()).or_default().push(advisory);
        }
    }
    Ok(advisories)
}
