//! Which manifests of a repository refer to which blobs, as far as manifests have been served (G8).

use crate::state::State;
use distribution::{Document, Kind};
use model::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// What is known of repositories by the manifests that passed through.
pub(crate) struct Shelf {
    contents: Mutex<Contents>,
    state: Arc<State>,
}

/// What was kept of an earlier process.
#[derive(Default)]
pub(crate) struct Contents {
    repositories: HashMap<String, Repository>,
    // By age: the oldest go first. Who comes for a blob has come for its manifest a moment before.
    order: BTreeMap<u64, (String, Digest)>,
    next: u64,
    links: usize,
}

#[derive(Default)]
struct Repository {
    manifests: HashMap<Digest, Numbered>,
    blobs: HashMap<Digest, HashSet<Digest>>,
    parents: HashMap<Digest, HashSet<Digest>>,
}

struct Numbered {
    number: u64,
    kept: Kept,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    kind: Word,
    declared_type: String,
    blobs: Vec<Digest>,
    children: Vec<Digest>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Image,
    Index,
    Attestation,
    Artifact,
}

/// A manifest that refers to a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referrer {
    pub(crate) manifest: Digest,
    pub(crate) kind: Kind,
    pub(crate) declared_type: String,
}

/// So many manifests are remembered, and so much of what they refer to.
const MANIFESTS_MAX: usize = 100_000;
const LINKS_MAX: usize = 400_000;
/// The first word of keys.
pub(crate) const KEYS: &str = "manifest";

impl Shelf {
    /// With what was kept.
    pub(crate) fn new(contents: Contents, state: Arc<State>) -> Self {
        Self { contents: Mutex::new(contents), state }
    }

    /// A manifest of a repository was seen.
    pub(crate) fn put(&self, repository: &str, digest: &Digest, document: &Document) {
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        if contents.repositories.get(repository).is_some_and(|there| there.manifests.contains_key(digest)) {
            return;
        }
        let kept = Kept::of(document);
        self.state.put(&key(repository, digest), &kept);
        for (repository, digest) in contents.add(repository, digest, kept) {
            self.state.remove(&key(&repository, &digest));
        }
    }

    /// The manifests of the repository that refer to a blob.
    pub(crate) fn referrers(&self, repository: &str, blob: &Digest) -> Vec<Referrer> {
        let contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(repository) = contents.repositories.get(repository) else { return Vec::new() };
        let of = repository.blobs.get(blob).into_iter().flatten();
        of.filter_map(|manifest| {
            let kept = &repository.manifests.get(manifest)?.kept;
            Some(Referrer {
                manifest: manifest.clone(),
                kind: kept.kind.into(),
                declared_type: kept.declared_type.clone(),
            })
        })
        .collect()
    }

    /// The indexes of the repository that list a manifest.
    pub(crate) fn parents(&self, repository: &str, manifest: &Digest) -> Vec<Digest> {
        let contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let parents =
            contents.repositories.get(repository).and_then(|contents| contents.parents.get(manifest));
        let mut parents: Vec<Digest> = parents.into_iter().flatten().cloned().collect();
        parents.sort();
        parents
    }

    /// A manifest of a repository is gone.
    pub(crate) fn remove(&self, repository: &str, digest: &Digest) {
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        contents.remove(repository, digest);
        self.state.remove(&key(repository, digest));
    }
}

impl Contents {
    /// Takes up what was kept under a key; whether it was understood.
    pub(crate) fn restore(&mut self, key: &str, value: Value) -> bool {
        let Some((repository, digest)) = key.rsplit_once('@') else { return false };
        let (Ok(digest), Ok(kept)) = (digest.parse(), serde_json::from_value(value)) else { return false };
        self.add(repository, &digest, kept);
        true
    }

