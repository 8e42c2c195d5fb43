//! Shards by CVE: known exploitation and exploit prediction.

use super::assemble::{Label, assemble, check_name};
use super::format::{SECTIONS, Section, ShardKind};
use super::tables::{BuildError, Pool, row_bytes};
use super::view::{Shard, ShardError};
use crate::meta::{ShardCounts, ShardMeta};
use model::{Epss, KnownExploited};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Name of the shard of CISA's known exploited vulnerabilities.
pub const KNOWN_EXPLOITED_SHARD: &str = "kev";
/// Name of the shard of FIRST's exploit prediction scores.
pub const EXPLOIT_PREDICTION_SHARD: &str = "epss";

const IS_USED_BY_RANSOMWARE: u32 = 1 << 31;
const SCORE_UNITS: f32 = 100_000.0;

/// Builds the shard `kev` from CVE ids and their entries; also returns the ids that are no CVE ids.
///
/// # Errors
/// When the texts are too large.
pub fn build_known_exploited(
    meta: ShardMeta,
    entries: impl IntoIterator<Item = (String, KnownExploited)>,
) -> Result<(Vec<u8>, Vec<String>), BuildError> {
    let mut pool = Pool::new();
    let mut rows = BTreeMap::new();
    let mut problems = Vec::new();
    for (id, entry) in entries {
        let Some(key) = cve_key(&id) else {
            problems.push(format!("'{id:.40}' is no CVE id"));
            continue;
        };
        let date = |text: &str| text.chars().take(40).collect::<String>();
        let added = pool.add(&date(&entry.date_added));
        let due = pool.add(&date(&entry.due_date));
        rows.insert(
            key,
            [key, added, due | if entry.is_used_by_ransomware { IS_USED_BY_RANSOMWARE } else { 0 }],
        );
    }
    if pool.bytes.len() >= IS_USED_BY_RANSOMWARE as usize {
        return Err(BuildError::TooLarge { shard: KNOWN_EXPLOITED_SHARD.into(), what: "texts" });
    }
    let bytes = finish(ShardKind::KnownExploited, KNOWN_EXPLOITED_SHARD, meta, pool.bytes, rows)?;
    Ok((bytes, problems))
}

/// Builds the shard `epss` from CVE ids and their scores; also returns the ids that are no CVE ids.
///
/// # Errors
/// Never for scores alone; the name is checked as for every shard.
pub fn build_exploit_prediction(
    meta: ShardMeta,
    entries: impl IntoIterator<Item = (String, Epss)>,
) -> Result<(Vec<u8>, Vec<String>), BuildError> {
    let mut rows = BTreeMap::new();
    let mut problems = Vec::new();
    for (id, entry) in entries {
        match cve_key(&id) {
            Some(key) => _ = rows.insert(key, [key, units(entry.score), units(entry.percentile)]),
            None => problems.push(format!("'{id:.40}' is no CVE id")),
        }
    }
    let bytes = finish(ShardKind::ExploitPrediction, EXPLOIT_PREDICTION_SHARD, meta, vec![0], rows)?;
    Ok((bytes, problems))
}

/// EPSS publishes five decimals, so that many are stored.
fn units(share: f32) -> u32 {
    (share.clamp(0.0, 1.0) * SCORE_UNITS).round() as u32
}

fn finish(
    kind: ShardKind,
    name: &str,
    meta: ShardMeta,
    strings: Vec<u8>,
    rows: BTreeMap<u32, [u32; 3]>,
) -> Result<Vec<u8>, BuildError> {
    check_name(name)?;
    let rows: Vec<[u32; 3]> = rows.into_values().collect();
    let counts = ShardCounts { advisories: rows.len() as u64, packages: 0, rows: rows.len() as u64 };
    let label = Label { name: name.to_owned(), meta, counts };
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    sections[Section::Meta as usize] = serde_json::to_vec(&label).expect("texts and numbers are JSON");
    sections[Section::Strings as usize] = strings;
    sections[Section::Rows as usize] = row_bytes(&rows);
    Ok(assemble(kind, &sections))
}

/// `CVE-2021-44228` as a number: 7 bits of year since 1970, 25 bits of sequence.
fn cve_key(id: &str) -> Option<u32> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let year: u32 = year.parse().ok()?;
    let number: u32 = number.parse().ok()?;
    let year = year.checked_sub(1970).filter(|year| *year < 128)?;
    (number < 1 << 25).then_some(year << 25 | number)
}

impl Shard<'_> {
    /// The entry of a CVE, in a shard of known exploited vulnerabilities.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn known_exploited(&self, cve: &str) -> Result<Option<KnownExploited>, ShardError> {
        if self.kind() != ShardKind::KnownExploited {
            return Ok(None);
        }
        let Some([added, due]) = self.score(cve)? else { return Ok(None) };
        Ok(Some(KnownExploited {
            date_added: self.text(added)?.to_owned(),
            due_date: self.text(due & !IS_USED_BY_RANSOMWARE)?.to_owned(),
            is_used_by_ransomware: due & IS_USED_BY_RANSOMWARE != 0,
        }))
    }

    /// The score of a CVE, in a shard of exploit prediction.
    ///
    /// # Errors
    /// When the shard is damaged.
    pub fn exploit_prediction(&self, cve: &str) -> Result<Option<Epss>, ShardError> {
        if self.kind() != ShardKind::ExploitPrediction {
            return Ok(None);
        }
        let share = |units: u32| (units as f32 / SCORE_UNITS).clamp(0.0, 1.0);
        Ok(self
            .score(cve)?
            .map(|[score, percentile]| Epss { score: share(score), percentile: share(percentile) }))
    }

    fn score(&self, cve: &str) -> Result<Option<[u32; 2]>, ShardError> {
        let Some(wanted) = cve_key(cve) else { return Ok(None) };
        let (mut low, mut high) = (0, self.row_count(Section::Rows) as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            let [key, first, second] = self.row(Section::Rows, middle)?;
            match key.cmp(&wanted) {
                Ordering::Equal => return Ok(Some([first, second])),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_shards_answer_by_cve() {
        let epss = Epss { score: 0.97395, percentile: 0.99999 };
        let entries = (1..500).map(|n| (format!("CVE-2020-{n:04}"), Epss { score: 0.0, percentile: 0.5 }));
        let entries = entries.chain([("CVE-2021-44228".to_owned(), epss), ("GHSA-x".to_owned(), epss)]);
        let (bytes, problems) = build_exploit_prediction(ShardMeta::default(), entries).unwrap();
        assert_eq!(problems, ["'GHSA-x' is no CVE id"]);
        let shard = Shard::from_bytes(&bytes).unwrap();
        assert_eq!(shard.exploit_prediction("CVE-2021-44228").unwrap(), Some(epss));
        assert_eq!(shard.exploit_prediction("CVE-2020-9999").unwrap(), None);
        assert_eq!(shard.known_exploited("CVE-2021-44228").unwrap(), None);

        let entry = KnownExploited {
            date_added: "2021-12-10".into(),
            due_date: "2021-12-24".into(),
            is_used_by_ransomware: true,
        };
        let (bytes, _) =
            build_known_exploited(ShardMeta::default(), [("CVE-2021-44228".to_owned(), entry.clone())])
                .unwrap();
        let shard = Shard::from_bytes(&bytes).unwrap();
        assert_eq!(shard.known_exploited("CVE-2021-44228").unwrap(), Some(entry));
        assert_eq!(shard.known_exploited("CVE-2021-44229").unwrap(), None);
    }
}
