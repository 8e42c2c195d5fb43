//! Advisories that wait until their shard is written.

use crate::Advisory;
use std::cmp::Ordering;

/// An advisory packed small, with what decides its place: a shard of npm has 228,000 of them, and unpacked they
/// would take several times the memory.
pub(crate) struct Waiting {
    first_package: Option<Box<str>>,
    id: Box<str>,
    source: Box<str>,
    packed: Box<[u8]>,
}

impl Waiting {
    pub(crate) fn new(advisory: &Advisory) -> Self {
        let first = advisory.affected.iter().map(|affected| affected.package.as_str()).min();
        Self {
            first_package: first.map(Box::from),
            id: advisory.id.as_str().into(),
            source: advisory.source.as_str().into(),
            packed: serde_json::to_vec(advisory).expect("texts and numbers are JSON").into(),
        }
    }

    pub(crate) fn unpack(&self) -> Advisory {
        serde_json::from_slice(&self.packed).expect("it was written by `new`")
    }

    /// Advisories of the same package lie together, so that a match unpacks few blocks of details.
    fn compare(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> (&Option<Box<str>>, &str, &str) {
        (&self.first_package, &self.id, &self.source)
    }
}

/// Puts advisories into the order of the shard, whatever order they came in, each once.
pub(crate) fn sort(waiting: &mut Vec<Waiting>) {
    waiting.sort_by(Waiting::compare);
    // The whole text decides among records of the same id and source, which are few: it is made for those alone.
    for same in waiting.chunk_by_mut(|a, b| a.compare(b).is_eq()).filter(|same| same.len() > 1) {
        same.sort_by_cached_key(|waiting| format!("{:?}", waiting.unpack()));
    }
    waiting.dedup_by(|a, b| a.packed == b.packed);
}
