//! Layers put on top of each other.

use crate::layer_facts::{LayerFacts, Record};
use model::{Distribution, Layer, LayerPath, Package};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What is visible in the final file system.
pub(crate) struct Merged {
    pub(crate) packages: Vec<Package>,
    pub(crate) distribution: Option<Distribution>,
}

/// Merges layers, lowest first: what an upper layer hides is gone, packages carry the layer that brought them,
/// and files that a system package owns carry its name.
pub(crate) fn merge(layers: &[(Arc<Layer>, Arc<LayerFacts>)]) -> Merged {
    let is_visible =
        |index: usize, path: &LayerPath| !layers[index + 1..].iter().any(|(_, upper)| upper.hides(path));
    let mut visible: Vec<(usize, &Record)> = Vec::new();
    let mut release_files: HashMap<&str, &[u8]> = HashMap::new();
    let mut links: Vec<(&LayerPath, &LayerPath)> = Vec::new();
    for (index, (_, facts)) in layers.iter().enumerate() {
        visible.extend(
            facts.parsed.records.iter().filter(|record| is_visible(index, &record.path)).map(|r| (index, r)),
        );
        for (path, content) in facts.parsed.release_files.iter().filter(|(path, _)| is_visible(index, path)) {
            release_files.insert(path.as_str(), content.as_bytes());
        }
        links.extend(
            facts.parsed.root_links.iter().filter(|(path, _)| is_visible(index, path)).map(|(p, t)| (p, t)),
        );
    }
    let distribution = packages::distribution::detect(&|path| release_files.get(path).copied());
    let owners = Owners::new(visible.iter().map(|(_, record)| *record), &links);
    let mut packages = Vec::new();
    for (index, record) in &visible {
        let editions =
            if record.is_system { lower_editions(layers, *index, &record.path) } else { Vec::new() };
        for package in &record.packages {
            let mut package = package.clone();
            let layer = introduced_in(&package, *index, &editions);
            package.layer = Some(layers[layer].0.clone());
            if !package.ecosystem.is_system() {
                package.owner = owners.of(&package.path).map(str::to_owned);
            }
            packages.push(package);
        }
    }
    Merged { packages, distribution }
}

type Key<'a> = (&'a str, &'a str, Option<&'a str>);

fn key(package: &Package) -> Key<'_> {
    (&package.name, &package.version, package.arch.as_deref())
}

/// Older editions of a package manager's database, newest first. A layer rewrites the whole database, so the
/// layer that brought a package in is the lowest one from which on every edition names it.
fn lower_editions<'a>(
    layers: &'a [(Arc<Layer>, Arc<LayerFacts>)],
    below: usize,
    path: &LayerPath,
) -> Vec<(usize, HashSet<Key<'a>>)> {
    let mut editions = Vec::new();
    for (index, (_, facts)) in layers[..below].iter().enumerate().rev() {
        let mut records = facts.parsed.records.iter().filter(|record| record.path == *path).peekable();
        if records.peek().is_some() {
            editions.push((index, records.flat_map(|record| &record.packages).map(key).collect()));
        }
    }
    editions
}