    /// Adds a manifest; which ones are forgotten for it.
    fn add(&mut self, repository: &str, digest: &Digest, kept: Kept) -> Vec<(String, Digest)> {
        let number = self.next;
        self.next += 1;
        self.links += kept.blobs.len() + kept.children.len();
        self.order.insert(number, (repository.to_owned(), digest.clone()));
        let contents = self.repositories.entry(repository.to_owned()).or_default();
        for blob in &kept.blobs {
            contents.blobs.entry(blob.clone()).or_default().insert(digest.clone());
        }
        for child in &kept.children {
            contents.parents.entry(child.clone()).or_default().insert(digest.clone());
        }
        contents.manifests.insert(digest.clone(), Numbered { number, kept });
        let mut forgotten = Vec::new();
        while self.order.len() > MANIFESTS_MAX || self.links > LINKS_MAX && self.order.len() > 1 {
            let Some((_, (repository, digest))) = self.order.first_key_value() else { break };
            let (repository, digest) = (repository.clone(), digest.clone());
            self.remove(&repository, &digest);
            forgotten.push((repository, digest));
        }
        forgotten
    }

    fn remove(&mut self, repository: &str, digest: &Digest) {
        let Some(contents) = self.repositories.get_mut(repository) else { return };
        let Some(Numbered { number, kept }) = contents.manifests.remove(digest) else { return };
        self.order.remove(&number);
        self.links -= kept.blobs.len() + kept.children.len();
        unlink(&mut contents.blobs, &kept.blobs, digest);
        unlink(&mut contents.parents, &kept.children, digest);
        if contents.manifests.is_empty() {
            self.repositories.remove(repository);
        }
    }
}

fn unlink(links: &mut HashMap<Digest, HashSet<Digest>>, from: &[Digest], to: &Digest) {
    for digest in from {
        if let Some(referrers) = links.get_mut(digest) {
            referrers.remove(to);
            if referrers.is_empty() {
                links.remove(digest);
            }
        }
    }
}

fn key(repository: &str, digest: &Digest) -> String {
    format!("{KEYS} {repository}@{digest}")
}

impl Kept {
    fn of(document: &Document) -> Self {
        let kind = match document.kind {
            Kind::Image => Word::Image,
            Kind::Index => Word::Index,
            Kind::Attestation => Word::Attestation,
            Kind::Artifact => Word::Artifact,
        };
        Self {
            kind,
            declared_type: document.declared_type().to_owned(),
            blobs: document.blobs().map(|blob| blob.digest.clone()).collect(),
            children: document.manifests.iter().map(|child| child.digest.clone()).collect(),
        }
    }
}

impl From<Word> for Kind {
    fn from(word: Word) -> Self {
        match word {
            Word::Image => Self::Image,
            Word::Index => Self::Index,
            Word::Attestation => Self::Attestation,
            Word::Artifact => Self::Artifact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: usize) -> Digest {
        format!("sha256:{number:064x}").parse().unwrap()
    }

    fn kept(blobs: usize, from: usize) -> Kept {
        let blobs = (from..from + blobs).map(digest).collect();
        Kept { kind: Word::Image, declared_type: String::new(), blobs, children: Vec::new() }
    }

    #[test]
    fn oldest_manifests_are_forgotten_when_there_are_too_many_links() {
        let mut contents = Contents::default();
        let each = 10_000;
        for number in 0..LINKS_MAX / each {
            assert_eq!(contents.add("a", &digest(number), kept(each, 1_000 + number)), []);
        }
        let forgotten = contents.add("b", &digest(0), kept(each + 1, 1_000));
        assert_eq!(forgotten, [("a".to_owned(), digest(0)), ("a".to_owned(), digest(1))]);
        assert_eq!(contents.repositories["a"].blobs.get(&digest(1_001)), None);
        assert!(contents.repositories["b"].blobs.contains_key(&digest(1_000)));
        for number in 2..LINKS_MAX / each {
            contents.remove("a", &digest(number));
        }
        contents.remove("b", &digest(0));
        assert!(contents.links == 0 && contents.order.is_empty() && contents.repositories.is_empty());
    }
}
