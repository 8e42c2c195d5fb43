//! Which manifests of a repository refer to which blobs, as far as manifests have been served (G8).

use distribution::{Document, Kind};
use model::Digest;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// What is known of repositories by the manifests that passed through.
#[derive(Default)]
pub(crate) struct Shelf {
    repositories: Mutex<HashMap<String, Contents>>,
}

#[derive(Default)]
struct Contents {
    manifests: HashMap<Digest, Kept>,
    blobs: HashMap<Digest, HashSet<Digest>>,
    parents: HashMap<Digest, HashSet<Digest>>,
}

struct Kept {
    kind: Kind,
    declared_type: String,
}

/// A manifest that refers to a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referrer {
    pub(crate) manifest: Digest,
    pub(crate) kind: Kind,
    pub(crate) declared_type: String,
}

/// So many manifests of one repository are remembered; then it begins anew, and clients ask for manifests again.
const MANIFESTS_MAX: usize = 50_000;
const REPOSITORIES_MAX: usize = 20_000;

impl Shelf {
    /// A manifest of a repository was seen.
    pub(crate) fn put(&self, repository: &str, digest: &Digest, document: &Document) {
        let mut repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if repositories.len() >= REPOSITORIES_MAX && !repositories.contains_key(repository) {
            repositories.clear();
        }
        let contents = repositories.entry(repository.to_owned()).or_default();
        if contents.manifests.contains_key(digest) {
            return;
        }
        if contents.manifests.len() >= MANIFESTS_MAX {
            *contents = Contents::default();
        }
        for blob in document.blobs() {
            contents.blobs.entry(blob.digest.clone()).or_default().insert(digest.clone());
        }
        for child in &document.manifests {
            contents.parents.entry(child.digest.clone()).or_default().insert(digest.clone());
        }
        let kept = Kept { kind: document.kind, declared_type: document.declared_type().to_owned() };
        contents.manifests.insert(digest.clone(), kept);
    }

    /// The manifests of the repository that refer to a blob.
    pub(crate) fn referrers(&self, repository: &str, blob: &Digest) -> Vec<Referrer> {
        let repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(contents) = repositories.get(repository) else { return Vec::new() };
        let of = contents.blobs.get(blob).into_iter().flatten();
        of.filter_map(|manifest| {
            let kept = contents.manifests.get(manifest)?;
            Some(Referrer {
                manifest: manifest.clone(),
                kind: kept.kind,
                declared_type: kept.declared_type.clone(),
            })
        })
        .collect()
    }

    /// The indexes of the repository that list a manifest.
    pub(crate) fn parents(&self, repository: &str, manifest: &Digest) -> Vec<Digest> {
        let repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let parents = repositories.get(repository).and_then(|contents| contents.parents.get(manifest));
        let mut parents: Vec<Digest> = parents.into_iter().flatten().cloned().collect();
        parents.sort();
        parents
    }

    /// A manifest of a repository is gone.
    pub(crate) fn remove(&self, repository: &str, digest: &Digest) {
        let mut repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(contents) = repositories.get_mut(repository) {
            contents.manifests.remove(digest);
            for referrers in contents.blobs.values_mut() {
                referrers.remove(digest);
            }
            contents.blobs.retain(|_, referrers| !referrers.is_empty());
            contents.parents.values_mut().for_each(|parents| {
                parents.remove(digest);
            });
        }
    }
}
