//! Compares an installed version with the rows of its names.

use super::channel::{Standing, standing};
use super::target::{Target, targets};
use super::{applies, go_version};
use crate::database::OpenShard;
use crate::range::bounds_contain;
use crate::shard::{Row, Shard, ShardError};
use model::{Ecosystem, Package, Status};
use std::collections::HashMap;
use std::rc::Rc;

/// What an installed version means for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit<'s> {
    /// In a range: introduced, fixed, last affected.
    Range([&'s str; 3]),
    /// Listed.
    Version(&'s str),
    /// The row is about every version.
    Every,
}

/// A row that is about the package, and whether it holds the installed version.
#[derive(Clone, Debug)]
pub(super) struct Outcome<'s> {
    pub(super) shard: usize,
    pub(super) row: Row<'s>,
    pub(super) hit: Option<Hit<'s>>,
    pub(super) standing: Standing,
    pub(super) target: Rc<Target>,
}

/// What the rows say of a package.
#[derive(Clone, Debug, Default)]
pub(super) struct Evaluated<'s> {
    pub(super) rows: Vec<Outcome<'s>>,
    /// Rows that could not be compared.
    pub(super) undecided: usize,
}

/// Compares versions, each pair of name and version once: binary packages of one source share the result.
pub(super) struct Evaluator<'s> {
    shards: &'s [OpenShard<'s>],
    seen: HashMap<Target, Rc<Compared<'s>>>,
}

struct Compared<'s> {
    target: Rc<Target>,
    rows: Vec<(usize, Row<'s>, Verdict<'s>)>,
}

#[derive(Clone, Copy)]
enum Verdict<'s> {
    Hit(Hit<'s>),
    Miss,
    Undecided,
}

/// Results kept at most; more are computed again.
const SEEN_MAX: usize = 20_000;

impl<'s> Evaluator<'s> {
    pub(super) fn new(shards: &'s [OpenShard<'s>]) -> Self {
        Self { shards, seen: HashMap::new() }
    }

    pub(super) const fn shards(&self) -> &'s [OpenShard<'s>] {
        self.shards
    }

    pub(super) fn evaluate(
        &mut self,
        package: &Package,
        channels: &[String],
    ) -> Result<Evaluated<'s>, ShardError> {
        let mut evaluated = Evaluated::default();
        for target in targets(package) {
            let compared = self.compare(target, package.ecosystem)?;
            for (shard, row, verdict) in &compared.rows {
                let open = &self.shards[*shard];
                if !applies::is_about(&open.shard, row, package)? {
                    continue;
                }
                let standing = standing(row.channel, channels, &compared.target.version);
                if standing == Standing::Foreign {
                    continue;
                }
                let hit = match verdict {
                    Verdict::Hit(hit) => Some(*hit),
                    Verdict::Miss => None,
                    Verdict::Undecided => {
                        evaluated.undecided += usize::from(row.status != Status::NotAffected);
                        continue;
                    }
                };
                let target = Rc::clone(&compared.target);
                evaluated.rows.push(Outcome { shard: *shard, row: row.clone(), hit, standing, target });
            }
        }
        Ok(evaluated)
    }

    fn compare(&mut self, target: Target, ecosystem: Ecosystem) -> Result<Rc<Compared<'s>>, ShardError> {
        if let Some(compared) = self.seen.get(&target) {
            return Ok(Rc::clone(compared));
        }
        let is_version = !target.version.is_empty()
            && target.order.is_valid(&target.version)
            && !(ecosystem == Ecosystem::Go && go_version::tells_nothing(&target.version));
        let mut rows = Vec::new();
        for (index, open) in self.shards.iter().enumerate() {
            for row in open.shard.rows(&target.name)? {
                if ecosystem.is_system() && row.is_source != target.is_source {
                    continue;
                }
                let verdict = verdict(&open.shard, &row, &target, is_version)?;
                rows.push((index, row, verdict));
            }
        }
        let compared = Rc::new(Compared { target: Rc::new(target.clone()), rows });
        if self.seen.len() < SEEN_MAX {
            self.seen.insert(target, Rc::clone(&compared));
        }
        Ok(compared)
    }
}

/// OSV schema, "Evaluation": a version is affected when it is listed or lies in a range.
fn verdict<'s>(
    shard: &Shard<'s>,
    row: &Row<'s>,
    target: &Target,
    is_version: bool,
) -> Result<Verdict<'s>, ShardError> {
    let mut is_empty = true;
    for bounds in shard.range_bounds(row)? {
        is_empty = false;
        let [introduced, fixed, last_affected] = bounds?;
        let is_whole = matches!(introduced, "" | "0") && fixed.is_empty() && last_affected.is_empty();
        let order = |a: &str, b: &str| target.order.compare(a, b);
        if is_whole
            || (is_version && bounds_contain(introduced, fixed, last_affected, &target.version, order))
        {
            return Ok(Verdict::Hit(Hit::Range([introduced, fixed, last_affected])));
        }
    }
    for version in shard.listed_versions(row)? {
        is_empty = false;
        let version = version?;
        let is_same = version == target.version
            || (is_version
                && target.order.is_valid(version)
                && target.order.compare(version, &target.version).is_eq());
        if is_same {
            return Ok(Verdict::Hit(Hit::Version(version)));
        }
    }
    Ok(match (is_empty, row.status) {
        (true, Status::NotAffected) => Verdict::Miss,
        (true, _) => Verdict::Hit(Hit::Every),
        (false, _) if is_version => Verdict::Miss,
        (false, _) => Verdict::Undecided,
    })
}
