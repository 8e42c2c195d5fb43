//! One finding for each vulnerability, however many publishers tell it.

use super::channel::Standing;
use super::evaluate::Outcome;
use crate::aliases::display_rank;
use crate::database::OpenShard;
use crate::shard::{AdvisoryRow, ShardError};
use model::Status;
use std::collections::HashMap;

/// What all rows together say of one vulnerability of a package.
#[derive(Clone, Debug)]
pub(super) struct Merged<'s> {
    /// All ids, the one to show first.
    pub(super) ids: Vec<&'s str>,
    /// The rows that hold the installed version and count, with their advisories.
    pub(super) hits: Vec<(Outcome<'s>, AdvisoryRow<'s>)>,
    /// Rows that say the package is not affected; they win.
    pub(super) denials: Vec<AdvisoryRow<'s>>,
    /// Channels that are not in use and have a fix, with the fixed version.
    pub(super) fixes_elsewhere: Vec<(&'s str, &'s str)>,
}

#[derive(Default)]
struct Gathered<'s> {
    ids: Vec<&'s str>,
    rows: Vec<usize>,
}

/// Groups rows by vulnerability; only vulnerabilities that a row says the installed version has.
pub(super) fn by_vulnerability<'s>(
    shards: &[OpenShard<'s>],
    rows: &[Outcome<'s>],
) -> Result<Vec<Merged<'s>>, ShardError> {
    let mut gathered: Vec<Gathered<'s>> = Vec::new();
    let mut by_group: HashMap<(usize, u32), usize> = HashMap::new();
    let mut by_id: HashMap<&'s str, usize> = HashMap::new();
    let mut advisories = HashMap::new();
    // Hits first: they open the groups to which the other rows are added.
    let hits_first = (0..rows.len()).filter(|at| is_hit(&rows[*at]));
    let others = (0..rows.len()).filter(|at| !is_hit(&rows[*at]));
    for at in hits_first.chain(others) {
        let outcome = &rows[at];
        let shard = &shards[outcome.shard].shard;
        let advisory = shard.advisory_at(outcome.row.advisory)?;
        for group in shard.groups_of(&advisory)? {
            let position = match by_group.get(&(outcome.shard, group)) {
                Some(position) => *position,
                None => {
                    let ids = shard.group_ids(group)?;
                    // Shards of the same name may tell of the same vulnerability under other ids.
                    let known = ids.iter().find_map(|id| by_id.get(id)).copied();
                    let position = match known {
                        Some(position) => position,
                        None if is_hit(outcome) => {
                            gathered.push(Gathered::default());
                            gathered.len() - 1
                        }
                        None => continue,
                    };
                    for id in ids {
                        if by_id.insert(id, position).is_none() {
                            gathered[position].ids.push(id);
                        }
                    }
                    by_group.insert((outcome.shard, group), position);
                    position
                }
            };
            gathered[position].rows.push(at);
        }
        advisories.insert(at, advisory);
    }
    let decide = |gathered: Gathered<'s>| decide(gathered, rows, &advisories);
    Ok(gathered.into_iter().map(decide).filter(|merged| !merged.hits.is_empty()).collect())
}

fn is_hit(outcome: &Outcome<'_>) -> bool {
    outcome.hit.is_some() && outcome.row.quality.status != Status::NotAffected
}

fn decide<'s>(
    gathered: Gathered<'s>,
    rows: &[Outcome<'s>],
    advisories: &HashMap<usize, AdvisoryRow<'s>>,
) -> Merged<'s> {
    let of_standing = |standing| gathered.rows.iter().filter(move |at| rows[**at].standing == standing);
    // A channel in use replaces the plain rows of the same vulnerability; one that is not in use counts only where
    // the plain release says nothing.
    let standing = [Standing::Enabled, Standing::Plain, Standing::Extends]
        .into_iter()
        .find(|standing| of_standing(*standing).next().is_some())
        .unwrap_or(Standing::Plain);
    let mut merged =
        Merged { ids: gathered.ids, hits: Vec::new(), denials: Vec::new(), fixes_elsewhere: Vec::new() };
    for at in of_standing(standing) {
        let (outcome, advisory) = (&rows[*at], &advisories[at]);
        if is_hit(outcome) {
            merged.hits.push((outcome.clone(), advisory.clone()));
        } else if outcome.row.quality.status == Status::NotAffected && outcome.hit.is_none() {
            merged.denials.push(advisory.clone());
        }
    }
    for at in of_standing(Standing::Extends) {
        if let (Standing::Plain | Standing::Extends, Some(super::evaluate::Hit::Range([_, fixed, _]))) =
            (standing, rows[*at].hit)
            && !fixed.is_empty()
        {
            merged.fixes_elsewhere.push((rows[*at].row.quality.channel, fixed));
        }
    }
    merged.ids.sort_by(|a, b| (display_rank(a), a).cmp(&(display_rank(b), b)));
    merged
}
