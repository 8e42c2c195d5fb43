//! Finds advisories by id or by words, for people.

use crate::database::{Database, OpenShard};
use crate::shard::{ShardError, ShardKind};
use crate::{Advisory, EXPLOIT_PREDICTION_SHARD, KNOWN_EXPLOITED_SHARD, range};
use model::{Epss, KnownExploited, Severity, Status};
use std::collections::BTreeSet;

/// What is known of an id: one entry for each publisher and shard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The advisories that are about the id.
    pub advisories: Vec<FoundAdvisory>,
    /// Exploit prediction, for a CVE.
    pub epss: Option<Epss>,
    /// Known exploitation, for a CVE.
    pub known_exploited: Option<KnownExploited>,
}

/// An advisory with the shard that holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundAdvisory {
    /// The shard.
    pub shard: String,
    /// `embedded`, or the database directory.
    pub origin: String,
    /// The advisory, with the rows of that shard.
    pub advisory: Advisory,
}

/// One line of a search.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchHit {
    /// The shard.
    pub shard: String,
    /// The package.
    pub package: String,
    /// The id to show.
    pub id: String,
    /// What the publisher says.
    pub status: Status,
    /// Vulnerable versions as text.
    pub range: String,
    /// Worst rating.
    pub severity: Severity,
    /// One line.
    pub summary: String,
}

/// Lines that a search gives at most.
pub const SEARCH_HITS_MAX: usize = 1_000;

/// Shorter texts are looked for in names alone: they are in nearly every summary.
const WORDS_LENGTH_MIN: usize = 3;

impl Database {
    /// Everything known of an id: of a vulnerability or of an advisory.
    ///
    /// # Errors
    /// When a shard is damaged.
    pub fn advisory(&self, id: &str) -> Result<Explanation, ShardError> {
        let mut explanation = Explanation::default();
        for open in self.advisory_shards() {
            let found = open.shard.advisories_of(id)?;
            if found.is_empty() {
                continue;
            }
            let name = open.shard.name()?;
            let restored = open.shard.to_advisories()?;
            for index in found {
                if let Some(advisory) = restored.get(index as usize) {
                    explanation.advisories.push(FoundAdvisory {
                        shard: name.clone(),
                        origin: open.origin.to_owned(),
                        advisory: advisory.clone(),
                    });
                }
            }
        }
        explanation.epss = match self.shard(EXPLOIT_PREDICTION_SHARD) {
            Some(shard) => shard.exploit_prediction(id)?,
            None => None,
        };
        explanation.known_exploited = match self.shard(KNOWN_EXPLOITED_SHARD) {
            Some(shard) => shard.known_exploited(id)?,
            None => None,
        };
        Ok(explanation)
    }

    /// Advisories of packages whose name holds the text, whose id is the text, or whose summary holds it; without
    /// regard to case, sorted, and cut at [`SEARCH_HITS_MAX`]. The flag tells whether there were more.
    ///
    /// # Errors
    /// When a shard is damaged.
    pub fn search(&self, text: &str) -> Result<(Vec<SearchHit>, bool), ShardError> {
        let wanted = text.trim().to_lowercase();
        let mut hits = Vec::new();
        for open in self.advisory_shards() {
            let shard = open.shard;
            let mut chosen: BTreeSet<u32> = shard.advisories_of(text.trim())?.into_iter().collect();
            if chosen.is_empty() && wanted.len() >= WORDS_LENGTH_MIN {
                let advisories = shard.to_advisories()?;
                let is_about = |advisory: &Advisory| advisory.summary.to_lowercase().contains(&wanted);
                chosen.extend(
                    (0..).zip(&advisories).filter(|(_, advisory)| is_about(advisory)).map(|(index, _)| index),
                );
            }
            let shard_name = shard.name()?;
            for at in 0..shard.name_count() {
                let package = shard.name_at(at)?;
                let is_named = !wanted.is_empty() && package.to_lowercase().contains(&wanted);
                if !is_named && chosen.is_empty() {
                    continue;
                }
                for row in shard.rows_at(at)? {
                    if !is_named && !chosen.contains(&row.advisory) {
                        continue;
                    }
                    if hits.len() == SEARCH_HITS_MAX {
                        hits.sort();
                        return Ok((hits, true));
                    }
                    let advisory = shard.advisory_at(row.advisory)?;
                    let ranges: Vec<String> = shard
                        .ranges(&row)?
                        .into_iter()
                        .map(|[from, to, last]| range::text(from, to, last))
                        .collect();
                    let worst = shard.ratings(&advisory)?.into_iter().map(|rating| rating.severity).max();
                    let of_package = shard.package_rating(&row)?.map(|rating| rating.severity);
                    let mut id = advisory.id.to_owned();
                    if let [group] = shard.groups_of(&advisory)?[..] {
                        id = shard.group_ids(group)?.first().map_or(id, |shown| (*shown).to_owned());
                    }
                    hits.push(SearchHit {
                        shard: shard_name.clone(),
                        package: package.to_owned(),
                        id,
                        status: row.quality.status,
                        range: ranges.join(" or "),
                        severity: of_package.or(worst).unwrap_or_default(),
                        summary: shard.details_of(&advisory)?.summary,
                    });
                }
            }
        }
        hits.sort();
        Ok((hits, false))
    }

    fn advisory_shards(&self) -> Vec<OpenShard<'_>> {
        let names: Vec<&str> = self.names().collect();
        let open = names.into_iter().flat_map(|name| self.shards(name).0);
        open.filter(|open| open.shard.kind() == ShardKind::Advisories).collect()
    }
}
