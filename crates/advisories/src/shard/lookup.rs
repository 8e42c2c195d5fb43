//! Finds rows by package and advisories by id.

use super::codes::{severity_of, status_of};
use super::details::Details;
use super::format::{HAS_GROUP_LIST, IS_ADVISORY, IS_SOURCE, IS_WITHDRAWN, Section};
use super::view::{Shard, ShardError};
use crate::meta::{ShardCounts, ShardMeta};
use model::{Ecosystem, Severity, Status};
use std::cmp::Ordering;

/// What an advisory says of one package, with its texts where they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Position of the advisory in the shard.
    pub advisory: u32,
    /// What it shares with many rows.
    pub quality: Quality<'a>,
    /// Ranges and versions.
    pub(crate) extent: u32,
}

/// What many rows have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality<'a> {
    /// Decides the order of versions.
    pub ecosystem: Ecosystem,
    /// Whether the name is that of a source package.
    pub is_source: bool,
    /// What the publisher says.
    pub status: Status,
    /// `name:stream`.
    pub module: &'a str,
    /// Support channel.
    pub channel: &'a str,
    /// List of architectures.
    pub(crate) arches: u32,
    /// Rating of this package + 1, 0 when there is none.
    pub(crate) rating: u32,
}

/// A rating with its base score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating<'a> {
    /// Who rated.
    pub source: &'a str,
    /// In words, or by the score when there are no words.
    pub severity: Severity,
    /// The vector; empty when there is none.
    pub cvss: &'a str,
    /// Its base score; `None` without a vector or when it cannot be scored.
    pub score_tenths: Option<u8>,
}

/// An advisory as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryRow<'a> {
    /// The publisher's id.
    pub id: &'a str,
    /// Where it was published.
    pub source: &'a str,
    /// Taken back by its publisher.
    pub is_withdrawn: bool,
    pub(crate) aliases: u32,
    pub(crate) vulnerabilities: u32,
    pub(crate) groups: u32,
    pub(crate) has_group_list: bool,
    pub(crate) ratings: u32,
    pub(crate) block: u32,
    pub(crate) offset: u32,
}