fn introduced_in(package: &Package, newest: usize, editions: &[(usize, HashSet<Key<'_>>)]) -> usize {
    let mut layer = newest;
    for (index, names) in editions {
        if !names.contains(&key(package)) {
            break;
        }
        layer = *index;
    }
    layer
}

/// Which system package owns a file.
struct Owners<'a> {
    by_hash: HashMap<u64, &'a str>,
    /// Links below the root: records name `lib/x` where the file lies at `usr/lib/x`.
    links: Vec<(&'a str, &'a str)>,
}

impl<'a> Owners<'a> {
    fn new(records: impl Iterator<Item = &'a Record>, links: &[(&'a LayerPath, &'a LayerPath)]) -> Self {
        let mut by_hash = HashMap::new();
        for owned in records.filter(|record| record.is_system).flat_map(|record| &record.owned) {
            for file in &owned.files {
                by_hash.insert(file.path, owned.package.as_str());
            }
        }
        Self { by_hash, links: links.iter().map(|(path, target)| (path.as_str(), target.as_str())).collect() }
    }

    fn of(&self, path: &LayerPath) -> Option<&'a str> {
        if let Some(owner) = self.by_hash.get(&path.hash64()) {
            return Some(owner);
        }
        self.links.iter().find_map(|(link, target)| {
            let rest = path.as_str().strip_prefix(target)?.strip_prefix('/')?;
            self.by_hash.get(&model::path_hash(&format!("{link}/{rest}"))).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned::{OwnedFile, OwnedFiles};
    use model::{Ecosystem, FoundBy};

    fn file(path: &str) -> OwnedFile {
        OwnedFile { path: model::path_hash(path), digest: None, is_config: false }
    }

    fn system(path: &str, packages: &[(&str, &str)], owned: &[(&str, &[&str])]) -> Record {
        let path = LayerPath::new(path);
        let package = |(name, version): &(&str, &str)| {
            Package::new(Ecosystem::Deb, name, version, FoundBy::PackageManager, &path)
        };
        Record {
            is_system: true,
            packages: packages.iter().map(package).collect(),
            owned: owned
                .iter()
                .map(|(name, files)| OwnedFiles {
                    package: (*name).to_owned(),
                    files: files.iter().map(|f| file(f)).collect(),
                    names: Vec::new(),
                })
                .collect(),
            path,
            ..Record::default()
        }
    }

    fn language(path: &str, name: &str) -> Record {
        let path = LayerPath::new(path);
        let package = Package::new(Ecosystem::PyPI, name, "1.0", FoundBy::Installed, &path);
        Record { packages: vec![package], path, ..Record::default() }
    }

    fn layers(records: Vec<Vec<Record>>) -> Vec<(Arc<Layer>, Arc<LayerFacts>)> {
        let build = |(index, records): (usize, Vec<Record>)| {
            let mut facts = LayerFacts {
                files: records.iter().map(|r| r.path.hash64()).collect(),
                ..LayerFacts::default()
            };
            facts.parsed.records = records;
            facts.seal();
            (Arc::new(Layer { index, ..Layer::default() }), Arc::new(facts))
        };
        records.into_iter().enumerate().map(build).collect()
    }

    fn introduced(merged: &Merged) -> Vec<(&str, &str, usize)> {
        let layer = |package: &Package| package.layer.as_ref().unwrap().index;
        let mut rows: Vec<_> =
            merged.packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), layer(p))).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn a_package_belongs_to_the_layer_that_first_recorded_its_version() {
        const DB: &str = "var/lib/dpkg/status";
        let merged = merge(&layers(vec![
            vec![system(DB, &[("base", "1"), ("removed", "1"), ("upgraded", "1"), ("back", "1")], &[])],
            vec![system(DB, &[("base", "1"), ("upgraded", "2")], &[])],
            vec![system(DB, &[("base", "1"), ("upgraded", "2"), ("added", "1"), ("back", "1")], &[])],
        ]));
        assert_eq!(
            introduced(&merged),
            [("added", "1", 2), ("back", "1", 2), ("base", "1", 0), ("upgraded", "2", 1)]
        );
    }

    #[test]
    fn a_file_of_a_system_package_names_its_owner_also_through_a_root_link() {
        let mut stack = layers(vec![vec![
            system(
                "var/lib/dpkg/info/python3-six.list",
                &[],
                &[("python3-six", &["lib/python3/six/METADATA"])],
            ),
            language("usr/lib/python3/six/METADATA", "six"),
            language("usr/local/lib/python3/six/METADATA", "six"),
        ]]);
        let facts = Arc::get_mut(&mut stack[0].1).unwrap();
        facts.parsed.root_links.push((LayerPath::new("lib"), LayerPath::new("usr/lib")));
        let merged = merge(&stack);
        let mut owners: Vec<_> =
            merged.packages.iter().map(|p| (p.path.as_str(), p.owner.as_deref())).collect();
        owners.sort_unstable();
        assert_eq!(
            owners,
            [
                ("usr/lib/python3/six/METADATA", Some("python3-six")),
                ("usr/local/lib/python3/six/METADATA", None),
            ]
        );
    }

    #[test]
    fn a_deleted_package_is_gone() {
        let mut stack =
            layers(vec![vec![language("app/a/METADATA", "a"), language("app/b/METADATA", "b")], vec![]]);
        Arc::get_mut(&mut stack[1].1).unwrap().whiteouts.push(model::path_hash("app/a"));
        assert_eq!(introduced(&merge(&stack)), [("b", "1.0", 0)]);
    }
}
