//! Package records that were changed behind the package manager's back.

use crate::layer_facts::{LayerFacts, Record};
use model::{Layer, LayerPath};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

type Layers = [(Arc<Layer>, Arc<LayerFacts>)];

/// A record that says something else of the same version of a package than a lower layer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EditedRecord {
    /// The layer that changed it.
    pub(crate) layer: usize,
    /// The record.
    pub(crate) path: LayerPath,
    /// The package.
    pub(crate) package: String,
    /// Files with another digest than before, or that came or went.
    pub(crate) files: usize,
}

/// Finds records that were edited: a package manager writes other digests, adds and drops files only when it installs
/// another version. A file that goes over to another package (`Replaces`) and configuration that became obsolete do
/// not count.
pub(crate) fn edited_records(layers: &Layers) -> Vec<EditedRecord> {
    let mut edited = Vec::new();
    // By record and package: what the latest edition below said.
    let mut before: HashMap<(&LayerPath, &str), (String, Digests)> = HashMap::new();
    let mut versions: HashMap<&str, Vec<&str>> = HashMap::new();
    for (index, (_, facts)) in layers.iter().enumerate() {
        let records = || facts.parsed.records.iter().filter(|record| record.is_system);
        let mut named: HashMap<&str, Vec<&str>> = HashMap::new();
        for package in records().flat_map(|record| &record.packages) {
            named.entry(&package.name).or_default().push(&package.version);
        }
        for (name, mut list) in named {
            list.sort_unstable();
            versions.insert(name, list);
        }
        for record in records() {
            for (package, digests) in digests_by_package(record) {
                let name = package.split(':').next().unwrap_or(package);
                let version = versions.get(name).map(|list| list.join(" ")).unwrap_or_default();
                let key = (&record.path, package);
                let files = match before.get(&key) {
                    Some((old_version, old)) if *old_version == version => {
                        changed(old, &digests, package, &layers[..=index])
                    }
                    _ => 0,
                };
                if files > 0 {
                    let (path, package) = (record.path.clone(), package.to_owned());
                    edited.push(EditedRecord { layer: index, path, package, files });
                }
                before.insert(key, (version, digests));
            }
        }
    }
    edited
}

/// The record files by layer that [`edited_records`] names.
pub(crate) fn distrusted(edited: &[EditedRecord]) -> HashSet<(usize, LayerPath)> {
    edited.iter().map(|record| (record.layer, record.path.clone())).collect()
}

type Digests = HashMap<u64, [u8; 16]>;

fn digests_by_package(record: &Record) -> HashMap<&str, Digests> {
    let mut by_package: HashMap<&str, Digests> = HashMap::new();
    for owned in &record.owned {
        let files = owned.files.iter().filter(|file| !file.is_config);
        let digests = files.filter_map(|file| Some((file.path, file.digest?.bytes)));
        by_package.entry(&owned.package).or_default().extend(digests);
    }
    by_package
}

fn changed(old: &Digests, new: &Digests, package: &str, layers: &Layers) -> usize {
    let other = new.iter().filter(|(path, digest)| old.get(path).is_some_and(|before| before != *digest));
    let came = new.keys().filter(|path| !old.contains_key(path));
    let went = old.keys().filter(|path| !new.contains_key(path));
    let mut moved: HashSet<u64> = came.chain(went).copied().collect();
    if !moved.is_empty() {
        let records = layers.iter().flat_map(|(_, facts)| &facts.parsed.records);
        let of_others = records.flat_map(|record| &record.owned).filter(|owned| owned.package != package);
        for file in of_others.flat_map(|owned| &owned.files) {
            moved.remove(&file.path);
        }
    }
    other.count() + moved.len()
}
