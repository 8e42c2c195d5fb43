//! What the publisher of an operating-system package says of the language packages inside it.

use super::evaluate::{Evaluator, Wanted};
use crate::database::OpenShard;
use crate::shard::ShardError;
use model::{Package, Status};
use std::collections::{HashMap, HashSet};

/// Vulnerabilities that an owner does not have: never affected, or fixed in the installed version.
pub(super) struct Owners<'s> {
    packages: HashMap<&'s str, &'s Package>,
    evaluator: Evaluator<'s>,
    channels: &'s [String],
    cleared: HashMap<String, HashSet<&'s str>>,
}

impl<'s> Owners<'s> {
    pub(super) fn new(shards: &'s [OpenShard<'s>], packages: &'s [Package], channels: &'s [String]) -> Self {
        let system = packages.iter().filter(|package| package.ecosystem.is_system());
        let packages = system.map(|package| (package.name.as_str(), package)).collect();
        Self { packages, evaluator: Evaluator::new(shards), channels, cleared: HashMap::new() }
    }

    /// Whether the publisher of the owner says that it does not have one of the ids.
    pub(super) fn clears<'i>(
        &mut self,
        owner: &str,
        mut ids: impl Iterator<Item = &'i str>,
    ) -> Result<bool, ShardError> {
        if !self.cleared.contains_key(owner) {
            let cleared = match self.packages.get(owner) {
                Some(package) => self.cleared_ids(package)?,
                None => HashSet::new(),
            };
            self.cleared.insert(owner.to_owned(), cleared);
        }
        let cleared = &self.cleared[owner];
        Ok(ids.any(|id| cleared.contains(id)))
    }

    fn cleared_ids(&mut self, package: &Package) -> Result<HashSet<&'s str>, ShardError> {
        let mut cleared = HashSet::new();
        let mut vulnerable = HashSet::new();
        for outcome in self.evaluator.evaluate(package, self.channels, Wanted::All)?.rows {
            let shard = &self.evaluator.shards()[outcome.shard].shard;
            let has = outcome.hit.is_some() && outcome.row.quality.status != Status::NotAffected;
            for group in shard.groups_of(&shard.advisory_at(outcome.row.advisory)?)? {
                let ids = shard.group_ids(group)?;
                if has {
                    vulnerable.extend(ids);
                } else {
                    cleared.extend(ids);
                }
            }
        }
        cleared.retain(|id| !vulnerable.contains(id));
        Ok(cleared)
    }
}
