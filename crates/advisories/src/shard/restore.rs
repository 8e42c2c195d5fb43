//! Turns a shard back into advisories.

use super::view::{Shard, ShardError};
use crate::{Advisory, Affected, Range, Rated};
use std::collections::HashMap;

impl Shard<'_> {
    /// Every advisory, in the order of the shard: for merging with another import, and for comparing two
    /// databases. Versions that were listed one by one and lie in a range are no longer listed.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn to_advisories(&self) -> Result<Vec<Advisory>, ShardError> {
        let shard = self.name()?;
        let mut blocks: HashMap<u32, Vec<u8>> = HashMap::new();
        let mut advisories = Vec::new();
        for index in 0..self.advisory_count() {
            let row = self.advisory_at(index)?;
            if !blocks.contains_key(&row.block) {
                // Advisories lie in the order of their blocks, so one is held at a time.
                blocks.clear();
                blocks.insert(row.block, self.block(row.block)?);
            }
            let details = Self::details(&blocks[&row.block], row.offset)?;
            let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
            advisories.push(Advisory {
                id: row.id.to_owned(),
                aliases: owned(self.texts(row.aliases)?),
                vulnerabilities: owned(self.texts(row.vulnerabilities)?),
                summary: details.summary,
                references: details.references,
                ratings: self.ratings(&row)?.iter().map(rated).collect(),
                weaknesses: details.weaknesses,
                published: details.published,
                modified: details.modified,
                is_withdrawn: row.is_withdrawn,
                source: row.source.to_owned(),
                affected: Vec::new(),
            });
        }
        for at in 0..self.name_count() {
            let package = self.name_at(at)?;
            for row in self.rows_at(at)? {
                let advisory =
                    advisories.get_mut(row.advisory as usize).ok_or(ShardError::Damaged("rows"))?;
                let ranges = self.ranges(&row)?.into_iter().map(|[introduced, fixed, last_affected]| Range {
                    introduced: introduced.to_owned(),
                    fixed: fixed.to_owned(),
                    last_affected: last_affected.to_owned(),
                });
                advisory.affected.push(Affected {
                    shard: shard.clone(),
                    ecosystem: row.quality.ecosystem,
                    package: package.to_owned(),
                    is_source: row.quality.is_source,
                    status: row.quality.status,
                    ranges: ranges.collect(),
                    versions: self.versions(&row)?.into_iter().map(str::to_owned).collect(),
                    module: row.quality.module.to_owned(),
                    arches: self.arches(&row.quality)?.into_iter().map(str::to_owned).collect(),
                    channel: row.quality.channel.to_owned(),
                    rating: self.package_rating(&row)?.as_ref().map(rated),
                });
            }
        }
        Ok(advisories)
    }
}

fn rated(rating: &super::lookup::Rating<'_>) -> Rated {
    Rated { source: rating.source.to_owned(), severity: rating.severity, cvss: rating.cvss.to_owned() }
}
