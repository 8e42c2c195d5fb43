//! Compares an installed version with the rows of its names.

use super::channel::{Standing, standing};
use super::target::{Target, targets};
use super::{applies, go_version};
use crate::database::OpenShard;
use crate::range::bounds_contain;
use crate::shard::{Quality, Row, Section, Shard, ShardError};
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
    qualities: Vec<HashMap<u32, Quality<'s>>>,
    seen: HashMap<Target, Rc<Compared<'s>>>,
}

struct Compared<'s> {
    target: Rc<Target>,
    /// Rows that hold the version or cannot be compared.
    rows: Vec<(usize, Row<'s>, Verdict<'s>)>,
    /// Shard and position of the others; most installed versions are past most fixes, so these stay small.
    misses: Vec<(usize, u32)>,
    /// Whether rows that do not hold the version may matter: some channel or `not-affected` row is there.
    needs_misses: bool,
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
        Self { shards, qualities: vec![HashMap::new(); shards.len()], seen: HashMap::new() }
    }

    pub(super) const fn shards(&self) -> &'s [OpenShard<'s>] {
        self.shards
    }

    /// What the rows say. Rows that do not hold the version are left out where they cannot matter, unless all
    /// are wanted.
    pub(super) fn evaluate(
        &mut self,
        package: &Package,
        channels: &[String],
        wanted: Wanted,
    ) -> Result<Evaluated<'s>, ShardError> {
        let mut evaluated = Evaluated::default();
        let mut all = Vec::new();
        for target in targets(package) {
            all.push(self.compare(target, package.ecosystem)?);
        }
        let needs_misses = wanted == Wanted::All || all.iter().any(|compared| compared.needs_misses);
        for compared in all {
            let mut rows = compared.rows.clone();
            for (shard, position) in compared.misses.iter().filter(|_| needs_misses) {
                let open = &self.shards[*shard].shard;
                let [advisory, extent, number] = open.row(Section::Rows, *position)?;
                let quality = self.quality(*shard, number)?;
                rows.push((*shard, Row { advisory, quality, extent }, Verdict::Miss));
            }
            for (shard, row, verdict) in &rows {
                if !applies::is_about(&self.shards[*shard].shard, &row.quality, package)? {
                    continue;
                }
                let standing = standing(row.quality.channel, channels, &compared.target.version);
                if standing == Standing::Foreign {
                    continue;
                }
                let hit = match verdict {
                    Verdict::Hit(hit) => Some(*hit),
                    Verdict::Miss => None,
                    Verdict::Undecided => {
                        evaluated.undecided += usize::from(row.quality.status != Status::NotAffected);
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
        let mut misses = Vec::new();
        let mut needs_misses = false;
        for (index, open) in self.shards.iter().enumerate() {
            let Some(at) = open.shard.find_name(&target.name)? else { continue };
            let mut last = None;
            for position in open.shard.row_indexes(at)? {
                let [advisory, extent, number] = open.shard.row(Section::Rows, position)?;
                // Rows of a package share few qualities, mostly that of the row before.
                let quality = match last {
                    Some((other, quality)) if other == number => quality,
                    _ => self.quality(index, number)?,
                };
                last = Some((number, quality));
                if quality.ecosystem != ecosystem
                    || (ecosystem.is_system() && quality.is_source != target.is_source)
                {
                    continue;
                }
                needs_misses |= !quality.channel.is_empty() || quality.status == Status::NotAffected;
                let row = Row { advisory, quality, extent };
                match verdict(&open.shard, &row, &target, is_version)? {
                    Verdict::Miss => misses.push((index, position)),
                    verdict => rows.push((index, row, verdict)),
                }
            }
        }
        let compared = Rc::new(Compared { target: Rc::new(target.clone()), rows, misses, needs_misses });
        if self.seen.len() < SEEN_MAX {
            self.seen.insert(target, Rc::clone(&compared));
        }
        Ok(compared)
    }

    fn quality(&mut self, shard: usize, number: u32) -> Result<Quality<'s>, ShardError> {
        if let Some(quality) = self.qualities[shard].get(&number) {
            return Ok(*quality);
        }
        let quality = self.shards[shard].shard.quality(number)?;
        self.qualities[shard].insert(number, quality);
        Ok(quality)
    }
}

/// Which rows are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Rows that hold the version, and those that may take them back.
    WhatMatters,
    /// All rows.
    All,
}

/// OSV schema, "Evaluation": a version is affected when it is listed or lies in a range.
fn verdict<'s>(
    shard: &Shard<'s>,
    row: &Row<'s>,
    target: &Target,
    is_version: bool,
) -> Result<Verdict<'s>, ShardError> {
    let mut is_empty = true;
    for bounds in shard.range_bounds(row.extent)? {
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
    for version in shard.listed_versions(row.extent)? {
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
    Ok(match (is_empty, row.quality.status) {
        (true, Status::NotAffected) => Verdict::Miss,
        (true, _) => Verdict::Hit(Hit::Every),
        (false, _) if is_version => Verdict::Miss,
        (false, _) => Verdict::Undecided,
    })
}
