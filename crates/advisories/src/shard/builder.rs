//! Builds a shard from advisories.

use super::assemble::{Label, assemble, check_name};
use super::codes::{severity_code, status_code};
use super::details::{DetailWriter, Details};
use super::format::{HAS_GROUP_LIST, IS_ADVISORY, IS_SOURCE, IS_WITHDRAWN, ShardKind};
use super::tables::{BuildError, Pool, Rows, Runs, number_bytes, row_bytes};
use super::tidy::tidy;
use super::waiting::{self, Waiting};
use crate::aliases::Aliases;
use crate::cvss_score::base_score_tenths;
use crate::meta::{ShardCounts, ShardMeta};
use crate::{Advisory, Affected, Rated};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Gathers the advisories of one shard.
pub struct ShardBuilder {
    name: String,
    meta: ShardMeta,
    advisories: Vec<Waiting>,
    problems: Vec<String>,
}

impl ShardBuilder {
    /// A shard without advisories. Its name is that of `Affected::shard`.
    #[must_use]
    pub fn new(name: &str, meta: ShardMeta) -> Self {
        Self { name: name.to_owned(), meta, advisories: Vec::new(), problems: Vec::new() }
    }

    /// Adds an advisory; rows of other shards are left out. A record or row that cannot be stored is lost
    /// alone, and told by [`Self::problems`].
    pub fn add(&mut self, mut advisory: Advisory) {
        advisory.affected.retain(|affected| affected.shard == self.name);
        if let Some(advisory) = tidy(advisory, &mut self.problems) {
            self.advisories.push(Waiting::new(&advisory));
        }
    }

    /// What was lost, and why, one line each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The bytes of the shard; the same advisories in any order give the same bytes.
    ///
    /// # Errors
    /// When the name is not plain or a table is too large.
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        check_name(&self.name)?;
        waiting::sort(&mut self.advisories);
        let mut writer = Writer::new(&self.advisories);
        // Each is freed as soon as it is written.
        for (index, waiting) in self.advisories.into_iter().enumerate() {
            writer
                .add(index as u32, waiting.unpack())
                .map_err(|source| BuildError::Compress { shard: self.name.clone(), source })?;
        }
        writer.finish(self.name, self.meta)
    }
}

/// Tables under construction.
struct Writer {
    pool: Pool,
    lists: Runs,
    extents: Runs,
    ranges: Rows<3>,
    qualities: Rows<7>,
    ratings: Rows<4>,
    details: DetailWriter,
    advisories: Vec<[u32; 9]>,
    groups: Vec<Vec<String>>,
    group_of: HashMap<String, u32>,
    /// Ids that name an advisory about several vulnerabilities, and no vulnerability.
    ids: BTreeMap<String, u32>,
    rows: BTreeMap<String, Vec<[u32; 3]>>,
    live: u64,
}

impl Writer {
    fn new(advisories: &[Waiting]) -> Self {
        let mut aliases = Aliases::default();
        for advisory in advisories.iter().map(Waiting::unpack) {
            if advisory.is_withdrawn {
                // A withdrawn record must not tie ids together; it is a group of its own if nobody else names it.
                aliases.add(&advisory.id);
            } else if advisory.vulnerabilities.is_empty() {
                aliases.add(&advisory.id);
                for alias in &advisory.aliases {
                    aliases.unite(&advisory.id, alias);
                }
            } else {
                for id in &advisory.vulnerabilities {
                    aliases.add(id);
                }
            }
        }
        let (groups, group_of) = aliases.groups();
        Self {
            pool: Pool::new(),
            lists: Runs::new(vec![0]),
            extents: Runs::new(vec![0, 0]),
            ranges: Rows::new(),
            qualities: Rows::new(),
            ratings: Rows::new(),
            details: DetailWriter::default(),
            advisories: Vec::new(),
            groups,
            group_of,
            ids: BTreeMap::new(),
            rows: BTreeMap::new(),
            live: 0,
        }
    }

    fn add(&mut self, index: u32, advisory: Advisory) -> std::io::Result<()> {
        let mut flags = 0;
        let group = if advisory.is_withdrawn {
            flags |= IS_WITHDRAWN;
            self.group_of[&advisory.id]
        } else if advisory.vulnerabilities.is_empty() {
            self.group_of[&advisory.id]
        } else {
            flags |= HAS_GROUP_LIST;
            for id in advisory.aliases.iter().chain([&advisory.id]) {
                if !self.group_of.contains_key(id) {
                    self.ids.entry(id.clone()).or_insert(index | IS_ADVISORY);
                }
            }
            let groups: BTreeSet<u32> = advisory.vulnerabilities.iter().map(|id| self.group_of[id]).collect();
            self.lists.add_list(groups.into_iter().collect())
        };
        let (block, offset) = self.details.add(&Details {
            summary: advisory.summary,
            published: advisory.published,
            modified: advisory.modified,
            references: advisory.references,
            weaknesses: advisory.weaknesses,
        })?;
        let ratings: Vec<u32> = advisory.ratings.iter().map(|rated| self.rating(rated)).collect();
        let row = [
            self.pool.add(&advisory.id),
            self.pool.add(&advisory.source),
            self.texts(&advisory.aliases),
            self.texts(&advisory.vulnerabilities),
            group,
            self.lists.add_list(ratings),
            block,
            offset,
            flags,
        ];
        self.advisories.push(row);
        if !advisory.is_withdrawn {
            self.live += 1;
            for affected in advisory.affected {
                let row = [index, self.extent(&affected), self.quality(&affected)];
                self.rows.entry(affected.package).or_default().push(row);
            }
        }
        Ok(())
    }

