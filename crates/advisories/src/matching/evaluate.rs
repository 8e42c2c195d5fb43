//! Compares an installed version with the rows of its names.

use super::channel::{Standing, standing};
use super::target::{Order, Target, targets};
use super::{applies, go_version};
use crate::database::OpenShard;
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
    pub(super) target: Rc<Installed>,
}

/// The name and version under which a package was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) order: Order,
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
    /// By the place of the name (shard, position) and whether it is that of a source package.
    seen: HashMap<(usize, u32, bool), Vec<Rc<Compared<'s>>>>,
    /// Where names were found last, of binary and of source packages.
    near: Vec<[u32; 2]>,
}

struct Compared<'s> {
    target: Rc<Installed>,
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

/// Names whose results are kept at most, and versions of each; more are computed again.
const SEEN_MAX: usize = 20_000;
const VERSIONS_SEEN_MAX: usize = 8;

impl<'s> Evaluator<'s> {
    pub(super) fn new(shards: &'s [OpenShard<'s>]) -> Self {
        Self {
            shards,
            qualities: vec![HashMap::new(); shards.len()],
            seen: HashMap::new(),
            near: vec![[0; 2]; shards.len()],
        }
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
            all.extend(self.compare(&target, package.ecosystem)?);
        }
        let needs_misses = wanted == Wanted::All || all.iter().any(|compared| compared.needs_misses);
        for compared in all {
            let mut missed = Vec::new();
            for (shard, position) in compared.misses.iter().filter(|_| needs_misses) {
                let open = &self.shards[*shard].shard;
                let [advisory, extent, number] = open.row(Section::Rows, *position)?;
                let quality = self.quality(*shard, number)?;
                missed.push((*shard, Row { advisory, quality, extent }, Verdict::Miss));
            }
            for (shard, row, verdict) in compared.rows.iter().chain(&missed) {
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

    /// Nothing when no shard has the name.
    fn compare(
        &mut self,
        target: &Target<'_>,
        ecosystem: Ecosystem,
    ) -> Result<Option<Rc<Compared<'s>>>, ShardError> {
        let mut places = Vec::new();
        for (index, open) in self.shards.iter().enumerate() {
            let near = &mut self.near[index][usize::from(target.is_source)];
            places.extend(open.shard.find_name_near(&target.name, near)?.map(|at| (index, at)));
        }
        let Some(&(shard, at)) = places.first() else { return Ok(None) };
        let key = (shard, at, target.is_source);
        let same = self.seen.get(&key).map_or(&[][..], Vec::as_slice);
        let is_same = |known: &&Rc<Compared<'s>>| {
            known.target.version == target.version && known.target.order == target.order
        };
        if let Some(known) = same.iter().find(is_same) {
            return Ok(Some(Rc::clone(known)));
        }
        let compared = Rc::new(self.compare_rows(&places, target, ecosystem)?);
        if self.seen.len() < SEEN_MAX {
            let same = self.seen.entry(key).or_default();
            if same.len() < VERSIONS_SEEN_MAX {
                same.push(Rc::clone(&compared));
            }
        }
        Ok(Some(compared))
    }

    fn compare_rows(
        &mut self,
        places: &[(usize, u32)],
        target: &Target<'_>,
        ecosystem: Ecosystem,
    ) -> Result<Compared<'s>, ShardError> {
        let is_version = !target.version.is_empty()
            && target.order.is_valid(target.version)
            && !(ecosystem == Ecosystem::Go && go_version::tells_nothing(target.version));
        let mut rows = Vec::new();
        let mut misses = Vec::new();
        let mut needs_misses = false;
        for &(index, at) in places {
            let shard = &self.shards[index].shard;
            let positions = shard.row_indexes(at)?;
            misses.reserve(positions.len());
            let mut last = None;
            for position in positions {
                let [advisory, extent, number] = shard.row(Section::Rows, position)?;
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
                match verdict(shard, &row, target, is_version)? {
                    Verdict::Miss => misses.push((index, position)),
                    verdict => rows.push((index, row, verdict)),
                }
            }
        }
        let target = Rc::new(Installed {
            name: target.name.clone().into_owned(),
            version: target.version.to_owned(),
            order: target.order,
        });
        Ok(Compared { target, rows, misses, needs_misses })
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
    target: &Target<'_>,
    is_version: bool,
) -> Result<Verdict<'s>, ShardError> {
    let mut is_empty = true;
    for bounds in shard.range_bounds(row.extent)? {
        is_empty = false;
        let [introduced, fixed, last_affected] = bounds?;
        // As `Range::contains`; most installed versions are past the fix, so that the other texts stay unread.
        let order = |bound: &str| target.order.compare(target.version, bound);
        let fixed = shard.text(fixed)?;
        if is_version && !fixed.is_empty() && order(fixed).is_ge() {
            continue;
        }
        let last_affected = shard.text(last_affected)?;
        if is_version && !last_affected.is_empty() && order(last_affected).is_gt() {
            continue;
        }
        let introduced = shard.text(introduced)?;
        let is_from_first = matches!(introduced, "" | "0");
        let is_whole = is_from_first && fixed.is_empty() && last_affected.is_empty();
        if is_whole || (is_version && (is_from_first || order(introduced).is_ge())) {
            return Ok(Verdict::Hit(Hit::Range([introduced, fixed, last_affected])));
        }
    }
    for version in shard.listed_versions(row.extent)? {
        is_empty = false;
        let version = version?;
        let is_same = version == target.version
            || (is_version
                && target.order.is_valid(version)
                && target.order.compare(version, target.version).is_eq());
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