impl<'a> Shard<'a> {
    /// Name of the shard.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn name(&self) -> Result<String, ShardError> {
        Ok(self.label()?.name)
    }

    /// What is known of it as a whole.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn meta(&self) -> Result<(ShardMeta, ShardCounts), ShardError> {
        let label = self.label()?;
        Ok((label.meta, label.counts))
    }

    /// The rows of a package, by the spelling of [`crate::lookup_name`].
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn rows(&self, name: &str) -> Result<Vec<Row<'a>>, ShardError> {
        self.find_name(name)?.map_or_else(|| Ok(Vec::new()), |at| self.rows_at(at))
    }

    /// How many package names there are.
    pub(crate) fn name_count(&self) -> u32 {
        self.row_count(Section::Names).saturating_sub(1) as u32
    }

    /// The name at a position.
    pub(crate) fn name_at(&self, at: u32) -> Result<&'a str, ShardError> {
        let [name, _] = self.row(Section::Names, at)?;
        self.text(name)
    }

    /// The rows of the name at a position.
    pub(crate) fn rows_at(&self, at: u32) -> Result<Vec<Row<'a>>, ShardError> {
        let row = |index| {
            let [advisory, extent, quality] = self.row(Section::Rows, index)?;
            Ok(Row { advisory, extent, quality: self.quality(quality)? })
        };
        self.row_indexes(at)?.map(row).collect()
    }

    /// Positions of the rows of the name at a position.
    pub(crate) fn row_indexes(&self, at: u32) -> Result<std::ops::Range<u32>, ShardError> {
        let [_, start] = self.row(Section::Names, at)?;
        let [_, end] = self.row(Section::Names, at + 1)?;
        if start > end || end as usize > self.row_count(Section::Rows) {
            return Err(ShardError::Damaged("names"));
        }
        Ok(start..end)
    }

    /// The position of a name.
    pub(crate) fn find_name(&self, name: &str) -> Result<Option<u32>, ShardError> {
        self.find(Section::Names, self.name_count(), name)
    }

    /// [`Self::find_name`] in steps that grow from a position where the name may be near, which becomes that of
    /// the name or of its neighbour: packages are judged nearly in the order of their names.
    pub(crate) fn find_name_near(&self, name: &str, near: &mut u32) -> Result<Option<u32>, ShardError> {
        let (mut low, mut high) = (0, self.name_count());
        let mut probe = (*near).min(high.saturating_sub(1));
        let mut step = 1u32;
        while low < high {
            let [text, _] = self.row(Section::Names, probe)?;
            *near = probe;
            let order = self.text_bytes(text)?.cmp(name.as_bytes());
            match order {
                Ordering::Equal => return Ok(Some(probe)),
                Ordering::Less => low = probe + 1,
                Ordering::Greater => high = probe,
            }
            let is_between = low > 0 && high < self.name_count();
            if is_between {
                probe = low + (high - low) / 2;
            } else {
                probe = match order {
                    Ordering::Less => low.saturating_add(step).min(high).saturating_sub(1),
                    _ => high.saturating_sub(step).max(low),
                };
                step = step.saturating_mul(2);
            }
        }
        Ok(None)
    }

    pub(crate) fn quality(&self, index: u32) -> Result<Quality<'a>, ShardError> {
        let damaged = || ShardError::Damaged("qualities");
        let [ecosystem, status, flags, module, arches, channel, rating] =
            self.row(Section::Qualities, index)?;
        Ok(Quality {
            ecosystem: Ecosystem::from_purl_type(self.text(ecosystem)?).ok_or_else(damaged)?,
            is_source: flags & IS_SOURCE != 0,
            status: status_of(status).ok_or_else(damaged)?,
            module: self.text(module)?,
            channel: self.text(channel)?,
            arches,
            rating,
        })
    }

    /// Architectures of a row; empty means all.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn arches(&self, quality: &Quality<'a>) -> Result<Vec<&'a str>, ShardError> {
        self.texts(quality.arches)
    }

    /// The rating that is about the package of a row.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn package_rating(&self, row: &Row<'a>) -> Result<Option<Rating<'a>>, ShardError> {
        row.quality.rating.checked_sub(1).map(|index| self.rating_at(index)).transpose()
    }

    /// The ratings of an advisory.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn ratings(&self, advisory: &AdvisoryRow<'a>) -> Result<Vec<Rating<'a>>, ShardError> {
        self.list(advisory.ratings)?.map(|index| self.rating_at(index)).collect()
    }

    fn rating_at(&self, index: u32) -> Result<Rating<'a>, ShardError> {
        let [source, cvss, severity, score] = self.row(Section::Ratings, index)?;
        let cvss = self.text(cvss)?;
        let score_tenths = u8::try_from(score).ok().filter(|score| *score <= 100 && !cvss.is_empty());
        let words = severity_of(severity).ok_or(ShardError::Damaged("ratings"))?;
        let severity = match (words, score_tenths) {
            (Severity::Unknown, Some(score)) => Severity::from_score_tenths(score),
            (words, _) => words,
        };
        Ok(Rating { source: self.text(source)?, severity, cvss, score_tenths })
    }

    /// Bounds of the ranges of a row: introduced, fixed, last affected.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn ranges(&self, row: &Row<'a>) -> Result<Vec<[&'a str; 3]>, ShardError> {
        let texts = |bounds: [u32; 3]| {
            let [introduced, fixed, last_affected] = bounds;
            Ok([self.text(introduced)?, self.text(fixed)?, self.text(last_affected)?])
        };
        self.range_bounds(row.extent)?.map(|bounds| bounds.and_then(texts)).collect()
    }

    /// [`Self::ranges`] one by one, as places of their texts.
    pub(crate) fn range_bounds(
        &self,
        extent: u32,
    ) -> Result<impl Iterator<Item = Result<[u32; 3], ShardError>> + use<'a>, ShardError> {
        let shard = *self;
        let [ranges, _] = self.extent_counts(extent)?;
        let indexes = self.numbers(Section::Extents, extent as usize + 2, ranges as usize)?;
        Ok(indexes.map(move |index| shard.row(Section::Ranges, index)))
    }

    /// Vulnerable versions of a row that are listed one by one.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn versions(&self, row: &Row<'a>) -> Result<Vec<&'a str>, ShardError> {
        self.listed_versions(row.extent)?.collect()
    }

    /// [`Self::versions`] one by one.
    pub(crate) fn listed_versions(
        &self,
        extent: u32,
    ) -> Result<impl Iterator<Item = Result<&'a str, ShardError>> + use<'a>, ShardError> {
        let shard = *self;
        let [ranges, versions] = self.extent_counts(extent)?;
        let at = (extent as usize + 2).saturating_add(ranges as usize);
        Ok(self.numbers(Section::Extents, at, versions as usize)?.map(move |offset| shard.text(offset)))
    }

    fn extent_counts(&self, extent: u32) -> Result<[u32; 2], ShardError> {
        let mut counts = self.numbers(Section::Extents, extent as usize, 2)?;
        Ok([counts.next().unwrap_or(0), counts.next().unwrap_or(0)])
    }

    /// How many advisories there are, withdrawn ones included.
    #[must_use]
    pub fn advisory_count(&self) -> u32 {
        self.row_count(Section::Advisories) as u32
    }

    /// The advisory at a position.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn advisory_at(&self, index: u32) -> Result<AdvisoryRow<'a>, ShardError> {
        let [id, source, aliases, vulnerabilities, groups, ratings, block, offset, flags] =
            self.row(Section::Advisories, index)?;
        Ok(AdvisoryRow {
            id: self.text(id)?,
            source: self.text(source)?,
            is_withdrawn: flags & IS_WITHDRAWN != 0,
            aliases,
            vulnerabilities,
            groups,
            has_group_list: flags & HAS_GROUP_LIST != 0,
            ratings,
            block,
            offset,
        })
    }

    /// The vulnerabilities that an advisory is about: one, or several for an advisory that fixes several.
    pub(crate) fn groups_of(&self, advisory: &AdvisoryRow<'a>) -> Result<Vec<u32>, ShardError> {
        if advisory.has_group_list {
            Ok(self.list(advisory.groups)?.collect())
        } else {
            Ok(vec![advisory.groups])
        }
    }

    /// The ids of a vulnerability, the one to show first.
    pub(crate) fn group_ids(&self, group: u32) -> Result<Vec<&'a str>, ShardError> {
        let [shown, all] = self.row(Section::Groups, group)?;
        if all == 0 { Ok(vec![self.text(shown)?]) } else { self.texts(all) }
    }

    /// Texts of an advisory; unpacks a block, so not for loops over many.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn details_of(&self, advisory: &AdvisoryRow<'a>) -> Result<Details, ShardError> {
        Self::details(&self.block(advisory.block)?, advisory.offset)
    }

    /// Positions of the advisories that are about an id or are named by it.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn advisories_of(&self, id: &str) -> Result<Vec<u32>, ShardError> {
        let Some(at) = self.find(Section::Ids, self.row_count(Section::Ids) as u32, id)? else {
            return Ok(Vec::new());
        };
        let [_, target] = self.row(Section::Ids, at)?;
        if target & IS_ADVISORY != 0 {
            return Ok(vec![target & !IS_ADVISORY]);
        }
        let mut found = Vec::new();
        for index in 0..self.advisory_count() {
            if self.groups_of(&self.advisory_at(index)?)?.contains(&target) {
                found.push(index);
            }
        }
        Ok(found)
    }

    /// Binary search in a section sorted by the text of its first column.
    fn find(&self, section: Section, count: u32, wanted: &str) -> Result<Option<u32>, ShardError> {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            let [text, _] = self.row(section, middle)?;
            match self.text_bytes(text)?.cmp(wanted.as_bytes()) {
                Ordering::Equal => return Ok(Some(middle)),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }
}