    fn texts(&mut self, texts: &[String]) -> u32 {
        let items = texts.iter().map(|text| self.pool.add(text)).collect();
        self.lists.add_list(items)
    }

    fn rating(&mut self, rated: &Rated) -> u32 {
        let score = base_score_tenths(&rated.cvss);
        // A vector that cannot be scored is kept, with the score 255.
        let score = if rated.cvss.is_empty() { 0 } else { score.map_or(u32::from(u8::MAX), u32::from) };
        let row =
            [self.pool.add(&rated.source), self.pool.add(&rated.cvss), severity_code(rated.severity), score];
        self.ratings.add(row)
    }

    fn extent(&mut self, affected: &Affected) -> u32 {
        let mut run = vec![affected.ranges.len() as u32, affected.versions.len() as u32];
        for range in &affected.ranges {
            let bounds =
                [&range.introduced, &range.fixed, &range.last_affected].map(|text| self.pool.add(text));
            run.push(self.ranges.add(bounds));
        }
        run.extend(affected.versions.iter().map(|version| self.pool.add(version)));
        self.extents.add(run)
    }

    fn quality(&mut self, affected: &Affected) -> u32 {
        let rating = affected.rating.as_ref().map_or(0, |rated| self.rating(rated) + 1);
        let row = [
            self.pool.add(affected.ecosystem.purl_type()),
            status_code(affected.status),
            if affected.is_source { IS_SOURCE } else { 0 },
            self.pool.add(&affected.module),
            self.texts(&affected.arches),
            self.pool.add(&affected.channel),
            rating,
        ];
        self.qualities.add(row)
    }

    fn finish(mut self, name: String, meta: ShardMeta) -> Result<Vec<u8>, BuildError> {
        self.details.close().map_err(|source| BuildError::Compress { shard: name.clone(), source })?;
        let packages = self.rows.len();
        let mut names = Vec::with_capacity(packages + 1);
        let mut rows: Vec<[u32; 3]> = Vec::new();
        for (package, mut of_package) in std::mem::take(&mut self.rows) {
            names.push([self.pool.add(&package), rows.len() as u32]);
            of_package.sort_unstable();
            of_package.dedup();
            rows.extend(of_package);
        }
        names.push([0, rows.len() as u32]);
        let mut groups = Vec::with_capacity(self.groups.len());
        for ids in std::mem::take(&mut self.groups) {
            let all = if ids.len() > 1 { self.texts(&ids) } else { 0 };
            groups.push([self.pool.add(&ids[0]), all]);
        }
        let named = std::mem::take(&mut self.group_of).into_iter().chain(std::mem::take(&mut self.ids));
        let mut named: Vec<(String, u32)> = named.collect();
        named.sort_unstable();
        let ids: Vec<[u32; 2]> = named.into_iter().map(|(id, target)| [self.pool.add(&id), target]).collect();

        let fits = |length: usize| u32::try_from(length).is_ok_and(|length| length < IS_ADVISORY);
        for (what, is_small) in [
            ("texts", self.pool.fits()),
            ("rows", fits(rows.len())),
            ("lists", fits(self.lists.numbers.len())),
            ("extents", fits(self.extents.numbers.len())),
            ("advisories", fits(self.advisories.len().max(groups.len()))),
        ] {
            if !is_small {
                return Err(BuildError::TooLarge { shard: name, what });
            }
        }
        let counts =
            ShardCounts { advisories: self.live, packages: packages as u64, rows: rows.len() as u64 };
        let label = serde_json::to_vec(&Label { name, meta, counts }).expect("texts and numbers are JSON");
        Ok(assemble(
            ShardKind::Advisories,
            &[
                label,
                self.pool.bytes,
                row_bytes(&names),
                row_bytes(&rows),
                number_bytes(&self.extents.numbers),
                self.ranges.bytes(),
                self.qualities.bytes(),
                row_bytes(&self.advisories),
                row_bytes(&groups),
                number_bytes(&self.lists.numbers),
                row_bytes(&ids),
                self.ratings.bytes(),
                row_bytes(&self.details.table),
                self.details.frames,
            ],
        ))
    }
}
