//! How content was judged, by its digest: the same bytes are judged once across layers, images and runs.

use super::examine::Examined;
use crate::Cache;
use content::{Detector, FileView, Hit};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Verdicts that are kept; 16 bytes each. When there are more, the next run begins anew.
const VERDICTS_MAX: usize = 2_000_000;
const SHARDS: usize = 32;

/// Names content, the rules, and all else that the answer depends on: the first half of a SHA-256.
pub(crate) type Key = [u8; 16];

/// A verdict with hits, as it is kept between runs.
type Kept = (String, Vec<(Vec<String>, Hit)>, u64);

type Shard = HashMap<Key, Arc<OnceLock<Arc<Examined>>>>;

/// How content was judged.
pub(crate) struct Verdicts {
    cache: Option<Cache>,
    engines: String,
    /// Content that earlier runs found clean.
    clean_before: HashSet<Key>,
    shards: Vec<Mutex<Shard>>,
    clean: Arc<Examined>,
}

impl Verdicts {
    /// What earlier runs with the same engines and rules left.
    pub(crate) fn open(cache: Option<&Cache>, engines: &str) -> Self {
        let mut verdicts = Self {
            cache: cache.cloned(),
            engines: format!("verdicts\n{engines}"),
            clean_before: HashSet::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            clean: Arc::default(),
        };
        if let Some(bytes) = cache.and_then(|cache| cache.load_bytes(&verdicts.engines)) {
            verdicts.read(&bytes);
        }
        verdicts
    }

    /// The key of content; the order of detectors is fixed.
    pub(crate) fn key(&self, sha256: &[u8; 32], file: &FileView<'_>, detectors: &[Arc<dyn Detector>]) -> Key {
        let mut hasher = Sha256::new();
        hasher.update(sha256);
        hasher.update(file.size.to_le_bytes());
        hasher.update([file.class as u8, u8::from(file.package.is_some())]);
        for detector in detectors {
            hasher.update(detector.name().as_bytes());
            hasher.update(detector.context(file).to_le_bytes());
        }
        *hasher.finalize().first_chunk().expect("a SHA-256 has 32 bytes")
    }

    /// How content was judged before, or is judged now; a second asker waits for the first. What was not looked at
    /// wholly is judged again the next time.
    pub(crate) fn judge(&self, key: Key, examine: impl FnOnce() -> Examined) -> Arc<Examined> {
        if self.clean_before.contains(&key) {
            return self.clean.clone();
        }
        let mut shard = self.lock(&key);
        if shard.len() >= VERDICTS_MAX / SHARDS && !shard.contains_key(&key) {
            drop(shard);
            return Arc::new(examine());
        }
        let verdict = shard.entry(key).or_default().clone();
        drop(shard);
        let examined = verdict.get_or_init(|| {
            let examined = examine();
            let is_clean = examined == Examined::default();
            if is_clean { self.clean.clone() } else { Arc::new(examined) }
        });
        if !examined.gaps.is_empty() {
            self.lock(&key).remove(&key);
        }
        examined.clone()
    }

    /// Keeps the verdicts for the next run, with those of earlier ones unless they became too many.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub(crate) fn store(&self) -> io::Result<()> {
        let Some(cache) = &self.cache else { return Ok(()) };
        let mut clean: Vec<Key> = Vec::new();
        let mut with_hits: Vec<Kept> = Vec::new();
        for shard in &self.shards {
            for (key, verdict) in shard.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let Some(examined) = verdict.get() else { continue };
                if examined.hits.is_empty() && examined.members == 0 {
                    clean.push(*key);
                } else {
                    with_hits.push((hexadecimal(key), examined.hits.clone(), examined.members));
                }
            }
        }
        if clean.is_empty() && with_hits.is_empty() {
            return Ok(());
        }
        if clean.len() + self.clean_before.len() <= VERDICTS_MAX {
            clean.extend(&self.clean_before);
        }
        clean.sort_unstable();
        clean.dedup();
        with_hits.sort_by(|a, b| a.0.cmp(&b.0));
        let mut bytes = (clean.len() as u64).to_le_bytes().to_vec();
        bytes.extend(clean.iter().flatten());
        bytes.extend(serde_json::to_vec(&with_hits).map_err(io::Error::other)?);
        cache.store_bytes(&self.engines, &bytes)
    }

    fn read(&mut self, bytes: &[u8]) {
        let Some((count, rest)) = bytes.split_first_chunk::<8>() else { return };
        let length = usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|count| count.checked_mul(16));
        let Some((keys, json)) = length.and_then(|length| rest.split_at_checked(length)) else { return };
        self.clean_before = keys.as_chunks::<16>().0.iter().copied().collect();
        let with_hits: Vec<Kept> = serde_json::from_slice(json).unwrap_or_default();
        for (key, hits, members) in with_hits {
            let Some(key) = parse_key(&key) else { continue };
            let examined = Examined { hits, members, gaps: Vec::new() };
            self.lock(&key).insert(key, Arc::new(Arc::new(examined).into()));
        }
    }

    fn lock(&self, key: &Key) -> MutexGuard<'_, Shard> {
        self.shards[usize::from(key[0]) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hexadecimal(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_key(text: &str) -> Option<Key> {
    let mut key = [0; 16];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Gap, GapReason, Severity};

    fn examined(rule: &str) -> Examined {
        let hit = Hit {
            rule: rule.to_owned(),
            title: "t".to_owned(),
            severity: Severity::High,
            line: Some(3),
            evidence: vec!["e".to_owned()],
            remedy: None,
            references: Vec::new(),
            identity: "i".to_owned(),
            clear: Vec::new(),
        };
        Examined { hits: vec![(vec!["inner".to_owned()], hit)], gaps: Vec::new(), members: 2 }
    }

    #[test]
    fn verdicts_survive_the_run_until_the_rules_change() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path());
        let verdicts = Verdicts::open(Some(&cache), "rules 1");
        verdicts.judge([1; 16], Examined::default);
        verdicts.judge([2; 16], || examined("a/b"));
        verdicts.store().unwrap();
        let again = Verdicts::open(Some(&cache), "rules 1");
        let known = || unreachable!("judged before");
        assert_eq!(*again.judge([1; 16], known), Examined::default());
        assert_eq!(*again.judge([2; 16], known), examined("a/b"));
        // What earlier runs found is kept by later ones.
        again.judge([3; 16], Examined::default);
        again.store().unwrap();
        let third = Verdicts::open(Some(&cache), "rules 1");
        for number in [1, 2, 3] {
            third.judge([number; 16], known);
        }
        let other_rules = Verdicts::open(Some(&cache), "rules 2");
        assert_eq!(*other_rules.judge([1; 16], || examined("c/d")), examined("c/d"));
    }

    #[test]
    fn what_was_not_looked_at_wholly_is_judged_again() {
        let verdicts = Verdicts::open(None, "");
        let gap = Gap::new("x", GapReason::LimitReached, "time");
        verdicts.judge([1; 16], || Examined { gaps: vec![gap], ..Examined::default() });
        assert_eq!(*verdicts.judge([1; 16], || examined("a/b")), examined("a/b"));
    }
}
