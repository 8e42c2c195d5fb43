//! What other shards add to a match: scores, exploitation, ratings by CVE.

use crate::database::Database;
use crate::shard::{
    AdvisoryRow, EXPLOIT_PREDICTION_SHARD, KNOWN_EXPLOITED_SHARD, METADATA_SHARD, Shard, ShardError,
};
use model::{Epss, Gap, GapReason, KnownExploited};

/// Shards that are asked by CVE.
pub(super) struct Texts<'a> {
    known_exploited: Vec<Shard<'a>>,
    exploit_prediction: Vec<Shard<'a>>,
    metadata: Vec<Shard<'a>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(database: &'a Database, gaps: &mut Vec<Gap>) -> Self {
        let mut open = |name: &str| {
            let (shards, errors) = database.shards(name);
            gaps.extend(errors.iter().map(|error| Gap::new(name, GapReason::Malformed, error.to_string())));
            shards.into_iter().map(|open| open.shard).collect()
        };
        Self {
            known_exploited: open(KNOWN_EXPLOITED_SHARD),
            exploit_prediction: open(EXPLOIT_PREDICTION_SHARD),
            metadata: open(METADATA_SHARD),
        }
    }

    pub(super) fn known_exploited(&self, ids: &[&str]) -> Result<Option<KnownExploited>, ShardError> {
        first(&self.known_exploited, ids, |shard, id| shard.known_exploited(id))
    }

    pub(super) fn exploit_prediction(&self, ids: &[&str]) -> Result<Option<Epss>, ShardError> {
        first(&self.exploit_prediction, ids, |shard, id| shard.exploit_prediction(id))
    }

    /// Advisories without packages that are about one of the ids.
    pub(super) fn metadata(&self, ids: &[&str]) -> Result<Vec<(Shard<'a>, AdvisoryRow<'a>)>, ShardError> {
        let mut found = Vec::new();
        for shard in &self.metadata {
            for id in ids {
                for index in shard.advisories_of(id)? {
                    let advisory = shard.advisory_at(index)?;
                    if !advisory.is_withdrawn {
                        found.push((*shard, advisory));
                    }
                }
            }
        }
        Ok(found)
    }
}

fn first<T>(
    shards: &[Shard<'_>],
    ids: &[&str],
    ask: impl Fn(&Shard<'_>, &str) -> Result<Option<T>, ShardError>,
) -> Result<Option<T>, ShardError> {
    for shard in shards {
        for id in ids {
            if let Some(answer) = ask(shard, id)? {
                return Ok(Some(answer));
            }
        }
    }
    Ok(None)
}
